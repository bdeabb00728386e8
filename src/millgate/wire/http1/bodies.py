"""The body of a request, from the parser to whoever reads it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from millgate.core.errors import BODY_CUT_SHORT, Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MOST_WAITING: Final = 262_144
"""Bytes that may wait to be read before the client is no longer listened to."""

COST_OF_PIECE: Final = 64
"""Bytes of memory that a piece takes besides its own; many small ones must not weigh nothing."""

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class IncomingBody:
    """Pieces as they come. The client is slowed down when nobody reads them.

    Args:
        pause: stop listening to the client.
        resume: go on.
        encourage: tell the client that its body is wanted; None when it does not wait for that
            (RFC 9110 section 10.1.1).

    Attributes:
        complete: whether all of it came.
    """

    __slots__ = (
        "_broken",
        "_encourage",
        "_pause",
        "_paused",
        "_pieces",
        "_resume",
        "_size",
        "_unwanted",
        "_waiter",
        "complete",
    )

    def __init__(
        self, pause: Callable[[], None], resume: Callable[[], None], encourage: Callable[[], None] | None
    ) -> None:
        self.complete = False
        self._pause = pause
        self._resume = resume
        self._encourage = encourage
        self._pieces: list[bytes] = []
        self._size = 0
        self._paused = False
        self._broken = False
        self._unwanted = False
        self._waiter: asyncio.Future[None] | None = None

    def feed(self, piece: bytes) -> None:
        """Take a piece from the parser."""
        if self._unwanted:
            return
        self._pieces.append(piece)
        self._size += len(piece) + COST_OF_PIECE
        if self._size > MOST_WAITING and not self._paused:
            self._paused = True
            self._pause()
        self._wake()

    def end(self) -> None:
        """All of it came."""
        self.complete = True
        self._wake()

    def cut(self) -> None:
        """Nothing more of it will come."""
        self._broken = not self.complete
        self._wake()

    def answer_begins(self) -> None:
        """The client learns from the answer itself what becomes of its body (RFC 9110 section 10.1.1)."""
        self._encourage = None

    def drop(self) -> None:
        """Nobody will read it any more."""
        self._unwanted = True
        self._taken()

    async def read(self) -> AsyncIterator[bytes]:
        """The pieces, in order; what waits comes as one.

        Raises:
            Refused: BODY_CUT_SHORT.
        """
        while True:
            if self._pieces:
                yield self._taken()
            elif self.complete:
                return
            elif self._broken:
                raise Refused(Refusal(BODY_CUT_SHORT))
            else:
                await self._more()

    def _taken(self) -> bytes:
        piece = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        if self._paused:
            self._paused = False
            self._resume()
        return piece

    async def _more(self) -> None:
        if self._encourage is not None:
            self._encourage()
            self._encourage = None
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
