"""How a workcenter's production day is laid out before anything happens in it."""

from dataclasses import dataclass

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import BREAK_MINUTES, ProductionDay, Span
from millgate.plant.sample.vocabulary import BREAK, MAINTENANCE, NO_JOB, OFF_SHIFT, PRODUCTION
from millgate.plant.sample.workcenters import Workcenter
from millgate.plant.sample.workday import Workday

HOUR = 3600
MAINTENANCE_HOURS = 2
MAINTENANCE_EVERY_DAYS = 14
RUN = -1
# Cells that run on through breaks, because somebody else watches them meanwhile.
RELIEVED = ("IMM", "WLD", "CNC")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch [start, end) of a shift (0, 1, 2) in which the plan is one status, or to run."""

    start: int
    end: int
    shift: int
    status: int
    closes_shift: bool = False


def windows(on: Workday) -> list[Window]:
    """The windows of the day, without gap."""
    day, workcenter = on.day, on.workcenter
    whole = _whole_day(on)
    if whole is not None:
        return [Window(day.start, day.end, 0, whole)]
    worked = planted.shifts_worked(on.place, on.company.calendar, day)
    laid: list[Window] = []
    for shift, span in enumerate(day.spans):
        if shift < worked:
            maintained = shift == 0 and _is_maintained(workcenter, day)
            laid.extend(_shift(workcenter, span, shift, maintained=maintained))
        else:
            laid.append(Window(span.start, span.end, shift, OFF_SHIFT))
    return laid


def _whole_day(on: Workday) -> int | None:
    """The one status of a day on which nobody comes near the workcenter."""
    if planted.forgotten_in_production(on.place, on.company.calendar, on.anchor, on.date):
        return PRODUCTION
    if planted.without_orders(on.place, on.anchor, on.date):
        return NO_JOB
    return None


def _is_maintained(workcenter: Workcenter, day: ProductionDay) -> bool:
    return day.number % MAINTENANCE_EVERY_DAYS == workcenter.index * 5 % MAINTENANCE_EVERY_DAYS


def _shift(workcenter: Workcenter, span: Span, shift: int, *, maintained: bool) -> list[Window]:
    """Neighbours take their break one after the other, so that one person can watch two machines."""
    pause = span.start + 3 * HOUR + 300 * (workcenter.index % 12)
    resumed = pause + BREAK_MINUTES * 60
    begin = span.start
    laid = []
    if maintained:
        begin += MAINTENANCE_HOURS * HOUR
        laid.append(Window(span.start, begin, shift, MAINTENANCE))
    if workcenter.family.code in RELIEVED:
        return [*laid, Window(begin, span.end, shift, RUN, closes_shift=True)]
    laid.append(Window(begin, pause, shift, RUN))
    laid.append(Window(pause, resumed, shift, BREAK))
    laid.append(Window(resumed, span.end, shift, RUN, closes_shift=True))
    return laid
