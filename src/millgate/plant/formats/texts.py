"""How a value stands in a cell as text: the same in CSV and, where a cell holds text, in a workbook."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import msgspec

# What a spreadsheet passes over when it looks for a formula: blanks, control and invisible characters.
_UNSEEN: Final = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
_FORMULA: Final = re.compile(rf"[{_UNSEEN}]*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def guarded(text: str) -> str:
    """The text, with an apostrophe in front when a spreadsheet would take it for a formula.

    After OWASP's page on CSV injection, which also names the full-width signs.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def number_text(number: float) -> str:
    """A number in plain decimal with at most 15 significant digits; a whole number is exact.

    What is not a number is an empty text, as it is null in JSON.
    """
    if isinstance(number, int):
        return str(number)
    if not math.isfinite(number):
        return ""
    text = format(number or 0.0, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


def boolean_text(value: object) -> str:
    """TRUE or FALSE, as spreadsheets write it."""
    return "TRUE" if value else "FALSE"


def instant_text(moment: datetime) -> str:
    """RFC 3339 in UTC; six digits of a fraction when there is one."""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def time_text(clock: time) -> str:
    """Hours and minutes."""
    return clock.strftime("%H:%M")


def rows_text(rows: object) -> str:
    """Rows inside a row, as JSON."""
    return rows if isinstance(rows, str) else msgspec.json.encode(rows).decode()


TEXTS: Final[dict[str, Callable[[Any], str]]] = {
    "integer": str,
    "number": number_text,
    "text": guarded,
    "boolean": boolean_text,
    "instant": instant_text,
    "date": date.isoformat,
    "time of day": time_text,
    "rows": rows_text,
}
"""By the name of the kind."""
