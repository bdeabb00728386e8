"""The planner: once a production day it schedules jobs ahead, so that no workcenter runs dry."""

from dataclasses import dataclass

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import ProductionDay
from millgate.plant.sample.company import Company
from millgate.plant.sample.jobs import CANCELLED, COMPLETED, NEW, OP_OPEN, SCHEDULED, Job, JobOp
from millgate.plant.sample.parts import Part
from millgate.plant.sample.planted_jobs import block_planted
from millgate.plant.sample.workcenters import Workcenter

HOUR = 3600
# Work kept ready at each workcenter, in hours: the day begun, the next one, and something to choose from.
READY_HOURS = 66.0
# Less will do where much is on its way from other workcenters: what lasts until today's jobs can start.
SCARCE_HOURS = 44.0
COMING_HOURS = 120.0
# A job whose later operations would wait longer than this is not made while there are others to make.
CROWDED_HOURS = 170.0
REPEAT_PART = 0.35
CANCELLED_SHARE = 0.012
Queue = list[tuple[Job, JobOp]]
PRIORITIES = ("Low", "Medium", "Medium", "Medium", "High")
KINDS = ("Standard",) * 17 + ("Stock", "Stock", "Service")


@dataclass(slots=True)
class Book:
    """A company's open jobs by number, and the next number to give."""

    next_number: int
    jobs: dict[int, Job]

    def close(self) -> None:
        """Forget the jobs that will not change any more."""
        self.jobs = {n: job for n, job in self.jobs.items() if job.status not in (COMPLETED, CANCELLED)}


