"""An answer on its way to the client: framed so that its end is known (RFC 9112 section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.wire.http1.heads import HeadUnsendable, head_of
from millgate.wire.messages import WITHOUT_CONTENT, BrokenOff, NoAnswer, closing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from millgate.wire.http1.incoming import Incoming
    from millgate.wire.http1.outlet import Outlet
    from millgate.wire.messages import Response


class AnswerUnfinished(Exception):  # noqa: N818 - what happened, as it is told
    """A streamed answer is not as long as its head says."""


async def send(outlet: Outlet, incoming: Incoming, response: Response, date: str, *, goes_on: bool) -> bool:
    """Send an answer, as fast as the client reads.

    Args:
        outlet: the way to the client.
        incoming: what is answered.
        response: the answer.
        date: the Date header's line.
        goes_on: whether another answer may follow.

    Returns:
        Whether another answer may follow; one whose end is the connection's cannot be followed.

    Raises:
        HeadUnsendable: of the answer nothing is sent.
        AnswerUnfinished: the connection must be broken off, as for whatever the stream itself raises.
        BrokenOff: the same, and nothing was sent: no answer is wanted.
    """
    body = response.body
    if isinstance(body, NoAnswer):
        raise BrokenOff(body.why)
    if isinstance(body, bytes):
        outlet.write(whole(incoming, response, body, date, goes_on=goes_on))
        if outlet.full:
            await outlet.drain()
        return goes_on
    async with closing(body):
        return await _stream(outlet, incoming, response, body, date, goes_on=goes_on)


def whole(incoming: Incoming, response: Response, body: bytes, date: str, *, goes_on: bool) -> bytes:
    """All of an answer that is no stream. Arguments and errors are those of `send`."""
    fields = dict(response.headers)
    own = _own(incoming, fields, date, goes_on=goes_on)
    head_only = incoming.method == "HEAD"
    if response.status in WITHOUT_CONTENT:
        return head_of(response.status, response.headers, own)
    said = fields.get("content-length")
    if said is None:
        own = f"{own}content-length: {len(body)}\r\n"
    elif not head_only and said != str(len(body)):
        raise HeadUnsendable
    head = head_of(response.status, response.headers, own)
    return head if head_only else head + body


def _own(incoming: Incoming, fields: dict[str, str], date: str, *, goes_on: bool) -> str:
    """The lines about date and connection, but for those that the answer has itself."""
    lines = "" if "date" in fields else date
    if "connection" in fields or (goes_on and not incoming.http10):
        return lines
    return f"{lines}connection: {'keep-alive' if goes_on else 'close'}\r\n"


async def _stream(
    outlet: Outlet,
    incoming: Incoming,
    response: Response,
    body: AsyncIterator[bytes],
    date: str,
    *,
    goes_on: bool,
) -> bool:
    """Send piece by piece: of known length, in chunks, or until the connection's end."""
    fields = dict(response.headers)
    bare = response.status in WITHOUT_CONTENT
    length = fields.get("content-length")
    chunked = length is None and not incoming.http10 and not bare
    goes_on = goes_on and (chunked or length is not None or bare or incoming.method == "HEAD")
    own = _own(incoming, fields, date, goes_on=goes_on)
    if chunked:
        own = f"{own}transfer-encoding: chunked\r\n"
    outlet.write(head_of(response.status, response.headers, own))
    if bare or incoming.method == "HEAD":
        return goes_on
    if chunked:
        await _chunks(outlet, body)
    else:
        outlet.endless = length is None
        await _pieces(outlet, body, None if length is None else int(length))
    return goes_on


async def _chunks(outlet: Outlet, body: AsyncIterator[bytes]) -> None:
    async for piece in body:
        if not outlet.open:
            return
        if piece:
            outlet.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await outlet.drain()
    outlet.write(b"0\r\n\r\n")


async def _pieces(outlet: Outlet, body: AsyncIterator[bytes], length: int | None) -> None:
    """Send as they are, and never more than was said: what is beyond would be read as the next answer."""
    sent = 0
    async for piece in body:
        if not outlet.open:
            return
        sent += len(piece)
        if length is not None and sent > length:
            raise AnswerUnfinished
        outlet.write(piece)
        await outlet.drain()
    if length is not None and sent != length:
        raise AnswerUnfinished
