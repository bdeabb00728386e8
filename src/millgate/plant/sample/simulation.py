"""A sample company through one production day after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from millgate.plant.sample.batches import Batch, batch
from millgate.plant.sample.calendar import ProductionDay
from millgate.plant.sample.company import Company
from millgate.plant.sample.job_rows import job_row, operation_rows
from millgate.plant.sample.jobs import CANCELLED, Job
from millgate.plant.sample.ledger import Row, Rows
from millgate.plant.sample.machine import MachineDay
from millgate.plant.sample.planning import Book, Planner, Queue, queues
from millgate.plant.sample.planted import Anchor
from millgate.plant.sample.workday import Workday

CANCELLED_AFTER = 3 * 3600


@dataclass(slots=True)
class Simulation:
    """A company in motion: where its machines and jobs stand as the production day `on` begins."""

    company: Company
    anchor: Anchor
    on: date
    book: Book
    machines: list[dict[str, Any]]
    jobs_to_show: dict[int, tuple[Row, list[Row]]] = field(default_factory=dict)
    setups_to_show: dict[int, Row] = field(default_factory=dict)
    operators_to_show: list[Row] = field(default_factory=list)

    @classmethod
    def begin(cls, company: Company, anchor: Anchor) -> "Simulation":
        """A company before its first day."""
        book = Book(company.profile.first_job - _jobs_before_the_last(company, anchor), {})
        return cls(company, anchor, anchor.first, book, [{} for _ in company.workcenters])

    def dump(self) -> dict[str, Any]:
        """The company as JSON holds it."""
        return {
            "pcn": self.company.profile.pcn,
            "on": self.on.isoformat(),
            "next_number": self.book.next_number,
            "jobs": [job.dump() for job in self.book.jobs.values()],
            "machines": self.machines,
        }

    @classmethod
    def load(cls, company: Company, anchor: Anchor, dumped: dict[str, Any]) -> "Simulation":
        """The company that was dumped."""
        jobs = [Job.load(each) for each in dumped["jobs"]]
        book = Book(dumped["next_number"], {job.number: job for job in jobs})
        return cls(company, anchor, date.fromisoformat(dumped["on"]), book, dumped["machines"])

    def live(self, *, after: int, until: int) -> Iterator[Batch]:
        """Simulate the day `on`, whole or until an instant in it; yield the logs in (after, until].

        Jobs, setups and sign-ins change often and are kept back for `flush`.
        """
        day = self.company.calendar.day(self.on)
        rows = Rows(self.company, after, until)
        self.book.close()
        Planner(self.company, self.book, self.anchor, day).plan()
        self._cancel(day, until)
        ready = queues(self.book, len(self.company.workcenters), day)
        ran = [self._run(position, rows, day, waiting) for position, waiting in enumerate(ready)]
        self._keep_back(rows)
        boxes = [
            box.row(after=after, until=until, day_end=day.end)
            for each in ran
            for box in each.production.filled
        ]
        rows.containers.extend(box for box in boxes if box)
        if day.end <= until:
            self.machines = [each.state() for each in ran]
            self.on = date.fromordinal(self.on.toordinal() + 1)
        yield batch("status_log", rows.status)
        yield batch("production_log", rows.production)
        yield batch("scrap_log", rows.scrap)
        yield batch("container", rows.containers)

    def flush(self) -> Iterator[Batch]:
        """Yield the jobs, setups and sign-ins kept back, each as it stands now."""
        shown = [self.jobs_to_show[number] for number in sorted(self.jobs_to_show)]
        yield batch("job", (job for job, _ in shown))
        yield batch("job_operation", (op for _, ops in shown for op in ops))
        yield batch("workcenter_setup", self.setups_to_show.values())
        yield batch("setup_operator", self.operators_to_show)
        self.jobs_to_show, self.setups_to_show, self.operators_to_show = {}, {}, []

    def _run(self, position: int, rows: Rows, day: ProductionDay, waiting: Queue) -> MachineDay:
        machine = MachineDay(
            Workday.of(rows, self.company.workcenters[position], self.anchor, day),
            state=self.machines[position],
            jobs=self.book.jobs,
            queue=waiting,
        )
        machine.run()
        return machine

    def _cancel(self, day: ProductionDay, until: int) -> None:
        """Cancel the jobs whose time it is: on the day after they were made, in the morning."""
        at = day.start + CANCELLED_AFTER
        for job in self.book.jobs.values():
            if job.blocked == CANCELLED and job.created < day.start and at <= until:
                job.status, job.touched = CANCELLED, at

    def _keep_back(self, rows: Rows) -> None:
        for job in self.book.jobs.values():
            if rows.after < job.touched and job.created <= rows.until:
                self.jobs_to_show[job.number] = (
                    job_row(self.company, job),
                    operation_rows(self.company, job),
                )
        self.setups_to_show.update(rows.setups)
        self.operators_to_show.extend(rows.operators)


def _jobs_before_the_last(company: Company, anchor: Anchor) -> int:
    """Roughly more jobs than are made before the anchor, so that numbers run up to the one kept for it."""
    days = (anchor.last - anchor.first).days
    return len(company.workcenters) * (days + 20) // 3
