"""Plant databases of any size: production logs as wide as the sample company's, one every 30 seconds.

A table that is ten times as large reaches ten times as far back, so a window of some days holds equally
many rows in all of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeAlias

import psycopg

from millgate.control.site import boot
from millgate.plant.sample.company import PROFILES

PCN: Final = PROFILES[0].pcn
WORKCENTERS: Final = 42
FIRST_WORKCENTER: Final = 1001
BEGIN: Final = datetime(2016, 1, 4, tzinfo=UTC)
SECONDS_BETWEEN: Final = 30
TABLE: Final = "plant_production_log"
_BATCH: Final = 20_000
_SURNAMES: Final = ("O'Brien", "Kowal", "Müller", "Nuñez", "D'Amico", "Zapata", "Ødegård")
_NAMES: Final = ("Zoë", "Cole", "Jörg", "Rosa", "Søren", "Edda", "Chloé", "Kai", "Perry", "Hana", "Tara")
_WORK: Final = ("STAMP", "FORM", "MOLD", "WELD", "MACHINE", "ASSEMBLE", "PACK")

Told: TypeAlias = Callable[[int], None]
"""Told how many more rows are done."""


def make_file(path: Path, rows: int, workcenters: int, told: Told) -> None:
    """A plant file as migrated, with one company and its logs, and fresh statistics."""
    draft = path.with_suffix(".making")
    draft.unlink(missing_ok=True)
    boot.migrate_plant_file(draft)
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(_insert("plant_pcn", company()), list(company().values()))
        # Indexes are made again behind the rows: the same ones, much sooner.
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql <> ''", [TABLE]
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        _fill(connection, rows, workcenters, told)
        for _, sql in indexes:
            connection.execute(sql)
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    draft.replace(path)


def copy_to_postgres(path: Path, url: str, told: Told) -> None:
    """The rows of a plant file into a migrated database, vacuumed and with fresh statistics."""
    with closing(sqlite3.connect(path)) as source, psycopg.connect(url, autocommit=True) as target:
        for table in ("plant_pcn", TABLE):
            _copy(source, target, table, told)
        target.execute("VACUUM ANALYZE")


def company() -> dict[str, object]:
    """The one company, by column."""
    return {
        "pcn_key": PCN,
        "pcn": PCN,
        "modified_date": "2016-01-01 00:00:00",
        "name": "Tamarack Precision Components (Sample)",
        "plexus_customer_code": "Tamarack Auto",
        "time_zone": "America/Detroit",
        "production_day_start": "06:00:00",
        "part_rev_separator": "-",
    }


def log(number: int, workcenters: int) -> dict[str, object]:
    """One production log, by column."""
    at = BEGIN + timedelta(seconds=number * SECONDS_BETWEEN)
    place, job = number % workcenters, 104_512 + number // (workcenters * 40) * workcenters + number % 17
    instant = at.strftime("%Y-%m-%d %H:%M:%S")
    return {
        "production_log_key": number + 1,
        "pcn": PCN,
        "modified_date": instant,
        "job_key": job,
        "job_no": f"J{job}",
        "job_op_key": job * 10 + 1,
        "part_key": 1010 + job % 90,
        "part_no": f"TP-{20_410 + job % 90}",
        "revision": "ABCD"[job % 4],
        "part_operation_key": 2040 + job % 90,
        "operation_no": 10 + job % 5 * 10,
        "operation_code": _WORK[place % len(_WORK)],
        "workcenter_key": FIRST_WORKCENTER + place,
        "workcenter_code": f"{_WORK[place % len(_WORK)][:3]}-{place:02}",
        "record_date": instant,
        "report_date": str(at.date()),
        "shift": "CAB"[at.hour // 8],
        "quantity": float(number % 500 + 1),
        "unit": "pcs",
        "rejected": int(number % 97 == 0),
        "scrap_quantity": float(number % 3),
        "setup_key": 900_000 + job,
        "serial_no": f"SN{number:010}",
        "lot_no": f"L{job}-{number % 1000:03}",
        "heat_no": f"H{job % 90_000:05}",
        "tracking_no": "",
        "employee_key": 1001 + number % 77,
        "employee_name": f"{_SURNAMES[number % 7]}, {_NAMES[number % 11]}",
        "cycle_seconds_actual": round(1.6 + number % 1000 / 700, 3),
    }


def _fill(connection: sqlite3.Connection, rows: int, workcenters: int, told: Told) -> None:
    made = (tuple(log(number, workcenters).values()) for number in range(rows))
    statement = _insert(TABLE, log(0, workcenters))
    while batch := list(islice(made, _BATCH)):
        connection.executemany(statement, batch)
        connection.commit()
        told(len(batch))


def _insert(table: str, row: dict[str, object]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608 - ours


def _copy(source: sqlite3.Connection, target: psycopg.Connection[Any], table: str, told: Told) -> None:
    cursor = source.execute(f"SELECT * FROM {table}")  # noqa: S608 - ours
    columns = [name for name, *_ in cursor.description]
    read = [_READERS.get(name, _as_it_is) for name in columns]
    with (
        target.cursor() as writing,
        writing.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        for rows in iter(lambda: cursor.fetchmany(_BATCH), []):
            for row in rows:
                copy.write_row([reader(value) for reader, value in zip(read, row, strict=True)])
            told(len(rows))


def _as_it_is(value: object) -> object:
    return value


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


_READERS: Final[dict[str, Callable[[Any], object]]] = {
    "modified_date": _instant,
    "record_date": _instant,
    "report_date": date.fromisoformat,
    "rejected": bool,
}
