"""What people wrote beside the simulation, as far as it concerns rows that are about to be put.

People's own rows have keys from `FIRST_FREE_KEY` on. Their changes to rows of the simulation are in the audit
trail `plant_change`, with the row before and after. Statements here hold no values but keys, serial numbers
and instants of the simulation's own making.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from millgate.plant.sample.batches import COLUMNS, Batch
from millgate.plant.sample.ledger import FIRST_FREE_KEY
from millgate.stores.ports import ReadRows

Cells: TypeAlias = dict[str, Any]
"""A row by column, with values as batches hold them."""

JOB, JOB_OPERATION, CONTAINER = "plant_job", "plant_job_operation", "plant_container"
STATUS_LOG: Final = "plant_status_log"
_RESOURCES: Final = {JOB: "DcJobs", JOB_OPERATION: "DcJobOperations", CONTAINER: "Containers"}
"""How the audit trail names each table."""
_DECISIONS: Final = {
    JOB: frozenset(
        (
            "quantity",
            "due_date",
            "priority",
            "job_type",
            "job_status",
            "note",
            "external_job_code",
            "building_code",
            "earliest_start_date",
            "cancelation_id",
        )
    ),
    JOB_OPERATION: frozenset(
        (
            "quantity",
            "due_date",
            "job_op_status",
            "note",
            "workcenter_key",
            "scheduled_start_date",
            "scheduled_end_date",
            "setup_time_hours",
            "run_time_hours",
            "rate",
        )
    ),
    CONTAINER: frozenset(
        ("container_status", "location", "lot_no", "heat_no", "container_type", "note"),
    ),
}
"""Of each table the columns that people decide."""
_COUNTED: Final = frozenset(("quantity", "quantity_completed", "quantity_scrapped"))
_FOLLOWING: Final = frozenset(("job_status", "job_op_status", "container_status"))
"""What follows from a quantity by itself where both change: that is nobody's decision."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A row of the simulation that people changed or booked to.

    Attributes:
        stored: as it is kept now.
        decided: the columns that people gave other values.
    """

    stored: Cells
    decided: frozenset[str]


@dataclass(frozen=True, slots=True)
class Kept:
    """What people wrote, as far as it concerns some batches.

    Attributes:
        statuses: their status rows, by workcenter key.
        good, scrap: the pieces they booked, by job operation key.
        jobs, operations: those that they changed or booked to, by key.
        settled: serial numbers of containers whose state or place they decided.
        taken: the pieces they took out of containers, by serial number.
        job_numbers: company and number of jobs of theirs.
    """

    statuses: dict[int, list[Cells]] = field(default_factory=dict)
    good: dict[int, float] = field(default_factory=dict)
    scrap: dict[int, float] = field(default_factory=dict)
    jobs: dict[int, Touched] = field(default_factory=dict)
    operations: dict[int, Touched] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    taken: dict[str, float] = field(default_factory=dict)
    job_numbers: frozenset[tuple[int, str]] = frozenset()


def cells(table: str, values: Iterable[object]) -> Cells:
    """A row of a table by column; instants, dates and truth values become what batches hold."""
    return dict(zip(COLUMNS[table], map(plain, values), strict=True))


def plain(value: object) -> object:
    """A value of any engine as batches hold it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value


def read_kept(read: ReadRows, batches: Sequence[Batch]) -> Kept:
    """Read what people wrote that concerns the rows of these batches."""
    jobs, operations, boxes = (
        [row[0] for row in _rows_of(batches, table)] for table in (JOB, JOB_OPERATION, CONTAINER)
    )
    good, scrap = (_booked(read, log, operations) for log in ("production", "scrap"))
    decided_jobs, _ = _decided(read, JOB, jobs)
    decided_operations, _ = _decided(read, JOB_OPERATION, operations)
    settled, taken = _decided(read, CONTAINER, boxes)
    job_of = {row[0]: row[2] for row in _rows_of(batches, JOB_OPERATION)}
    booked_jobs = {job_of[key] for key in good.keys() | scrap.keys()}
    return Kept(
        statuses=_statuses(read, _rows_of(batches, STATUS_LOG)),
        good=good,
        scrap=scrap,
        jobs=_touched(read, JOB, decided_jobs, booked_jobs),
        operations=_touched(read, JOB_OPERATION, decided_operations, good.keys() | scrap.keys()),
        settled=frozenset(serial for serial, columns in settled.items() if columns),
        taken=taken,
        job_numbers=_job_numbers(read, batches),
    )


