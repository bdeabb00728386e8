"""Which job operation a log's row counts for, and the copy of it that the row keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from millgate.plant.writing.entries import Entry
from millgate.plant.writing.floor import Floor, shown
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.tables import JOB, JOB_OPERATION, PART, SNAPSHOT_COLUMNS
from millgate.stores.ports import Work

NOTHING: Final[dict[str, object]] = {
    "job_key": None,
    "job_no": "",
    "job_op_key": None,
    "part_key": None,
    "part_no": "",
    "revision": "",
    "part_operation_key": None,
    "operation_no": None,
    "operation_code": "",
}
"""The copy where nothing is mounted."""


CONTAINER_SNAPSHOT: Final = tuple(column for column in SNAPSHOT_COLUMNS if column != "job_op_key")
"""What a container copies of it."""


class Running(msgspec.Struct, frozen=True):
    """What ran.

    Attributes:
        snapshot: the copy for the row.
        job, operation: to be changed; None where the pieces belong to none.
        operations: all of the job, in their order.
        setup: where it is mounted.
        part: its part as it is now; empty where that is gone.
    """

    snapshot: dict[str, Any]
    job: Record | None
    operation: Record | None
    operations: list[Record]
    setup: Record | None
    part: dict[str, Any]

    @property
    def unit(self) -> str:
        """The unit of its quantities."""
        return str(self.part.get("unit") or "pcs")


class Runs:
    """Finds what ran, for the rows of one request."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._operations: dict[int, list[Record]] = {}

    def of(self, entry: Entry, workcenter_key: int, at: datetime) -> Work[Running | None]:
        """What the row counts for: the job it names, else what is mounted. None after a fault."""
        setup = yield from self._floor.mounted(workcenter_key)
        if names_job(entry):
            return (yield from self._named(entry, setup))
        if "operationNo" in entry:
            entry.wrong("operationNo", "needs a job; send jobNo or jobKey with it")
        elif setup is None or setup["job_key"] is None:
            entry.conflict("jobNo", "is needed, for nothing is set up on the workcenter")
        elif at < setup["setup_date"]:
            entry.conflict(
                "logDate",
                f"lies before the setup of {shown(setup['setup_date'])}; name the job that ran then",
            )
        else:
            return (yield from self._mounted(entry, setup))
        return None

    def of_container(self, container: Record) -> Work[Running]:
        """What a container was filled by."""
        job_key, snapshot = container["job_key"], {name: container[name] for name in CONTAINER_SNAPSHOT}
        job = None if job_key is None else (yield from self._floor.writing.ledger.get(JOB, job_key))
        operations = [] if job is None else (yield from self._operations_of(job))
        operation = next((item for item in operations if _filled(item, container)), None)
        copied = snapshot | {"job_op_key": operation.key if operation else None}
        part = (yield from self._floor.look(PART, "part_key", snapshot["part_key"])) or {}
        return Running(copied, job, operation, operations, None, part)

    def _mounted(self, entry: Entry, setup: Record) -> Work[Running | None]:
        job = yield from self._floor.writing.ledger.get(JOB, setup["job_key"])
        operations = [] if job is None else (yield from self._operations_of(job))
        operation = next((item for item in operations if item.key == setup["job_op_key"]), None)
        if job is None or operation is None:
            entry.conflict("jobNo", f"is needed, for {setup['job_no']}, which is set up, is no longer there")
            return None
        snapshot = {column: setup[column] for column in SNAPSHOT_COLUMNS}
        part = (yield from self._floor.look(PART, "part_key", job["part_key"])) or {}
        return Running(snapshot, job, operation, operations, setup, part)

    def _named(self, entry: Entry, setup: Record | None) -> Work[Running | None]:
        job = yield from self._job(entry)
        if job is None:
            return None
        operations = yield from self._operations_of(job)
        operation = _operation(entry, job, operations, setup)
        if operation is None:
            return None
        mounted = setup if setup is not None and setup["job_op_key"] == operation.key else None
        part = (yield from self._floor.look(PART, "part_key", job["part_key"])) or {}
        snapshot = _snapshot(job, operation, part)
        return Running(snapshot, job, operation, operations, mounted, part)

    def _job(self, entry: Entry) -> Work[Record | None]:
        found: list[Record] = []
        for member, column in (("jobKey", "job_key"), ("jobNo", "job_no")):
            if entry.get(member, "") != "":
                jobs = yield from self._jobs(column, entry[member])
                found.extend(jobs)
                if not jobs:
                    entry.wrong(member, f"{entry[member]!r} is no job of this company")
        if len(found) > 1 and found[0] is not found[1]:
            entry.wrong("jobNo", "and jobKey name different jobs")
        return found[0] if found and entry.sound else None

    def _jobs(self, column: str, value: object) -> Work[list[Record]]:
        # By number only the key is looked up, so that a job that is known is not read again for every row.
        looked = yield from self._floor.look(JOB, column, value)
        job = None if looked is None else (yield from self._floor.writing.ledger.get(JOB, looked["job_key"]))
        return [] if job is None else [job]

    def _operations_of(self, job: Record) -> Work[list[Record]]:
        if job.key not in self._operations:
            self._operations[job.key] = yield from self._floor.writing.ledger.find(
                JOB_OPERATION, "job_key = :job_key", {"job_key": job.key}, order="operation_no"
            )
        return self._operations[job.key]


def _filled(operation: Record, container: Record) -> bool:
    return all(operation[name] == container[name] for name in ("part_operation_key", "operation_no"))


def names_job(entry: Entry) -> bool:
    """Whether the row says itself which job it counts for."""
    return bool(entry.get("jobNo") or entry.get("jobKey") is not None)


def _operation(entry: Entry, job: Record, operations: list[Record], setup: Record | None) -> Record | None:
    if "operationNo" not in entry:
        mounted = None if setup is None else setup["job_op_key"]
        found = next((item for item in operations if item.key == mounted), None)
        if found is None:
            entry.wrong("operationNo", f"is missing; {_choices(job, operations)}")
        return found
    found = next((item for item in operations if item["operation_no"] == entry["operationNo"]), None)
    if found is None:
        entry.wrong("operationNo", f"{entry['operationNo']} is not there; {_choices(job, operations)}")
    return found


def _choices(job: Record, operations: list[Record]) -> str:
    numbers = ", ".join(str(item["operation_no"]) for item in operations)
    return f"the operations of {job['job_no']} are {numbers or 'none'}"


def _snapshot(job: Record, operation: Record, part: dict[str, Any]) -> dict[str, Any]:
    return {
        "job_key": job.key,
        "job_no": job["job_no"],
        "job_op_key": operation.key,
        "part_key": job["part_key"],
        "part_no": part.get("part_no", ""),
        "revision": part.get("revision", ""),
        "part_operation_key": operation["part_operation_key"],
        "operation_no": operation["operation_no"],
        "operation_code": operation["operation_code"],
    }
