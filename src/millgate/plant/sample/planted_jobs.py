"""Planted facts about jobs: some are held by the planner, and one waits for material."""

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import ProductionDay
from millgate.plant.sample.company import Company
from millgate.plant.sample.jobs import HOLD, NEW, OP_HOLD, SCHEDULED, Job


def block_planted(company: Company, anchor: planted.Anchor, day: ProductionDay, made: list[Job]) -> None:
    """Block the jobs, of those made on a day, that are planted on it."""
    if not made or not company.profile.main:
        return
    if planted.held_jobs_planned(anchor, day.date):
        _hold_one_of_each(company, made)
    if planted.late_job_planned(anchor, day.date):
        _starve_one(made, due=company.calendar.day(anchor.ago(2)).start)


def _hold_one_of_each(company: Company, made: list[Job]) -> None:
    seen = set()
    for job in made:
        group = company.parts[job.part].group
        if group in seen or job.blocked or job.number == planted.QUESTION_JOB:
            continue
        seen.add(group)
        job.blocked, job.note = HOLD, planted.HELD_JOB_NOTE
        if job.status != NEW:
            job.status = HOLD


def _starve_one(made: list[Job], *, due: int) -> None:
    job = next((job for job in made if not job.blocked and len(job.ops) > 1), made[-1])
    job.blocked, job.note, job.priority = SCHEDULED, planted.LATE_JOB_NOTE, "High"
    job.ops[0].status, job.ops[0].note = OP_HOLD, planted.LATE_JOB_NOTE
    job.due = due
