"""A sheet as a workbook: a real table under its lines, and its chart."""

from __future__ import annotations

import io
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from xlsxwriter import Workbook  # type: ignore[import-untyped] # it has no stubs

if TYPE_CHECKING:
    from datetime import datetime

    from millgate.control.lookup.sheets import Line, Sheet, SheetChart

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_STYLE: Final = "Table Style Medium 2"
_CHARTS: Final = {
    "column": {"type": "column"},
    "line": {"type": "line"},
    "stacked": {"type": "column", "subtype": "stacked"},
}
_TABLES_MEET: Final = 1
"""Empty rows between the lines and the table."""
TURN_SECONDS: Final = 5.0
"""How long a workbook waits for the one before it: whoever waits keeps a thread from other pages."""
# A large workbook takes a second of the processor, which calls of programs need as well: one at a time.
_turn: Final = Lock()


class WorkbooksBusy(Exception):  # noqa: N818 - what happened, as it is told
    """Others are being made, and it took too long to come to its turn."""


def workbook(sheet: Sheet, made_at: datetime) -> bytes:
    """The workbook of a sheet. Texts are texts whatever they look like, in cells formatted as such.

    Raises:
        WorkbooksBusy: too many others want one.
    """
    if not _turn.acquire(timeout=TURN_SECONDS):
        raise WorkbooksBusy
    try:
        return _made(sheet, made_at)
    finally:
        _turn.release()


def _made(sheet: Sheet, made_at: datetime) -> bytes:
    held = io.BytesIO()
    with Workbook(held, _OPTIONS) as book:
        book.set_properties(
            {"title": sheet.title, "company": sheet.company, "comments": sheet.window, "created": made_at}
        )
        page = book.add_worksheet(sheet.name)
        top = len(sheet.lines) + _TABLES_MEET
        _lines_write(book, page, sheet.lines)
        _table_write(book, page, sheet, top)
        page.freeze_panes(top + 1, 0)
        _print_set(page, top)
        if sheet.chart is not None:
            _chart_put(book, page, sheet, sheet.chart, top)
    return held.getvalue()


_OPTIONS: Final = {
    "in_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
}


def _print_set(page: Any, top: int) -> None:  # noqa: ANN401 - the library has no stubs
    """On paper the table and its chart stand side by side, and headings on every sheet of it."""
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(top)


def _lines_write(book: Any, page: Any, lines: tuple[Line, ...]) -> None:  # noqa: ANN401 - the library has no stubs
    title, label = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True})
    for place, line in enumerate(lines):
        page.write_string(place, 0, line.label, label if place else title)
        if line.value is not None:
            form = book.add_format({"num_format": line.number_format, "align": "left"})
            _cell_write(page, place, 1, line.value, form)


def _table_write(book: Any, page: Any, sheet: Sheet, top: int) -> None:  # noqa: ANN401 - no stubs
    forms = [book.add_format({"num_format": column.number_format}) for column in sheet.columns]
    for place, (column, form) in enumerate(zip(sheet.columns, forms, strict=True)):
        page.set_column(place, place, column.width)
        for line, row in enumerate(sheet.rows, start=top + 1):
            value = row[place]
            if value is None:
                page.write_blank(line, place, None, form)
            else:
                _cell_write(page, line, place, value, form)
    page.add_table(
        *(top, 0, top + max(len(sheet.rows), 1), len(sheet.columns) - 1),
        {
            "name": sheet.table_name,
            "style": _STYLE,
            "columns": [
                {"header": column.title, "format": form}
                for column, form in zip(sheet.columns, forms, strict=True)
            ],
        },
    )


def _cell_write(page: Any, line: int, place: int, value: str | float, form: Any) -> None:  # noqa: ANN401 - no stubs
    if isinstance(value, str) and value.startswith("<r>") and value.endswith("</r>"):
        # As one string the library takes it for markup of its own; in parts it writes it as it is.
        page.write_rich_string(line, place, value[:1], value[1:2], value[2:], form)
    elif isinstance(value, str):
        page.write_string(line, place, value, form)
    else:
        page.write_number(line, place, value, form)


def _chart_put(book: Any, page: Any, sheet: Sheet, chart: SheetChart, top: int) -> None:  # noqa: ANN401 - no stubs
    drawn = book.add_chart(_CHARTS[chart.kind])
    first, last = top + 1, top + len(sheet.rows)
    for place in chart.series:
        drawn.add_series(
            {
                "name": [sheet.name, top, place],
                "categories": [sheet.name, first, chart.category, last, chart.category],
                "values": [sheet.name, first, place, last, place],
            }
        )
    drawn.set_title({"name": chart.title, "overlay": False})
    along = sheet.columns[chart.category]
    drawn.set_x_axis({"text_axis": True, "name": along.title, "num_format": along.number_format})
    drawn.set_y_axis({"name": chart.axis, "num_format": sheet.columns[chart.series[0]].number_format})
    drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
    drawn.set_size({"width": 760, "height": 380})
    page.insert_chart(top, len(sheet.columns) + 1, drawn, {"description": chart.title})
