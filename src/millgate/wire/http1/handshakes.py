"""Connections that speak TLS: taken here, so that those that still shake hands are counted, too.

The event loop's own listener tells of a connection once it has shaken hands. Clients that never do so could
then take every open file of the process.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import structlog

from millgate.core.errors import TLS_NEEDED, Refusal
from millgate.wire.http1.heads import head_of
from millgate.wire.refusals import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.wire.http1.service import Service

AT_ONCE: Final = 64
"""Connections that are taken before anything else is done."""
PAUSE_SECONDS: Final = 1.0
"""Until connections are taken again, when the system had no room for one."""
_NO_ROOM: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PLAIN: Final = "HTTP_REQUEST"
"""What OpenSSL calls it when a request in plain HTTP comes in the place of a handshake."""

_log = structlog.get_logger("millgate.wire")


class Handshakes:
    """Takes the connections of a listening socket and speaks TLS with them.

    Args:
        listening: the socket; it is closed in the end.
        tls: what is spoken TLS with.
        protocol: makes what speaks HTTP on a connection that has shaken hands.
        service: knows how many connections there may be, and how patient to be.
    """

    def __init__(
        self,
        listening: socket.socket,
        tls: ssl.SSLContext,
        protocol: Callable[[], asyncio.Protocol],
        service: Service,
    ) -> None:
        self._listening = listening
        self._tls = tls
        self._protocol = protocol
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None

    def begin(self, backlog: int) -> None:
        """Listen."""
        self._listening.listen(backlog)
        self._take()

    def close(self) -> None:
        """Listen no more, and break handshakes off. Connections that have shaken hands go on."""
        if self._listening.fileno() < 0:
            return
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._listening)
        self._listening.close()
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Until those that were broken off have ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                taken, _peer = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as wrong:
                if wrong.errno not in _NO_ROOM:
                    raise
                _log.error("no_room_for_connections", why=wrong.strerror)
                self._loop.remove_reader(self._listening)
                self._pause = self._loop.call_later(PAUSE_SECONDS, self._take)
                return
            self._begin(taken)

    def _begin(self, taken: socket.socket) -> None:
        if self._service.count + len(self._tasks) >= self._service.most:
            taken.close()
            return
        taken.setblocking(False)  # noqa: FBT003 - the library's own
        task = self._loop.create_task(self._shake(taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _shake(self, taken: socket.socket) -> None:
        # The event loop closes its own when a handshake fails; this one can still be answered by.
        with taken.dup() as spare:
            try:
                await self._loop.connect_accepted_socket(
                    self._protocol,
                    taken,
                    ssl=self._tls,
                    ssl_handshake_timeout=self._service.patience.head,
                    ssl_shutdown_timeout=self._service.patience.linger,
                )
            except OSError as wrong:
                # Who does not trust the certificate hangs up here, as does who looks whether a port listens.
                _log.debug("handshake_failed", why=str(wrong))
                if isinstance(wrong, ssl.SSLError) and wrong.reason == _PLAIN:
                    self._tell_plain(spare)

    def _tell_plain(self, spare: socket.socket) -> None:
        """Say in plain HTTP that TLS is spoken here."""
        refusal = Refusal(TLS_NEEDED)
        said = answer(refusal)
        body = said.body if isinstance(said.body, bytes) else b""
        own = f"content-length: {len(body)}\r\nconnection: close\r\n{self._service.date}"
        with suppress(OSError):
            spare.send(head_of(said.status, said.headers, own) + body)
            spare.shutdown(socket.SHUT_WR)
