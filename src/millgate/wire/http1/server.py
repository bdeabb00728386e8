"""Listening: the connections of one server, and how it ends."""

from __future__ import annotations

import asyncio
import resource
import socket
from typing import TYPE_CHECKING, Final, NamedTuple

from millgate.core.clock import Clock
from millgate.wire.http1.connection import Connection
from millgate.wire.http1.heads import date_line

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine

    from millgate.wire.forwarded import Networks
    from millgate.wire.messages import Plane

BACKLOG: Final = 1024
MOST_CONNECTIONS: Final = 10_000
"""More are closed as soon as they come."""

SPARE_FILES: Final = 128
"""Open files that are kept for everything else, where the system allows few."""


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
        plane: answers.
        trusted: the proxies that are believed about who calls.
        scheme: http or https.
        patience: with clients.
        most: how many connections there may be.
        stopping: whether no further request is taken.
        idle: is set while there is no connection.
        date: the Date header's line, made anew at each look.
    """

    def __init__(
        self,
        plane: Plane,
        trusted: Networks,
        scheme: str,
        patience: Patience,
        most: int = MOST_CONNECTIONS,
    ) -> None:
        self.plane = plane
        self.trusted = trusted
        self.scheme = scheme
        self.patience = patience
        self.most = most
        self.stopping = False
        self.time = asyncio.get_running_loop().time
        self.idle = asyncio.Event()
        self.idle.set()
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._clock = Clock()
        self.date = date_line(self._clock.now())

    def connection(self) -> Connection:
        """A protocol for a new connection."""
        return Connection(self)

    @property
    def full(self) -> bool:
        """Whether no further connection is taken."""
        return len(self._connections) >= self.most

    def began(self, connection: Connection, work: Coroutine[None, None, None]) -> None:
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

    def _ended(self, connection: Connection) -> None:
        del self._connections[connection]
        if not self._connections:
            self.idle.set()


class HttpServer:
    """Serves a plane on one address until it is stopped.

    Args:
        plane: answers.
        host, port: where it listens.
        trusted: the proxies that are believed about who calls.
        tls: speaks TLS with it when given.
        patience: with clients.
        most: how many connections there may be; fewer where the system allows fewer open files.
        shared: whether several processes may listen at this port; the system spreads connections.

    Attributes:
        port: where it listens; the one that the system chose, when 0 was asked for.
        listening: is set once the first connection would be taken.
    """

    def __init__(
        self,
        plane: Plane,
        *,
        host: str,
        port: int,
        trusted: Networks = (),
        tls: ssl.SSLContext | None = None,
        patience: Patience | None = None,
        most: int = MOST_CONNECTIONS,
        shared: bool = False,
    ) -> None:
        self._plane = plane
        self._host = host
        self._trusted = trusted
        self._tls = tls
        self._patience = patience or Patience()
        self._most = most
        self._shared = shared
        self._stopped = asyncio.Event()
        self.listening = asyncio.Event()
        self.port = port

    async def serve(self) -> None:
        """Serve until `stop`, and until the requests under way are answered.

        Raises:
            OSError: the address is not to be had.
        """
        scheme = "https" if self._tls is not None else "http"
        most = min(self._most, _files_allowed() - SPARE_FILES)
        service = Service(self._plane, self._trusted, scheme, self._patience, most)
        server = await self._listen(service)
        self.listening.set()
        looking = asyncio.get_running_loop().create_task(self._look(service))
        try:
            await self._stopped.wait()
            server.close()
            service.stop()
            await service.idle.wait()
        finally:
            looking.cancel()
            server.close()
            service.break_off()

    def stop(self) -> None:
        """Listen no more; what is under way is finished."""
        self._stopped.set()

    async def _listen(self, service: Service) -> asyncio.Server:
        made = self._socket()
        try:
            return await asyncio.get_running_loop().create_server(
                service.connection,
                sock=made,
                backlog=BACKLOG,
                ssl=self._tls,
                ssl_handshake_timeout=None if self._tls is None else self._patience.head,
                ssl_shutdown_timeout=None if self._tls is None else self._patience.linger,
            )
        except BaseException:
            made.close()
            raise

    async def _look(self, service: Service) -> None:
        while True:
            await asyncio.sleep(min(1.0, min(self._patience) / 2))
            service.look()

    def _socket(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if self._shared:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            made.bind((self._host, self.port))
        except BaseException:
            made.close()
            raise
        self.port = made.getsockname()[1]
        made.setblocking(False)  # noqa: FBT003 - the library's own
        return made


def _files_allowed() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS + SPARE_FILES if soft == resource.RLIM_INFINITY else soft
