"""Where an instant is reported: production day and shift, by the company's own clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TypeAlias

from millgate.plant.performance.calendar import Calendar, Shift
from millgate.plant.writing.tables import COMPANY, SHIFT
from millgate.plant.writing.work import rows_of, time_of
from millgate.stores.ports import Work

Places: TypeAlias = Callable[[datetime], tuple[date, str]]
"""Report date and shift of an instant; the shift is empty where none is declared for it."""


def places_of(pcn: int) -> Work[Places]:
    """The places of a company's instants.

    Raises:
        LookupError: there is no such company.
    """
    companies = yield from rows_of(COMPANY, pcn)
    if not companies:
        raise LookupError(f"no company {pcn}")
    shifts = yield from rows_of(SHIFT, pcn)
    calendar = Calendar(
        companies[0]["time_zone"],
        time_of(companies[0]["production_day_start"]),
        [
            Shift(row["shift"], time_of(row["start_time"]), time_of(row["end_time"]), row["days_of_week"])
            for row in shifts
        ],
    )
    return lambda moment: calendar.place_of(moment.timestamp())
