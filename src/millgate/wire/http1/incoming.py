"""A request from its first byte on: what the parser tells, and what is refused of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.core.errors import HEAD_NOT_SANE, HEAD_TOO_LARGE, Refusal
from millgate.wire.head import LARGEST_HEAD

if TYPE_CHECKING:
    from millgate.wire.http1.bodies import IncomingBody
    from millgate.wire.messages import Header, Memory, Request

MOST_HEADERS: Final = 200
LARGEST_SENT: Final = LARGEST_HEAD + 16_384
"""Bytes of a head beyond which no more of it is read; smaller ones that are too large get a whole answer."""

CLOSE: Final[Header] = ("connection", "close")
"""With it an answer asks for the end of its connection."""

_ABSOLUTE: Final = re.compile(rb"https?://[^/?#]+", re.IGNORECASE)
_USUAL: Final = (
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Connection"),
    *("Content-Length", "Content-Type", "Cookie", "Host", "Ocp-Apim-Subscription-Key", "Origin", "Referer"),
    *("Traceparent", "Transfer-Encoding", "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto"),
)


class HeadEndless(Exception):  # noqa: N818 - what happened, as it is told
    """More of a head than anybody looks at."""


class Incoming(msgspec.Struct, eq=False):
    """One request.

    Attributes:
        method: as sent; llhttp knows methods in upper case alone.
        target: as sent.
        headers: names in lower case, values without the space around them.
        fields: the same by name, of each the last, once the head is there.
        small: whether all of the head came in one piece that is smaller than the largest head.
        keep_alive: whether the client wants the connection to go on.
        memory: what is remembered of its header lines, while they come again; see `Request`.
        again: whether the very same request came before it.
        request: as planes see it, once they have seen it again.
        http10: whether it speaks HTTP/1.0.
        body: None when it has none.
        refusal: why it is not served, as far as the parser or its version tells.
        last: whether nothing behind it is understood.
    """

    method: str = ""
    target: bytes = b""
    headers: tuple[Header, ...] = ()
    fields: dict[str, str] = {}
    small: bool = False
    keep_alive: bool = False
    memory: Memory | None = None
    again: bool = False
    request: Request | None = None
    http10: bool = False
    body: IncomingBody | None = None
    refusal: Refusal | None = None
    last: bool = False

    def parts(self) -> tuple[bytes, str]:
        """Path and query. A target with scheme and host is read as its path (RFC 9112 section 3.2.2)."""
        target = self.target
        if not target.startswith(b"/"):
            found = _ABSOLUTE.match(target)
            if found is not None:
                target = target[found.end() :]
                target = target if target.startswith(b"/") else b"/" + target
        path, _, query = target.partition(b"?")
        return path, query.decode("latin-1")

    def framing(self) -> bytes:
        """A head that says no more than where the body ends, for a parser that has not seen this one."""
        framed = [
            f"{name}: {value}\r\n"
            for name, value in self.headers
            if name in {"content-length", "transfer-encoding"}
        ]
        return f"POST / HTTP/1.1\r\n{''.join(framed)}\r\n".encode("latin-1")


class _Names(dict[bytes, str]):
    """Names of headers in lower case. The usual ones are kept: nearly every request has some of them."""

    def __missing__(self, name: bytes) -> str:
        return name.decode("latin-1").lower()


name_of: Final = _Names(
    {form.encode(): name.lower() for name in _USUAL for form in (name, name.lower())}
).__getitem__
"""The name of a header as planes see it, in lower case."""


def unserved(reason: str) -> Refusal:
    """A request that is not sane; whoever stands in front may have found another end of it than we have."""
    return Refusal(HEAD_NOT_SANE, {"reason": reason}, headers=(CLOSE,))


ENDLESS: Final = Refusal(HEAD_TOO_LARGE, {"limit": LARGEST_HEAD})
NOT_HTTP: Final = unserved("it is not HTTP/1.1")
NO_CHUNKS: Final = unserved("it has a Transfer-Encoding, which HTTP/1.0 does not know")
