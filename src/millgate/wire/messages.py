"""Request and Response as values, and what a plane is.

A plane is `async (Request) -> Response`. Header names are lower case on the way in and sent as given
on the way out. Bodies are read once, bounded.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable
from urllib.parse import parse_qsl

import msgspec

from millgate.core.errors import BODY_TOO_LARGE, QUERY_NOT_SANE, Refusal, Refused

Header: TypeAlias = tuple[str, str]
BodyReader: TypeAlias = Callable[[], AsyncIterator[bytes]]
"""Reads the body, once, as it comes.

A body that its sender cut short raises `Refused`: half of a body is never handed on as a whole one.
"""

MOST_QUERY_FIELDS: Final = 200
MOST_REMEMBERED: Final = 16
"""What one connection's header lines may have told, such as the upstreams that it calls."""
WITHOUT_CONTENT: Final = frozenset({204, 304})
"""Statuses whose answers have neither a body nor a Content-Length (RFC 9110 sections 15.3.5 and 15.4.5)."""


async def no_body() -> AsyncIterator[bytes]:
    """The reader of a request without a body."""
    nothing: tuple[bytes, ...] = ()
    for chunk in nothing:
        yield chunk


class Memory(dict[object, Any]):
    """What is found out from header lines alone, by whoever remembers it."""

    def keep(self, whose: object, found: object) -> None:
        """Remember; everything else is forgotten when it has become much."""
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[whose] = found


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request as a plane sees it.

    Attributes:
        method: upper case.
        raw_path: the path as sent, still percent-encoded.
        segments: the path after the one normalisation, decoded.
        query: the query string as sent, without its question mark.
        headers: name (lower case) and value, in the order sent, duplicates kept.
        scheme: http or https, of the connection.
        client: the peer's address, of the connection.
        reader: reads the body.
        named: the headers by name, where whoever made the request has them so and none is repeated.
        memory: while the same header lines come again and again on the same connection; else None. It lasts
            as long as they do, so nothing large belongs there.
        again: while the very same request comes again and again on the same connection, what was found out
            from all of it; else None.
        request_id: under which it is known, where a plane that hands it on has named it; else empty.
    """

    method: str
    raw_path: str
    segments: tuple[str, ...]
    query: str = ""
    headers: tuple[Header, ...] = ()
    scheme: str = "http"
    client: str = ""
    reader: BodyReader = no_body
    named: dict[str, str] | None = None
    memory: Memory | None = None
    again: Memory | None = None
    request_id: str = ""

    def header(self, name: str) -> str | None:
        """The first header of this lower-case name."""
        for given, value in self.headers:
            if given == name:
                return value
        return None

    def header_values(self, name: str) -> list[str]:
        """All headers of this lower-case name."""
        return [value for given, value in self.headers if given == name]

    def fields(self) -> dict[str, str]:
        """All headers by lower-case name; a repeated one has its values joined (RFC 9110 section 5.3).

        Nobody changes what this gives: others may be given the same.
        """
        if self.named is not None:
            return self.named
        fields = dict(self.headers)
        if len(fields) < len(self.headers):
            fields = {name: ", ".join(self.header_values(name)) for name in fields}
        return fields

    def query_fields(self) -> list[tuple[str, str]]:
        """The query's names and values, decoded, in order, empty values kept.

        Raises:
            Refused: the query is not UTF-8 or has more than 200 fields.
        """
        if not self.query:
            return []
        try:
            return parse_qsl(
                self.query, keep_blank_values=True, errors="strict", max_num_fields=MOST_QUERY_FIELDS
            )
        except UnicodeDecodeError:
            raise Refused(Refusal(QUERY_NOT_SANE, {"reason": "it is not UTF-8"})) from None
        except ValueError:
            reason = f"it has more than {MOST_QUERY_FIELDS} fields"
            raise Refused(Refusal(QUERY_NOT_SANE, {"reason": reason})) from None

    async def body(self, limit: int) -> bytes:
        """The whole body.

        Raises:
            Refused: it is larger than `limit` bytes, or its sender cut it short.
        """
        pieces, size = list[bytes](), 0
        async for piece in self.reader():
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            pieces.append(piece)
        return b"".join(pieces)

    async def chunks(self, limit: int) -> AsyncIterator[bytes]:
        """The body as it comes.

        Raises:
            Refused: it turned out larger than `limit` bytes, or its sender cut it short.
        """
        size = 0
        async for chunk in self.reader():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            yield chunk


def _too_large(limit: int) -> Refused:
    return Refused(Refusal(BODY_TOO_LARGE, {"limit": limit}))


class BrokenOff(Exception):  # noqa: N818 - what happened, as it is told
    """The connection ends here, so that nobody takes what was sent for the whole."""


class NoAnswer:
    """A body in place of any answer: the connection ends before the first byte of a head.

    A server that must send a head first ends it behind that.

    Args:
        why: for the log.
    """

    __slots__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why = why

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise BrokenOff(self.why)


class Response(msgspec.Struct, frozen=True):
    """One answer.

    Attributes:
        status: the HTTP status code.
        headers: names and values.
        body: bytes, or an iterator of bytes when it is streamed. One that fails on its way ends the
            connection, so that nobody takes a part for the whole.
        refusal: what is refused, when it is a refusal: for records and logs, never sent.
    """

    status: int
    headers: tuple[Header, ...] = ()
    body: bytes | AsyncIterator[bytes] = b""
    refusal: Refusal | None = None


Plane: TypeAlias = Callable[[Request], Awaitable[Response]]
Asking: TypeAlias = Callable[[Request], Response | Awaitable[Response]]
"""Asks a plane: the answer, or what is to be awaited for it."""


@runtime_checkable
class Prompt(Protocol):
    """A plane that answers without being awaited where nothing has to be waited for.

    A coroutine, and a turn of the event loop for the task that awaits it, cost more than a small answer.
    """

    def at_once(self, request: Request) -> Response | Awaitable[Response]:
        """The answer, or what is to be awaited for it."""
        ...


def asking(plane: Plane) -> Asking:
    """The cheapest way to ask a plane."""
    prompt: object = plane
    return prompt.at_once if isinstance(prompt, Prompt) else plane


@asynccontextmanager
async def closing(body: AsyncIterator[bytes]) -> AsyncIterator[None]:
    """See to it that a stream is closed, read to its end or not."""
    try:
        yield
    finally:
        if isinstance(body, AsyncGenerator):
            await body.aclose()
