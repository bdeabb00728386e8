"""Listening: the connections of one server, and how it ends."""

from __future__ import annotations

import asyncio
import resource
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

from millgate.core.clock import Clock
from millgate.wire.http1.connection import Connection
from millgate.wire.http1.handshakes import Handshakes
from millgate.wire.http1.service import MOST_CONNECTIONS, Patience, Service
from millgate.wire.intake import Told, nobody_told

if TYPE_CHECKING:
    import ssl

    from millgate.wire.forwarded import Networks
    from millgate.wire.messages import Plane

__all__ = ["BACKLOG", "HttpServer", "Patience"]

BACKLOG: Final = 1024
SPARE_FILES: Final = 128
"""Open files that are kept for everything else, where the system allows few."""


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
        told: is told of what is refused before any plane sees it.
        clock: by which answers are dated.

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
        told: Told = nobody_told,
        clock: Clock | None = None,
    ) -> None:
        self._plane = plane
        self._clock = clock or Clock()
        self._told = told
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
        service = Service(
            self._plane,
            self._trusted,
            scheme,
            self._patience,
            most=most,
            told=self._told,
            clock=self._clock,
        )
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
            if isinstance(server, Handshakes):
                await server.wait_closed()

    def stop(self) -> None:
        """Listen no more; what is under way is finished."""
        self._stopped.set()

    async def _listen(self, service: Service) -> asyncio.Server | Handshakes:
        made, protocol = self._socket(), partial(Connection, service)
        try:
            if self._tls is not None:
                listening = Handshakes(made, self._tls, protocol, service)
                listening.begin(BACKLOG)
                return listening
            return await asyncio.get_running_loop().create_server(protocol, sock=made, backlog=BACKLOG)
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