class Planner:
    """One planning round: the jobs of a company at the beginning of a production day."""

    def __init__(self, company: Company, book: Book, anchor: planted.Anchor, day: ProductionDay) -> None:
        self.company = company
        self.book = book
        self.anchor = anchor
        self.day = day
        self.rng = company.rng("plan", day.text)
        self.ready = [0.0] * len(company.workcenters)
        self.queued = [0.0] * len(company.workcenters)
        self.choices = _choices(company)

    def plan(self) -> list[Job]:
        """Release what was new, measure the queues, make the jobs that are missing; return the new ones."""
        self._release()
        self._measure()
        before = set(self.book.jobs)
        calendar, main = self.company.calendar, self.company.profile.main
        if main and planted.bad_mold_starts(calendar, self.anchor, self.day.date):
            self._plan_bad_mold()
        for workcenter in self.company.workcenters:
            self._fill(workcenter)
            self._move_away(workcenter)
        made = [job for number, job in self.book.jobs.items() if number not in before]
        block_planted(self.company, self.anchor, self.day, self.book.jobs, made)
        return made

    def _release(self) -> None:
        for job in self.book.jobs.values():
            if job.status == NEW and job.created < self.day.start:
                job.status = job.blocked or SCHEDULED
                job.touched = self.day.start

    def _measure(self) -> None:
        for job in self.book.jobs.values():
            if job.blocked:
                continue
            waiting = job.waiting_op()
            for op in job.ops:
                hours = op.hours * max(0, 1 - op.good / job.quantity)
                self.queued[op.position] += hours
                if op is waiting:
                    self.ready[op.position] += hours

    def _move_away(self, workcenter: Workcenter) -> None:
        """Give the work of a workcenter without orders to others that may do it."""
        if not planted.without_orders(workcenter.place, self.anchor, self.day.date):
            return
        for job in self.book.jobs.values():
            for op in job.ops:
                others = [p for p in self.company.parts[job.part].route[op.step].rates if p != op.position]
                if op.position == workcenter.position and op.status == OP_OPEN and others:
                    op.position = min(others, key=lambda position: (self.queued[position], position))
                    job.touched = self.day.start

    def _fill(self, workcenter: Workcenter) -> None:
        if planted.without_orders(workcenter.place, self.anchor, self.day.date):
            return
        last: Part | None = None
        while self._lacks_work(workcenter.position):
            last = self._make(workcenter, last)

    def _lacks_work(self, position: int) -> bool:
        ready, queued = self.ready[position], self.queued[position]
        return ready < SCARCE_HOURS or (ready < READY_HOURS and queued < COMING_HOURS)

    def _make(self, workcenter: Workcenter, last: Part | None) -> Part:
        part = last if last and self.rng.random() < REPEAT_PART else self._choose(workcenter)
        step = part.route[0]
        rate = step.rates[workcenter.position]
        family = workcenter.family
        mean = family.lot * part.lot
        hours = min(2.5 * mean, max(0.3 * mean, self.rng.gammavariate(3, mean / 3)))
        packs = max(1, round(hours * HOUR * family.pace / rate.cycle / step.pack))
        self._schedule(part, packs * step.pack, workcenter, self._creation())
        return part

    def _choose(self, workcenter: Workcenter) -> Part:
        parts = self.choices[workcenter.position]
        free = [part for part in parts if not self._crowded(part)]
        if free:
            return self.rng.choice(free)
        return min(parts, key=lambda part: len(part.route))

    def _crowded(self, part: Part) -> bool:
        return any(self.queued[self._least_busy(part, n)] > CROWDED_HOURS for n in range(1, len(part.route)))

    def _least_busy(self, part: Part, step: int) -> int:
        open_to = [
            position
            for position in part.route[step].rates
            if not planted.without_orders(
                self.company.workcenters[position].place, self.anchor, self.day.date
            )
        ]
        return min(open_to, key=lambda position: (self.queued[position], position))

    def _creation(self) -> int:
        """Planners work from the second to the ninth hour of the day, or have worked the days before."""
        if self.day.date == self.anchor.first:
            return self.day.start - self.rng.randrange(HOUR, 90 * HOUR)
        return self.day.start + self.rng.randrange(HOUR, 9 * HOUR)

    def _number(self) -> int:
        """The next job number; one number that the documentation asks about is kept for a late day."""
        first, book = self.company.profile.first_job, self.book
        if book.next_number < first and planted.question_job_due(self.anchor, self.day.date):
            book.next_number = first
        book.next_number += 1
        return book.next_number - 1

    def _schedule(self, part: Part, quantity: int, workcenter: Workcenter, created: int) -> Job:
        """Make a job that begins on the workcenter, and goes on where there is least to do."""
        rng = self.rng
        ops, ends = self._operations(part, quantity, workcenter, max(created, self.day.start))
        self.ready[workcenter.position] += ops[0].hours
        due = _whole_hours(ends + int(HOUR * rng.triangular(-30, 160, 50)))
        number = self._number()
        cancelled = rng.random() < CANCELLED_SHARE and number != planted.QUESTION_JOB
        self.book.jobs[number] = Job(
            number=number,
            part=part.key - self.company.parts[0].key,
            quantity=quantity,
            kind=rng.choice(KINDS),
            priority=rng.choice(PRIORITIES),
            status=NEW if created >= self.day.start or cancelled else SCHEDULED,
            created=created,
            due=due,
            touched=max(created, self.day.start),
            blocked=CANCELLED if cancelled else "",
            ops=ops,
        )
        return self.book.jobs[number]

    def _operations(
        self, part: Part, quantity: int, workcenter: Workcenter, begins: int
    ) -> tuple[list[JobOp], int]:
        """A job's operations one after the other, and when the last of them ends."""
        ops = []
        for n, step in enumerate(part.route):
            position = self._least_busy(part, n) if n else workcenter.position
            rate = step.rates[position]
            family = self.company.workcenters[position].family
            hours = quantity * rate.cycle / family.pace / HOUR + rate.setup_minutes / 60
            begins += int(HOUR * (self.queued[position] / 0.8 + 2))
            ends = begins + int(HOUR * hours / 0.8)
            ops.append(JobOp(n, position, round(hours, 2), _whole_minutes(begins), _whole_minutes(ends)))
            self.queued[position] += hours
            begins = ends
        return ops, begins

    def _plan_bad_mold(self) -> None:
        """Mount the mold with the blocked cavity, with work for longer than the trouble lasts."""
        machine = next(w for w in self.company.workcenters if w.place == planted.BAD_MOLD)
        part = next(
            part for part in self.choices[machine.position] if _uses(part, machine, planted.BAD_MOLD_TOOL)
        )
        step = part.route[0]
        days = planted.BAD_MOLD_DAYS[0] - planted.BAD_MOLD_DAYS[1] + 1
        pieces = days * 21 * HOUR / step.rates[machine.position].cycle
        quantity = max(1, round(pieces / step.pack)) * step.pack
        job = self._schedule(part, quantity, machine, self.day.start)
        job.priority, job.status, job.blocked, job.kind = "High", SCHEDULED, "", "Standard"


def queues(book: Book, count: int, day: ProductionDay) -> list[Queue]:
    """For each workcenter the operations it may run on this day, in the order it will.

    An operation is ready when the one before it was done as the day began: what happens elsewhere during
    the day does not matter, so each workcenter's day can be simulated alone.
    """
    ready: list[Queue] = [[] for _ in range(count)]
    for job in book.jobs.values():
        if job.blocked or job.created > day.start:
            continue
        op = job.waiting_op()
        if op is not None:
            ready[op.position].append((job, op))
    for each in ready:
        each.sort(key=lambda pair: (pair[1].good == 0, pair[1].scheduled_start, pair[0].number))
    return ready


def _uses(part: Part, machine: Workcenter, tool_no: str) -> bool:
    tool = part.route[0].tool_on(machine.position)
    return tool is not None and tool.no == tool_no


def _choices(company: Company) -> list[list[Part]]:
    """For each workcenter the parts whose route begins there; the shortest routes are always among them."""
    return [
        [part for part in company.parts if part.live and workcenter.position in part.route[0].rates]
        for workcenter in company.workcenters
    ]


def _whole_minutes(instant: int) -> int:
    return instant // 60 * 60


def _whole_hours(instant: int) -> int:
    return instant // HOUR * HOUR
