"""Stretches of time for reports, and their intervals, in a zone of which days may have 23 or 25 hours."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from django.conf import settings

from millgate.stores.retention import DAY, Step, steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_INTERVALS: Final = 120
"""How many intervals a report has at most, one that the start cuts and one of a longer day aside."""
HOUR: Final = 3600
_STEPS: Final = (60, 300, 900, 1800, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of time, and what it is compared with.

    Attributes:
        edges: instants in seconds since the epoch: the start of each interval, and the end of the last.
        until: up to when there can be calls: the last edge, or now.
        before: when the stretch starts that ends where this one starts, and is as long.
        step: how long an interval is as a rule.
        zone: in which days begin.
    """

    edges: tuple[int, ...]
    until: int
    before: int
    step: int
    zone: tzinfo

    @property
    def since(self) -> int:
        """The first instant."""
        return self.edges[0]

    def starts(self) -> list[datetime]:
        """When each interval starts, in the zone."""
        return [datetime.fromtimestamp(edge, self.zone) for edge in self.edges[:-1]]


def kept() -> tuple[Step, ...]:
    """How finely counts are kept, and for how many days, as the settings say."""
    given = settings.MILLGATE
    return steps_of(
        minutes=given.usage_minutes_days, quarters=given.usage_quarters_days, days=given.usage_days
    )


def most_days() -> int:
    """How long a stretch may be, in days: nothing older is kept."""
    return kept()[-1].days


def rolling(seconds: int, now: float, zone: tzinfo) -> Period:
    """The last so many seconds; it starts with the whole interval in which they do."""
    first = int(now) - seconds
    zone = _zone_kept(first, now, zone)
    step = _step(first, seconds, now)
    edges = _edges(first, int(now) + 1, step, zone)
    return Period(edges=edges, until=int(now) + 1, before=2 * edges[0] - int(now) - 1, step=step, zone=zone)


def days(first: date, last: date, now: float, zone: tzinfo) -> Period:
    """Whole days of a zone, the last one included."""
    zone = _zone_kept(midnight(first, zone), now, zone)
    since, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    step = _step(since, end - since, now)
    edges = _edges(since, end, step, zone)
    before = midnight(first - (last - first) - timedelta(days=1), zone)
    return Period(edges=edges, until=end, before=before, step=step, zone=zone)


def midnight(day: date, zone: tzinfo) -> int:
    """The first instant of a day: where clocks are set at midnight, that is not midnight."""
    return int(datetime.combine(day, time.min, zone).astimezone(UTC).timestamp())


def _zone_kept(since: int, now: float, zone: tzinfo) -> tzinfo:
    """The zone, if what was counted so long ago is still told apart by hours of it; else UTC."""
    return zone if since >= now - kept()[-2].days * DAY else UTC


def _step(since: int, seconds: int, now: float) -> int:
    """The shortest step that has few enough intervals, and is not finer than what is kept."""
    finest = next((kind.seconds for kind in kept() if since >= now - kind.days * DAY), DAY)
    fitting = (step for step in _STEPS if step >= finest and seconds <= step * MOST_INTERVALS)
    return next(fitting, _STEPS[-1])


def _edges(first: int, end: int, step: int, zone: tzinfo) -> tuple[int, ...]:
    edges = [*_all_edges(first, end, step, zone)]
    start = bisect_right(edges, first) - 1
    return tuple(edges[start:])


def _all_edges(first: int, end: int, step: int, zone: tzinfo) -> Iterator[int]:
    """Edges from the start of the first day on, until one is at the end or behind it."""
    day = datetime.fromtimestamp(first, zone).date()
    stride = timedelta(days=max(1, step // DAY))
    start = midnight(day, zone)
    while start < end:
        following = midnight(day + stride, zone)
        for edge in range(start, following, step if step < DAY else following - start):
            yield edge
            if edge >= end:
                return
        day, start = day + stride, following
    yield start
