"""The connections to one address: kept alive, bounded in number, each with its deadline."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Final

from millgate.core.errors import UPSTREAM_BUSY, UPSTREAM_TIMED_OUT, UPSTREAM_UNREACHABLE
from millgate.gateway.upstreams.connection import Connection
from millgate.gateway.upstreams.failures import Failed
from millgate.wire.outbox import Outbox

if TYPE_CHECKING:
    import ssl

    from millgate.gateway.upstreams.exchange import Exchange

LONGEST_IDLE: Final = 60.0
"""Seconds after which a kept connection is not used again."""


class Pool:
    """Opens, keeps and lends connections. To be used on one event loop.

    Attributes:
        name: the address, for causes.
        pause_seconds: how long an answer may pause between two pieces.
        waiting: calls that wait for a connection.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None,
        most: int,
        connect_seconds: float,
        pause_seconds: float,
    ) -> None:
        self.name = name
        self.pause_seconds = pause_seconds
        self.waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._host = host
        self._port = port
        self._tls = tls
        self._most = most
        self._connect_seconds = connect_seconds
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._opening = 0
        self._keeps = True
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = inf

    @cached_property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop on which it is used; to ask for the running one is a system call (Python 3.11)."""
        return asyncio.get_running_loop()

    @cached_property
    def outbox(self) -> Outbox:
        """For requests that are sent together."""
        return Outbox(self.loop)

    @property
    def busy(self) -> int:
        """Connections that carry a call."""
        return len(self._busy) + self._opening

    @property
    def idle(self) -> int:
        """Connections that are kept for the next call."""
        return len(self._idle)

    def ask(
        self, connection: Connection, data: bytes, deadline: float, *, bodiless: bool, whole: bool
    ) -> Exchange:
        """Send on a connection that was taken; its answer's head must come until the deadline."""
        exchange = connection.ask(data, bodiless=bodiless, whole=whole)
        if whole:
            self.watch(connection, deadline)
        return exchange

    def take(self, now: float) -> Connection | None:
        """The connection that was used last, if one is kept; it is the least likely to be stale."""
        idle = self._idle
        while idle:
            connection = idle.pop()
            if connection.closed:
                continue
            if now - connection.idle_since > LONGEST_IDLE:
                connection.drop()
                continue
            self._busy.add(connection)
            return connection
        return None

    async def connect(self, deadline: float) -> Connection:
        """A new connection, or the next that is released when there are as many as may be.

        Raises:
            Failed: UPSTREAM_BUSY, UPSTREAM_UNREACHABLE, or UPSTREAM_TIMED_OUT.
        """
        if self._idle:
            # Asked for although one is kept: kept ones have turned out stale, and this one is the oldest.
            self._idle.pop(0).drop()
        while self.busy >= self._most:
            connection = await self._turn(deadline)
            if connection is None:
                return await self._opened(deadline)
            if not connection.closed:
                return connection
        self._opening += 1
        return await self._opened(deadline)

    def release(self, connection: Connection) -> None:
        """Take a connection back whose answer was read to its end."""
        if not self._keeps:
            connection.drop()
            return
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(connection)
            return
        self._busy.discard(connection)
        now = connection.idle_since = self.loop.time()
        self._idle.append(connection)
        if now - self._idle[0].idle_since > LONGEST_IDLE:
            self._idle[0].drop()

    def forget(self, connection: Connection) -> None:
        """A connection is gone; whoever waits may open another."""
        if connection in self._busy:
            self._busy.remove(connection)
            self._let_open()
        elif connection in self._idle:
            self._idle.remove(connection)

    def watch(self, connection: Connection, deadline: float) -> None:
        """Fail what the connection carries unless its deadline is moved before.

        One timer serves all connections: it stands at the earliest deadline that was known when it was
        set, which a call hardly ever has to move.
        """
        connection.deadline = deadline
        if deadline < self._timer_at:
            if self._timer is not None:
                self._timer.cancel()
            self._set_timer(deadline)

    def retire(self) -> None:
        """Keep no connection any longer; those that carry a call close behind its answer."""
        self._keeps = False
        for connection in (*self._idle,):
            connection.drop()

    def close(self) -> None:
        """End all connections and what they carry."""
        self.retire()
        ended = Failed(UPSTREAM_UNREACHABLE, f"{self.name} was closed on this side")
        waiters = [waiter for waiter in self.waiting if not waiter.done()]
        self.waiting.clear()
        for waiter in waiters:
            waiter.set_exception(ended)
        for connection in (*self._busy,):
            connection.fail(ended)
            connection.drop()
        if self._timer is not None:
            self._timer.cancel()

    # Inside

    async def _turn(self, deadline: float) -> Connection | None:
        """Wait for a connection, or for leave to open one (None)."""
        loop = self.loop
        waiter: asyncio.Future[Connection | None] = loop.create_future()
        self.waiting.append(waiter)
        try:
            async with asyncio.timeout_at(deadline):
                return await waiter
        except BaseException as ended:
            self._give_back(waiter)
            if isinstance(ended, TimeoutError):
                cause = f"all {self._most} connections to {self.name} were taken"
                raise Failed(UPSTREAM_BUSY, cause) from None
            raise

    def _give_back(self, waiter: asyncio.Future[Connection | None]) -> None:
        """Pass on what a waiter was given and did not live to use."""
        if waiter in self.waiting:
            self.waiting.remove(waiter)
        if not waiter.done() or waiter.cancelled() or waiter.exception() is not None:
            return
        connection = waiter.result()
        if connection is not None:
            self.release(connection)
        else:
            self._opening -= 1
            self._let_open()

    async def _opened(self, deadline: float) -> Connection:
        """A new connection in the place that was kept for it."""
        try:
            connection = await self._established(deadline)
        except BaseException:
            self._opening -= 1
            self._let_open()
            raise
        self._opening -= 1
        self._busy.add(connection)
        return connection

    async def _established(self, deadline: float) -> Connection:
        loop = self.loop
        try:
            async with asyncio.timeout_at(min(deadline, loop.time() + self._connect_seconds)):
                _, connection = await loop.create_connection(
                    lambda: Connection(self),
                    self._host,
                    self._port,
                    ssl=self._tls,
                    server_hostname=self._host if self._tls else None,
                )
        except TimeoutError:
            if loop.time() >= deadline:
                cause = f"{self.name}: the time was over before there was a connection"
                raise Failed(UPSTREAM_TIMED_OUT, cause) from None
            raise self._unreachable(f"no connection within {self._connect_seconds:g} seconds") from None
        except (OSError, UnicodeError) as wrong:
            raise self._unreachable(str(wrong) or type(wrong).__name__) from wrong
        return connection

    def _unreachable(self, why: str) -> Failed:
        return Failed(UPSTREAM_UNREACHABLE, f"{self.name}: {why}", unanswered=True)

    def _let_open(self) -> None:
        waiter = self._next_waiter()
        if waiter is not None:
            self._opening += 1
            waiter.set_result(None)

    def _next_waiter(self) -> asyncio.Future[Connection | None] | None:
        while self.waiting:
            waiter = self.waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    def _set_timer(self, when: float) -> None:
        self._timer_at = when
        self._timer = self.loop.call_at(when, self._expire)

    def _expire(self) -> None:
        self._timer, self._timer_at = None, inf
        now = self.loop.time()
        late = [connection for connection in self._busy if connection.deadline <= now]
        for connection in late:
            connection.expire()
        earliest = min((connection.deadline for connection in self._busy), default=inf)
        if earliest < self._timer_at:
            self._set_timer(earliest)
