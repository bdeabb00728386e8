"""One house for all tests of this folder: sample companies on an engine, on both tiers, asked as clients do.

The rows are made once per process and kept here, too, so that tests can say in Python what should be found.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec
import psycopg

from millgate.core.clock import StillClock
from millgate.core.values import Principal
from millgate.plant.backend import PlantBackend
from millgate.plant.kinds import INSTANT
from millgate.plant.registry import RESOURCES, controllers, target_of
from millgate.plant.resource import Action, Operation, Resource
from millgate.plant.sample import generate
from millgate.stores.ports import PlantStore, PlantWriter
from millgate.stores.postgres.plant import PostgresPlant
from millgate.stores.postgres.writing import PostgresPlantWriter
from millgate.stores.sqlite.plant import SqlitePlant, SqlitePlantWriter
from support.exchange import Answer, seen
from support.plant_database import Table, call, empty_plant
from support.postgres import drop, migrated_plant

MAIN: Final = 100137
SECOND: Final = 100142
COMPANIES: Final = (MAIN, SECOND)
TIERS: Final = ("production", "test")
NOW: Final = datetime(2025, 11, 6, 19, 47, 11, tzinfo=UTC)
BEGIN, END = NOW - timedelta(days=29), NOW + timedelta(days=2)
"""All rows lie between them, and they are as far apart as a window may be."""
FREE: Final = 7_000_000_000
"""Keys from here are taken by nobody."""
PLENTY: Final = 60.0

Row = dict[str, Any]


# Rows


class Rows:
    """The rows of one tier as they were written, by table and primary key."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Any, Row]] = {}

    def take(self, batches: Iterable[Any]) -> None:
        """Insert or replace rows by their first column."""
        for batch in batches:
            table = self.tables.setdefault(batch.table, {})
            for row in batch.rows:
                table[row[0]] = dict(zip(batch.columns, row, strict=True))

    def of(self, name: str, pcn: int) -> list[Row]:
        """The rows of `plant_<name>` of a company."""
        return [row for row in self.tables[f"plant_{name}"].values() if row["pcn"] == pcn]

    def batches(self) -> list[Table]:
        """All rows, as a writer takes them."""
        return [
            Table(name, tuple(next(iter(rows.values()))), [tuple(row.values()) for row in rows.values()])
            for name, rows in self.tables.items()
        ]


@cache
def rows_of(tier: str) -> Rows:
    """Five days in production; two days of another seed, and so other companies, in test."""
    seed, days = {"production": (7, 5), "test": (8, 2)}[tier]
    rows = Rows()
    rows.take(generate(seed=seed, now=NOW, days=days))
    for number, pcn in enumerate(COMPANIES):
        rows.take(_strange(rows, pcn, FREE - 1_000_000 * seed + number * 1000))
    return rows


_NUMBERS: Final = (
    "a_b",
    "a%b",
    "a\\b",
    "A_B",
    "aXb",
    "Ä-1",
    "ä-1",
    "a'b",
    "A-\U0001d518",
    "0012-4E5x",
    "A 1",
)
"""What must not be taken for a pattern, an escape, a number, or the same letter."""


def _strange(rows: Rows, pcn: int, free: int) -> Iterator[Table]:
    """Rows that a sample company would not make by itself."""
    part, job, container = (rows.of(name, pcn)[0] for name in ("part", "job", "container"))
    yield _table("part", [part | {"part_key": free + n, "part_no": no} for n, no in enumerate(_NUMBERS)])
    jobs = [job | {"job_key": free + n, "job_no": f"{no}-{pcn}"} for n, no in enumerate(_NUMBERS)]
    yield _table("job", [jobs[0] | {"quantity": 0.0}, jobs[1] | {"priority": "high"}, *jobs[2:]])
    labels = [f"{no} {pcn % 100}" for no in _NUMBERS]
    yield _table("container", [container | {"serial_no": no, "part_no": no[:5]} for no in labels])
    moments = ["00.000001", "00.250000", "01", "01.999999"]
    for name in ("production_log", "scrap_log"):
        log = rows.of(name, pcn)[0] | ({"rejected": 1} if name == "production_log" else {})
        yield _table(
            name,
            [
                log
                | {f"{name}_key": free + n, "record_date": f"2025-11-05 12:00:{moment}", "employee_key": None}
                | {"part_no": _NUMBERS[n], "quantity": 0.1 * n}
                for n, moment in enumerate(moments)
            ],
        )
    changes = ("create", ""), ("update", '{"jobNo":"ä"}'), ("delete", "x" * 3000)
    yield _table("change", [_change(pcn, free + n, action, text) for n, (action, text) in enumerate(changes)])


