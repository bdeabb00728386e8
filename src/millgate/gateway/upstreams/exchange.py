"""One request and its answer on a connection: what has arrived, and who waits for more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from millgate.wire.messages import Response

HIGH_WATER: Final = 262_144
"""Bytes of an answer that wait to be read, above which no more are taken from the network."""


class Carrier(Protocol):
    """The connection, as an exchange's reader knows it."""

    def future(self) -> asyncio.Future[None]:
        """A future of its event loop."""
        ...

    def awaits(self, exchange: Exchange) -> None:
        """The reader waits for the next piece."""

    def goes_on(self, exchange: Exchange) -> None:
        """The reader has taken what was there."""

    def leave(self, exchange: Exchange) -> None:
        """The reader wants no more."""


class Exchange(msgspec.Struct, eq=False):
    """Filled by the connection, read by one task.

    Attributes:
        connection: on which it goes.
        bodiless: whether it answers HEAD.
        status: of the answer, once `headed`.
        headers: names and values as they came; trailers are dropped.
        returning: those that are handed on, once `headed`; names in lower case.
        options: what Connection says, in lower case; of several, all.
        length: the Content-Length, or None.
        length_at: where it stands among those that are handed on.
        chunked: whether the body comes in chunks.
        fed: bytes that have arrived.
        interims: 1xx answers that came before.
        headed: whether the whole head is there.
        ended: whether the whole answer is there.
        keep: whether the connection can carry another request after it.
        whole: the answer as it is handed on, where its head is known.
        error: why there is no answer, or no more of it.
        size: bytes of the body that wait to be read.
    """

    connection: Carrier
    bodiless: bool
    status: int = 0
    headers: list[tuple[bytes, bytes]] = []
    returning: list[tuple[str, str]] = []
    options: str = ""
    length: int | None = None
    length_at: int = 0
    chunked: bool = False
    fed: int = 0
    interims: int = 0
    headed: bool = False
    ended: bool = False
    keep: bool = False
    whole: Response | None = None
    error: BaseException | None = None
    size: int = 0
    _pieces: list[bytes] = []
    _waiter: asyncio.Future[None] | None = None
    _listener: Callable[[Exchange], None] | None = None

    def tell(self, listener: Callable[[Exchange], None]) -> None:
        """Call this once, when the head is there or there will be none."""
        self._listener = listener

    def add(self, piece: bytes) -> None:
        """Take a piece of the body."""
        self._pieces.append(piece)
        self.size += len(piece)

    def taken(self) -> bytes:
        """All of the body that waits to be read."""
        pieces = self._pieces
        if len(pieces) == 1:
            data = pieces[0]
            pieces.clear()
        else:
            data = b"".join(pieces)
            pieces.clear()
        self.size = 0
        return data

    def wake(self) -> None:
        """Let the reader look again."""
        listener, self._listener = self._listener, None
        if listener is not None:
            return listener(self)
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)
        return None

    async def until_headed(self) -> None:
        """Wait for the head.

        Raises:
            Failed: there will be none.
            Refused: the request's own body could not be read.
        """
        while not self.headed and self.error is None:
            # As `_woken`, without a coroutine more: each call waits here.
            waiter = self._waiter = self.connection.future()
            await waiter
        if self.error is not None:
            # Also when it came behind the head, but before anybody looked.
            raise self.error

    async def more(self) -> bytes:
        """The next piece of the body; empty at its end.

        Raises:
            Failed: there will be none.
        """
        while not self.size:
            if self.error is not None:
                raise self.error
            if self.ended:
                return b""
            self.connection.awaits(self)
            await self._woken()
        data = self.taken()
        if not self.ended:
            self.connection.goes_on(self)
        return data

    async def _woken(self) -> None:
        waiter = self._waiter = self.connection.future()
        try:
            await waiter
        finally:
            self._waiter = None
