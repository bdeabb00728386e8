"""Connections to one PostgreSQL database, made when they are first needed and shared by one event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import asyncpg  # type: ignore[import-untyped] # it ships no types

from millgate.stores.ports import ConnectTimedOut, StoreUnreachable
from millgate.stores.postgres.failures import CANNOT_CONNECT

if TYPE_CHECKING:
    from collections.abc import Callable

Connection: TypeAlias = Any
"""A connection of asyncpg, which ships no types."""

_RELEASE_SECONDS: Final = 2.0
_STATEMENTS_KEPT: Final = 256
_LONGEST_KEPT: Final = 65_536
_LOOK_FOR_CLIENT: Final = (
    "SELECT set_config('client_connection_check_interval', '2s', false)"
    " WHERE current_setting('server_version_num')::int >= 140000"
)
"""A server that is just reading a message ignores the word to stop that comes then. The connection is ended
soon after; a statement that sends nothing would not notice, so from version 14 on a server looks for that."""
_SESSION: Final = {
    "application_name": "millgate",
    "timezone": "UTC",
    "default_transaction_read_only": "on",
    # Statements are stopped at the deadline of their call. These end what a process left behind that was
    # killed or cut off from the network in between.
    "statement_timeout": "660s",
    "idle_in_transaction_session_timeout": "60s",
    # Compiling a statement takes longer than pages are allowed to.
    "jit": "off",
}


class Pool:
    """Connections in sessions that read by default, keep UTC, and are made as many as are in use at once.

    Args:
        url: the database.
        size: how many connections there may be.
        connect_seconds: how long one is waited for, whether it must be made or others use all of them.
        connected: is called for each connection that is made.
    """

    def __init__(self, url: str, *, size: int, connect_seconds: float, connected: Callable[[], None]) -> None:
        self._url = url
        self._size = size
        self._connect_seconds = connect_seconds
        self._connected = connected
        self._pool: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def acquire(self, deadline: float) -> Connection:
        """A connection, to be given back by `release`; `deadline` is in the running loop's time.

        Raises:
            ConnectTimedOut: none could be had in time.
            StoreUnreachable: the server cannot be reached, or lets nobody in.
        """
        if self._closed:
            raise StoreUnreachable("the store is closed")
        seconds = min(self._connect_seconds, deadline - asyncio.get_running_loop().time())
        try:
            return await (await self._opened()).acquire(timeout=max(seconds, 0.0))
        except TimeoutError as late:
            raise ConnectTimedOut(f"no connection within {seconds:.3g} seconds") from late
        except CANNOT_CONNECT as failed:
            raise StoreUnreachable(str(failed)) from failed

    async def release(self, connection: Connection) -> None:
        """Give a connection back, once a statement that was stopped on it is over; else end it."""
        with suppress(*CANNOT_CONNECT):
            await self._pool.release(connection, timeout=_RELEASE_SECONDS)

    async def renew(self) -> None:
        """Use no connection again that was made before: the server has ended one of them."""
        await self._pool.expire_connections()

    def close(self) -> None:
        """End all connections, those in use included. To be called while the loop runs."""
        self._closed = True
        if self._pool is not None:
            self._pool.terminate()

    async def _opened(self) -> Any:  # noqa: ANN401 - as Connection
        # Not in the constructor: there is no loop yet, and a server may fork before it runs one.
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._pool = self._make()
            await self._pool  # connects nowhere yet, and so does not let other tasks run
        return self._pool

    def _make(self) -> Any:  # noqa: ANN401 - as Connection
        return asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._size,
            timeout=self._connect_seconds,
            command_timeout=self._connect_seconds,
            statement_cache_size=_STATEMENTS_KEPT,
            max_cacheable_statement_size=_LONGEST_KEPT,
            server_settings=_SESSION,
            init=self._init,
            reset=_nothing_to_reset,
        )

    async def _init(self, connection: Connection) -> None:
        self._connected()
        with suppress(asyncpg.InvalidParameterValueError):  # on a system where it cannot look
            await connection.execute(_LOOK_FOR_CLIENT)


async def _nothing_to_reset(_connection: Connection) -> None:
    """No statement here changes its session, so giving a connection back costs no round trip."""
