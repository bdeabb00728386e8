"""Production days and shifts of a company, on the clock of its own wall.

An instant is a number of seconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY: Final = timedelta(days=1)
_DAYS_KEPT: Final = 1024


class Shift(NamedTuple):
    """A shift as the company declares it.

    Attributes:
        name: as logs show it.
        start: the wall time at which it begins.
        end: the wall time at which it ends; on the next day when it is not later than `start`.
        days: the production days on which it is planned, in English and short (`Mon,Tue`); empty for all.
    """

    name: str
    start: time
    end: time
    days: str = ""

    def planned_on(self, day: date) -> bool:
        """Whether it is planned on that production day."""
        named = [name.strip() for name in self.days.split(",") if name.strip()]
        return not named or DAYS[day.weekday()] in named


class Segment(NamedTuple):
    """A stretch of time, `begin` included and `end` not, that lies in one shift of one production day.

    `shift` is empty for time that belongs to no shift.
    """

    begin: float
    end: float
    report_date: date
    shift: str


class _Span(NamedTuple):
    """One shift on one production day. Spans compare by their claim to a moment that several of them hold."""

    planned: bool
    begin: float
    end: float
    shift: str


class Calendar:
    """The clock on a company's wall, when its production day begins on it, and its shifts.

    A production day lasts until the next one begins: 23 or 25 hours when the clocks change in it, and the
    shift of that night is as much shorter or longer. A shift that outlasts the production day keeps its
    name, while the rest of it is reported on the next day.

    A shift names the time between its wall times on other days than its own as well, for overtime is
    worked under the name of the usual shift; a shift planned on that day has the better claim. Of shifts
    that overlap, the one that began later has it.

    Args:
        zone: the name of the time zone, as `America/Detroit`.
        day_start: the wall time at which the production day begins.
        shifts: in any order.

    Raises:
        zoneinfo.ZoneInfoNotFoundError: there is no such zone.
    """

    def __init__(self, zone: str, day_start: time, shifts: Iterable[Shift] = ()) -> None:
        self._zone = ZoneInfo(zone)
        self._day_start = day_start
        self._shifts = tuple(shifts)
        self._spans = lru_cache(maxsize=_DAYS_KEPT)(self._spans_begun_on)

    def place_of(self, instant: float) -> tuple[date, str]:
        """The production day and the shift of an instant, as a row written then is reported in."""
        day = self.report_date(instant)
        claims = [
            span
            for begun_on in (day - _DAY, day)
            for span in self._spans(begun_on)
            if span.begin <= instant < span.end
        ]
        return day, max(claims).shift if claims else ""

    def report_date(self, instant: float) -> date:
        """The production day of an instant."""
        day = datetime.fromtimestamp(instant, UTC).astimezone(self._zone).date()
        # Instants are compared, not wall times: a wall time in the hour that comes twice is two instants.
        if instant < self.day_begin(day):
            return day - _DAY
        return day if instant < self.day_begin(day + _DAY) else day + _DAY

    def day_begin(self, day: date) -> float:
        """The first instant of a production day."""
        return self._instant(day, self._day_start)

    def segments(self, begin: float, end: float) -> list[Segment]:
        """The window from `begin` until `end` in segments, one after the other without a gap.

        Neighbours differ in day or shift. A window that ends before it begins has none.
        """
        if begin >= end:
            return []
        edges = sorted({begin, *(edge for edge in self._edges(begin, end) if begin < edge < end)})
        segments: list[Segment] = []
        for edge, until in zip(edges, [*edges[1:], end], strict=True):
            place = self.place_of(edge)
            if segments and segments[-1][2:] == place:
                segments[-1] = segments[-1]._replace(end=until)
            else:
                segments.append(Segment(edge, until, *place))
        return segments

    def _edges(self, begin: float, end: float) -> Iterator[float]:
        """Every instant at which day or shift may change, and some outside of the window."""
        day, last = self.report_date(begin) - _DAY, self.report_date(end)
        while day <= last:
            yield self.day_begin(day)
            for span in self._spans(day):
                yield span.begin
                yield span.end
            day += _DAY

    def _spans_begun_on(self, day: date) -> tuple[_Span, ...]:
        return tuple(self._span(shift, day) for shift in self._shifts)

    def _span(self, shift: Shift, day: date) -> _Span:
        starts_on = day if shift.start >= self._day_start else day + _DAY
        ends_on = starts_on if shift.end > shift.start else starts_on + _DAY
        begin, end = self._instant(starts_on, shift.start), self._instant(ends_on, shift.end)
        return _Span(shift.planned_on(day), begin, end, shift.name)

    def _instant(self, day: date, wall: time) -> float:
        # Wall time is put together first and given its zone last, so that nights in which the clocks
        # change come out as long as they are.
        return datetime.combine(day, wall, self._zone).timestamp()
