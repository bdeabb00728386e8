"""Jobs made from a part's routing, and changed within the states that they may go through."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.resource import Action
from millgate.plant.resources.dc_jobs import DC_JOBS, JOB_STATUSES, JOB_TYPES, PRIORITIES
from millgate.plant.writing import progress
from millgate.plant.writing.entries import Entry, Writing, check_building
from millgate.plant.writing.inputs import Form, Input, update_form
from millgate.plant.writing.job_numbers import FIRST_OWN_NUMBER, JobNumbers, new_cancelation
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.progress import CANCELLED, COMPLETED, HOLD, NEW, PRODUCTION, SCHEDULED
from millgate.plant.writing.routing import Step, part_of, steps_of
from millgate.plant.writing.tables import CHANGE, JOB, JOB_OPERATION
from millgate.plant.writing.work import WriteContext
from millgate.stores.ports import Statement, Work

NAME: Final = "DcJobs"
_LONGEST_NUMBER: Final = 20

_SHARED: Final = (
    Input(name="externalJobCode", kind=TEXT, doc="Its number in another system.", max_length=50, default=""),
    Input(
        name="jobType",
        kind=TEXT,
        doc="What it is for.",
        max_length=20,
        values=JOB_TYPES,
        default="Standard",
    ),
    Input(
        name="priority",
        kind=TEXT,
        doc="How urgent it is.",
        max_length=10,
        values=PRIORITIES,
        default="Medium",
    ),
    Input(name="earliestStartDate", kind=INSTANT, doc="Not to be begun before.", nullable=True),
    Input(
        name="buildingCode",
        kind=TEXT,
        doc="The building where it is made; one of the company's.",
        max_length=50,
        default="",
    ),
    Input(name="note", kind=TEXT, doc="A remark for people.", max_length=500, default=""),
)
_QUANTITY: Final = Input(
    name="quantity", kind=NUMBER, doc="Pieces to make.", required=True, above=0, example="1000"
)
_DUE_DATE: Final = Input(
    name="dueDate",
    kind=INSTANT,
    doc="When the pieces are needed.",
    required=True,
    example="2030-01-31T06:00:00Z",
)

CREATE: Final = Form(
    resource_name=NAME,
    action=Action.CREATE,
    inputs=(
        Input(
            name="jobNo",
            kind=TEXT,
            doc="Its number, unique in the company; the next free one where it is left out.",
            max_length=_LONGEST_NUMBER,
        ),
        Input(name="partKey", kind=INTEGER, doc="The key of the part it makes."),
        Input(
            name="partNo",
            kind=TEXT,
            doc="The number of that part, instead of the key.",
            max_length=100,
            example="TP-20418",
        ),
        Input(
            name="revision",
            kind=TEXT,
            doc="The revision of that part, with partNo.",
            max_length=8,
            example="C",
        ),
        _QUANTITY,
        _DUE_DATE,
        Input(
            name="jobStatus",
            kind=TEXT,
            doc="Its state.",
            max_length=20,
            values=(NEW, SCHEDULED),
            default=NEW,
        ),
        *_SHARED,
    ),
)
_CHANGEABLE: Final = (
    _QUANTITY,
    _DUE_DATE,
    Input(
        name="jobStatus",
        kind=TEXT,
        doc="Its state; which others it may go to depends on the one it is in.",
        max_length=20,
        values=JOB_STATUSES,
    ),
    *_SHARED,
)
UPDATE: Final = update_form(DC_JOBS, _CHANGEABLE, "jobKey")

NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    NEW: (SCHEDULED, HOLD, CANCELLED),
    SCHEDULED: (NEW, HOLD, CANCELLED),
    PRODUCTION: (HOLD, CANCELLED),
    HOLD: (NEW, SCHEDULED, PRODUCTION, CANCELLED),
    CANCELLED: (NEW, SCHEDULED, PRODUCTION, HOLD),
    COMPLETED: (),
}
"""Which states a program may give a job. Production begins and completes a job by itself."""


def create(writing: Writing) -> Work[None]:
    """Make jobs, each with an operation for every active step of its part's routing."""
    numbers = JobNumbers(writing.context)
    for entry in writing.entries:
        part = yield from part_of(entry, writing.context.pcn)
        yield from check_building(entry, writing.context.pcn)
        steps = [] if part is None else (yield from steps_of(part["part_key"], writing.context.pcn))
        if part is not None and not steps:
            entry.conflict("partKey", f"names {part['part_no']}, whose routing has no active operation")
        job_no = yield from numbers.number(entry)
        if entry.sound and part is not None:
            entry.record = yield from _made(writing, entry, part["part_key"], job_no)
            for step in steps:
                yield from writing.ledger.add(JOB_OPERATION, _operation(entry, entry.record, step))


def _made(writing: Writing, entry: Entry, part_key: int, job_no: str) -> Work[Record]:
    values = {member.column: entry.get(member.name, member.default) for member in _CHANGEABLE}
    return (
        yield from writing.ledger.add(
            JOB,
            {
                **values,
                "job_no": job_no,
                "part_key": part_key,
                "quantity_completed": 0.0,
                "quantity_scrapped": 0.0,
                "job_status": entry.get("jobStatus", NEW),
                "created_date": writing.context.now,
                "completed_date": None,
                "cancelation_id": None,
            },
        )
    )


