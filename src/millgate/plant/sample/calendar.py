"""Plant time: production days, shifts, the working week and its exceptions.

Inside the generator an instant is a whole number of seconds since 1970 in UTC; only rows hold text.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SHIFT_NAMES = ("A", "B", "C")
SHIFT_HOURS = 8
BREAK_MINUTES = 30
SATURDAY, SUNDAY = 5, 6
# Day numbers in row keys count from here, so that keys stay short and grow with time.
DAY_ZERO = date(1999, 12, 31).toordinal()

_CLOCK = tuple(f" {minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440))
_SECOND = tuple(f"{second:02d}" for second in range(60))


@lru_cache(maxsize=1024)
def _utc_date(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


def instant_text(instant: int) -> str:
    """The instant as rows hold it, `YYYY-MM-DD HH:MM:SS` in UTC."""
    days, seconds = divmod(instant, 86400)
    minute, second = divmod(seconds, 60)
    return _utc_date(days) + _CLOCK[minute] + _SECOND[second]


def maybe_text(instant: int | None) -> str | None:
    """The instant as rows hold it, or nothing."""
    return None if instant is None else instant_text(instant)


@dataclass(frozen=True, slots=True)
class Span:
    """One shift of one production day: [start, end) in UTC seconds."""

    shift: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ProductionDay:
    """One production day of a plant: 24 hours, or 23 or 25 when the clocks change in it."""

    date: date
    text: str
    number: int
    spans: tuple[Span, ...]

    @property
    def start(self) -> int:
        """Its first second."""
        return self.spans[0].start

    @property
    def end(self) -> int:
        """The first second of the next production day."""
        return self.spans[-1].end

    @property
    def clocks_change(self) -> bool:
        """Whether it is an hour shorter or longer than others."""
        return self.end - self.start != timedelta(days=1).total_seconds()

    def shift_at(self, instant: int) -> str:
        """The shift an instant of this day belongs to."""
        for span in self.spans:
            if instant < span.end:
                return span.shift
        return self.spans[-1].shift


@dataclass(frozen=True, slots=True)
class PlantCalendar:
    """The clock on a plant's wall, and when its production day begins on it."""

    zone: str
    day_start: time
    country: str

    def day_of(self, instant: datetime) -> date:
        """The production day an instant falls in."""
        local = instant.astimezone(ZoneInfo(self.zone))
        early = local.time().replace(tzinfo=None) < self.day_start
        return local.date() - timedelta(days=1 if early else 0)

    def day(self, on: date) -> ProductionDay:
        """The production day of that date, with its three shifts."""
        return _production_day(self.zone, self.day_start, on)

    def day_containing(self, instant: int) -> ProductionDay:
        """The production day an instant falls in."""
        return self.day(self.day_of(datetime.fromtimestamp(instant, UTC)))

    def shift_times(self) -> list[tuple[str, time, time]]:
        """Each shift's name and its wall times."""
        starts = [
            (datetime.combine(date.min, self.day_start) + timedelta(hours=SHIFT_HOURS * n)).time()
            for n in range(4)
        ]
        return list(zip(SHIFT_NAMES, starts[:3], starts[1:], strict=True))

    def closed_for(self, on: date) -> str | None:
        """The holiday's name when the plant is closed on that date."""
        return holidays(self.country, on.year).get(on)

    def is_overtime(self, on: date) -> bool:
        """Whether a Saturday is worked: every second one, shifts A and B."""
        return on.weekday() == SATURDAY and on.toordinal() // 7 % 2 == 0

    def shifts_worked(self, on: date) -> int:
        """How many shifts the plant works on that date, counted from the first."""
        if self.closed_for(on) or on.weekday() == SUNDAY:
            return 0
        if on.weekday() == SATURDAY:
            return 2 if self.is_overtime(on) else 0
        return 3


@lru_cache(maxsize=512)
def _production_day(zone: str, day_start: time, on: date) -> ProductionDay:
    tz = ZoneInfo(zone)
    wall = datetime.combine(on, day_start)
    # Adding to wall time and only then asking for the zone makes the night of a clock change 7 or 9 h long.
    edges = [
        int((wall + timedelta(hours=SHIFT_HOURS * n)).replace(tzinfo=tz).astimezone(UTC).timestamp())
        for n in range(4)
    ]
    spans = tuple(Span(name, edges[n], edges[n + 1]) for n, name in enumerate(SHIFT_NAMES))
    return ProductionDay(on, on.isoformat(), on.toordinal() - DAY_ZERO, spans)


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def _easter(year: int) -> date:
    """Western Easter by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


@lru_cache(maxsize=64)
def holidays(country: str, year: int) -> dict[date, str]:
    """The days of a year on which a plant in that country is closed."""
    good_friday = _easter(year) - timedelta(days=2)
    shared = {date(year, 1, 1): "New Year's Day", good_friday: "Good Friday", date(year, 12, 25): "Christmas"}
    if country == "MX":
        return shared | {
            _nth_weekday(year, 2, 0, 1): "Constitution Day",
            date(year, 5, 1): "Labor Day",
            date(year, 9, 16): "Independence Day",
            _nth_weekday(year, 11, 0, 3): "Revolution Day",
        }
    thanksgiving = _nth_weekday(year, 11, 3, 4)
    return shared | {
        _nth_weekday(year, 1, 0, 3): "Martin Luther King Jr. Day",
        _last_monday(year, 5): "Memorial Day",
        date(year, 7, 4): "Independence Day",
        _nth_weekday(year, 9, 0, 1): "Labor Day",
        thanksgiving: "Thanksgiving",
        thanksgiving + timedelta(days=1): "Day after Thanksgiving",
        date(year, 12, 24): "Christmas Eve",
    }
