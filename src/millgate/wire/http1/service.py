"""What all connections of one server have in common, and what they are looked after by."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from millgate.core.clock import Clock
from millgate.wire.http1.heads import date_line
from millgate.wire.intake import Told, nobody_told
from millgate.wire.messages import asking
from millgate.wire.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from millgate.wire.forwarded import Networks
    from millgate.wire.messages import Plane

MOST_CONNECTIONS: Final = 10_000
"""More are closed as soon as they come."""


class Lasting(Protocol):
    """A connection, as far as it is looked after."""

    def look(self, now: float) -> None:
        """Give the client up when it was too slow."""

    def let_go(self) -> None:
        """End, unless a request is under way."""


class Patience(NamedTuple):
    """How many seconds a client is given.

    Attributes:
        idle: between two requests.
        head: for the head of a request, from its first byte on; also for shaking hands for TLS.
        write: to read `millgate.wire.patience.LEAST_RATE` bytes for each of these seconds, when it is behind.
        linger: to read the last answer while it is still sending.

    For bodies there is `millgate.wire.patience`. All are looked after about once a second.
    """

    idle: float = 75.0
    head: float = 20.0
    write: float = 60.0
    linger: float = 5.0


class Service:
    """What all connections of a server have in common.

    Attributes:
        ask: asks the plane.
        trusted: the proxies that are believed about who calls.
        scheme: http or https.
        patience: with clients.
        most: how many connections there may be.
        told: is told of what is refused before any plane sees it.
        stopping: whether no further request is taken.
        time, future: of the event loop.
        outbox: for answers that are sent together.
        idle: is set while there is no connection.
        date: the Date header's line, made anew at each look.
    """

    def __init__(
        self,
        plane: Plane,
        trusted: Networks,
        scheme: str,
        patience: Patience,
        *,
        most: int = MOST_CONNECTIONS,
        told: Told = nobody_told,
        clock: Clock | None = None,
    ) -> None:
        self.ask = asking(plane)
        self.told = told
        self.trusted = trusted
        self.scheme = scheme
        self.patience = patience
        self.most = most
        self.stopping = False
        # Kept, because asking for the running loop is a system call (Python 3.11) in every request.
        loop = asyncio.get_running_loop()
        self.time = loop.time
        self.outbox = Outbox(loop)
        self.future = loop.create_future
        self.idle = asyncio.Event()
        self.idle.set()
        self._connections: dict[Lasting, asyncio.Task[None]] = {}
        self._clock = clock or Clock()
        self.date = date_line(self._clock.now())

    @property
    def count(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    @property
    def full(self) -> bool:
        """Whether no further connection is taken."""
        return self.count >= self.most

    def began(self, connection: Lasting, work: Coroutine[None, None, None]) -> None:
        """A connection is there; its work is a task of its own."""
        task = asyncio.get_running_loop().create_task(work)
        self._connections[connection] = task
        self.idle.clear()
        task.add_done_callback(lambda _: self._ended(connection))

    def stop(self) -> None:
        """Take no further request; connections without one end."""
        self.stopping = True
        for connection in list(self._connections):
            connection.let_go()

    def break_off(self) -> None:
        """End whatever is under way."""
        for task in self._connections.values():
            task.cancel()

    def look(self) -> None:
        """Give up who was too slow, and look at the clock for the Date header."""
        self.date = date_line(self._clock.now())
        now = self.time()
        for connection in list(self._connections):
            connection.look(now)

    def _ended(self, connection: Lasting) -> None:
        del self._connections[connection]
        if not self._connections:
            self.idle.set()
