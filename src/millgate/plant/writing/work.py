"""Statements of a piece of work, and rows as the engines give them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

import msgspec

from millgate.plant.writing.tables import Table
from millgate.stores.ports import Statement, Work

POSTGRESQL: Final = "postgresql"


class WriteContext(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a request writes, from where, when, and into what.

    Attributes:
        pcn: the company; no row of another one is seen or changed.
        application: the client id of the application.
        account: the key of its account.
        source_address: where the request came from.
        request_id: the id that the answer carries.
        now: aware.
        dialect: `sqlite` or `postgresql`.
        current: reads a row of the resource by its key, as the text that GET shows; None when there is none.
    """

    pcn: int
    application: str
    account: str
    source_address: str
    request_id: str
    now: datetime
    dialect: str
    current: Callable[[object], Work[str | None]]

    @property
    def lock(self) -> str:
        """Behind a SELECT of rows that are decided on. SQLite has one writer and needs none."""
        return " FOR UPDATE" if self.dialect == POSTGRESQL else ""


def instant_of(stored: object) -> datetime | None:
    """A stored instant, aware and in UTC."""
    if stored is None:
        return None
    moment = stored if isinstance(stored, datetime) else datetime.fromisoformat(str(stored))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def date_of(stored: object) -> date | None:
    """A stored date."""
    return stored if stored is None or isinstance(stored, date) else date.fromisoformat(str(stored))


def time_of(stored: object) -> time:
    """A stored time of day."""
    return stored if isinstance(stored, time) else time.fromisoformat(str(stored))


def rows_of(
    table: Table, pcn: int, where: str = "", parameters: Mapping[str, object] | None = None, *, then: str = ""
) -> Work[list[dict[str, Any]]]:
    """Rows of one company, by column, with instants and dates as such.

    Args:
        table: whose.
        pcn: the company.
        where: a condition beside that; ours, its values bound.
        parameters: bound in it; none is named `pcn`.
        then: what follows: an order, a limit, a lock.
    """
    condition = f" AND {where}" if where else ""
    sql = f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE pcn = :pcn{condition} {then}"  # noqa: S608 - ours
    found = yield Statement(sql.rstrip(), {"pcn": pcn, **(parameters or {})})
    return [_read(table, row) for row in found]


def _read(table: Table, row: tuple[Any, ...]) -> dict[str, Any]:
    read = dict(zip(table.columns, row, strict=True))
    for column in table.instants:
        read[column] = instant_of(read[column])
    for column in table.dates:
        read[column] = date_of(read[column])
    for column in table.truths:
        read[column] = bool(read[column])
    return read


def insert(table: Table, values: Mapping[str, object]) -> Statement:
    """A new row, answered by its key."""
    marks = ", ".join(f":{column}" for column in values)
    sql = f"INSERT INTO {table.name} ({', '.join(values)}) VALUES ({marks}) RETURNING {table.key}"  # noqa: S608 - ours
    return Statement(sql, dict(values))


def update(table: Table, pcn: int, key: object, values: Mapping[str, object]) -> Statement:
    """Other values for one row of the company."""
    changes = ", ".join(f"{column} = :{column}" for column in values)
    sql = f"UPDATE {table.name} SET {changes} WHERE {table.key} = :of_key AND pcn = :of_pcn"  # noqa: S608 - ours
    return Statement(sql, {**values, "of_key": key, "of_pcn": pcn})


def delete(table: Table, pcn: int, key: object) -> Statement:
    """One row of the company away."""
    sql = f"DELETE FROM {table.name} WHERE {table.key} = :of_key AND pcn = :of_pcn"  # noqa: S608 - ours
    return Statement(sql, {"of_key": key, "of_pcn": pcn})
