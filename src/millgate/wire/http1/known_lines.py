"""Header lines that are known: most clients send the same ones with each request of a connection.

What the parser has understood of them is taken once more, and only the request line is read anew. This is as
safe as the parser: nothing is known but what it has understood, byte for byte, as one whole request in one
piece, which has no body and leaves the connection open; and what comes again must be one, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.wire.http1.incoming import Incoming
from millgate.wire.messages import Memory

if TYPE_CHECKING:
    from millgate.wire.messages import Header

LONGEST_KNOWN: Final = 4096
"""Bytes of a request up to which its lines are kept: few are longer, and every connection keeps its own."""
MOST_NOVEL: Final = 16
"""Requests in a row that had other lines than the one before, until a connection is taken for one whose lines
never come again: each of its calls may have a trace of its own."""

_END: Final = b"\r\n\r\n"
_REQUEST_LINE: Final = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[A-Za-z0-9_.~!$&'()*+,;=:@%/?-]*) HTTP/1\.1\r\n"
)
"""The usual ones (RFC 9112 section 3); the parser reads all others."""


class KnownLines(msgspec.Struct, frozen=True, eq=False):
    """The header lines of a request without a body.

    Attributes:
        text: the lines as they came, with the empty one behind them.
        headers: what they say.
        fields: the same by name, of each the last.
        memory: of planes, for whatever comes with these lines.
    """

    text: bytes
    headers: tuple[Header, ...]
    fields: dict[str, str]
    memory: Memory

    def request(self, data: bytes) -> Incoming | None:
        """The request that this is, if it is no more and no less than one with these lines."""
        if not data.endswith(self.text):
            return None
        line = _REQUEST_LINE.fullmatch(data, 0, len(data) - len(self.text))
        if line is None:
            return None
        return Incoming(
            method=line[1].decode("ascii"),
            target=line[2],
            headers=self.headers,
            fields=self.fields,
            small=True,
            keep_alive=True,
            memory=self.memory,
        )


class RepeatedLines:
    """The header lines of one connection's requests: known from their second time on, until others come.

    They must have come twice, because to keep what never comes again costs more than to read it. A request
    with known lines is the same `Incoming` when it comes again byte for byte.
    """

    __slots__ = ("_before", "_came", "_known", "_newest", "_novel")

    def __init__(self) -> None:
        self._known: KnownLines | None = None
        self._before: tuple[Header, ...] = ()
        self._novel = 0
        self._came = b""
        self._newest: Incoming | None = None

    def request(self, data: bytes) -> Incoming | None:
        """The request that this is, if its lines are known; if not, nothing is known any more."""
        newest = self._newest
        if newest is not None and data == self._came:
            newest.again = True
            return newest
        if self._known is None:
            return None
        found = self._newest = self._known.request(data)
        if found is None:
            self._known, self._came = None, b""
        else:
            self._came = data
        return found

    def learn(self, data: bytes, incoming: Incoming) -> None:
        """Take in the one request that the parser has found in this, and stands behind."""
        if incoming.headers == self._before:
            self._known = _known_lines(data, incoming)
            self._novel = 0
        else:
            self._novel += 1
            self._before = incoming.headers if self._novel < MOST_NOVEL else ()


def _known_lines(data: bytes, incoming: Incoming) -> KnownLines | None:
    """The lines of the one request that the parser has found in this, if they may be known.

    The request remembers from now on what others with its lines do.
    """
    if len(data) > LONGEST_KNOWN or not data.endswith(_END):
        return None
    line = _REQUEST_LINE.match(data)
    if line is None or incoming.body is not None or not incoming.keep_alive or "upgrade" in incoming.fields:
        return None
    memory = incoming.memory = Memory()
    return KnownLines(data[line.end() :], incoming.headers, incoming.fields, memory)
