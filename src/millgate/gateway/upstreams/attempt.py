"""What is sent to an upstream for one call, as often as it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from millgate.core.errors import BODY_CUT_SHORT, BODY_TOO_LARGE, Refusal, Refused
from millgate.gateway.upstreams.targets import path_of, query_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from millgate.describe.calls import BackendCall
    from millgate.gateway.upstreams.forwarding import Forwarding, KeyNames, Outgoing
    from millgate.wire.messages import Request

IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be sent twice (RFC 9110 section 9.2.2)."""

LARGEST_KEPT: Final = 65_536
"""Bytes of a body up to which it is read before a connection is taken, and can be sent again."""

_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SAYS_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})


class Form(msgspec.Struct):
    """What an upstream is asked, but for the id of the request, its body and what frames it.

    Attributes:
        method: of the request.
        target: path and query below the address's own path.
        host: instead of the address's own; or empty.
        lines: the header lines behind Host, each with its end.
    """

    method: str
    target: str
    host: str
    lines: bytes
    _address: tuple[str, str] | None = None
    _begun: bytes = b""

    def begun(self, base: str, host: str) -> bytes:
        """The head up to here, for an address. It is kept: whoever has a form mostly asks one address."""
        address = (base, host)
        if address != self._address:
            line = f"{self.method} {base}{self.target} HTTP/1.1\r\nhost: {self.host or host}\r\n"
            self._address, self._begun = address, line.encode("latin-1") + self.lines
        return self._begun


class Attempt(msgspec.Struct):
    """A request, ready to be sent to any address of its upstream.

    Attributes:
        form: what is asked.
        end: of the head: the request's id and what frames the body.
        body: all of it; empty when it is streamed.
        stream: the body as its sender sends it, or None.
        length: of the stream; None when it goes in chunks.
        begun: whether some of the stream may have been sent.
    """

    form: Form
    end: bytes
    body: bytes
    stream: AsyncIterator[bytes] | None
    length: int | None
    begun: bool = False

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent once more after it went without an answer."""
        return self.form.method in IDEMPOTENT and not self.begun

    def head(self, base: str, host: str) -> bytes:
        """The whole head, for an address."""
        return self.form.begun(base, host) + self.end


def without_body(request: Request) -> bool:
    """Whether it needs no look at its body to know that there is none."""
    fields = request.fields()
    return (
        request.method in _BODILESS and "content-length" not in fields and "transfer-encoding" not in fields
    )


def bodiless_attempt(call: BackendCall, forwarding: Forwarding, keys: KeyNames) -> Attempt:
    """As `attempt_of`, for a request `without_body`."""
    return Attempt(_form(call, forwarding, keys), _end(call, ""), b"", None, None)


def _form(call: BackendCall, forwarding: Forwarding, keys: KeyNames) -> Form:
    again = call.request.again
    if again is None:
        return _made(call, forwarding.outgoing(call, keys), keys)
    # The same request may come from somebody else and mean something else once another version is in force.
    means = (call.target, call.parameters, call.application, call.subscription, call.principal, keys)
    known = again.get(forwarding)
    if known is not None and known[0] == means:
        found: Form = known[1]
        return found
    found = _made(call, forwarding.outgoing(call, keys), keys)
    again.keep(forwarding, (means, found))
    return found


def _made(call: BackendCall, outgoing: Outgoing, keys: KeyNames) -> Form:
    request = call.request
    target = path_of(call.target, call.parameters) + query_of(request.query, keys.query)
    return Form(request.method, target, outgoing.host, outgoing.lines)


async def attempt_of(call: BackendCall, forwarding: Forwarding, keys: KeyNames, limit: int) -> Attempt:
    """Make a call ready, its body read if it is short.

    Args:
        call: what is forwarded.
        forwarding: what the upstream is told.
        keys: where the call's key may be.
        limit: the largest body in bytes.

    Raises:
        Refused: the request cannot be forwarded as it is, or its body cannot be read.
    """
    request = call.request
    outgoing = forwarding.outgoing(call, keys)
    form = _made(call, outgoing, keys)
    length, body, framing = outgoing.length, b"", ""
    stream: AsyncIterator[bytes] | None = None
    if length is not None:
        if length > limit:
            raise Refused(Refusal(BODY_TOO_LARGE, {"limit": limit}))
        framing = f"content-length: {length}\r\n"
        if length > LARGEST_KEPT:
            stream = request.chunks(limit)
        elif length:
            body = await _whole(request, length)
    elif outgoing.chunked or request.method not in _BODILESS:
        stream = await _begun(request.chunks(limit))
        if stream is not None:
            framing = "transfer-encoding: chunked\r\n"
        elif request.method in _SAYS_LENGTH:
            framing = "content-length: 0\r\n"
    return Attempt(form, _end(call, framing), body, stream, length)


def _end(call: BackendCall, framing: str) -> bytes:
    return f"x-request-id: {call.request_id}\r\n{framing}\r\n".encode("ascii")


async def _whole(request: Request, length: int) -> bytes:
    body = await request.body(length)
    if len(body) < length:
        raise Refused(Refusal(BODY_CUT_SHORT, cause="it is shorter than its Content-Length"))
    return body


async def _begun(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes] | None:
    """The stream, or None when nothing is in it: HTTP/2 need not say beforehand whether there is a body."""
    async for piece in chunks:
        if piece:
            return _behind(piece, chunks)
    return None


async def _behind(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
