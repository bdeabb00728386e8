"""A sheet as tab-separated text, for the clipboard."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from millgate.control.lookup.columns import Kind
from millgate.plant.formats.texts import guarded, number_text

if TYPE_CHECKING:
    from millgate.control.lookup.cells import Cell
    from millgate.control.lookup.sheets import Sheet

MEDIA_TYPE: Final = "text/tab-separated-values"
_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - wall times


def tab_separated(sheet: Sheet) -> str:
    """Headings and rows; lines end in CR LF.

    What looks like a formula gets an apostrophe: whoever pastes it has no column of texts to paste it into.
    """
    heads = [_one_line(column.title) for column in sheet.columns]
    kinds = [Kind(column.kind) for column in sheet.columns]
    lines = [
        heads,
        *([_shown(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in sheet.rows),
    ]
    return "".join("\t".join(line) + "\r\n" for line in lines)


def _shown(value: Cell, kind: Kind) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _one_line(guarded(value))
    if kind is Kind.DATETIME:
        return _wall(value).strftime("%Y-%m-%d %H:%M:%S")
    if kind is Kind.DATE:
        return _wall(value).strftime("%Y-%m-%d")
    if kind is Kind.DURATION:
        return _hours(value)
    return number_text(value)


def _wall(days: float) -> datetime:
    return _ZERO + timedelta(seconds=round(days * 86_400))


def _hours(days: float) -> str:
    seconds = round(days * 86_400)
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _one_line(text: str) -> str:
    return " ".join(text.replace("\t", " ").splitlines())
