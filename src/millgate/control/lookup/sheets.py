"""The sheet of a report: one value from which preview, Insert, Download and Copy are all made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.utils.translation import gettext as _

from millgate.control.lookup.cells import FORMATS, Cell, CellRefused, cell, number_format, serial
from millgate.control.lookup.columns import Kind
from millgate.control.lookup.naming import sheet_name, table_name
from millgate.control.lookup.windows import window_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from millgate.control.lookup.calendars import PlantClock
    from millgate.control.lookup.columns import Column
    from millgate.control.lookup.declared import Chart, Report
    from millgate.control.lookup.windows import Window


_BUTTON: Final = 4
"""The room in characters that the button of a table's heading takes."""
_WIDEST: Final = 60


class Line(msgspec.Struct, frozen=True):
    """A line above the table: a label, and a value in the cell beside it.

    Attributes:
        label: what it is; the first line has the title here, and no value.
        value: a text or a number.
        number_format: of the value.
    """

    label: str
    value: Cell = None
    number_format: str = "@"


class SheetColumn(msgspec.Struct, frozen=True):
    """A column of the table.

    Attributes:
        title: its heading, unlike all others of the table.
        field: the member of the API's rows that it shows.
        kind: what its cells hold.
        number_format: of its cells.
        text: whether cells are texts, so that the format must be set before they are.
        width: in characters; its heading, with the button of a table, and its texts fit.
    """

    title: str
    field: str
    kind: str
    number_format: str
    text: bool
    width: int


class SheetChart(msgspec.Struct, frozen=True):
    """The chart; columns are named by their place in the table, from 0.

    Attributes:
        kind: `column`, `line` or `stacked`.
        title: above it.
        axis: the title of the axis of values.
        category: the column along the other axis.
        series: the columns that it draws.
    """

    kind: str
    title: str
    axis: str
    category: int
    series: tuple[int, ...]


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What is written into a workbook.

    Attributes:
        name: of the sheet.
        table_name: of its table.
        title: of the report and its workcenter.
        window: the time frame in words; empty where there is none.
        as_of: when it was made, on the plant's clock.
        lines: above the table, from the first row of the sheet.
        columns: of the table.
        rows: of the table.
        chart: beside the table; None where there are no rows.
        notes: what a reader must know, such as that not all rows are there; they are among the lines, too.
        company: whose data it shows.
    """

    name: str
    table_name: str
    title: str
    window: str
    as_of: str
    lines: tuple[Line, ...]
    columns: tuple[SheetColumn, ...]
    rows: list[list[Cell]]
    chart: SheetChart | None
    notes: tuple[str, ...]
    company: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet is made of.

    Attributes:
        report: which.
        code, name: of the workcenter.
        window: the time frame; None where the report has none.
        rows: as the API gave them.
        total: how many rows there are in all.
        company: whose data it is, in a word.
    """

    report: Report
    code: str
    name: str
    window: Window | None
    rows: Sequence[Mapping[str, Any]]
    total: int
    company: str


def sheet_of(asked: Asked, clock: PlantClock, now: float) -> Sheet:
    """The sheet of a report.

    Raises:
        CellRefused: a row is not one of the API's; says which, and why.
    """
    rows = [_row(number, row, asked.report, clock) for number, row in enumerate(asked.rows, start=1)]
    columns = tuple(
        _column(column, [row[place] for row in rows]) for place, column in enumerate(asked.report.columns)
    )
    at, notes = clock.at(now), tuple(_notes(asked, clock))
    window = window_label(asked.window, clock) if asked.window else ""
    title = f"{asked.report.title}: {asked.code}"
    lines = (
        *_heading(asked, title, window, serial(at)),
        *_totals(asked.report, columns, rows),
        *(Line(_("Note"), note) for note in notes),
    )
    return Sheet(
        name=sheet_name(asked.code, str(asked.report.short), f"{at:%Y-%m-%d}"),
        table_name=table_name(asked.code, asked.report.id),
        title=title,
        window=window,
        as_of=f"{at:%Y-%m-%d %H:%M} ({clock.zone})",
        lines=lines,
        columns=_label_fits(columns, lines),
        rows=rows,
        chart=_chart(asked.report, title) if rows else None,
        notes=notes,
        company=asked.company,
    )


def _row(number: int, row: Mapping[str, Any], report: Report, clock: PlantClock) -> list[Cell]:
    try:
        return [cell(row.get(column.field), column, clock) for column in report.columns]
    except CellRefused as refused:
        raise CellRefused(f"row {number}: {refused}") from None


def _column(column: Column, cells: list[Cell]) -> SheetColumn:
    return SheetColumn(
        title=str(column.title),
        field=column.field,
        kind=column.kind.value,
        number_format=number_format(column, cells),
        text=column.kind is Kind.TEXT,
        width=_width(column, cells),
    )


def _width(column: Column, cells: list[Cell]) -> int:
    longest = max((len(item) for item in cells if isinstance(item, str)), default=0)
    return min(max(column.width, len(str(column.title)) + _BUTTON, longest + 1), _WIDEST)


def _label_fits(columns: tuple[SheetColumn, ...], lines: tuple[Line, ...]) -> tuple[SheetColumn, ...]:
    """The columns, the first of them wide enough for labels, beside which there are values."""
    longest = max(len(line.label) for line in lines if line.value is not None)
    first = msgspec.structs.replace(columns[0], width=max(columns[0].width, longest + 1))
    return (first, *columns[1:])


def _heading(asked: Asked, title: str, window: str, as_of: float) -> Iterator[Line]:
    yield Line(title)
    yield Line(_("Workcenter"), f"{asked.code} {asked.name}".strip())
    if window:
        yield Line(_("Time frame"), window)
    yield Line(_("As of"), as_of, FORMATS[Kind.DATETIME])


def _totals(report: Report, columns: tuple[SheetColumn, ...], rows: list[list[Cell]]) -> Iterator[Line]:
    for place, column in enumerate(columns):
        if column.field in report.totals:
            label = _("%(column)s, in total") % {"column": column.title}
            yield Line(label, _total(rows, place), column.number_format)


def _total(rows: list[list[Cell]], place: int) -> float:
    numbers = [row[place] for row in rows]
    return round(sum(number for number in numbers if isinstance(number, int | float)), 10)


def _notes(asked: Asked, clock: PlantClock) -> list[str]:
    notes = []
    if asked.total > len(asked.rows):
        counts = {"rows": f"{len(asked.rows):,}", "total": f"{asked.total:,}"}
        notes.append(_("%(rows)s of %(total)s rows") % counts)
    notes.append(_("Times are those of %(zone)s unless they say UTC.") % {"zone": clock.zone})
    if asked.window and _clocks_put_back(asked.window, clock):
        notes.append(_("The clocks were put back in this time frame: an hour of it comes twice."))
    return notes


def _clocks_put_back(window: Window, clock: PlantClock) -> bool:
    ahead = clock.at(window.start).utcoffset()
    behind = clock.at(window.end).utcoffset()
    return ahead is not None and behind is not None and behind < ahead


def _chart(report: Report, title: str) -> SheetChart:
    chart: Chart = report.chart
    places = {column.field: place for place, column in reversed(list(enumerate(report.columns)))}
    return SheetChart(
        kind=chart.kind.value,
        title=title,
        axis=str(chart.title),
        category=places[chart.category],
        series=tuple(places[field] for field in chart.series),
    )
