"""Time frames of reports, as the plant's clock and shifts have them.

Days are production days: they begin when the plant says, and last 23 or 25 hours when the clocks change in
them. A frame that reaches into the present ends now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.control.lookup.calendars import PlantClock

MOST_DAYS: Final = 366
"""How long a chosen time frame may be."""
EARLIEST: Final = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
"""When a chosen time frame may begin: spreadsheets count days from there on."""
_HOURS: Final = 8 * 3600
_LOOK_BACK: Final = 15 * 86_400
"""How far back the last shift is looked for: plants close for holidays."""


class Frame(StrEnum):
    """Which time frame."""

    LAST_8_HOURS = "last-8-hours"
    THIS_SHIFT = "this-shift"
    LAST_SHIFT = "last-shift"
    TODAY = "today"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last-7-days"
    LAST_30_DAYS = "last-30-days"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Window:
    """A time frame from `start` until `end`, seconds since the epoch; the end is not in it.

    `shift` names the shift that it is, if it is one.
    """

    frame: Frame
    start: int
    end: int
    shift: str = ""


def windows(clock: PlantClock, now: int) -> dict[Frame, Window | None]:
    """Every time frame but the chosen one; None for a shift where there is none."""
    return {frame: window(clock, frame, now) for frame in Frame if frame is not Frame.CUSTOM}


def window(clock: PlantClock, frame: Frame, now: int) -> Window | None:
    """A time frame as it is now; None for a shift where there is none."""
    return _FRAMES[frame](clock, now)


def window_chosen(start: datetime | None, end: datetime | None, now: int) -> Window:
    """A time frame that somebody chose.

    Raises:
        ValidationError: an end is missing, the end is not behind the start, it is too long, or begins before
            there are days in spreadsheets or in time to come.
    """
    if start is None or end is None:
        raise ValidationError(_("Give the start and the end of the time frame."))
    begin, until = int(start.timestamp()), int(end.timestamp())
    if until <= begin:
        raise ValidationError(_("The end of the time frame must be after its start."))
    if until - begin > MOST_DAYS * 86_400 + 3600:
        raise ValidationError(_("A time frame is at most %(days)s days long."), params={"days": MOST_DAYS})
    if begin < EARLIEST:
        raise ValidationError(_("A time frame begins in 1900 at the earliest."))
    if begin > now:
        raise ValidationError(_("This time frame has not begun yet."))
    return Window(Frame.CUSTOM, begin, until)


def _last_8_hours(_clock: PlantClock, now: int) -> Window:
    return Window(Frame.LAST_8_HOURS, now - _HOURS, now)


def _this_shift(clock: PlantClock, now: int) -> Window | None:
    shifts = _shifts_until(clock, now)
    if not shifts or shifts[-1][2] <= now:
        return None
    name, begin, _end = shifts[-1]
    return Window(Frame.THIS_SHIFT, begin, now, name)


def _last_shift(clock: PlantClock, now: int) -> Window | None:
    over = [shift for shift in _shifts_until(clock, now) if shift[2] <= now]
    if not over:
        return None
    name, begin, end = over[-1]
    return Window(Frame.LAST_SHIFT, begin, end, name)


def _shifts_until(clock: PlantClock, now: int) -> list[tuple[str, int, int]]:
    """Shifts with begin and end, oldest first; the last one has begun, and may last."""
    segments = clock.calendar.segments(now - _LOOK_BACK, now + 2 * 86_400)
    found = [(part.shift, int(part.begin), int(part.end)) for part in segments if part.shift]
    # The first may have begun before it was looked for.
    return [shift for shift in found[1:] if shift[1] <= now]


def _days(frame: Frame, back: int) -> Callable[[PlantClock, int], Window]:
    def resolve(clock: PlantClock, now: int) -> Window:
        day = clock.calendar.report_date(now) - timedelta(days=back)
        return Window(frame, int(clock.calendar.day_begin(day)), now)

    return resolve


def _yesterday(clock: PlantClock, now: int) -> Window:
    today = clock.calendar.report_date(now)
    begin = clock.calendar.day_begin(today - timedelta(days=1))
    return Window(Frame.YESTERDAY, int(begin), int(clock.calendar.day_begin(today)))


_FRAMES: Final[dict[Frame, Callable[[PlantClock, int], Window | None]]] = {
    Frame.LAST_8_HOURS: _last_8_hours,
    Frame.THIS_SHIFT: _this_shift,
    Frame.LAST_SHIFT: _last_shift,
    Frame.TODAY: _days(Frame.TODAY, 0),
    Frame.YESTERDAY: _yesterday,
    Frame.LAST_7_DAYS: _days(Frame.LAST_7_DAYS, 6),
    Frame.LAST_30_DAYS: _days(Frame.LAST_30_DAYS, 29),
}


def frame_name(frame: Frame) -> str:
    """A time frame for people."""
    return {
        Frame.LAST_8_HOURS: _("Last 8 hours"),
        Frame.THIS_SHIFT: _("This shift"),
        Frame.LAST_SHIFT: _("Last shift"),
        Frame.TODAY: _("Today"),
        Frame.YESTERDAY: _("Yesterday"),
        Frame.LAST_7_DAYS: _("7 days"),
        Frame.LAST_30_DAYS: _("30 days"),
        Frame.CUSTOM: _("Chosen time"),
    }[frame]


def window_label(shown: Window, clock: PlantClock) -> str:
    """A window in words, on the plant's clock: `Yesterday, 2026-11-29 06:00 to 2026-11-30 06:00`."""
    words = frame_name(shown.frame)
    if shown.shift:
        words = _("%(frame)s (%(shift)s)") % {"frame": words, "shift": shown.shift}
    ends = {"start": clock.minute(shown.start), "end": clock.minute(shown.end)}
    return _("%(frame)s, %(start)s to %(end)s") % {"frame": words, **ends}


def instant_text(seconds: int) -> str:
    """An instant as managed APIs take it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
