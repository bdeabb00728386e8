"""Sheets of Workcenter Lookup from rows that are hard to write down right."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

from millgate.control.lookup.calendars import PlantClock
from millgate.control.lookup.reports import BY_ID
from millgate.control.lookup.sheets import Asked, Sheet, sheet_of
from millgate.control.lookup.windows import Frame, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

CLOCK: Final = PlantClock.of("America/Detroit", time(6))
NOW: Final = int(datetime(2026, 11, 2, 15, 30, tzinfo=UTC).timestamp())
LONG_DAY: Final = Window(
    Frame.YESTERDAY,
    int(datetime(2026, 10, 31, 10, tzinfo=UTC).timestamp()),
    int(datetime(2026, 11, 1, 11, tzinfo=UTC).timestamp()),
)
"""The production day of 25 hours."""
HOSTILE: Final = (
    '=HYPERLINK("http://example.com","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "0012-4E5",
    "'quoted",
    "O'Brien, Niamh",
    "Øystein Ærø 北京",
    "<r>&amp;</r>",
)
"""Texts that a spreadsheet likes to take for something else."""


def production_rows(texts: Sequence[str] = HOSTILE) -> list[dict[str, Any]]:
    """Rows of a production log with these texts as part, serial number and operator.

    The first two are an hour apart and stand at the same time on the wall.
    """
    times = ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]
    return [
        {
            "logDate": times[number] if number < len(times) else f"2026-11-01T08:{number:02}:00Z",
            "reportDate": "2026-10-31",
            "shift": "C",
            "partNo": text,
            "revision": "B",
            "operationCode": "STAMP",
            "jobNo": "J1",
            "quantity": 1600 + number,
            "unit": "pcs",
            "rejected": number == 1,
            "scrapQuantity": 0,
            "serialNo": text,
            "employeeName": text,
        }
        for number, text in enumerate(texts)
    ]


def sheet(
    rows: Sequence[dict[str, Any]], *, report: str = "production-log", total: int | None = None
) -> Sheet:
    """The sheet of these rows."""
    declared = BY_ID[report]
    asked = Asked(
        report=declared,
        code="STP-01",
        name="Progressive Press 1",
        window=LONG_DAY if declared.windowed else None,
        rows=rows,
        total=len(rows) if total is None else total,
        company="Tamarack (Sample)",
    )
    return sheet_of(asked, CLOCK, NOW)
