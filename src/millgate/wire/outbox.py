"""Small messages to many connections, sent together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Outbox:
    """Keeps what is written in one turn of the event loop, and sends it at the turn's end.

    Every write wakes up whoever reads, and on few cores it runs in our place: measured with sixteen
    connections, a proxied call took a fifth more CPU when each answer was written where it was made.

    Attributes:
        turn: goes up whenever all is sent.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []
        self.turn = 0

    def put(self, transport: asyncio.Transport, data: bytes) -> int:
        """Send soon, in the order of putting. Returns the turn in which this waits.

        Whoever writes to the transport, or closes it, while it is that turn must `flush` before.
        """
        if not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting.append((transport, data))
        return self.turn

    def flush(self) -> None:
        """Send all that waits, now."""
        waiting, self._waiting = self._waiting, []
        self.turn += 1
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)
