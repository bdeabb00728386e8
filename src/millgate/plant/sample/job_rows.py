"""Jobs and job operations as rows."""

from millgate.plant.sample.calendar import instant_text, maybe_text
from millgate.plant.sample.company import Company
from millgate.plant.sample.jobs import Job, JobOp
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.routing import Step

HOUR = 3600


def job_row(company: Company, job: Job) -> Row:
    """A job's row as it stands; its quantities are those of its last operation."""
    part = company.parts[job.part]
    last = job.ops[-1]
    buildings = company.profile.buildings
    home = company.workcenters[job.ops[0].position].family.building
    return (
        job.number,
        company.profile.pcn,
        f"J{job.number}",
        f"PO-{500_000 + job.number * 37 % 400_000}",
        part.key,
        job.quantity,
        last.good,
        sum(op.scrap for op in job.ops),
        job.status,
        job.kind,
        job.priority,
        instant_text(job.due),
        instant_text(job.ops[0].scheduled_start),
        instant_text(job.created),
        maybe_text(job.completed),
        buildings[min(home, len(buildings) - 1)][0],
        None,
        job.note,
        instant_text(job.touched),
    )


def operation_rows(company: Company, job: Job) -> list[Row]:
    """The rows of a job's operations as they stand."""
    route = company.parts[job.part].route
    return [_operation_row(company, job, op, route[op.step]) for op in job.ops]


def _operation_row(company: Company, job: Job, op: JobOp, step: Step) -> Row:
    rate = step.rates[op.position]
    return (
        job.number * 10 + step.no // 10,
        company.profile.pcn,
        job.number,
        step.no,
        step.code,
        step.key,
        company.workcenters[op.position].key,
        job.quantity,
        op.good,
        op.scrap,
        instant_text(op.scheduled_start),
        instant_text(op.scheduled_end),
        instant_text(min(job.due, op.scheduled_end + 24 * HOUR)),
        maybe_text(op.started),
        maybe_text(op.finished),
        op.status,
        round(rate.setup_minutes / 60, 3),
        round(job.quantity / rate.standard, 3),
        rate.standard,
        op.note,
        instant_text(job.touched),
    )
