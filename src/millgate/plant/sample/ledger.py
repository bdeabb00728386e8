"""What a production day leaves behind: rows of the logs, as they become final or change.

Rows are kept when their last change lies in the window (after, until]; that one rule makes both a new
company and the next minute of an old one.
"""

from dataclasses import dataclass, field
from typing import Any

from millgate.plant.sample.calendar import instant_text, maybe_text
from millgate.plant.sample.company import Company
from millgate.plant.sample.jobs import Job
from millgate.plant.sample.parts import Part, Rate, Step
from millgate.plant.sample.people import Person
from millgate.plant.sample.vocabulary import EVENTS, SCRAP_REASONS, STATUSES
from millgate.plant.sample.workcenters import Workcenter

Row = tuple[object, ...]
# Rows that plants enter themselves take keys from here; the simulation never reaches them.
FIRST_FREE_KEY = 5_000_000_000
KEYS_PER_DAY = 1000
NOTHING_RUNS: Row = (None, "", None, None, "", "", None, None, "")


def key_block(number: int, workcenter: Workcenter) -> int:
    """The first of the thousand keys of each kind that one workcenter may use on one production day."""
    return (number * 100 + workcenter.index) * KEYS_PER_DAY


@dataclass(slots=True)
class Mounted:
    """A setup: a job operation on a workcenter. Times are null until they happen."""

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


@dataclass(slots=True)
class Rows:
    """The rows of one company's production day that fall in the window."""

    company: Company
    after: int
    until: int
    production: list[Row] = field(default_factory=list)
    scrap: list[Row] = field(default_factory=list)
    status: list[Row] = field(default_factory=list)
    containers: list[Row] = field(default_factory=list)
    setups: dict[int, Row] = field(default_factory=dict)
    operators: list[Row] = field(default_factory=list)


def snapshot(job: Job, step: Step, part: Part) -> Row:
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


def status_row(
    company: Company, workcenter: Workcenter, state: list[Any], *, end: int | None, shift: str, report: str
) -> Row:
    """A status row from the machine's note of it: key, start, status, event, text, setup and snapshot."""
    key, start, status, event, note, setup, running = state
    base = company.profile.base
    words = (base + 1 + event, EVENTS[event].code, EVENTS[event].text) if event >= 0 else (None, "", "")
    return (
        key,
        workcenter.pcn,
        workcenter.key,
        workcenter.code,
        instant_text(start),
        maybe_text(end),
        None if end is None else end - start,
        report,
        shift,
        base + 1 + status,
        STATUSES[status].name,
        *words,
        setup,
        *running,
        note,
        instant_text(start if end is None else end),
    )


def setup_row(
    workcenter: Workcenter, setup: Mounted, *, running: Row, part: Part, step: Step, rate: Rate
) -> Row:
    """A setup row as it stands."""
    tool = step.tool_on(workcenter.position)
    taken = (setup.running_at - setup.mounted_at) / 3600 if setup.running_at else None
    return (
        setup.key,
        workcenter.pcn,
        workcenter.key,
        workcenter.code,
        *running,
        tool.key if tool else None,
        tool.no if tool else "",
        tool.kind if tool else "",
        tool.cavities if tool else None,
        instant_text(setup.mounted_at),
        maybe_text(setup.taken_down_at),
        rate.standard,
        rate.ideal,
        step.pack,
        part.bin,
        round(rate.setup_minutes / 60, 3),
        round(taken, 3) if taken is not None else None,
        instant_text(setup.touched),
    )


def operator_row(
    key: int, workcenter: Workcenter, setup: int, who: Person, *, begin: int, end: int | None
) -> Row:
    """A person's time at a setup."""
    return (key, workcenter.pcn, setup, who.key, who.shown, instant_text(begin), maybe_text(end))


def scrap_words(company: Company, reason: int) -> Row:
    """Key, name and category of a scrap reason."""
    words = SCRAP_REASONS[reason]
    return (company.profile.base + 1 + reason, words.name, words.category)
