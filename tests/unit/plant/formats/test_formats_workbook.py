"""What a workbook's cells are, where a CSV of it cannot tell: numbers, not texts, and in which format."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from io import BytesIO

import pytest

from millgate.plant.formats import Column
from millgate.plant.formats.workbook import MEDIA_TYPE

Row = tuple[object, ...]
Written = Callable[[str, list[Column], list[Row]], bytes]


def part(workbook: bytes, name: str) -> str:
    return zipfile.ZipFile(BytesIO(workbook)).read(name).decode()


def format_of_cell(workbook: bytes, place: str) -> str:
    """The cell's number format, or "as text" when it holds a text."""
    found = re.search(rf'<c r="{place}" s="(\d+)"( t="\w+")?', part(workbook, "xl/worksheets/sheet1.xml"))
    assert found
    if found[2] == ' t="inlineStr"':
        return "as text"
    styles = part(workbook, "xl/styles.xml")
    number = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])[int(found[1])]
    named: dict[str, str] = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]*)"', styles))
    codes: dict[str, str] = {"0": "General", "1": "0", "49": "@", **named}
    return codes[number].replace("&quot;", '"')


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("integer", 999_999_999_999_999, "0"),
        ("integer", 10**15, "as text"),
        ("number", 100.0, "0"),  # a point without digits would stand behind it otherwise
        ("number", 100, "0"),
        ("number", 2**53, "as text"),
        ("number", 1e22, "0"),
        ("number", 1 / 30, "0.####################"),
        ("number", 1.23456789012345e-6, "0.####################"),
        ("number", 1.23456789012345e-7, "as text"),
        ("text", "0012", "as text"),
        ("boolean", True, "General"),
        ("instant", datetime(2026, 1, 31, 6, tzinfo=UTC), 'yyyy-mm-dd"T"hh:mm:ss"Z"'),
        ("instant", datetime(2026, 1, 31, 6, 0, 0, 1000, tzinfo=UTC), 'yyyy-mm-dd"T"hh:mm:ss.000"Z"'),
        ("instant", datetime(1900, 2, 28, 23, 59, 59, tzinfo=UTC), "as text"),
        ("date", date(1900, 3, 1), "yyyy-mm-dd"),
        ("date", date(1900, 2, 28), "as text"),
        ("time of day", time(6), "hh:mm"),
    ],
)
def test_a_cell_is_of_its_kind(written: Written, kind: str, value: object, shown: str) -> None:
    assert format_of_cell(written(MEDIA_TYPE, [Column("a", kind)], [(value,)]), "A2") == shown


def test_a_column_of_texts_stays_one_where_cells_are_empty(written: Written) -> None:
    made = written(MEDIA_TYPE, [Column("n", "integer"), Column("partNo", "text")], [(1, "0012")])
    assert format_of_cell(made, "A2") == "0"
    assert '<c r="B2"' in part(made, "xl/worksheets/sheet1.xml")
    column = re.search(r'<col min="2" max="2" [^>]*style="(\d+)"', part(made, "xl/worksheets/sheet1.xml"))
    cell = re.search(r'<c r="B2" s="(\d+)"', part(made, "xl/worksheets/sheet1.xml"))
    assert column
    assert cell
    assert column[1] == cell[1]


def test_the_header_stays_in_sight_and_filters(written: Written) -> None:
    sheet = part(written(MEDIA_TYPE, [Column("n", "integer")], [(1,), (2,)]), "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert '<autoFilter ref="A1:A3"/>' in sheet