def _change(pcn: int, key: int, action: str, before: str) -> Row:
    return {
        "change_key": key,
        "pcn": pcn,
        "changed_at": f"2025-11-06 0{key % 7}:00:00",
        "application": f"app-{pcn}",
        "account": "svc_jobs",
        "source_address": "10.0.0.7",
        "request_id": f"r-{key}",
        "resource": "DcJobs",
        "row_key": str(key),
        "action": action,
        "before": before,
        "after": "",
    }


def _table(name: str, rows: list[Row]) -> Table:
    return Table(f"plant_{name}", tuple(rows[0]), [tuple(row.values()) for row in rows])


# Calls


@dataclass(frozen=True)
class Case:
    """One operation that reads."""

    resource: Resource
    operation: Operation

    @property
    def target(self) -> str:
        return target_of(self.resource, self.operation.action)

    @property
    def listing(self) -> bool:
        return self.operation.action is Action.LIST

    @property
    def window(self) -> dict[str, Any]:
        """What the operation must be sent."""
        required = self.resource.required(keyed=self.operation.keyed)
        begins = {window.begin for window in self.resource.windows}
        return {
            item.name: INSTANT.text(BEGIN if item.name in begins else END)
            for item in self.resource.filters
            if item.name in required
        }


CASES: Final = [
    Case(resource, operation)
    for resource in RESOURCES
    for operation in resource.operations
    if not operation.action.writes
]
LISTS: Final = [case for case in CASES if case.listing]
STORED: Final = [case for case in LISTS if not case.resource.dimensions]
"""Lists of rows that a database holds."""
REPORTS: Final = [case for case in LISTS if case.resource.dimensions]
"""Lists of sums."""


def called(case: Case) -> str:
    """A case's name in the list of tests."""
    return case.operation.key


def whole_case(resource: Resource) -> Case:
    """The operation that lists all rows of a resource, or else those of one key."""
    mine = [case for case in LISTS if case.resource is resource]
    return next((case for case in mine if not case.operation.keyed), mine[0])


def account(pcn: int, reads: frozenset[str] | None = None) -> Principal:
    return Principal("app", "account", pcn, controllers() if reads is None else reads, frozenset())


