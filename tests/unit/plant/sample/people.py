"""What people do to a plant database between two rounds of the simulation, as the API does it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from millgate.plant.sample.batches import COLUMNS
from millgate.plant.sample.calendar import instant_text
from millgate.plant.sample.ledger import FIRST_FREE_KEY


class People:
    """People at work on one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """What a query finds, by column."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    def one(self, sql: str, *values: object) -> dict[str, Any]:
        (row,) = self.rows(sql, *values)
        return row

    def run(self, sql: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(sql, values)

    def table(self, entity: str, **wanted: object) -> list[dict[str, Any]]:
        """The rows of `plant_<entity>` with these values, by key."""
        where = " AND ".join(f"{name} = ?" for name in wanted) or "1"
        key = COLUMNS[f"plant_{entity}"][0]
        return self.rows(f"SELECT * FROM plant_{entity} WHERE {where} ORDER BY {key}", *wanted.values())  # noqa: S608 - a test's own

    def set_status(self, code: str, at: datetime, status: str = "Quality Hold") -> bool:
        """Set a status; refused where the newest row begins later."""
        last = self.rows(
            "SELECT * FROM plant_status_log WHERE workcenter_code = ? ORDER BY log_date DESC, log_key DESC LIMIT 1",
            code,
        )[0]
        begin = instant_text(int(at.timestamp()))
        if begin < last["log_date"]:
            return False
        lasted = datetime.fromisoformat(begin) - datetime.fromisoformat(last["log_date"])
        self.run(
            "UPDATE plant_status_log SET end_date = ?, duration_seconds = ? WHERE log_key = ?",
            begin,
            int(lasted.total_seconds()),
            last["log_key"],
        )
        own = {"log_date": begin, "end_date": None, "duration_seconds": None, "workcenter_status": status}
        self.add("status_log", last | own | {"modified_date": begin})
        return True

    def add(self, entity: str, row: dict[str, Any]) -> int:
        """A row of people's own."""
        table = f"plant_{entity}"
        key = COLUMNS[table][0]
        (found,) = self.rows(
            f"SELECT max(coalesce(max({key}) + 1, 0), {FIRST_FREE_KEY}) AS next FROM {table}"  # noqa: S608 - a test's own
        )
        values = [found["next"], *(row[column] for column in COLUMNS[table][1:])]
        marks = ", ".join("?" * len(values))
        self.run(f"INSERT INTO {table} ({', '.join(COLUMNS[table])}) VALUES ({marks})", *values)  # noqa: S608 - a test's own
        return int(found["next"])

    def change(self, table: str, resource: str, key: object, **values: object) -> None:
        """Change a row of the simulation, and leave that in the audit trail."""
        name = COLUMNS[table][0]
        (before,) = self.table(table.removeprefix("plant_"), **{name: key})
        changes = ", ".join(f"{column} = ?" for column in values)
        self.run(f"UPDATE {table} SET {changes} WHERE {name} = ?", *values.values(), key)  # noqa: S608 - a test's own
        self.run(
            "INSERT INTO plant_change (pcn, changed_at, application, account, source_address, request_id,"
            " resource, row_key, action, before, after) VALUES (?, ?, 'app', '', '', 'r', ?, ?, 'update', ?, ?)",
            before["pcn"],
            datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" "),
            resource,
            str(key),
            json.dumps(before),
            json.dumps(before | values),
        )
