"""What Insert writes is what Download holds, cell by cell, and what the API gave.

The pane's own module runs in Node.js and writes into a stand-in for a workbook (`tests/clients/node/workbook.mjs`), and
into npm's office-addin-mock, which complains of whatever is read before it is loaded and synced.
"""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel

from support.libraries import ROOT, node_command
from support.lookup import PRESS, Lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from support.served import Served

MODULE: Final = ROOT / "src/millgate/control/lookup/static/lookup/excel.js"
LARGEST_REQUEST: Final = 5_000_000
MINUTES: Final = 5 / 1440
SPLIT_SECOND: Final = 1e-8
DETROIT: Final = ZoneInfo("America/Detroit")
HOSTILE: Final = (
    "0012-4E5",
    '=HYPERLINK("http://evil.example","x")',
    "+1-800",
    "-2",
    "@SUM(A1)",
    "'quoted",
    "1E5",
    "2026-11-30",
    "007",
    "Zoë 李 🏭",
)
TWICE: Final = ("2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z")
"""Both are half past one on the plant's clock: it is put back between them."""
LONG_DAY: Final = {"id": "custom", "start": "2026-11-01T10:00:00Z", "end": "2026-11-02T11:00:00Z"}


@pytest.fixture(scope="module")
def lookup(demo: Served) -> Iterator[Lookup]:
    with Lookup.of(demo) as begun:
        yield begun