@dataclass(eq=False)
class House:
    """Sample companies on one engine, which tests may remember things about: it is equal to itself alone.

    Attributes:
        engine: its name.
        stores: by tier.
        writers: by tier.
        execute: runs a statement on a tier, which changes it.
    """

    engine: str
    stores: dict[str, PlantStore]
    writers: dict[str, PlantWriter]
    execute: Callable[[str, str], None]
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    known: dict[Any, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.backend = self.answering(RESOURCES)

    def answering(self, resources: Iterable[Resource]) -> PlantBackend:
        """A backend with these resources on the same stores."""
        return PlantBackend(self.stores, StillClock(NOW.timestamp()), PLENTY, resources=resources)

    def ask(
        self,
        case: Case,
        query: dict[str, Any] | str = "",
        *,
        key: str | None = None,
        pcn: int = MAIN,
        tier: str = "production",
        accept: str = "",
        reads: frozenset[str] | None = None,
        backend: PlantBackend | None = None,
    ) -> Answer:
        """Put one call."""
        text = query if isinstance(query, str) else urlencode(query, doseq=True)
        captured: dict[str, Any] = (
            {case.resource.path_key.name: key} if key is not None and case.resource.path_key else {}
        )
        asked = call(case.target, text, by=account(pcn, reads), accept=accept, tier=tier, **captured)

        async def answered() -> Answer:
            return await seen(await (backend or self.backend)(asked))

        return self.runner.run(answered())

    def rows(self, case: Case, query: dict[str, Any] | None = None, **more: Any) -> list[Row]:
        """All rows that a list finds, on as many pages as it takes."""
        return [row for page in self.pages(case, {"limit": 1000, **(query or {})}, **more) for row in page]

    def pages(self, case: Case, query: dict[str, Any] | str, **more: Any) -> Iterator[list[Row]]:
        """The pages of a list, by following `next`."""
        following: dict[str, Any] | str | None = case.window | query if isinstance(query, dict) else query
        while following is not None:
            page = self.page(case, following, **more)
            if page is None:
                return
            yield page["embedded"]
            links = {link["rel"]: link["href"] for link in page["links"]}
            following = urlsplit(links["next"]).query if "next" in links else None

    def page(self, case: Case, query: dict[str, Any] | str, **more: Any) -> Row | None:
        """The body of a list's page; None where it is the 404 of an empty one."""
        answer = self.ask(case, query, **more)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        assert answer.status == HTTPStatus.OK, answer.json
        page: Row = msgspec.json.decode(answer.body)
        assert page["count"] == len(page["embedded"]) > 0
        return page

    def all(self, resource: Resource, pcn: int = MAIN, tier: str = "production") -> list[Row]:
        """All rows of a resource, as they were when they were first asked for; a report as it groups by itself."""
        name = resource.name, pcn, tier
        if name not in self.known:
            case = whole_case(resource)
            keys = self.keys(case, pcn, tier) if case.operation.keyed else [None]
            self.known[name] = [row for key in keys for row in self.rows(case, key=key, pcn=pcn, tier=tier)]
        return self.known[name]

    def keys(self, case: Case, pcn: int = MAIN, tier: str = "production") -> list[str]:
        """Every key of a company with which an operation finds rows, or could."""
        path_key = case.resource.path_key
        assert path_key is not None
        table, column = {
            "BuildingKey": ("building", "building_key"),
            "PartKey": ("part", "part_key"),
            "PartOperationKey": ("part_operation", "part_operation_key"),
            "WorkcenterKey": ("workcenter", "workcenter_key"),
            "JobKey": ("job", "job_key"),
            "SerialNo": ("container", "serial_no"),
        }[path_key.name]
        return [str(row[column]) for row in rows_of(tier).of(table, pcn)]

    def close(self) -> None:
        for store in self.stores.values():
            self.runner.run(_closed(store))
        self.runner.close()


async def _closed(store: Any) -> None:
    store.close()


# Engines


@contextmanager
def on_sqlite(directory: Path) -> Iterator[House]:
    """A house of two files."""
    paths = {tier: empty_plant(directory / f"{tier}.db") for tier in TIERS}

    def execute(tier: str, sql: str) -> None:
        with closing(sqlite3.connect(paths[tier])) as connection, connection:
            connection.execute(sql)

    stores: dict[str, PlantStore] = {tier: SqlitePlant(path, threads=2) for tier, path in paths.items()}
    writers: dict[str, PlantWriter] = {tier: SqlitePlantWriter(path) for tier, path in paths.items()}
    with _furnished(House("sqlite", stores, writers, execute)) as house:
        yield house


@contextmanager
def on_postgres() -> Iterator[House]:
    """A house of two databases; the test is skipped where there is no PostgreSQL."""
    urls = {tier: migrated_plant() for tier in TIERS}

    def execute(tier: str, sql: str) -> None:
        with psycopg.connect(urls[tier]) as connection:
            connection.execute(b"SET LOCAL TIME ZONE 'UTC'")
            connection.execute(sql.encode())

    stores: dict[str, PlantStore] = {tier: PostgresPlant(url) for tier, url in urls.items()}
    writers: dict[str, Any] = {tier: PostgresPlantWriter(url) for tier, url in urls.items()}
    with _furnished(House("postgresql", stores, writers, execute)) as house:
        yield house
    for url in urls.values():
        drop(url)


@contextmanager
def _furnished(house: House) -> Iterator[House]:
    try:
        for tier in TIERS:
            house.writers[tier].put(rows_of(tier).batches())
        yield house
    finally:
        house.close()
