"""How long a sender is waited for: a body that comes too slowly must not keep a connection for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from typing import Final, TypeVar

from millgate.core.errors import BODY_CUT_SHORT, Refusal, Refused
from millgate.wire.messages import BodyReader, closing

PATIENCE_SECONDS: Final = 30.0
"""How long a whole body is waited for, however small it is."""

LEAST_RATE: Final = 1_000
"""Bytes that buy another second."""

_T = TypeVar("_T")


class Patience:
    """What is left of the time that one body may be waited for.

    Only waiting counts. A body that is read slowly, because its reader is busy, costs its sender nothing.
    """

    def __init__(self) -> None:
        self._left = PATIENCE_SECONDS
        self._loop = asyncio.get_running_loop()

    async def wait(self, piece: Awaitable[_T]) -> _T:
        """Wait for the next piece.

        Raises:
            Refused: BODY_CUT_SHORT: it did not come in time.
        """
        began = self._loop.time()
        try:
            async with asyncio.timeout(self._left):
                return await piece
        except TimeoutError:
            raise Refused(Refusal(BODY_CUT_SHORT, cause="it came too slowly")) from None
        finally:
            self._left -= self._loop.time() - began

    def earn(self, size: int) -> None:
        """So many bytes have come."""
        self._left += size / LEAST_RATE


def patient(reader: BodyReader) -> BodyReader:
    """The reader, with an end to its patience."""

    async def read() -> AsyncIterator[bytes]:
        patience, pieces = Patience(), reader()
        async with closing(pieces):
            with suppress(StopAsyncIteration):
                while True:
                    piece = await patience.wait(anext(pieces))
                    patience.earn(len(piece))
                    yield piece

    return read
