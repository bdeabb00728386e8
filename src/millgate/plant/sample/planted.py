"""Facts planted in the main sample company, so that questions about it have answers.

Dates count back from the anchor: the last day generated when the company was founded. A fact whose day
lies before the company's first day is left out.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from millgate.plant.sample.calendar import SHIFT_NAMES, PlantCalendar, ProductionDay

MAIN = 100137

# Part numbers: one that spreadsheets turn into a number, and one with two revisions in production.
SCIENTIFIC_PART = (36, "0012-4E5")
TWO_REVISIONS = 6
OLD_REVISIONS = 17
PART_OPERATIONS_AT_BENCH = 42

WRONG_RATES = {(MAIN, "STP-03"): 10.0, (MAIN, "WLD-02"): 0.69}
ROBOT_TROUBLE = (MAIN, "WLD-05")
ROBOT_TROUBLE_SHIFT = "C"

BAD_MOLD = (MAIN, "IMM-07")
BAD_MOLD_TOOL = "M-27"
BAD_MOLD_DAYS = (20, 12)
BAD_MOLD_SCRAP = 0.06
BAD_MOLD_NOTE = "Cavity 2"

BREAKDOWN = (MAIN, "CNC-04")
BREAKDOWN_DAYS = (33, 31)
BREAKDOWN_NOTE = "Spindle bearing seized, spindle sent out for repair"

WITHOUT_SETUP = (MAIN, "CNC-06")
LEFT_IN_PRODUCTION = (MAIN, "TRF-02")
CLOCK_CHANGE_NIGHT = (MAIN, "STP-01")
REOPENED = (MAIN, "ASM-02")
REOPENED_DAY = 3
REOPENED_SERIAL = "SN0003481022"
REOPENED_NOTE = "Scrapped by mistake, container reopened"
LATE_JOB_DAY = 9
LATE_JOB_NOTE = "Waiting for material: purchased nuts not received"
HELD_JOBS_DAY = 4
HELD_JOB_NOTE = "Held by the planner until the customer confirms"
QUESTION_JOB = 104512
QUESTION_JOB_NOTE = (
    "Perhaps the same order as another one: not to be started before the customer has answered"
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The day planted facts count back from, and the first day there is data for."""

    first: date
    last: date

    def ago(self, days: int) -> date:
        """The day that many days before the anchor."""
        return self.last - timedelta(days=days)

    def has(self, days: int) -> bool:
        """Whether there is data for the day that many days before the anchor."""
        return self.ago(days) >= self.first


def part_number(number: int) -> str:
    """The part number at that position of the main company."""
    return SCIENTIFIC_PART[1] if number == SCIENTIFIC_PART[0] else f"TP-{20400 + 3 * number}"


def typed_ideal_rate(place: tuple[int, str], ideal: float) -> float:
    """The ideal rate as somebody typed it: ten times too high on one workcenter, too low on another."""
    return round(ideal * WRONG_RATES.get(place, 1.0), 1)


def failures_per_failure(place: tuple[int, str], shift: str) -> float:
    """How much faster than usual a workcenter comes to its next failure on a shift."""
    return 2.0 if place == ROBOT_TROUBLE and shift == ROBOT_TROUBLE_SHIFT else 1.0


def _within(anchor: Anchor, on: date, days: tuple[int, int]) -> bool:
    return anchor.has(days[0]) and anchor.ago(days[0]) <= on <= anchor.ago(days[1])


def bad_mold_starts(calendar: PlantCalendar, anchor: Anchor, on: date) -> bool:
    """Whether the mold with the blocked cavity is mounted on this day.

    It is the first of the mold's days, or the last before that all shifts work: nobody mounts it on a Sunday.
    """
    return anchor.has(BAD_MOLD_DAYS[0]) and on == _worked(calendar, anchor.ago(BAD_MOLD_DAYS[0]))


def scrap_share(place: tuple[int, str], tool: str, anchor: Anchor, on: date) -> float | None:
    """The share of scrap a planted fact dictates, or nothing."""
    spoiled = place == BAD_MOLD and tool == BAD_MOLD_TOOL and _within(anchor, on, BAD_MOLD_DAYS)
    return BAD_MOLD_SCRAP if spoiled else None


def broken_down(place: tuple[int, str], anchor: Anchor, on: date) -> bool:
    """Whether the spindle is out for repair."""
    return place == BREAKDOWN and _within(anchor, on, BREAKDOWN_DAYS)


def without_orders(place: tuple[int, str], anchor: Anchor, on: date) -> bool:
    """Whether the workcenter stands without setup and order, as one does since the day before the anchor."""
    return place == WITHOUT_SETUP and anchor.has(1) and on >= anchor.ago(1)


def forgotten_in_production(
    place: tuple[int, str], calendar: PlantCalendar, anchor: Anchor, on: date
) -> bool:
    """Whether nobody took the workcenter out of Production for this, the last holiday before the anchor."""
    if place != LEFT_IN_PRODUCTION or not calendar.closed_for(on) or not anchor.first < on < anchor.last:
        return False
    later = (on + timedelta(days=n) for n in range(1, (anchor.last - on).days))
    return not any(calendar.closed_for(day) for day in later)


def shifts_worked(place: tuple[int, str], calendar: PlantCalendar, day: ProductionDay) -> int:
    """How many shifts a workcenter works; one works through every night in which the clocks change."""
    if place == CLOCK_CHANGE_NIGHT and day.clocks_change:
        return 3
    return calendar.shifts_worked(day.date)


def container_reopened(place: tuple[int, str], calendar: PlantCalendar, anchor: Anchor, on: date) -> bool:
    """Whether a container is scrapped by mistake and taken back on this working day."""
    return (
        place == REOPENED and anchor.has(REOPENED_DAY) and on == _worked(calendar, anchor.ago(REOPENED_DAY))
    )


def late_job_planned(anchor: Anchor, on: date) -> bool:
    """Whether the job that will wait for material past its due date may be planned on this day."""
    return anchor.last >= on >= max(anchor.first, _weekday_before(anchor.ago(LATE_JOB_DAY)))


def held_jobs_planned(anchor: Anchor, on: date) -> bool:
    """Whether jobs that the planner will hold may be planned on this day."""
    return anchor.last >= on >= max(anchor.first, _weekday_before(anchor.ago(HELD_JOBS_DAY)))


def question_job_due(anchor: Anchor, on: date) -> bool:
    """Whether job numbers have reached the one that the documentation asks about, whose work lies ahead."""
    return anchor.has(2) and on >= _weekday_before(anchor.ago(2))


def _worked(calendar: PlantCalendar, on: date) -> date:
    """The day itself, or the last one before it on which all shifts work."""
    while calendar.shifts_worked(on) < len(SHIFT_NAMES):
        on -= timedelta(days=1)
    return on


def _weekday_before(on: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return on - timedelta(days=max(0, on.weekday() - 4))
