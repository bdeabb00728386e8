"""Cells of a workbook: what each kind of value becomes, so that "save as CSV" shows what our CSV shows.

A spreadsheet keeps 15 digits of a number and counts days from 1900, with a 29 February 1900 that never
was. What it would change is written as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeAlias

from millgate.plant.formats.texts import (
    guarded,
    instant_text,
    number_text,
    rows_text,
)

LONGEST_TEXT: Final = 32_767
"""Characters of a cell, counted in units of UTF-16."""
WIDTHS: Final = {
    "integer": 12,
    "number": 14,
    "text": 22,
    "boolean": 10,
    "instant": 22,
    "date": 12,
    "time of day": 10,
    "rows": 40,
}
"""Widths of columns in characters, by the name of the kind."""

_MOST_DECIMALS: Final = 20  # LibreOffice shows no more, Excel 30
_WHOLE: Final = "0"
_FRACTION: Final = "0." + "#" * _MOST_DECIMALS  # a whole number would be shown with a bare point
_INSTANT: Final = 'yyyy-mm-dd"T"hh:mm:ss"Z"'
_INSTANT_MILLIS: Final = 'yyyy-mm-dd"T"hh:mm:ss.000"Z"'
_FORMATS: Final = {
    "integer": _WHOLE,
    "number": _FRACTION,
    "text": "@",
    "boolean": "General",
    "instant": _INSTANT,
    "date": "yyyy-mm-dd",
    "time of day": "hh:mm",
    "rows": "@",
}
_EXACT: Final = 10**15
_FIRST_DAY: Final = date(1900, 3, 1)  # before it Excel and LibreOffice count differently
_DAY_ZERO: Final = date(1899, 12, 30)
_ZERO: Final = datetime(1899, 12, 30, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1) // _MICROSECOND
_TICKS: Final = 10**10
_BREAK: Final = re.compile(r"\r\n?")
_NOT_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Write: TypeAlias = Callable[[Any, int, int, Any], object]
"""Writes into a sheet, at a line and a place, a value that is not None."""


def cell_text(text: str) -> str:
    """The text as a cell can hold it, and with an apostrophe where it looks like a formula."""
    return fitting(guarded(fitting(text)))


def fitting(text: str) -> str:
    """The text as a cell can hold it.

    Line breaks are line feeds, characters that XML cannot hold are dropped, and what is too long ends in an
    ellipsis.
    """
    text = _NOT_XML.sub("", _BREAK.sub("\n", text))
    if len(text) <= LONGEST_TEXT // 2:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= LONGEST_TEXT * 2:
        return text
    return units[: (LONGEST_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"


class Cells:
    """Formats and writers for one workbook.

    Attributes:
        header: the format of names.
        formats: of columns, by the name of the kind.
        writers: by the name of the kind.
    """

    def __init__(self, workbook: Any) -> None:  # noqa: ANN401 - the library has no stubs
        self.header = workbook.add_format({"bold": True})
        self.formats = {kind: workbook.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        self._whole = self.formats["integer"]
        self._millis = workbook.add_format({"num_format": _INSTANT_MILLIS})
        self.writers: dict[str, Write] = {
            "integer": _write_integer,
            "number": self._write_number,
            "text": _write_text,
            "boolean": _write_boolean,
            "instant": self._write_instant,
            "date": _write_date,
            "time of day": _write_time,
            "rows": _write_rows,
        }

    def _write_number(self, sheet: Any, line: int, place: int, number: float) -> None:  # noqa: ANN401 - no stubs
        text = number_text(number)
        if not text:
            return
        decimals = len(text.partition(".")[2])
        if decimals > _MOST_DECIMALS or (isinstance(number, int) and abs(number) >= _EXACT):
            sheet.write_string(line, place, text)
        elif decimals:
            sheet.write_number(line, place, float(text))
        else:
            sheet.write_number(line, place, float(text), self._whole)

    def _write_instant(self, sheet: Any, line: int, place: int, moment: datetime) -> None:  # noqa: ANN401 - no stubs
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        if moment.date() < _FIRST_DAY:
            sheet.write_string(line, place, instant_text(moment))
        elif moment.microsecond:
            sheet.write_number(line, place, days((moment - _ZERO) // _MICROSECOND), self._millis)
        else:
            sheet.write_number(line, place, days((moment - _ZERO) // _MICROSECOND))


def days(micros: int) -> float:
    """Microseconds as days, as a spreadsheet counts them."""
    # Up to 9 microseconds late: spreadsheets cut a second off when binary fractions fall short of it.
    return (micros * _TICKS // _DAY + bool(micros % _DAY)) / _TICKS


def _write_integer(sheet: Any, line: int, place: int, number: int) -> None:  # noqa: ANN401 - no stubs
    if abs(number) < _EXACT:
        sheet.write_number(line, place, number)
    else:
        sheet.write_string(line, place, str(number))


def _write_text(sheet: Any, line: int, place: int, text: str) -> None:  # noqa: ANN401 - no stubs
    sheet.write_string(line, place, cell_text(text))


def _write_boolean(sheet: Any, line: int, place: int, value: object) -> None:  # noqa: ANN401 - no stubs
    sheet.write_boolean(line, place, bool(value))


def _write_date(sheet: Any, line: int, place: int, day: date) -> None:  # noqa: ANN401 - no stubs
    if day < _FIRST_DAY:
        sheet.write_string(line, place, day.isoformat())
    else:
        sheet.write_number(line, place, (day - _DAY_ZERO).days)


def _write_time(sheet: Any, line: int, place: int, clock: time) -> None:  # noqa: ANN401 - no stubs
    minutes = clock.hour * 60 + clock.minute
    sheet.write_number(line, place, days(minutes * (_DAY // 1440)))


def _write_rows(sheet: Any, line: int, place: int, rows: object) -> None:  # noqa: ANN401 - no stubs
    sheet.write_string(line, place, cell_text(rows_text(rows)))
