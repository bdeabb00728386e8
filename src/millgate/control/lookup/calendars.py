"""The clock on the plant's wall, with its production days and shifts, as the plant's own tables have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, available_timezones

from millgate.control.accounts.models import Company
from millgate.control.plantdata.models import Pcn
from millgate.control.plantdata.models import Shift as ShiftRow
from millgate.plant.performance.calendar import Calendar, Shift

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIERS: Final = ("plant", "plant_test")
"""Databases in which a company is looked for: what it decided for production counts."""


@dataclass(frozen=True, slots=True)
class PlantClock:
    """Time as people at the plant tell it.

    Attributes:
        zone: the name of its time zone.
        calendar: its production days and shifts.
    """

    zone: str
    calendar: Calendar

    @classmethod
    def of(cls, zone: str, day_start: time = time(0), shifts: Sequence[Shift] = ()) -> PlantClock:
        """A clock with this zone, beginning of the production day, and shifts."""
        return cls(zone, Calendar(zone, day_start, shifts))

    def at(self, seconds: float) -> datetime:
        """An instant on the wall."""
        return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(self.zone))

    def minute(self, seconds: float) -> str:
        """An instant on the wall, to the minute."""
        return self.at(seconds).strftime("%Y-%m-%d %H:%M")

    def instant(self, wall: datetime) -> datetime:
        """The instant of a wall time; the first of the two where the clocks are put back."""
        return wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def plant_clock(pcn: int) -> PlantClock:
    """The clock of a company. One whose plant has none tells time in the company's own zone."""
    for alias in _TIERS:
        row = Pcn.objects.using(alias).filter(pcn=pcn).first()
        if row is not None and row.time_zone in available_timezones():
            return PlantClock.of(row.time_zone, row.production_day_start, _shifts(alias, pcn))
    company = Company.objects.filter(pcn=pcn).first()
    return PlantClock.of(company.time_zone if company else "UTC")


def _shifts(alias: str, pcn: int) -> list[Shift]:
    rows = ShiftRow.objects.using(alias).filter(pcn=pcn).order_by("shift")
    return [Shift(row.shift, row.start_time, row.end_time, row.days_of_week) for row in rows]
