"""A request's body, handed on piece by piece at the pace of the slower side."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from millgate.core.errors import BODY_CUT_SHORT, Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from millgate.gateway.upstreams.connection import Connection


async def send_body(
    connection: Connection, stream: AsyncIterator[bytes], length: int | None, seconds: float
) -> None:
    """Send a body behind its head. What goes wrong fails the exchange, whose reader raises it.

    Args:
        connection: on which the head was sent.
        stream: the body.
        length: as the head says it; None: in chunks.
        seconds: how long either side may pause.
    """
    try:
        await (
            _in_chunks(connection, stream, seconds)
            if length is None
            else _counted(connection, stream, length, seconds)
        )
    except Exception as error:  # noqa: BLE001 - handed to the task that reads the answer
        connection.fail(error)
    else:
        connection.sent()
        connection.expect_within(seconds)


async def _in_chunks(connection: Connection, stream: AsyncIterator[bytes], seconds: float) -> None:
    while piece := await _next(stream, seconds):
        await connection.send(b"%x\r\n%b\r\n" % (len(piece), piece), seconds)
    await connection.send(b"0\r\n\r\n", seconds)


async def _counted(connection: Connection, stream: AsyncIterator[bytes], length: int, seconds: float) -> None:
    left = length
    while piece := await _next(stream, seconds):
        left -= len(piece)
        if left < 0:
            break
        await connection.send(piece, seconds)
    if left:
        raise Refused(Refusal(BODY_CUT_SHORT, cause="it is not as long as its Content-Length"))


async def _next(stream: AsyncIterator[bytes], seconds: float) -> bytes:
    """The next piece that is not empty; empty at the end."""
    try:
        async with asyncio.timeout(seconds):
            async for piece in stream:
                if piece:
                    return piece
    except TimeoutError:
        raise Refused(Refusal(BODY_CUT_SHORT, cause=f"it paused for {seconds:g} seconds")) from None
    return b""