def run(node: Path, program: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """What a program for Node.js prints."""
    command = node_command(node, [program])
    done = subprocess.run(
        command, input=json.dumps(told), capture_output=True, text=True, check=False, cwd=node, timeout=100
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def inserted(node: Path, *sheets: Mapping[str, Any], wrote: Sequence[Sequence[Any]] = ()) -> dict[str, Any]:
    return run(node, "lookup-insert.mjs", {"module": str(MODULE), "sheets": sheets, "wrote": wrote})


def same(worksheet: Mapping[str, Any], workbook: bytes) -> None:
    """Every cell is there in both, with the same value and format, and none was taken for something else."""
    held = load_workbook(BytesIO(workbook)).worksheets[0]
    written = {place_of(text): cell for text, cell in worksheet["cells"].items()}
    cells = {
        (cell.row - 1, cell.column - 1): cell
        for row in held.iter_rows()
        for cell in row
        if cell.value not in {None, ""}
    }
    assert sorted(written) == sorted(cells)
    for place, cell in written.items():
        other = cells[place]
        if written[place[0], 0]["value"] == "As of" and place[1]:
            # They were asked for one after the other.
            assert abs(cell["value"] - number_of(other.value)) < MINUTES
        else:
            assert cell["value"] == number(other.value), place
            assert ("read" in cell, other.data_type) in {(False, "s"), (False, "n"), (False, "d")}, place
        is_plain = other.number_format == "General" and isinstance(other.value, str)
        assert is_plain or cell["format"] == other.number_format, place
    assert (worksheet["name"], worksheet["tables"][0]["name"]) == (held.title, *held.tables)


def place_of(text: str) -> tuple[int, int]:
    row, column = text.split(",")
    return int(row), int(column)


def number(value: Any) -> Any:
    """A value as a cell holds it: the reader makes times of days."""
    if isinstance(value, datetime | timedelta | time):
        return pytest.approx(number_of(value), abs=SPLIT_SECOND)
    return pytest.approx(value, abs=SPLIT_SECOND) if isinstance(value, float) else value


def number_of(moment: Any) -> float:
    """A time as days."""
    return float(to_excel(moment))  # type: ignore[no-untyped-call] # it has no types


def told_by_api(cell: str | float | None, column: Mapping[str, Any], row: Mapping[str, Any]) -> None:
    """A cell says what the API's row says."""
    value = row[column["field"]]
    if value is None:
        assert cell is None
    elif column["kind"] == "datetime":
        zone = UTC if column["utc"] else DETROIT
        wall = datetime.fromisoformat(value).astimezone(zone).replace(tzinfo=None)
        assert isinstance(cell, float | int)
        assert abs(datetime(1899, 12, 30) + timedelta(days=cell) - wall) < timedelta(seconds=1)  # noqa: DTZ001 - wall times
    elif column["kind"] == "date":
        assert cell == (date.fromisoformat(value) - date(1899, 12, 30)).days
    elif column["kind"] == "duration":
        assert isinstance(cell, float | int)
        assert round(cell * 86_400, 3) == round(value, 3)
    else:
        assert cell == ({True: "Yes", False: "No"}[value] if isinstance(value, bool) else value)


def drawn(worksheet: Mapping[str, Any], sheet: Mapping[str, Any]) -> None:
    """The chart draws the declared columns, row by row also where many rows are of one day."""
    (chart,), told = worksheet["charts"], sheet["chart"]
    top, count = worksheet["frozen"], len(sheet["rows"])
    assert [series["values"] for series in chart["series"]] == [[top, at, count, 1] for at in told["series"]]
    assert {tuple(series["categories"]) for series in chart["series"]} == {(top, told["category"], count, 1)}
    assert [series["name"] for series in chart["series"]] == [
        sheet["columns"][at]["title"] for at in told["series"]
    ]
    assert chart["categoryAxis"]["categoryType"] == "TextAxis"
    assert (
        chart["type"]
        == {"column": "ColumnClustered", "line": "Line", "stacked": "ColumnStacked"}[told["kind"]]
    )


def test_every_report_is_inserted_as_it_is_downloaded_and_as_the_api_gave_it(
    lookup: Lookup, node: Path
) -> None:
    reports, window = lookup.reports(), lookup.window("last-30-days")
    read = [(report["id"], window, *lookup.rows(report, window)) for report in reports]
    sheets = [lookup.sheet(*told) for told in read]
    came = inserted(node, *sheets)
    assert len(came["book"]["worksheets"]) == len(reports) == 9
    for report, told, sheet, worksheet in zip(reports, read, sheets, came["book"]["worksheets"], strict=True):
        same(worksheet, lookup.workbook(*told))
        for row, cells in zip(told[2], sheet["rows"], strict=True):
            for column, cell in zip(report["columns"], cells, strict=True):
                told_by_api(cell, column, row)
        drawn(worksheet, sheet)
        assert worksheet["frozen"] == worksheet["tables"][0]["area"][0] + 1


def test_hostile_texts_and_an_hour_that_comes_twice_are_right_in_both(lookup: Lookup, node: Path) -> None:
    report = lookup.reports()[0]
    row = lookup.rows(report, lookup.window("last-30-days"))[0][0]
    hostile = [row | {"partNo": text, "serialNo": text, "employeeName": "O'Brien, Zoë"} for text in HOSTILE]
    rows = [*hostile, *(row | {"logDate": instant} for instant in TWICE)]
    told = (report["id"], LONG_DAY, rows, 12_345)
    sheet = lookup.sheet(*told)
    (worksheet,) = inserted(node, sheet)["book"]["worksheets"]
    same(worksheet, lookup.workbook(*told))

    top, places = worksheet["frozen"], {column["field"]: at for at, column in enumerate(report["columns"])}
    column = [worksheet["cells"][f"{top + at},{places['partNo']}"] for at in range(len(HOSTILE))]
    assert [cell["value"] for cell in column] == list(HOSTILE)
    assert {cell["format"] for cell in column} == {"@"}
    assert worksheet["cells"][f"{top},{places['employeeName']}"]["value"] == "O'Brien, Zoë"
    first, second = sheet["rows"][-2:]
    instants = [at for at, item in enumerate(report["columns"]) if item["kind"] == "datetime"]
    on_the_wall, in_utc = instants[0], instants[-1]
    assert first[on_the_wall] == second[on_the_wall]
    assert round((second[in_utc] - first[in_utc]) * 24, 6) == 1
    said = " ".join(str(cell["value"]) for cell in worksheet["cells"].values())
    assert "12 of 12,345 rows" in said
    assert len(sheet["name"]) <= 31


def test_many_rows_go_in_blocks_and_again_into_the_same_place(lookup: Lookup, node: Path) -> None:
    report, window = lookup.reports()[0], lookup.window("last-30-days")
    row = lookup.rows(report, window)[0][0]
    rows = [row | {"partNo": f"{number:05}"} for number in range(12_001)]
    many, few = (lookup.sheet(report["id"], window, rows[:count], 12_001) for count in (12_001, 3))
    mine = [many["name"], 6, len(report["columns"]) + 12, "=MINE()"]
    came = inserted(node, many, few, few, wrote=[mine])
    assert came["told"][0] == {"there": "", "name": many["name"], "progress": [4_999, 9_999, 12_001]}
    assert [told["there"] for told in came["told"][1:]] == [many["name"], many["name"]]
    assert max(came["book"]["requests"]) < LARGEST_REQUEST
    (worksheet,) = came["book"]["worksheets"]
    assert worksheet["cells"].pop(f"{mine[1]},{mine[2]}")["value"] == "=MINE()"
    same(worksheet, lookup.workbook(report["id"], window, rows[:3], 12_001))
    assert len(worksheet["tables"]) == len(worksheet["charts"]) == 1


def test_nothing_is_read_before_it_was_loaded_and_synced(lookup: Lookup, node: Path) -> None:
    report, window = lookup.reports()[0], lookup.window("last-30-days")
    rows, total = lookup.rows(report, window)
    sheet = lookup.sheet(report["id"], window, rows, total)
    came = run(node, "lookup-discipline.mjs", {"module": str(MODULE), "sheet": sheet})
    assert came["first"]["stands"] == ""
    assert came["again"]["stands"] == came["first"]["name"] == sheet["name"]
    assert ["worksheets.add", sheet["name"]] in came["first"]["called"]
    assert ["table.delete"] in came["again"]["called"]
    assert str(PRESS["code"]) in sheet["name"]