def _operation(entry: Entry, job: Record, step: Step) -> dict[str, object]:
    quantity: float = entry["quantity"]
    return {
        "job_key": job.key,
        "operation_no": step.operation_no,
        "operation_code": step.operation_code,
        "part_operation_key": step.part_operation_key,
        "workcenter_key": None,
        "quantity": quantity,
        "quantity_completed": 0.0,
        "quantity_scrapped": 0.0,
        "job_op_status": progress.OP_OPEN,
        "setup_time_hours": step.setup_time_hours,
        "run_time_hours": round(quantity / step.rate, 4) if step.rate else 0.0,
        "rate": step.rate,
        "cancelation_id": None,
        "note": "",
        "scheduled_start_date": None,
        "scheduled_end_date": None,
        "due_date": entry["dueDate"],
        "start_date": None,
        "completed_date": None,
    }


def change(writing: Writing, job: Record) -> Work[None]:
    """Change a job; what is not sent stays as it is."""
    (entry,) = writing.entries
    if entry.text("buildingCode") != job["building_code"]:
        yield from check_building(entry, writing.context.pcn)
    operations = yield from writing.ledger.find(
        JOB_OPERATION, "job_key = :job_key", {"job_key": job.key}, order="operation_no"
    )
    wanted = entry.get("jobStatus", job["job_status"])
    if wanted != job["job_status"]:
        yield from _check_turn(writing.context, entry, job, operations, wanted)
    quantity: float = entry.get("quantity", job["quantity"])
    if quantity != job["quantity"] and quantity < job["quantity_completed"]:
        entry.conflict("quantity", f"is less than what is completed, {job['quantity_completed']:g}")
    if not entry.sound:
        return
    if wanted != job["job_status"]:
        yield from _turn(writing, job, wanted)
    job.change(
        **{item.column: entry[item.name] for item in (_DUE_DATE, *_SHARED) if item.name in entry},
    )
    if quantity != job["quantity"]:
        _resize(job, operations, quantity, writing.context.now)


def _check_turn(
    context: WriteContext, entry: Entry, job: Record, operations: list[Record], wanted: str
) -> Work[None]:
    """Whether the job may go to another state."""
    now = job["job_status"]
    if wanted not in NEXT[now]:
        choices = ", ".join(NEXT[now]) or "no other; a greater quantity opens it again"
        entry.conflict("jobStatus", f"cannot become {wanted}: from {now} it can become {choices}")
        return
    number = job["cancelation_id"]
    if now == CANCELLED and number is not None and number < FIRST_OWN_NUMBER:
        entry.conflict("jobStatus", f"cannot become {wanted}: reinstate cancelation {number}, which ended it")
        return
    was = (yield from _status_before(context, job)) if now == CANCELLED else ""
    if was and wanted != was:
        entry.conflict("jobStatus", f"cannot become {wanted}: before it was cancelled it was {was}")
        return
    started = any(progress.begun(operation) for operation in operations)
    if wanted == PRODUCTION and not started:
        entry.conflict("jobStatus", f"cannot become {wanted}: nothing was produced yet")
    if wanted in {NEW, SCHEDULED} and started:
        entry.conflict("jobStatus", f"cannot become {wanted}: production has begun; send {PRODUCTION}")


def _status_before(context: WriteContext, job: Record) -> Work[str]:
    """What a cancelled job was before, by the audit trail; empty where it was cancelled without one."""
    found = yield Statement(
        f"SELECT before, after FROM {CHANGE.name}"  # noqa: S608 - ours
        " WHERE pcn = :pcn AND resource = :resource AND row_key = :row_key ORDER BY change_key DESC",
        {"pcn": context.pcn, "resource": JOB.resource, "row_key": str(job.key)},
    )
    for before, after in found:
        states = [_status_in(text) for text in (before, after)]
        if states[1] == CANCELLED and states[0] != CANCELLED:
            return states[0]
    return ""


def _status_in(text: str) -> str:
    row: dict[str, Any] = json.loads(text) if text else {}
    return str(row.get("job_status", ""))


def _turn(writing: Writing, job: Record, wanted: str) -> Work[None]:
    if wanted == CANCELLED:
        job.change(cancelation_id=(yield from new_cancelation(writing, job)))
    elif job["job_status"] == CANCELLED:
        job.change(cancelation_id=None)
    job.change(job_status=wanted)


def _resize(job: Record, operations: list[Record], quantity: float, now: datetime) -> None:
    """Another quantity for a job and its operations: it may open them again, or complete them."""
    grows = quantity > job["quantity"]
    job.change(quantity=quantity)
    for operation in operations:
        operation.change(quantity=quantity)
        if operation["job_op_status"] == progress.OP_DONE and operation["quantity_completed"] < quantity:
            state = progress.OP_RUNNING if progress.begun(operation) else progress.OP_OPEN
            operation.change(job_op_status=state, completed_date=None)
    if grows and job["job_status"] == COMPLETED and quantity > job["quantity_completed"]:
        job.change(job_status=PRODUCTION, completed_date=None)
    progress.settle(job, operations, now)