def _rows_of(batches: Sequence[Batch], table: str) -> list[tuple[Any, ...]]:
    return [row for batch in batches if batch.table == table for row in batch.rows]


def _statuses(read: ReadRows, emitted: list[tuple[Any, ...]]) -> dict[int, list[Cells]]:
    """People's status rows from the earliest beginning on that is about to be put."""
    if not emitted:
        return {}
    rows = [cells(STATUS_LOG, row) for row in emitted]
    since = min(row["log_date"] for row in rows)
    places = _listed({row["workcenter_key"] for row in rows})
    found = read(
        f"SELECT {', '.join(COLUMNS[STATUS_LOG])} FROM {STATUS_LOG}"  # noqa: S608 - as the module says
        f" WHERE log_key >= {FIRST_FREE_KEY} AND workcenter_key IN ({places})"
        f" AND (end_date IS NULL OR end_date > '{since}' OR log_date >= '{since}')"
    )
    by_workcenter: dict[int, list[Cells]] = defaultdict(list)
    for row in found:
        status = cells(STATUS_LOG, row)
        by_workcenter[status["workcenter_key"]].append(status)
    return dict(by_workcenter)


def _booked(read: ReadRows, log: str, operations: list[int]) -> dict[int, float]:
    """The pieces that people booked in a log, by job operation."""
    if not operations:
        return {}
    found = read(
        f"SELECT job_op_key, sum(quantity) FROM plant_{log}_log"  # noqa: S608 - as the module says
        f" WHERE {log}_log_key >= {FIRST_FREE_KEY} AND job_op_key IN ({_listed(operations)})"
        " GROUP BY job_op_key"
    )
    return {key: float(pieces) for key, pieces in found}


def _decided(read: ReadRows, table: str, keys: list[Any]) -> tuple[dict[str, set[str]], dict[str, float]]:
    """By the key's text, the columns that people decided, and how many pieces they took out."""
    decided: dict[str, set[str]] = {}
    taken: dict[str, float] = defaultdict(float)
    for key, before, after in _changes(read, _RESOURCES[table], keys):
        changed = {name for name in after if after[name] != before.get(name)}
        following = _FOLLOWING if changed & _COUNTED else frozenset()
        known = decided.setdefault(key, set())
        known |= (changed & _DECISIONS[table]) - following
        if "quantity" in changed:
            taken[key] += before["quantity"] - after["quantity"]
    return decided, dict(taken)


def _changes(read: ReadRows, resource: str, keys: list[Any]) -> Iterator[tuple[str, Cells, Cells]]:
    if not keys:
        return
    found = read(
        "SELECT row_key, before, after FROM plant_change"  # noqa: S608 - as the module says
        f" WHERE resource = '{resource}' AND action = 'update'"
        f" AND row_key IN ({_listed(map(str, keys))}) ORDER BY change_key"
    )
    for key, before, after in found:
        yield key, json.loads(before), json.loads(after)


def _touched(
    read: ReadRows, table: str, decided: dict[str, set[str]], booked: Iterable[int]
) -> dict[int, Touched]:
    wanted = {int(key) for key in decided} | set(booked)
    if not wanted:
        return {}
    columns = COLUMNS[table]
    found = read(
        f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - as the module says
        f" WHERE {columns[0]} IN ({_listed(wanted)})"
    )
    return {row[0]: Touched(cells(table, row), frozenset(decided.get(str(row[0]), ()))) for row in found}


def _job_numbers(read: ReadRows, batches: Sequence[Batch]) -> frozenset[tuple[int, str]]:
    numbers = {
        row[batch.columns.index("job_no")]
        for batch in batches
        if "job_no" in batch.columns
        for row in batch.rows
    } - {""}
    if not numbers:
        return frozenset()
    found = read(
        f"SELECT pcn, job_no FROM {JOB}"  # noqa: S608 - as the module says
        f" WHERE job_key >= {FIRST_FREE_KEY} AND job_no IN ({_listed(numbers)})"
    )
    return frozenset((pcn, number) for pcn, number in found)


def _listed(values: Iterable[object]) -> str:
    return ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in values)
