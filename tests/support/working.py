"""Runs planned work on a plant database, and shows what became of it."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg

from millgate.core.errors import Refusal, Refused
from millgate.plant.writing.planning import WritePlan, plan_write
from millgate.plant.writing.tables import (
    APPROVED_WORKCENTER,
    JOB,
    PART,
    PRODUCTION_LOG,
    SCRAP_LOG,
    STATUS_LOG,
    Table,
)
from millgate.plant.writing.work import WriteContext, rows_of
from millgate.plant.writing.written import Written
from millgate.stores.ports import Outcome, Statement, Work
from millgate.stores.postgres.plant import PostgresPlant
from support.plant_database import HOME_PCN, OTHER_PCN, small_plant

NOW: Final = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
"""Workcenter 101 is in production since six in the morning of this day, and was set up an hour before."""

_MORE: Final = """
DELETE FROM plant_change;
DELETE FROM plant_idempotency;
UPDATE plant_workcenter_status SET can_run_production = production_status;
UPDATE plant_workcenter_setup SET setup_hours_actual = NULL;
INSERT INTO plant_employee (employee_key, pcn, badge_no, last_name, first_name, department_no, shift, position, active)
VALUES (107, 1, '7', 'O''Brien', 'Zoë', 100, 'A', '', 1), (907, 2, '7', 'Rival', 'Ann', 100, 'A', '', 1);
INSERT INTO plant_scrap_reason (scrap_reason_key, pcn, scrap_reason, scrap_category, active)
VALUES (101, 1, 'Slug Mark', 'Stamping', 1), (102, 1, 'Old', 'Stamping', 0), (103, 1, 'Dent', 'General', 1),
       (901, 2, 'Rival Mark', 'Stamping', 1);
"""
_TABLES: Final[dict[str, Table]] = {
    "Parts": PART,
    "ApprovedWorkcenters": APPROVED_WORKCENTER,
    "DcJobs": JOB,
    "Cancelations": JOB,
    "WorkcenterProductionLogs": PRODUCTION_LOG,
    "WorkcenterScrapLogs": SCRAP_LOG,
    "WorkcenterStatusLogs": STATUS_LOG,
}


class Bench:
    """A small plant on SQLite, and writing in it."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, target: str, body: Any = b"", **more: Any) -> Written:
        """Do a request.

        Args:
            target: the operation.
            body: its body, or a value to be sent as JSON.
            more: headers and `path_key` of `plan_write`; `pcn`, `now` and others of the context.

        Raises:
            Refused: it was refused; nothing is kept.
        """
        sent = {
            name: more.pop(name)
            for name in ("content_type", "path_key", "if_match", "idempotency_key")
            if name in more
        }
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        planned = plan_write(target, raw, **sent)
        if isinstance(planned, Refusal):
            raise Refused(planned)
        return self.run(planned, self.context(target, **more))

    def refusal(self, target: str, body: Any = b"", **more: Any) -> Refusal:
        """The refusal of a request that must be refused, and must change nothing."""
        before = self.everything()
        try:
            written = self.write(target, body, **more)
        except Refused as refused:
            assert self.everything() == before
            return refused.refusal
        raise AssertionError(written)

    def faults(self, target: str, body: Any = b"", **more: Any) -> list[tuple[object, ...]]:
        """Row, field and detail of each fault of a request that must be refused."""
        told = self.refusal(target, body, **more).members["errors"]
        assert isinstance(told, list)
        return [tuple(fault.values()) for fault in told]

    def made(self, target: str, body: Any, **more: Any) -> dict[str, Any]:
        """The row that a request makes or changes."""
        (text,) = self.write(target, body, **more).rows
        row: dict[str, Any] = json.loads(text)
        return row

    def context(self, target: str, **changes: Any) -> WriteContext:
        """Who writes, and when."""
        table = _TABLES[target.partition(".")[0]]
        pcn = changes.get("pcn", HOME_PCN)
        given: dict[str, Any] = {
            "pcn": pcn,
            "application": "app",
            "account": "account",
            "source_address": "192.0.2.1",
            "request_id": "request",
            "now": NOW,
            "dialect": self.dialect,
            "current": lambda key: current(table, pcn, key),
        }
        return WriteContext(**given | changes)

    def run(self, planned: WritePlan, context: WriteContext) -> Written:
        """Run planned work in one transaction."""
        return self.done(planned.work, context)

    def done(self, work: Callable[[WriteContext], Work[Outcome]], context: WriteContext) -> Outcome:
        """What any work comes to in one transaction."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("BEGIN IMMEDIATE")
            try:
                outcome = drive(connection, work(context))
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            return outcome

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a SELECT finds."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql)]

    def row(self, sql: str) -> dict[str, Any]:
        """The one row that a SELECT finds."""
        (found,) = self.rows(sql)
        return found

    def execute(self, sql: str) -> None:
        """Change the data by hand."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.executescript(sql)

    def everything(self) -> int:
        """A number for the data as they are."""
        with closing(sqlite3.connect(self.path)) as connection:
            return hash("\n".join(connection.iterdump()))


