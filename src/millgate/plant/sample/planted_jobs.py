"""Planted facts about jobs: some are held by the planner, one waits for material, one is in question."""

from collections.abc import Mapping

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import ProductionDay
from millgate.plant.sample.company import Company
from millgate.plant.sample.jobs import HOLD, NEW, OP_HOLD, SCHEDULED, Job


def block_planted(
    company: Company, anchor: planted.Anchor, day: ProductionDay, book: Mapping[int, Job], made: list[Job]
) -> None:
    """Block the jobs, of those made on a day, that are planted on it.

    On some days nothing is made: what is not yet in the book then waits for the next one.
    """
    if not company.profile.main:
        return
    notes = {job.note for job in book.values() if job.blocked}
    _question(made)
    if planted.late_job_planned(anchor, day.date) and planted.LATE_JOB_NOTE not in notes:
        _starve_one(made, due=company.calendar.day(anchor.ago(2)).start)
    if planted.held_jobs_planned(anchor, day.date) and planted.HELD_JOB_NOTE not in notes:
        _hold_one_of_each(company, made)


def _question(made: list[Job]) -> None:
    """Never start the job that the documentation cancels and reinstates, so that it always can be.

    It is scheduled from its first day on: reinstating gives back the status that a job had.
    """
    for job in made:
        if job.number == planted.QUESTION_JOB:
            job.status = job.blocked = SCHEDULED
            job.note = planted.QUESTION_JOB_NOTE


def _starve_one(made: list[Job], *, due: int) -> None:
    free = [job for job in made if not job.blocked]
    job = next((job for job in free if len(job.ops) > 1), free[-1] if free else None)
    if job is None:
        return
    job.blocked, job.note, job.priority = SCHEDULED, planted.LATE_JOB_NOTE, "High"
    job.ops[0].status, job.ops[0].note = OP_HOLD, planted.LATE_JOB_NOTE
    job.due = due


def _hold_one_of_each(company: Company, made: list[Job]) -> None:
    seen = set()
    for job in made:
        group = company.parts[job.part].group
        if group in seen or job.blocked:
            continue
        seen.add(group)
        job.blocked, job.note = HOLD, planted.HELD_JOB_NOTE
        if job.status != NEW:
            job.status = HOLD
