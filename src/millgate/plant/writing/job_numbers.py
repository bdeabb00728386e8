"""The numbers of jobs and of cancelations: each is given once in a company."""

from __future__ import annotations

from typing import Final

from millgate.plant.resource import Action
from millgate.plant.writing.audit import Changed
from millgate.plant.writing.entries import Entry, Writing
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.tables import CHANGE, COMPANY, JOB
from millgate.plant.writing.work import WriteContext, rows_of
from millgate.stores.ports import Statement, Work

_LONGEST_COUNTED: Final = 16
CANCELATIONS: Final = "Cancelations"
"""How the audit trail names cancelations; its rows for them have their numbers as keys."""
FIRST_OWN_NUMBER: Final = 5_000_000_000
"""Where the numbers begin that a plant gives; below are those of cancelations that are recorded elsewhere."""


class JobNumbers:
    """The numbers of the jobs that one request makes."""

    def __init__(self, context: WriteContext) -> None:
        self._context = context
        self._pcn = context.pcn
        self._given: set[str] = set()
        self._last: int | None = None

    def number(self, entry: Entry) -> Work[str]:
        """The number that the row wants, or a free one."""
        wanted = entry.text("jobNo")
        if not wanted:
            return (yield from self._free())
        if wanted in self._given or (yield from self._there(wanted)):
            entry.conflict("jobNo", f"{wanted} is there already")
        self._given.add(wanted)
        return wanted

    def _there(self, job_no: str) -> Work[bool]:
        return bool((yield from rows_of(JOB, self._pcn, "job_no = :job_no", {"job_no": job_no})))

    def _free(self) -> Work[str]:
        if self._last is None:
            yield from _one_at_a_time(self._context)
            self._last = yield from self._greatest()
        while True:
            self._last += 1
            number = f"J{self._last}"
            if number not in self._given and not (yield from self._there(number)):
                return number

    def _greatest(self) -> Work[int]:
        """The greatest number behind a J; of equal length the greater text is the greater number.

        Numbers so long that there may be none behind them are passed over.
        """
        found = yield Statement(
            f"SELECT job_no FROM {JOB.name} WHERE pcn = :pcn AND RTRIM(job_no, '0123456789') = 'J'"  # noqa: S608 - ours
            " AND LENGTH(job_no) <= :longest ORDER BY LENGTH(job_no) DESC, job_no DESC LIMIT 1",
            {"pcn": self._pcn, "longest": _LONGEST_COUNTED},
        )
        return int(found[0][0][1:] or 0) if found else 0


def new_cancelation(writing: Writing, job: Record) -> Work[int]:
    """A number that no cancelation of the company ever had.

    Reinstating takes the number from the job, so the trail keeps each as a row of its own.
    """
    pcn = writing.context.pcn
    yield from _one_at_a_time(writing.context)
    ((on_jobs,),) = yield Statement(
        f"SELECT COALESCE(MAX(cancelation_id), 0) FROM {JOB.name} WHERE pcn = :pcn",  # noqa: S608 - ours
        {"pcn": pcn},
    )
    ((in_trail,),) = yield Statement(
        f"SELECT COALESCE(MAX(CAST(row_key AS BIGINT)), 0) FROM {CHANGE.name}"  # noqa: S608 - ours
        " WHERE pcn = :pcn AND resource = :resource",
        {"pcn": pcn, "resource": CANCELATIONS},
    )
    number = max(int(on_jobs) + 1, int(in_trail) + 1, FIRST_OWN_NUMBER)
    about = {"job_key": job.key, "job_no": job["job_no"]}
    writing.ledger.note(Changed(CANCELATIONS, number, Action.CREATE, None, about))
    return number


def _one_at_a_time(context: WriteContext) -> Work[None]:
    """Let nobody else number jobs or cancelations of the company meanwhile."""
    yield from rows_of(COMPANY, context.pcn, then=context.lock)
