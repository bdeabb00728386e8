"""Shifts: how a production day is divided among people."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INTEGER, TEXT, TIME_OF_DAY
from millgate.plant.modules import PLATFORM
from millgate.plant.resource import SELDOM_CHANGED, Action, Field, Operation, Resource, modified_since

SHIFTS: Final = Resource(
    name="Shifts",
    controller="Shifts",
    module=PLATFORM,
    path="/Platform/Personnel/Shifts",
    source="plant_shift h",
    pcn="h.pcn",
    order=("h.shift", "h.shift_key"),
    fields=(
        Field("shiftKey", INTEGER, "h.shift_key", "The key of the shift."),
        Field("shift", TEXT, "h.shift", "Its name, as logs show it."),
        Field("startTime", TIME_OF_DAY, "h.start_time", "When it begins, as hh:mm of the plant's own clock."),
        Field(
            "endTime", TIME_OF_DAY, "h.end_time", "When it ends, as hh:mm; the next day where it is earlier."
        ),
        Field("plannedBreakMinutes", INTEGER, "h.planned_break_minutes", "Minutes of planned breaks in it."),
        Field(
            "daysOfWeek",
            TEXT,
            "h.days_of_week",
            "The days on which it begins, in English and short: Mon,Tue.",
        ),
    ),
    filters=(modified_since("h.modified_date", days_ago=SELDOM_CHANGED),),
    operations=(
        Operation("list-shifts", Action.LIST, "List shifts", "Shifts of the company, by their names."),
    ),
)
