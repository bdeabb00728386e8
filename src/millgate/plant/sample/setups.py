"""Setups: a job operation on a workcenter, from mounting it to taking it down."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from math import ceil
from typing import Any

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import instant_text, maybe_text
from millgate.plant.sample.jobs import OP_DONE, Job, JobOp
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.parts import Part
from millgate.plant.sample.routing import Rate, Step
from millgate.plant.sample.vocabulary import EXCESS_SETUP, NO_EVENT, QUALITY_HOLD, SETUP, event
from millgate.plant.sample.workday import Workday

# A setup may take a quarter longer than its standard before the rest counts as excess.
SETUP_ALLOWANCE = 1.25
APPROVAL_CHANCE = 0.3
NOTHING_RUNS: Row = (None, "", None, None, "", "", None, None, "")


@dataclass(slots=True)
class Mounted:
    """What the state holds of a setup: its times, null until they happen, and what chance gave it."""

    key: int
    job: int
    op: int
    mounted_at: int
    running_at: int | None
    taken_down_at: int | None
    touched: int
    cycle: float
    scrap: float
    setup_left: float
    excess_left: float
    approval_left: float


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch between mounting and running; `left` names the field with the seconds it still takes."""

    left: str
    status: int
    why: int


PHASES = (
    Phase("setup_left", SETUP, NO_EVENT),
    Phase("excess_left", EXCESS_SETUP, NO_EVENT),
    Phase("approval_left", QUALITY_HOLD, event("FIRST-PIECE")),
)


class Setup:
    """A setup on its workcenter, with the job, part and rate that its numbers stand for."""

    def __init__(self, on: Workday, mounted: Mounted, job: Job) -> None:
        self.on = on
        self.mounted = mounted
        self.key = mounted.key
        self.job = job
        self.op: JobOp = job.ops[mounted.op]
        self.part: Part = on.company.parts[job.part]
        self.step: Step = self.part.route[mounted.op]
        self.rate: Rate = self.step.rates[on.workcenter.position]
        self.tool = self.step.tool_on(on.workcenter.position)
        self.lot = f"L{job.number}-{on.day.number % 1000:03d}"
        self.running = _snapshot(job, self.step, self.part)
        tool_no = self.tool.no if self.tool else ""
        spoiled = planted.scrap_share(on.place, tool_no, on.anchor, on.date)
        self.spoiled = spoiled is not None
        self.scrap_share = mounted.scrap if spoiled is None else spoiled
        self.good_seconds = mounted.cycle / (1 - self.scrap_share)

    @classmethod
    def resume(cls, on: Workday, stored: list[Any] | None, jobs: Mapping[int, Job]) -> "Setup | None":
        """The setup that the day before left, if it left one."""
        if not stored:
            return None
        mounted = Mounted(*stored)
        return cls(on, mounted, jobs[mounted.job])

    @classmethod
    def mount(cls, on: Workday, key: int, job: Job, op: JobOp, at: int) -> "Setup":
        """A new setup of that operation."""
        rate = on.company.parts[job.part].route[op.step].rates[on.workcenter.position]
        setup = cls(on, _drawn(on, rate, key=key, job=job.number, op=op.step, at=at), job)
        job.started(op, at)
        setup.show()
        return setup

    def dump(self) -> list[Any]:
        """The setup as JSON holds it."""
        return list(astuple(self.mounted))

    @property
    def done(self) -> bool:
        """Whether its operation has all its pieces."""
        return self.op.status == OP_DONE

    @property
    def missing(self) -> int:
        """How many good pieces its operation still lacks."""
        return self.job.quantity - self.op.good

    def phase(self) -> Phase | None:
        """What is to be gone through before it may run."""
        return next((each for each in PHASES if getattr(self.mounted, each.left)), None)

    def spend(self, phase: Phase, seconds: int) -> int:
        """Go on with a phase for at most so many seconds; return how many it took."""
        left = getattr(self.mounted, phase.left)
        spent = min(int(left), seconds)
        setattr(self.mounted, phase.left, left - spent)
        return spent

    def release(self, at: int) -> None:
        """Let it run."""
        self.mounted.running_at = self.mounted.touched = at
        self.show()

    def take_down(self, at: int) -> None:
        """Take it off the workcenter; an unfinished operation waits for its next turn."""
        self.mounted.taken_down_at = self.mounted.touched = at
        if not self.done:
            self.job.put_back(self.op, at)
        self.show()

    def show(self) -> None:
        """Leave its row as it stands, if it changed in the window."""
        if self.mounted.touched > self.on.rows.after:
            self.on.rows.setups[self.key] = self._row()

    def _row(self) -> Row:
        mounted, tool = self.mounted, self.tool
        taken = (mounted.running_at - mounted.mounted_at) / 3600 if mounted.running_at else None
        return (
            self.key,
            *self.on.workcenter.logged,
            *self.running,
            *((tool.key, tool.no, tool.kind, tool.cavities) if tool else (None, "", "", None)),
            instant_text(mounted.mounted_at),
            maybe_text(mounted.taken_down_at),
            self.rate.standard,
            self.rate.ideal,
            self.step.pack,
            self.part.bin,
            round(self.rate.setup_minutes / 60, 3),
            round(taken, 3) if taken is not None else None,
            instant_text(mounted.touched),
        )


def _snapshot(job: Job, step: Step, part: Part) -> Row:
    """What logs copy of the job, part and operation that run."""
    return (
        job.number,
        f"J{job.number}",
        job.number * 10 + step.no // 10,
        part.key,
        part.no,
        part.revision,
        step.key,
        step.no,
        step.code,
    )


def _drawn(on: Workday, rate: Rate, *, key: int, job: int, op: int, at: int) -> Mounted:
    """Draw how long a setup will take, how fast it will run and how much of it will be scrap."""
    rng, family = on.rng, on.workcenter.family
    standard = rate.setup_minutes * 60
    takes = 1.1 * standard * rng.lognormvariate(0, 0.35)
    slow = (1 + abs(rng.gauss(0, 0.03))) * rng.uniform(0.98, 1.02) / 1.024
    return Mounted(
        key=key,
        job=job,
        op=op,
        mounted_at=at,
        running_at=None,
        taken_down_at=None,
        touched=at,
        cycle=round(rate.cycle * slow / family.pace, 5),
        scrap=round(rng.betavariate(2, 2 / family.scrap - 2), 6),
        setup_left=ceil(min(takes, standard * SETUP_ALLOWANCE)),
        excess_left=ceil(max(0.0, takes - standard * SETUP_ALLOWANCE)),
        approval_left=rng.randrange(180, 900) if rng.random() < APPROVAL_CHANCE else 0,
    )
