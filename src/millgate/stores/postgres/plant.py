"""The plant database on PostgreSQL: pages and transactions over a pool of connections."""

from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from millgate.stores.ports import Page, QueryTimedOut, Select, Statement, StoreUnreachable, Work
from millgate.stores.postgres.failures import AGAIN, CANNOT_CONNECT, lost, told
from millgate.stores.postgres.parameters import numbered
from millgate.stores.postgres.pool import Pool
from millgate.stores.postgres.totals import Total, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from millgate.stores.postgres.pool import Connection

Outcome = TypeVar("Outcome")

_TEXTS_KEPT: Final = 2048
_BEGIN: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE, READ WRITE"
_END_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.002
_LONGEST_PAUSE: Final = 0.1
# A standby names only some of the transactions that run, so its views cannot be told apart.
_VIEW: Final = (
    "CASE WHEN pg_is_in_recovery() THEN NULL"
    " ELSE pg_postmaster_start_time()::text || ' ' || pg_current_snapshot()::text END"
)


class _ConnectionLost(StoreUnreachable):
    """The server ended a connection in use, or had ended it before."""


class _PageStatement(NamedTuple):
    """A page and its total in one statement, of which `$1` is the view that is already counted."""

    sql: str
    names: tuple[str, ...]
    counted: tuple[str, ...]


@lru_cache(_TEXTS_KEPT)
def _page_statement(page: str, count: str) -> _PageStatement:
    # The count is not run when the view is the known one: CASE runs a branch only when it is needed.
    sql, names = numbered(
        f"SELECT ({page}), CASE WHEN now.view = $1 THEN NULL ELSE ({count}) END, now.view"  # noqa: S608 - statements of the caller
        f" FROM (SELECT {_VIEW} AS view) AS now",
        first=2,
    )
    return _PageStatement(sql, names, numbered(count).names)


_statement = lru_cache(_TEXTS_KEPT)(numbered)


class PostgresPlant:
    """Reads and changes one plant database; fills `ports.PlantReader` and `ports.PlantTransactor`.

    A server that was restarted is found again by itself. To be used on one event loop, and closed on it.

    Args:
        url: the database, as `postgresql://user:password@host:port/name`. It need not be reachable yet.
        pool_size: how many connections there may be, and so how many statements run at once.
        connect_seconds: how long a call waits for a connection.
    """

    dialect: Final = "postgresql"

    def __init__(self, url: str, *, pool_size: int = 4, connect_seconds: float = 5.0) -> None:
        self._totals = Totals()
        self._pool = Pool(url, size=pool_size, connect_seconds=connect_seconds, connected=self._totals.forget)

    async def select(self, select: Select, seconds: float) -> Page:
        """As `ports.PlantReader.select`.

        `seconds` include the wait for a connection. The total is counted again only after something was
        written to the server.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            return await self._page(select, deadline)
        except _ConnectionLost:
            await self._pool.renew()
            return await self._page(select, deadline)

    async def transact(self, work: Callable[[], Work[Outcome]], seconds: float) -> Outcome:
        """As `ports.PlantTransactor.transact`, as if transactions ran one after the other.

        `seconds` include the wait for a connection. Work that met a concurrent change is begun again until
        they are over. When the connection is lost while the transaction is being ended, it is not known
        whether it was kept.

        Raises:
            ColumnFailed: a column or table is not there, or of another type than declared.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        pause = _PAUSE_SECONDS
        while True:
            try:
                return await self._transaction(work, deadline)
            except AGAIN as refused:
                if asyncio.get_running_loop().time() + pause > deadline:
                    raise QueryTimedOut("other changes to the same rows were always first") from refused
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def close(self) -> None:
        """End all connections, and with them what runs on them."""
        self._pool.close()

    async def _page(self, select: Select, deadline: float) -> Page:
        statement = _page_statement(select.page, select.count)
        values = select.parameters
        question = (select.count, tuple([values[name] for name in statement.counted]))
        connection = await self._pool.acquire(deadline)
        try:
            known = self._totals.known(question)  # only now: a new connection has let them be forgotten
            bound = [known.view, *[values[name] for name in statement.names]]
            ((lines, counted, view),) = await _run(connection, statement.sql, bound, deadline)
        finally:
            await self._pool.release(connection)
        if counted is None:
            counted = known.rows
        elif view is not None:
            self._totals.keep(question, Total(view, counted))
        return Page((lines or "").encode(), counted)

    async def _transaction(self, work: Callable[[], Work[Outcome]], deadline: float) -> Outcome:
        connection = await self._begun(deadline)
        try:
            with closing(work()) as begun:
                outcome = await _drive(connection, begun, deadline)
            await _run(connection, "COMMIT", (), asyncio.get_running_loop().time() + _END_SECONDS)
        except BaseException:
            await _roll_back(connection)
            raise
        finally:
            await self._pool.release(connection)
        return outcome

    async def _begun(self, deadline: float) -> Connection:
        """A connection on which a transaction has begun."""
        try:
            return await self._begin(deadline)
        except _ConnectionLost:
            await self._pool.renew()
            return await self._begin(deadline)

    async def _begin(self, deadline: float) -> Connection:
        connection = await self._pool.acquire(deadline)
        try:
            await _run(connection, _BEGIN, (), deadline)
        except BaseException:
            await self._pool.release(connection)
            raise
        return connection


async def _drive(connection: Connection, work: Work[Outcome], deadline: float) -> Outcome:
    try:
        asked: Statement = next(work)
        while True:
            sql, names = _statement(asked.sql)
            bound = [asked.parameters[name] for name in names]
            records = await _run(connection, sql, bound, deadline)
            asked = work.send([tuple(record) for record in records])
    except StopIteration as over:
        outcome: Outcome = over.value
        return outcome


async def _run(connection: Connection, sql: str, values: Sequence[object], deadline: float) -> list[Any]:
    """Run one statement, stopped on the server at the deadline."""
    left = deadline - asyncio.get_running_loop().time()
    try:
        rows: list[Any] = await connection.fetch(sql, *values, timeout=max(left, 0.0))
    except TimeoutError as late:
        raise QueryTimedOut("the statement was stopped at its deadline") from late
    except CANNOT_CONNECT as failed:
        if lost(failed) or connection.is_closed():
            raise _ConnectionLost(str(failed)) from failed
        meant = told(failed, sql)
        if meant is failed:
            raise
        raise meant from failed
    return rows


async def _roll_back(connection: Connection) -> None:
    # When it fails, giving the connection back ends it, and the transaction with it.
    with suppress(*CANNOT_CONNECT):
        await connection.execute("ROLLBACK", timeout=_END_SECONDS)
