"""The sheet of a report: what preview, Insert, Download and Copy have in common, and what each makes of it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook

from millgate.control.lookup.cells import CellRefused
from millgate.control.lookup.columns import Kind
from millgate.control.lookup.naming import LONGEST_SHEET, sheet_name, table_name
from millgate.control.lookup.reports import REPORTS
from millgate.control.lookup.separated import tab_separated
from millgate.control.lookup.workbook import workbook
from support.lookup_sheets import CLOCK, HOSTILE, NOW, production_rows, sheet

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from millgate.control.lookup.sheets import Sheet

MADE = datetime.fromtimestamp(NOW, UTC)
PART, SERIAL, OPERATOR = 3, 11, 12


def opened(made: Sheet) -> Worksheet:
    """The one sheet of its workbook, as another program reads it."""
    book = load_workbook(io.BytesIO(workbook(made, MADE)))
    page = book.active
    assert page is not None
    return page


def table_of(page: Worksheet) -> list[list[Any]]:
    """Heading and rows of the table, as values."""
    (table,) = page.tables.values()
    return [[cell.value for cell in row] for row in page[table.ref]]


# The sheet


def test_texts_are_the_apis_to_the_letter_but_for_what_no_cell_can_hold() -> None:
    made = sheet(production_rows())
    expected = [text.replace("\r", "\n") for text in HOSTILE]
    for place in (PART, SERIAL, OPERATOR):
        assert [row[place] for row in made.rows] == expected
    assert all(column.number_format == "@" for column in made.columns if column.text)
    assert {made.columns[place].kind for place in (PART, SERIAL, OPERATOR)} == {Kind.TEXT.value}


def test_the_hour_that_comes_twice_is_told_apart_by_the_column_in_utc() -> None:
    made = sheet(production_rows())
    first, second = made.rows[0], made.rows[1]
    assert first[0] == second[0], "half past one on the wall, twice"
    assert isinstance(first[-1], float)
    assert isinstance(second[-1], float)
    assert round((second[-1] - first[-1]) * 24, 6) == 1
    assert made.window == "Yesterday, 2026-10-31 06:00 to 2026-11-01 06:00"
    assert "The clocks were put back in this time frame: an hour of it comes twice." in made.notes


def test_instants_are_days_on_the_plants_clock_and_durations_are_days() -> None:
    rows = [{"logDate": "2026-01-31T11:00:00Z", "durationSeconds": 90 * 60, "workcenterStatus": "Setup"}]
    made = sheet(rows, report="status-log")
    began, ended, lasted = made.rows[0][:3]
    assert began == pytest.approx(46053.25, abs=1e-9)  # 2026-01-31 06:00 in Detroit
    assert ended is None
    assert lasted == pytest.approx(1.5 / 24, abs=1e-9)
    assert [column.number_format for column in made.columns[:3]] == [
        "yyyy-mm-dd hh:mm",
        "yyyy-mm-dd hh:mm",
        "[h]:mm:ss",
    ]


def test_totals_stand_above_the_table_and_quantities_show_decimals_where_there_are_any() -> None:
    rows = production_rows(["A", "B"])
    whole = sheet(rows)
    assert ("Quantity, in total", 3201) in [(line.label, line.value) for line in whole.lines]
    assert whole.columns[7].number_format == "#,##0"
    rows[0]["quantity"] = 0.5
    assert sheet(rows).columns[7].number_format == "#,##0.00"


def test_what_is_missing_is_said() -> None:
    made = sheet(production_rows(), total=12_345)
    assert made.notes[0] == "11 of 12,345 rows"
    assert ("Note", "11 of 12,345 rows") in [(line.label, line.value) for line in made.lines]
    assert made.as_of == "2026-11-02 10:30 (America/Detroit)"


@pytest.mark.parametrize(
    ("member", "value", "told"),
    [
        ("quantity", "many", "row 1: quantity must be a number"),
        ("quantity", True, "row 1: quantity must be a number"),
        ("logDate", "yesterday", "row 1: logDate must be an instant"),
        ("logDate", "2026-11-01T05:30:00", "row 1: logDate must be an instant"),
        ("logDate", "0001-01-01T00:00:00Z", "row 1: logDate must be an instant"),
        ("reportDate", 7, "row 1: reportDate must be a date"),
        ("partNo", ["A"], "row 1: partNo must be a text"),
    ],
)
def test_rows_that_no_api_gave_are_refused(member: str, value: object, told: str) -> None:
    with pytest.raises(CellRefused, match=told):
        sheet([production_rows()[0] | {member: value}])


def test_no_rows_make_a_sheet_without_a_chart() -> None:
    made = sheet([])
    assert made.rows == []
    assert made.chart is None
    assert table_of(opened(made))[1:] == [[None] * len(made.columns)]


# Names


@pytest.mark.parametrize(
    ("code", "report", "expected"),
    [
        ("STP-01", "Scrap reasons", "STP-01 Scrap reasons 2026-11-30"),
        ("A[1]:*?/\\B", "Scrap", "A1B Scrap 2026-11-30"),
        ("'quoted'", "Scrap", "quoted Scrap 2026-11-30"),
        ("A very long code of a workcenter", "Scrap reasons", "A very long Scrap re 2026-11-30"),
        ("🏭🏭🏭🏭🏭🏭🏭🏭", "Scrap reasons", "🏭🏭🏭🏭🏭🏭 Scrap r 2026-11-30"),
        ("***", "Scrap", "Scrap 2026-11-30"),
    ],
)
def test_names_of_sheets_are_those_that_excel_takes(code: str, report: str, expected: str) -> None:
    name = sheet_name(code, report, "2026-11-30")
    assert name == expected
    assert len(name.encode("utf-16-le")) // 2 <= LONGEST_SHEET


def test_a_table_is_found_again_by_its_name() -> None:
    assert table_name("STP-01", "scrap-log") == "tbl_STP_01_scrap_log"
    assert table_name("Säge 1", "scrap-log") == "tbl_S_ge_1_scrap_log"
    assert len(table_name("x" * 300, "scrap-log")) <= 255


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.id)
def test_every_report_has_headings_unlike_each_other_and_a_chart_of_its_columns(report: Any) -> None:
    titles = [str(column.title).lower() for column in report.columns]
    assert len(set(titles)) == len(titles), "a table needs that"
    assert {report.chart.category, *report.chart.series, *report.totals} <= set(report.fields)
    kinds = {column.field: column.kind for column in report.columns}
    assert all(kinds[field] not in {Kind.TEXT, Kind.DATETIME, Kind.DATE} for field in report.chart.series)


# The workbook


def test_the_workbook_holds_the_cells_of_the_sheet() -> None:
    made = sheet(production_rows())
    page = opened(made)
    heading, *rows = table_of(page)
    assert page.title == made.name
    assert list(page.tables) == [made.table_name]
    assert heading == [column.title for column in made.columns]
    for row, cells in zip(rows, made.rows, strict=True):
        for value, cell, column in zip(row, cells, made.columns, strict=True):
            if isinstance(cell, str):
                assert value == cell
            elif column.kind in {Kind.DATETIME.value, Kind.DATE.value}:
                assert isinstance(value, datetime)
            else:
                assert value == cell
    assert rows[0][0] == datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001 - a wall time


def test_in_the_workbook_no_text_is_a_formula_and_every_text_is_formatted_as_one() -> None:
    page = opened(sheet(production_rows()))
    (table,) = page.tables.values()
    for row in page[table.ref][1:]:
        assert [row[place].data_type for place in (PART, SERIAL, OPERATOR)] == ["s"] * 3
        assert [row[place].number_format for place in (PART, SERIAL, OPERATOR)] == ["@"] * 3
        assert row[7].data_type == "n"


def test_the_workbook_has_lines_above_a_frozen_heading_and_a_chart_beside_it() -> None:
    made = sheet(production_rows())
    page = opened(made)
    top = len(made.lines) + 2
    assert page["A1"].value == "Production log: STP-01"
    assert [page["A3"].value, page["B3"].value] == ["Time frame", made.window]
    assert page.freeze_panes == f"A{top + 1}"
    (chart,) = page._charts  # type: ignore[attr-defined] # its stubs lack it
    assert type(chart).__name__ == "BarChart"
    assert chart.series[0].val.numRef.f == f"'{made.name}'!$H${top + 1}:$H${top + len(made.rows)}"


def test_the_workbook_says_what_it_is() -> None:
    book = load_workbook(io.BytesIO(workbook(sheet(production_rows()), MADE)))
    assert book.properties.title == "Production log: STP-01"
    assert book.properties.created == MADE.replace(tzinfo=None)


def test_a_workbook_waits_its_turn_and_says_so_when_that_takes_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from millgate.control.lookup import workbook as module  # noqa: PLC0415 - Django must be ready

    monkeypatch.setattr(module, "TURN_SECONDS", 0.01)
    with module._turn, pytest.raises(module.WorkbooksBusy):
        workbook(sheet([]), MADE)
    assert workbook(sheet([]), MADE)


# The clipboard


def test_copied_text_is_a_line_a_row_and_runs_nothing_where_it_is_pasted() -> None:
    lines = tab_separated(sheet(production_rows())).split("\r\n")
    assert lines[-1] == ""
    heading, *rows = (line.split("\t") for line in lines[:-1])
    assert len(rows) == len(HOSTILE)
    assert {len(row) for row in rows} == {len(heading)}
    parts = [row[PART] for row in rows]
    assert parts[:4] == [f"'{text}" for text in HOSTILE[:4]]
    assert parts[6:] == list(HOSTILE[6:])
    assert rows[0][0] == "2026-11-01 01:30:00"
    assert not any(part.lstrip("\t ").startswith(("=", "+", "-", "@")) for part in parts)


def test_wall_times_stand_in_the_plants_zone() -> None:
    assert CLOCK.minute(NOW) == "2026-11-02 10:30"
