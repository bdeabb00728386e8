"""The simulation's rows beside those of people: what people wrote stands, and sums count both.

*Statuses.* The trail of a workcenter is decided by beginnings alone: a row lasts until the next one begins,
whoever wrote either, and the last one is open. So a simulated row is cut where a person's begins inside it,
and is cut there again whenever the simulation says it anew; a person's row stands until the simulation's next
change of status, or the next person's. Where both begin in the same second the person's row stands and the
simulated one is left out, for it would have lasted no time. The simulation itself does not notice: its next
row tells of its own change.

*Jobs.* Pieces that people booked count beside the simulated ones. What people decided about a job stays
theirs. A status stays while it is no more than progress that the simulation has overtaken: a job that people
cancelled stays cancelled, one that they released goes on. A job number that people gave away first is not
given twice: the simulated job takes another.

*Containers.* Pieces that people took out stay out. A container that they emptied, or whose state or place
they decided, stays as they left it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from millgate.plant.sample.batches import COLUMNS, Batch
from millgate.plant.sample.jobs import (
    COMPLETED,
    NEW,
    OP_DONE,
    OP_HOLD,
    OP_OPEN,
    OP_RUNNING,
    RUNNING,
    SCHEDULED,
)
from millgate.plant.sample.kept import CONTAINER, JOB, JOB_OPERATION, STATUS_LOG, Cells, Kept, Touched, cells

_PROGRESS: Final = (NEW, SCHEDULED, RUNNING, COMPLETED)
_DIGITS: Final = 5
_OTHER_NUMBER: Final = "-SIM"


def merged(batches: Sequence[Batch], kept: Kept) -> Iterator[Batch]:
    """The batches as they may be put beside what people wrote, in their order."""
    own = [_renumbered(batch, kept) for batch in batches]
    statuses = _Statuses(_cells_of(own, STATUS_LOG), kept.statuses)
    jobs = _Jobs(_cells_of(own, JOB_OPERATION), kept)
    change: dict[str, Callable[[Cells], Cells | None]] = {
        STATUS_LOG: statuses.simulated,
        JOB: jobs.job,
        JOB_OPERATION: jobs.operation,
        CONTAINER: lambda row: _container(row, kept),
    }
    yield _batch(STATUS_LOG, statuses.of_people())
    for batch in own:
        if batch.table in change:
            changed = (change[batch.table](cells(batch.table, row)) for row in batch.rows)
            yield _batch(batch.table, (row for row in changed if row is not None))
        else:
            yield batch


def _cells_of(batches: Iterable[Batch], table: str) -> list[Cells]:
    return [cells(table, row) for batch in batches if batch.table == table for row in batch.rows]


def _batch(table: str, rows: Iterable[Cells]) -> Batch:
    return Batch(table, COLUMNS[table], [tuple(row.values()) for row in rows])


def _renumbered(batch: Batch, kept: Kept) -> Batch:
    """The batch with other numbers for jobs whose number people took."""
    if not kept.job_numbers or "job_no" not in batch.columns:
        return batch
    pcn, at = batch.columns.index("pcn"), batch.columns.index("job_no")

    def free(row: tuple[object, ...]) -> tuple[object, ...]:
        taken = (row[pcn], row[at]) in kept.job_numbers
        return (*row[:at], f"{row[at]}{_OTHER_NUMBER}", *row[at + 1 :]) if taken else row

    return Batch(batch.table, batch.columns, [free(row) for row in batch.rows])


# Statuses


class _Statuses:
    """Status rows of the simulation and of people on the workcenters that the simulation writes about."""

    def __init__(self, simulated: list[Cells], people: dict[int, list[Cells]]) -> None:
        self._people = people
        self._theirs = {key: sorted(row["log_date"] for row in rows) for key, rows in people.items()}
        self._own: dict[int, list[str]] = defaultdict(list)
        for row in simulated:
            self._own[row["workcenter_key"]].append(row["log_date"])
        for begins in self._own.values():
            begins.sort()

    def simulated(self, row: Cells) -> Cells | None:
        """The row, cut where a person's begins; nothing where that is at its own beginning."""
        theirs = self._theirs.get(row["workcenter_key"], [])
        if row["log_date"] in theirs:
            return None
        return _ended(row, _first_after(theirs, row["log_date"]))

    def of_people(self) -> Iterator[Cells]:
        """Their rows that end because a simulated one begins."""
        for key, rows in self._people.items():
            for row in rows:
                ended = _ended(row, _first_after(self._own.get(key, []), row["log_date"]))
                if ended is not row:
                    yield ended


