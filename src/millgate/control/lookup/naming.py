"""Names of sheets and tables, within what Excel allows."""

from __future__ import annotations

import re
from typing import Final

LONGEST_SHEET: Final = 31
"""Units of UTF-16 in the name of a sheet."""
_LONGEST_CODE: Final = 12
_LONGEST_TABLE: Final = 255
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_NOT_IN_TABLES: Final = re.compile(r"[^A-Za-z0-9_]")


def sheet_name(code: str, report: str, day: str) -> str:
    """`STP-01 Scrap 2026-11-30`: the report's name is cut to what the others leave."""
    first, last = _cut(_clean(code), _LONGEST_CODE), _clean(day)
    room = LONGEST_SHEET - _units(first) - _units(last) - 2
    name = " ".join(part for part in (first, _cut(_clean(report), room), last) if part)
    # A name may hold apostrophes, but neither begin nor end with one.
    return _cut(name, LONGEST_SHEET).strip(" '") or "Sheet"


def table_name(code: str, report_id: str) -> str:
    """`tbl_STP_01_scrap_log`: the same each time, so that the table is found again."""
    return f"tbl_{_NOT_IN_TABLES.sub('_', code)}_{_NOT_IN_TABLES.sub('_', report_id)}"[:_LONGEST_TABLE]


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text).strip(" '")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _cut(text: str, units: int) -> str:
    while _units(text) > units:
        text = text[:-1]
    return text.rstrip()
