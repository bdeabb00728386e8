"""Jobs, their operations and orders, cancelled by a cancelation that is recorded elsewhere, and reinstated.

Whoever records a cancelation gives it a number, and a reference that no other one ever has. What the plant
decided about a reference stands in the audit trail, written in the transaction that cancels or refuses; asked
again, the plant changes nothing and says the same. So a record in another database can be brought to an end
after a kill at any point, by anybody and as often as they like.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, TypeAlias

import msgspec

from millgate.plant.resource import Action
from millgate.plant.writing.audit import Changed
from millgate.plant.writing.job_numbers import CANCELATIONS
from millgate.plant.writing.ledger import Ledger, Record
from millgate.plant.writing.progress import CANCELLED, COMPLETED, OP_CANCELLED, OP_DONE
from millgate.plant.writing.tables import CHANGE, JOB, JOB_OPERATION
from millgate.plant.writing.work import WriteContext
from millgate.stores.ports import Statement, Work

_Found: TypeAlias = tuple[Record, str]
"""A row, and how people call it."""
MOST_JOBS: Final = 1000
"""How many jobs an order may have to be cancelled as one."""
_LARGEST_KEY: Final = 2**63 - 1
_LONGEST_KEY: Final = len(str(_LARGEST_KEY))
_STATUS: Final = {JOB.resource: "job_status", JOB_OPERATION.resource: "job_op_status"}
_TABLES: Final = {table.resource: table for table in (JOB, JOB_OPERATION)}


class Thing(StrEnum):
    """What a plant can cancel. An order is all jobs that have one number in another system."""

    JOB = "Job"
    JOB_OPERATION = "JobOperation"
    ORDER = "Order"


class Cancelation(msgspec.Struct, frozen=True, kw_only=True):
    """A cancelation as its record has it.

    Attributes:
        number: below `job_numbers.FIRST_OWN_NUMBER`; the rows that it cancels carry it.
        reference: tells it from every other one that ever was, also where a number was given twice.
        thing: what is cancelled,
        name: and which: a key as digits, a job's number, or an order's `externalJobCode`.
        about: what the audit trail tells of it besides: why, and on whose word.
    """

    number: int
    reference: str
    thing: Thing
    name: str
    about: Mapping[str, str] = {}


class Stopped(msgspec.Struct, frozen=True):
    """A row that was cancelled.

    Attributes:
        resource: that shows it.
        key: its key.
        name: for people.
        status: what it was before.
    """

    resource: str
    key: int
    name: str
    status: str


class Decision(msgspec.Struct, frozen=True):
    """What the plant made of a cancelation.

    Attributes:
        stopped: the rows that it cancelled; none where it was refused.
        refused: completes a sentence about the thing: why nothing was cancelled.
    """

    stopped: tuple[Stopped, ...] = ()
    refused: str = ""


class _Refused(Exception):  # noqa: N818 - what happened, as it is told
    """Nothing can be cancelled; completes a sentence about the thing."""


def look(context: WriteContext, cancelation: Cancelation) -> Work[Decision]:
    """What would be decided now. Nothing is written."""
    try:
        found = yield from _FINDERS[cancelation.thing](Ledger(context), cancelation.name)
    except _Refused as why:
        return Decision(refused=str(why))
    return Decision(tuple(_stopped(*each) for each in found))


def cancel(context: WriteContext, cancelation: Cancelation) -> Work[Decision]:
    """Cancel it, or refuse; what was decided before under its reference stands."""
    known = yield from _decided(context, cancelation)
    if known is not None:
        return known
    ledger = Ledger(context)
    try:
        found = yield from _FINDERS[cancelation.thing](ledger, cancelation.name)
    except _Refused as why:
        ledger.note(_note(cancelation, Action.DELETE, {"refused": str(why)}))
        yield from ledger.close()
        return Decision(refused=str(why))
    decision = Decision(tuple(_stopped(*each) for each in found))
    for record, _ in found:
        status = CANCELLED if record.table is JOB else OP_CANCELLED
        record.change(**{_STATUS[record.table.resource]: status}, cancelation_id=cancelation.number)
    ledger.note(_note(cancelation, Action.CREATE, {"stopped": _told(decision.stopped)}))
    yield from ledger.close()
    return decision


def reinstate(
    context: WriteContext, cancelation: Cancelation, stopped: Iterable[Stopped]
) -> Work[tuple[Stopped, ...]]:
    """Give rows back what they were before; returns those that got it.

    A row that somebody has meanwhile taken out of this cancelation by other ways stays as it is, and
    reinstating again changes nothing.

    Args:
        context: for whom and when.
        cancelation: that ended them; `about` is told of the end of it.
        stopped: what it cancelled.
    """
    ledger = Ledger(context)
    restored = []
    for each in stopped:
        record = yield from ledger.get(_TABLES[each.resource], each.key)
        if record is not None and _ended_by(record, cancelation.number):
            record.change(**{_STATUS[each.resource]: each.status}, cancelation_id=None)
            restored.append(each)
    if restored:
        ledger.note(_note(cancelation, Action.UPDATE, {"restored": _told(restored)}))
    yield from ledger.close()
    return tuple(restored)


# What is cancelled


def _job(ledger: Ledger, name: str) -> Work[list[_Found]]:
    key = _key(name)
    job = None if key is None else (yield from ledger.get(JOB, key))
    jobs = [job] if job else (yield from ledger.find(JOB, "job_no = :job_no", {"job_no": name}))
    if not jobs:
        raise _Refused(f"{name} is neither key nor number of a job of this company")
    return [_living(jobs[0], f"job {jobs[0]['job_no']}")]


def _operation(ledger: Ledger, name: str) -> Work[list[_Found]]:
    key = _key(name)
    operation = None if key is None else (yield from ledger.get(JOB_OPERATION, key))
    job = None if operation is None else (yield from ledger.get(JOB, operation["job_key"]))
    if operation is None or job is None:
        raise _Refused(f"{name} is no key of a job operation of this company")
    _living(job, f"an operation of job {job['job_no']}")
    return [_living(operation, f"operation {operation['operation_no']} of job {job['job_no']}")]


def _order(ledger: Ledger, name: str) -> Work[list[_Found]]:
    jobs: list[Record] = []
    if name:
        where, order = "external_job_code = :code", f"job_key LIMIT {MOST_JOBS + 1}"
        jobs = yield from ledger.find(JOB, where, {"code": name}, order=order)
    if not jobs:
        raise _Refused(f"{name} is the externalJobCode of no job of this company")
    if len(jobs) > MOST_JOBS:
        raise _Refused(f"{name} has more than {MOST_JOBS} jobs; cancel them one by one")
    living = [job for job in jobs if job["job_status"] not in {CANCELLED, COMPLETED}]
    if not living:
        raise _Refused(f"{name} has no job that could be cancelled; all are completed or cancelled")
    return [(job, f"job {job['job_no']}") for job in living]


_FINDERS: Final[Mapping[Thing, Callable[[Ledger, str], Work[list[_Found]]]]] = {
    Thing.JOB: _job,
    Thing.JOB_OPERATION: _operation,
    Thing.ORDER: _order,
}


def _key(name: str) -> int | None:
    """The key that it names, if it can be one."""
    key = int(name) if name.isascii() and name.isdigit() and len(name) <= _LONGEST_KEY else None
    return None if key is None or key > _LARGEST_KEY else key


def _living(record: Record, name: str) -> _Found:
    """The row, which can be cancelled.

    Raises:
        _Refused: it has come to its end already.
    """
    status = record[_STATUS[record.table.resource]]
    if status in {COMPLETED, OP_DONE}:
        raise _Refused(f"names {name}, which is {status.lower()}")
    if status in {CANCELLED, OP_CANCELLED}:
        number = record["cancelation_id"]
        by = "" if number is None else f" by cancelation {number}"
        raise _Refused(f"names {name}, which is cancelled already{by}")
    return record, name


def _ended_by(record: Record, number: int) -> bool:
    ended = record[_STATUS[record.table.resource]] in {CANCELLED, OP_CANCELLED}
    return ended and record["cancelation_id"] == number


def _stopped(record: Record, name: str) -> Stopped:
    resource = record.table.resource
    return Stopped(resource, record.key, name, record[_STATUS[resource]])


# What the trail says


def _note(cancelation: Cancelation, action: Action, what: Mapping[str, object]) -> Changed:
    told: dict[str, object] = {
        "reference": cancelation.reference,
        "cancelable_type": str(cancelation.thing),
        "cancelable_id": cancelation.name,
        **cancelation.about,
        **what,
    }
    sides = (told, None) if action is Action.DELETE else (None, told)
    return Changed(CANCELATIONS, cancelation.number, action, *sides)


def _told(stopped: Iterable[Stopped]) -> list[object]:
    return [msgspec.to_builtins(each) for each in stopped]


def _decided(context: WriteContext, cancelation: Cancelation) -> Work[Decision | None]:
    found = yield Statement(
        f"SELECT before, after FROM {CHANGE.name}"  # noqa: S608 - ours
        " WHERE pcn = :pcn AND resource = :resource AND row_key = :row_key ORDER BY change_key",
        {"pcn": context.pcn, "resource": CANCELATIONS, "row_key": str(cancelation.number)},
    )
    for sides in found:
        told: dict[str, Any] = json.loads(next(filter(None, sides)))
        if told.get("reference") == cancelation.reference:
            return msgspec.convert(
                {name: told[name] for name in told.keys() & {"stopped", "refused"}}, Decision
            )
    return None
