"""A value of the API as the cell of a sheet: what Insert, Download and Copy all write.

A cell is a text, a number, or nothing. Instants are days since 1899-12-30 on the plant's clock, which is how
Excel counts them from March 1900 on; durations are days, too.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

from django.utils.translation import gettext as _

from millgate.control.lookup.columns import Column, Kind
from millgate.plant.formats.cells import days, fitting
from millgate.plant.kinds import read_instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.control.lookup.calendars import PlantClock

Cell: TypeAlias = str | float | int | None

FORMATS: Final = {
    Kind.TEXT: "@",
    Kind.INTEGER: "0",
    Kind.QUANTITY: "#,##0",
    Kind.PERCENT: "0.0%",
    Kind.DATETIME: "yyyy-mm-dd hh:mm",
    Kind.DURATION: "[h]:mm:ss",
    Kind.DATE: "yyyy-mm-dd",
}
"""Number formats by kind."""
_FINE: Final = "#,##0.00"
_ZERO_DAY: Final = date(1899, 12, 30)
_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - wall times are compared
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST: Final = date(1900, 3, 1)
"""Before this day spreadsheets disagree on how to count."""
_LARGEST: Final = 10**15
"""A spreadsheet keeps fifteen digits."""


class CellRefused(ValueError):  # noqa: N818 - what happened, as it is told
    """A value is not of its column's kind; says what it should be."""


def cell(value: object, column: Column, clock: PlantClock) -> Cell:
    """The cell for a value of a row.

    Raises:
        CellRefused: the value is not what the API gives for this column.
    """
    return None if value is None else _MAKERS[column.kind](value, column, clock)


def number_format(column: Column, cells: list[Cell]) -> str:
    """The number format of a column with these cells; quantities show decimals where one of them has any."""
    fine = column.digits or any(isinstance(item, float) and not item.is_integer() for item in cells)
    return _FINE if column.kind is Kind.QUANTITY and fine else FORMATS[column.kind]


def serial(wall: datetime) -> float:
    """A wall time as days since 1899-12-30."""
    return days((wall.replace(tzinfo=None) - _ZERO) // _MICROSECOND)


def _text(value: object, column: Column, _clock: PlantClock) -> Cell:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str):
        return fitting(value)
    if isinstance(value, int | float):
        return str(value)
    raise CellRefused(f"{column.field} must be a text")


def _number(value: object, column: Column, _clock: PlantClock) -> Cell:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CellRefused(f"{column.field} must be a number")
    return value if abs(value) < _LARGEST else str(value)


def _moment(value: object, column: Column, clock: PlantClock) -> Cell:
    try:
        moment = read_instant(value) if isinstance(value, str) else None
        wall = moment and (moment.astimezone(UTC) if column.utc else clock.at(moment.timestamp()))
    except (ValueError, OverflowError):  # the first day of all has no eve
        wall = None
    if wall is None:
        raise CellRefused(f"{column.field} must be an instant such as 2026-01-31T06:00:00Z")
    return serial(wall) if wall.date() >= _FIRST else wall.strftime("%Y-%m-%d %H:%M")


def _duration(value: object, column: Column, clock: PlantClock) -> Cell:
    seconds = _number(value, column, clock)
    return seconds if isinstance(seconds, str) or seconds is None else days(round(seconds * 1_000_000))


def _date(value: object, column: Column, _clock: PlantClock) -> Cell:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None:
        raise CellRefused(f"{column.field} must be a date such as 2026-01-31")
    return (day - _ZERO_DAY).days if day >= _FIRST else day.isoformat()


_MAKERS: Final[dict[Kind, Callable[[object, Column, PlantClock], Cell]]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _number,
    Kind.QUANTITY: _number,
    Kind.PERCENT: _number,
    Kind.DATETIME: _moment,
    Kind.DURATION: _duration,
    Kind.DATE: _date,
}
