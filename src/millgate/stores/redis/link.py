"""One connection to Redis over which many calls share each trip.

Connecting, TLS and the protocol are the library's. Its way of a connection and a trip for each call
costs several times the CPU of all the rest of a managed call, so calls that come in while a trip is
under way go out together with the next one.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import NoScriptError, RedisError, ResponseError

from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable

REST_SECONDS: Final = 0.5
"""How long nothing is asked after a failure, so that a server that hangs does not hold up every call."""

MOST_AT_ONCE: Final = 500
"""How many calls share a trip: a longer one might not be over in time."""

_Waiting: TypeAlias = "tuple[bytes, asyncio.Future[Any]]"


class Link:
    """Runs one Lua script, on one event loop. It connects when it is needed, and again after a failure.

    Args:
        url: as the setting `redis_url`; also `unix:///path`.
        script: what is run.
        seconds: how long a trip may take, connecting included.
    """

    def __init__(self, url: str, script: str, seconds: float) -> None:
        retry = Retry(NoBackoff(), 0)  # whether it may be counted again is decided here
        self._pool: Any = ConnectionPool.from_url(url, protocol=2, socket_timeout=None, retry=retry)
        self._script = script
        self._digest = hashlib.sha1(script.encode()).hexdigest().encode()  # noqa: S324 - as the server names it
        self._seconds = seconds
        self._connection: Any = None  # the library does not type what its pool makes
        self._waiting: list[_Waiting] = []
        self._under_way: list[_Waiting] = []
        self._sending: asyncio.Task[None] | None = None
        self._rests_until = 0.0

    async def run(self, keys: list[bytes], arguments: list[bytes]) -> Any:  # noqa: ANN401 - what the script answers
        """Run the script; a caller that is cancelled leaves the trips of others alone.

        Raises:
            StoreUnreachable: no answer came in time, or the server refused.
        """
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            raise StoreUnreachable("the last try failed a moment ago")
        answer: asyncio.Future[Any] = loop.create_future()
        command = _packed([b"EVALSHA", self._digest, b"%d" % len(keys), *keys, *arguments])
        self._waiting.append((command, answer))
        if self._sending is None:
            self._sending = loop.create_task(self._send())
        return await answer

    async def close(self) -> None:
        """End the connection; who still waits is told that nothing is known."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        self._abandon()  # a task that is cancelled before it ran does not
        await self._drop()

    async def _send(self) -> None:
        """Make trips until nobody waits."""
        try:
            while self._waiting:
                self._under_way = self._waiting[:MOST_AT_ONCE]
                self._waiting = self._waiting[MOST_AT_ONCE:]
                await self._trip(self._under_way)
        finally:
            self._sending = None
            self._abandon()

    async def _trip(self, batch: list[_Waiting]) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._exchange_anew(batch)
        except TimeoutError:
            await self._give_up(batch, f"no answer within {self._seconds} s")
        except (RedisError, OSError) as failed:
            await self._give_up(batch, str(failed))

    async def _exchange_anew(self, batch: list[_Waiting]) -> None:
        used = self._connection is not None
        try:
            await self._exchange(batch)
        except ConnectionLost:
            # Servers end connections that are idle, and when they start anew. What they counted and did
            # not answer counts twice then, which is better than not at all.
            if not used or any(answer.done() for _, answer in batch):
                raise
            await self._drop()
            await self._exchange(batch)

    async def _exchange(self, batch: list[_Waiting]) -> None:
        """Send a batch and hand out its answers."""
        connection = await self._connected()
        await connection.send_packed_command([command for command, _ in batch], check_health=False)
        lost, refused = await self._answers(connection, batch)
        if lost:
            await connection.send_command("SCRIPT", "LOAD", self._script)
            await connection.read_response()
            await connection.send_packed_command([command for command, _ in lost], check_health=False)
            still_lost, also_refused = await self._answers(connection, lost)
            _fail(still_lost, "the server does not keep the script")
            refused = refused or also_refused
        if refused:
            # It may have become a replica; the address may lead to another one by now.
            await self._drop()

    async def _answers(self, connection: Any, batch: list[_Waiting]) -> tuple[list[_Waiting], bool]:  # noqa: ANN401 - the library's
        """Hand out what comes; returns those for which the server lost the script, and whether it refused."""
        lost, refused = [], False
        for command, answer in batch:
            try:
                found = await connection.read_response()
            except NoScriptError:
                lost.append((command, answer))
            except ResponseError as wrong:
                refused = True
                _fail([(command, answer)], str(wrong))
            else:
                if not answer.done():
                    answer.set_result(found)
        return lost, refused

    async def _connected(self) -> Any:  # noqa: ANN401 - the library's
        if self._connection is None:
            self._connection = self._pool.make_connection()
            await self._connection.connect()
        return self._connection

    async def _give_up(self, batch: list[_Waiting], why: str) -> None:
        self._rests_until = asyncio.get_running_loop().time() + REST_SECONDS
        waiting, self._waiting = self._waiting, []
        _fail([*batch, *waiting], why)
        await self._drop()

    def _abandon(self) -> None:
        _fail([*self._under_way, *self._waiting], "the connection was closed")
        self._under_way, self._waiting = [], []

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)


def _packed(parts: list[bytes]) -> bytes:
    """A command as the protocol has it (RESP: an array of bulk strings)."""
    return b"*%d\r\n" % len(parts) + b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts])


def _fail(waiting: Iterable[_Waiting], why: str) -> None:
    for _, answer in waiting:
        if not answer.done():
            answer.set_exception(StoreUnreachable(why))