class PostgresBench(Bench):
    """The same plant on PostgreSQL, written by the product's store."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._store = PostgresPlant(url)
        self._connection = psycopg.connect(url, options="-c timezone=UTC", autocommit=True)

    def close(self) -> None:
        """End its connections."""
        self._connection.close()
        self._loop.run_until_complete(self._ended())
        self._loop.close()

    async def _ended(self) -> None:
        self._store.close()
        await asyncio.sleep(0)  # closed transports tell the loop once more

    def done(self, work: Callable[[WriteContext], Work[Outcome]], context: WriteContext) -> Outcome:
        """What any work comes to in one transaction."""
        return self._loop.run_until_complete(self._store.transact(lambda: work(context), 30.0))

    def at_once(self, planned: WritePlan, contexts: list[WriteContext]) -> list[Written | BaseException]:
        """Run the same plan in several transactions at the same time."""

        async def all_of_them() -> list[Written | BaseException]:
            begun = [self._store.transact(partial(planned.work, one), 30.0) for one in contexts]
            return await asyncio.gather(*begun, return_exceptions=True)

        return self._loop.run_until_complete(all_of_them())

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a SELECT finds, as SQLite would have kept it."""
        found = self._connection.execute(sql)
        names = [column.name for column in found.description or ()]
        return [dict(zip(names, map(_kept, row), strict=True)) for row in found]

    def execute(self, sql: str) -> None:
        """Change the data by hand."""
        self._connection.execute(sql)

    def everything(self) -> int:
        """A number for the data as they are."""
        tables = [row["tablename"] for row in self.rows(_OWN_TABLES)]
        return hash(str([self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in sorted(tables)]))  # noqa: S608


def filled_postgres(path: Path, url: str) -> str:
    """The rows of a filled plant in a migrated database of PostgreSQL, which is to be copied for each test."""
    with closing(sqlite3.connect(path)) as source, psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for (table,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if table.startswith("plant_"):
                _copy_table(source, connection, table)
    return url.rpartition("/")[2]


_OWN_TABLES: Final = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'plant_%'"


def _copy_table(source: sqlite3.Connection, connection: psycopg.Connection, table: str) -> None:
    found = source.execute(f"SELECT * FROM {table}")  # noqa: S608
    names = [column[0] for column in found.description]
    types: dict[str, str] = dict(
        connection.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s", [table]
        ).fetchall()
    )
    marks = ", ".join(f"CAST(%s AS {types[name]})" for name in names)
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
    truths = [types[name] == "boolean" for name in names]
    rows = [[_text(value, is_truth) for value, is_truth in zip(row, truths, strict=True)] for row in found]
    connection.cursor().executemany(sql, rows)


def _text(value: object, is_truth: bool) -> str | None:
    if value is None:
        return None
    return str(bool(value)) if is_truth else str(value)


def _kept(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, bool):
        return int(value)
    return value.isoformat() if isinstance(value, date | time) else value


def filled_plant(path: Path) -> Path:
    """`small_plant`, with people, reasons for scrap, and a status in which production runs."""
    with closing(sqlite3.connect(small_plant(path))) as connection, connection:
        connection.executescript(_MORE)
    return path


def current(table: Table, pcn: int, key: object) -> Work[str | None]:
    """A row as JSON under the wire's names: what GET shows, as far as these tests look."""
    found = yield from rows_of(table, pcn, f"{table.key} = :key", {"key": key})
    return json.dumps({_wire(name): _shown(value) for name, value in found[0].items()}) if found else None


def _wire(column: str) -> str:
    return re.sub("_([a-z])", lambda match: match[1].upper(), column)


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, date) else value


def drive(connection: sqlite3.Connection, work: Work[Outcome]) -> Outcome:
    """Run work on an open connection."""
    rows: list[tuple[Any, ...]] | None = None
    while True:
        try:
            statement: Statement = work.send(rows)  # type: ignore[arg-type]  # None begins it
        except StopIteration as done:
            outcome: Outcome = done.value
            return outcome
        bound = {name: _bound(value) for name, value in statement.parameters.items()}
        rows = connection.execute(statement.sql, bound).fetchall()


def _bound(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else value


def at(minutes: float) -> str:
    """So many minutes before `NOW` (after it where negative), as the wire has it."""
    return (NOW - timedelta(minutes=minutes)).replace(tzinfo=None).isoformat() + "Z"


def kept(minutes: float) -> str:
    """The same instant as SQLite keeps it."""
    return at(minutes)[:-1].replace("T", " ")


__all__ = ["HOME_PCN", "NOW", "OTHER_PCN", "Bench", "PostgresBench", "at", "current", "drive"]
