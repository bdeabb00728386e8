"""Data sources as they run: each answered by the plant's code over its own database, opened when needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from millgate.core.errors import (
    DATABASE_CONNECT_TIMEOUT,
    DATABASE_UNREACHABLE,
    PROPERTY_FAILED,
    Refusal,
)
from millgate.plant.backend import PlantBackend
from millgate.plant.hal import NOT_CACHED
from millgate.plant.resource import Action
from millgate.plant.sources.address import dialect_of, sqlite_path, without_password
from millgate.plant.sources.blaming import Blame
from millgate.plant.sources.resources import column_of, resources_of
from millgate.snapshot.sources import SQLITE, sealed_for
from millgate.stores.ports import ColumnFailed, Notice, StoreUnreachable
from millgate.stores.sealing import SealBroken
from millgate.stores.sqlite.plant import SqlitePlant
from millgate.wire.refusals import answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from millgate.core.clock import Clock
    from millgate.core.errors import Problem
    from millgate.core.settings import Settings
    from millgate.describe.calls import Backend, BackendCall
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.sources import DataSource, SourceResource
    from millgate.stores.ports import Notices, Outcome, Page, Select, Work
    from millgate.stores.postgres.plant import PostgresPlant
    from millgate.stores.sealing import Sealer
    from millgate.wire.messages import Response

CONNECTIONS: Final = 4
"""Statements that run at once in one database of a source."""
_GRACE_SECONDS: Final = 5.0
_log = structlog.get_logger("millgate.assembly")


class SourceStore:
    """A database of a source, for reading alone; fills `ports.PlantStore`.

    Args:
        plant: the database; its sessions begin as reading ones.
    """

    def __init__(self, plant: SqlitePlant | PostgresPlant) -> None:
        self._plant = plant

    @property
    def dialect(self) -> str:
        """As `ports.PlantReader.dialect`."""
        return self._plant.dialect

    async def select(self, select: Select, seconds: float) -> Page:
        """As `ports.PlantReader.select`."""
        return await self._plant.select(select, seconds)

    async def transact(self, work: Callable[[], Work[Outcome]], seconds: float) -> Outcome:
        """Refuse: nothing is ever written to a source.

        Raises:
            StoreUnreachable: always.
        """
        del work, seconds
        raise StoreUnreachable("a data source is only read")

    def close(self) -> None:
        """End its connections."""
        self._plant.close()

    def let_go(self) -> None:
        """The same, from the running loop and without making it wait."""
        if isinstance(self._plant, SqlitePlant):
            asyncio.get_running_loop().run_in_executor(None, self._plant.close)
        else:
            self._plant.close()


def open_source(url: str, settings: Settings) -> SourceStore:
    """A source's database; it need not be reachable yet.

    Raises:
        ValueError: it is no address of a database that may be a source.
    """
    if dialect_of(url) == SQLITE:
        return SourceStore(SqlitePlant(sqlite_path(url, settings.home), CONNECTIONS))
    from millgate.stores.postgres.plant import PostgresPlant  # noqa: PLC0415 - loads a driver

    return SourceStore(PostgresPlant(url, pool_size=CONNECTIONS, connect_seconds=settings.connect_seconds))


class SourceBackends(Mapping[str, "Backend"]):
    """The backends of a machine: those that it always has, and one for each data source in force.

    To be used on one event loop.

    Args:
        always: the backends that are no data source, by name.
        holder: what is in force.
        sealer: opens the addresses of databases.
        settings: where files lie, and how long statements may take.
        clock: tells what is open until now.
        notices: where it is told that a source fails.
    """

    def __init__(
        self,
        always: Mapping[str, Backend],
        *,
        holder: Holder,
        sealer: Sealer,
        settings: Settings,
        clock: Clock,
        notices: Notices,
    ) -> None:
        self._always = dict(always)
        self._holder = holder
        self._sealer = sealer
        self._settings = settings
        self._clock = clock
        self._notices = notices
        self._followed: Snapshot | None = None
        self._declared: dict[str, DataSource] = {}
        self._open: dict[str, SourceBackend] = {}
        self._leaving: set[SourceBackend] = set()

    def __getitem__(self, upstream: str) -> Backend:
        """The backend of this name.

        Raises:
            KeyError: there is none in force.
        """
        always = self._always.get(upstream)
        if always is not None:
            return always
        self._follow()
        backend = self._open.get(upstream)
        if backend is None:
            backend = self._open[upstream] = self._opened(self._declared[upstream])
        return backend

    def __iter__(self) -> Iterator[str]:
        """The names of all backends."""
        self._follow()
        return iter((*self._always, *self._declared))

    def __len__(self) -> int:
        """How many there are."""
        self._follow()
        return len(self._always) + len(self._declared)

    def close(self) -> None:
        """End the connections to all sources."""
        for backend in (*self._open.values(), *self._leaving):
            backend.close()
        self._open.clear()
        self._leaving.clear()

    def _follow(self) -> None:
        """Let go of databases whose source has changed or gone, once the calls on them are over."""
        current = self._holder.current
        if current is self._followed:
            return
        self._followed = current
        self._declared = {source.upstream: source for source in current.document.catalogue.sources}
        for upstream, backend in list(self._open.items()):
            if self._declared.get(upstream) != backend.source:
                del self._open[upstream]
                self._leaving.add(backend)
                asyncio.get_running_loop().call_later(backend.seconds + _GRACE_SECONDS, self._let_go, backend)

    def _let_go(self, backend: SourceBackend) -> None:
        if backend in self._leaving:
            self._leaving.remove(backend)
            backend.let_go()

    def _opened(self, source: DataSource) -> SourceBackend:
        seconds = min(source.seconds or self._settings.query_seconds, self._settings.query_seconds)
        databases = {item.tier: self._database(source, item.tier, item.url) for item in source.databases}
        plant = PlantBackend(
            {tier: found.store for tier, found in databases.items() if found.store is not None},
            self._clock,
            seconds,
            links=self._settings.links,
            resources=resources_of(source),
        )
        return SourceBackend(source, seconds, plant, databases, self._notices, self._clock)

    def _database(self, source: DataSource, tier: str, sealed: str) -> _Database:
        try:
            url = self._sealer.unseal(bytes.fromhex(sealed), sealed_for(source.key, tier)).decode()
            return _Database(url, open_source(url, self._settings))
        except (SealBroken, ValueError) as wrong:
            _log.error("source_not_opened", source=source.key, tier=tier, why=str(wrong))
            return _Database("", None)


@dataclass(frozen=True, slots=True)
class _Database:
    url: str
    store: SourceStore | None


@dataclass(eq=False, slots=True)
class SourceBackend:
    """Answers for one data source, and tells people when it fails."""

    source: DataSource
    seconds: float
    _plant: PlantBackend
    _databases: dict[str, _Database]
    _notices: Notices
    _clock: Clock
    _resources: dict[str, SourceResource] = field(init=False)
    _blames: dict[str, Blame] = field(init=False)

    def __post_init__(self) -> None:
        self._blames = {resource.name: Blame(resource) for resource in resources_of(self.source)}
        self._resources = {resource.name: resource for resource in self.source.resources}

    async def __call__(self, call: BackendCall) -> Response:
        """Answer one call. A column that failed is named as its database calls it."""
        try:
            response = await self._plant(call)
        except Exception as failed:
            # What a database says that no port has a word for: that a value cannot be cast, and not of which
            # column; or that a table may not be read.
            column = await self._to_blame(call)
            if column is None:
                self._database_failed(call, str(failed))
                raise
            told = self._column_failed(call, column)
            return _named(call, Refusal(PROPERTY_FAILED, headers=NOT_CACHED), told)
        if response.refusal is not None:
            return self._refused(call, response, response.refusal)
        if isinstance(response.body, bytes):
            return response
        return msgspec.structs.replace(response, body=self._watched(call, response.body))

    def refusing(self, call: BackendCall, problem: Problem) -> Response:
        """As `RefusingBackend.refusing`."""
        return self._plant.refusing(call, problem)

    def close(self) -> None:
        """End the connections to its databases."""
        for database in self._databases.values():
            if database.store is not None:
                database.store.close()

    def let_go(self) -> None:
        """The same, from the running loop and without making it wait."""
        for database in self._databases.values():
            if database.store is not None:
                database.store.let_go()

    async def _watched(self, call: BackendCall, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """A streamed answer. What fails in the middle of it can only be told to people."""
        try:
            async for chunk in body:
                yield chunk
        except ColumnFailed as failed:
            self._column_failed(call, failed.column)
            raise
        except Exception as failed:
            self._database_failed(call, str(failed))
            raise

    def _refused(self, call: BackendCall, response: Response, refusal: Refusal) -> Response:
        if refusal.problem is PROPERTY_FAILED:
            return _named(call, refusal, self._column_failed(call, refusal.cause))
        if refusal.problem in {DATABASE_UNREACHABLE, DATABASE_CONNECT_TIMEOUT}:
            self._database_failed(call, refusal.cause)
        return response

    async def _to_blame(self, call: BackendCall) -> str | None:
        name, _, action = call.target.partition(".")
        store = self._databases[call.tier].store
        if store is None:
            return None
        try:
            async with asyncio.timeout(self.seconds):
                return await self._blames[name].column(
                    Action(action), call, store, self._clock.utc(), self.seconds
                )
        except TimeoutError:
            return None

    def _column_failed(self, call: BackendCall, told: str) -> str:
        """The column that failed, as its database calls it."""
        resource = self._resources[call.target.partition(".")[0]]
        column = column_of(resource, told)
        text = f"On the {call.tier} tier it is not there, or holds a value that is not of its declared kind."
        self._notify("column", f"source {self.source.key}, {resource.name}.{column}", text)
        return column

    def _database_failed(self, call: BackendCall, why: str) -> None:
        text = without_password(why, self._databases[call.tier].url)
        self._notify("database", f"source {self.source.key}, {call.tier} tier", text)

    def _notify(self, kind: str, subject: str, text: str) -> None:
        self._notices.notify(Notice(at=self._clock.now(), kind=kind, subject=subject, text=text))


def _named(call: BackendCall, refusal: Refusal, column: str) -> Response:
    """The refusal with the column as its database calls it."""
    named = replace(refusal, values={"column": column}, cause=column)
    return answer(named, accept=call.request.header("accept"))
