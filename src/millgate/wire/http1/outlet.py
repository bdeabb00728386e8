"""The way to one client: what it is sent, as fast as it reads."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from millgate.wire.patience import LEAST_RATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.wire.outbox import Outbox

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no second."""


class Outlet:
    """Sends to one client, and gives it up when it does not read.

    Args:
        transport: to the client.
        outbox: for what can be sent together with what goes to others.
        time: the loop's.
        seconds: how often a client that is behind is looked at; it must have read `LEAST_RATE` bytes for
            each of them.

    Attributes:
        open: whether the client is there.
        full: whether it is behind, so that nothing further should be written.
        endless: whether what is sent has no other end than the connection's.
    """

    __slots__ = (
        "_changed",
        "_deadline",
        "_outbox",
        "_put_at",
        "_seconds",
        "_time",
        "_transport",
        "_unsent",
        "endless",
        "full",
        "open",
    )

    def __init__(
        self, transport: asyncio.Transport, outbox: Outbox, time: Callable[[], float], seconds: float
    ) -> None:
        self.open = True
        self.full = False
        self.endless = False
        self._transport = transport
        self._outbox = outbox
        self._put_at = -1
        self._time = time
        self._seconds = seconds
        self._unsent = 0
        self._deadline = 0.0
        self._changed: asyncio.Future[None] | None = None

    def write(self, data: bytes) -> None:
        """Send, or do nothing when nobody is there."""
        self._flush()
        if self.open:
            self._transport.write(data)

    def write_soon(self, data: bytes) -> None:
        """The same, at the end of the event loop's turn. No more than one message waits for that."""
        self._flush()
        if self.open:
            self._put_at = self._outbox.put(self._transport, data)

    async def drain(self) -> None:
        """Wait until the client has read enough, or has gone."""
        while self.full and self.open:
            await self._change()

    async def close(self) -> None:
        """End the connection once all is sent, or given up."""
        self._flush()
        if self.open:
            self._transport.close()
            self._expect()
        while self.open:
            await self._change()

    def say_all(self) -> None:
        """Tell the client that nothing more will come, and leave it time to say what it has to say."""
        self._flush()
        if self.open and not self._transport.is_closing():
            self._transport.write_eof()

    def break_off(self) -> None:
        """End the connection so that nobody takes what was sent for the whole."""
        if not self.open:
            return
        self._flush()
        if self.endless:
            # Only a reset tells then that this is not the end.
            with suppress(OSError):
                self._transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE
                )
        self._transport.abort()

    def look(self, now: float) -> None:
        """Give up a client that has read too little since the last time."""
        if not 0.0 < self._deadline <= now:
            return
        if self._unsent - self._transport.get_write_buffer_size() < LEAST_RATE * self._seconds:
            self._deadline = 0.0
            self.break_off()
        else:
            self._expect()

    def is_full(self) -> None:
        """The client is behind."""
        self.full = True
        self._expect()

    def has_room(self) -> None:
        """It has read."""
        self.full = False
        self._deadline = 0.0
        self._tell()

    def lost(self) -> None:
        """It has gone."""
        self.open = False
        self._deadline = 0.0
        self._tell()

    def _flush(self) -> None:
        if self._put_at == self._outbox.turn:
            self._outbox.flush()

    def _expect(self) -> None:
        self._unsent = self._transport.get_write_buffer_size()
        self._deadline = self._time() + self._seconds

    async def _change(self) -> None:
        self._changed = asyncio.get_running_loop().create_future()
        await self._changed

    def _tell(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