def _first_after(begins: list[str], begin: str) -> str | None:
    at = bisect_right(begins, begin)
    return begins[at] if at < len(begins) else None


def _ended(row: Cells, at: str | None) -> Cells:
    """The row, ended at an instant if it lasts longer."""
    if at is None or (row["end_date"] is not None and row["end_date"] <= at):
        return row
    lasted = datetime.fromisoformat(at) - datetime.fromisoformat(row["log_date"])
    seconds = int(lasted.total_seconds())
    return row | {
        "end_date": at,
        "duration_seconds": seconds,
        "modified_date": max(at, row["modified_date"]),
    }


# Jobs


class _Jobs:
    """Jobs and their operations, whose quantities count what people booked."""

    def __init__(self, operations: list[Cells], kept: Kept) -> None:
        self._kept = kept
        self._operations: dict[int, list[Cells]] = defaultdict(list)
        for row in sorted(operations, key=lambda row: row["operation_no"]):
            self._operations[row["job_key"]].append(row)

    def job(self, row: Cells) -> Cells:
        """The job with what people booked and decided."""
        touched = self._kept.jobs.get(row["job_key"])
        if touched is None:
            return row
        keys = [each["job_op_key"] for each in self._operations[row["job_key"]]]
        good = self._kept.good.get(keys[-1], 0.0) if keys else 0.0
        scrap = sum(self._kept.scrap.get(key, 0.0) for key in keys)
        status = _job_status(row["job_status"], touched)
        found = _decided(_counted(row, good, scrap), touched) | {"job_status": status}
        reached = found["quantity_completed"] >= found["quantity"]
        if status in (RUNNING, COMPLETED) and "job_status" not in touched.decided:
            found["job_status"] = COMPLETED if reached else RUNNING
        return _completed(found, touched, done=found["job_status"] == COMPLETED)

    def operation(self, row: Cells) -> Cells:
        """The operation with what people booked and decided."""
        touched = self._kept.operations.get(row["job_op_key"])
        if touched is None:
            return row
        good, scrap = (each.get(row["job_op_key"], 0.0) for each in (self._kept.good, self._kept.scrap))
        found = _decided(_counted(row, good, scrap), touched)
        if "job_op_status" not in touched.decided:
            found["job_op_status"] = _operation_status(found)
        found["start_date"] = found["start_date"] or touched.stored["start_date"]
        return _completed(found, touched, done=found["job_op_status"] == OP_DONE)


def _counted(row: Cells, good: float, scrap: float) -> Cells:
    return row | {
        "quantity_completed": round(row["quantity_completed"] + good, _DIGITS),
        "quantity_scrapped": round(row["quantity_scrapped"] + scrap, _DIGITS),
    }


def _decided(row: Cells, touched: Touched) -> Cells:
    return row | {name: touched.stored[name] for name in touched.decided}


def _operation_status(row: Cells) -> object:
    """What its pieces make of the status."""
    if row["job_op_status"] == OP_HOLD:
        return OP_HOLD
    if row["quantity_completed"] >= row["quantity"]:
        return OP_DONE
    if row["job_op_status"] != OP_DONE:
        return row["job_op_status"]
    return OP_RUNNING if row["start_date"] else OP_OPEN


def _job_status(simulated: str, touched: Touched) -> str:
    """The stored status where people decided it, unless it is progress that the simulation has overtaken."""
    stored = str(touched.stored["job_status"])
    if stored in _PROGRESS and simulated in _PROGRESS:
        return max(stored, simulated, key=_PROGRESS.index)
    return stored if "job_status" in touched.decided else simulated


def _completed(row: Cells, touched: Touched, *, done: bool) -> Cells:
    """The row with the instant at which it was done, and of its last change by anybody."""
    when = row["completed_date"] or touched.stored["completed_date"] or row["modified_date"]
    modified = max(row["modified_date"], touched.stored["modified_date"])
    return row | {"completed_date": when if done else None, "modified_date": modified}


# Containers


def _container(row: Cells, kept: Kept) -> Cells | None:
    """The container without what people took out; nothing where it stays as they left it."""
    serial, pieces = row["serial_no"], row["quantity"]
    if serial in kept.settled:
        return None
    taken = kept.taken.get(serial, 0.0)
    if not taken or not pieces:
        return row
    left = round(pieces - taken, _DIGITS)
    if left <= 0:
        return None
    net = round(row["net_weight"] * left / pieces, 3)
    return row | {
        "quantity": left,
        "net_weight": net,
        "gross_weight": round(net + row["tare_weight"], 3),
    }
