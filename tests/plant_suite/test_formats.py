"""The formats for files hold the rows that JSON shows, all of them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from millgate.plant.formats.texts import guarded
from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, NUMBER, ROWS, TIME_OF_DAY, Kind
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Field, Resource
from plant_suite.house import LISTS, House, Row, called, whole_case

CSV, NDJSON = "text/csv", "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def exported(house: House, resource: Resource, accept: str, query: dict[str, Any] | None = None) -> bytes:
    case = whole_case(resource)
    answer = house.ask(case, case.window | (query or {}), key=one_key(house, resource), accept=accept)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith(accept)
    assert f'filename="{resource.name}.' in answer.headers["content-disposition"]
    return answer.body


def one_key(house: House, resource: Resource) -> str | None:
    case = whole_case(resource)
    return str(house.all(resource)[0]["jobKey"]) if case.operation.keyed else None


def shown(house: House, resource: Resource) -> list[Row]:
    """All rows as JSON shows them."""
    case, key = whole_case(resource), one_key(house, resource)
    return house.all(resource) if key is None else house.rows(case, key=key)


def csv_text(field: Field, value: Any) -> str:
    """How a value of JSON stands in CSV."""
    if value is None:
        return ""
    if field.kind in {INTEGER, NUMBER}:
        return str(value)
    if field.kind is BOOLEAN:
        return "TRUE" if value else "FALSE"
    if field.kind is ROWS:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(guarded(value))


def same_cell(field: Field, text: str, value: Any) -> bool:
    if field.kind is NUMBER and value is not None:
        return bool(text) and abs(float(text) - value) <= 1e-12 * abs(value)
    return text == csv_text(field, value)


def close(value: Any) -> Any:
    """The value itself; a sum of PostgreSQL may have been added up in another order, and differ in its last digit."""
    return pytest.approx(value, rel=1e-12, abs=0) if isinstance(value, float) else value


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_lines_of_json_are_the_rows(house: House, resource: Resource) -> None:
    lines = exported(house, resource, NDJSON).decode().splitlines()
    rows = shown(house, resource)
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        assert json.loads(line) == {name: close(value) for name, value in row.items()}
    assert [list(json.loads(line)) for line in lines[:3]] == [list(row) for row in rows[:3]]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_csv_holds_the_rows(house: House, resource: Resource) -> None:
    text = exported(house, resource, CSV).decode()
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    rows = shown(house, resource)
    assert header == [field.name for field in resource.fields]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        for field, cell in zip(resource.fields, line, strict=True):
            assert same_cell(field, cell, row[field.name]), (field.name, cell, row[field.name])


def cells(workbook: bytes) -> list[list[str | None]]:
    """The values of the first sheet, as its XML holds them."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    return [_line(row) for row in sheet.iter(f"{SHEET}row")]


def _line(row: ET.Element) -> list[str | None]:
    line: dict[int, str | None] = {}
    for cell in row.iter(f"{SHEET}c"):
        inline = "".join(text.text or "" for text in cell.iter(f"{SHEET}t"))
        value = cell.find(f"{SHEET}v")
        line[_place(cell.get("r", ""))] = inline if value is None else value.text
    return [line.get(place) for place in range(max(line) + 1)]


def _place(reference: str) -> int:
    number = 0
    for letter in re.match("[A-Z]+", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_agrees(field: Field, cell: str | None, value: Any) -> bool:
    """Whether a cell of a workbook means the value that JSON shows."""
    if value is None or value == "" or cell is None:
        return not cell and not value
    means = MEANS.get(field.kind)
    return means(cell, value) if means else cell == csv_text(field, value)


def _number_agrees(cell: str, value: float) -> bool:
    return abs(float(cell) - value) <= 1e-12 * abs(value)


def _instant_agrees(cell: str, value: str) -> bool:
    moment = ZERO + timedelta(days=float(cell))
    return abs(moment - datetime.fromisoformat(value)) < timedelta(milliseconds=1.1)


ZERO = datetime(1899, 12, 30, tzinfo=UTC)
MEANS: dict[Kind, Callable[[str, Any], bool]] = {
    INTEGER: _number_agrees,
    NUMBER: _number_agrees,
    BOOLEAN: lambda cell, value: cell == str(int(value)),
    INSTANT: _instant_agrees,
    DATE: lambda cell, value: str((ZERO + timedelta(days=int(cell))).date()) == value,
    TIME_OF_DAY: lambda cell, value: round(float(cell) * 1440) == int(value[:2]) * 60 + int(value[3:]),
}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_a_workbook_holds_the_rows(house: House, resource: Resource) -> None:
    rows = shown(house, resource)
    few = {} if len(rows) <= 300 else {"limit": 300}
    header, *lines = cells(exported(house, resource, XLSX, few))
    assert header == [field.name for field in resource.fields]
    assert len(lines) == min(len(rows), 300)
    for line, row in zip(lines, rows, strict=False):
        padded = [*line, *[None] * (len(resource.fields) - len(line))]
        for field, cell in zip(resource.fields, padded, strict=True):
            assert cell_agrees(field, cell, row[field.name]), (field.name, cell, row[field.name])


def test_a_workbook_holds_more_rows_than_a_page(house: House) -> None:
    logs = next(item for item in RESOURCES if item.name == "WorkcenterScrapLogs")
    rows = house.all(logs)
    assert len(rows) > 1000
    lines = cells(exported(house, logs, XLSX))
    assert [int(float(line[0] or 0)) for line in lines[1:]] == [row["scrapLogKey"] for row in rows]


@pytest.mark.parametrize("accept", [CSV, NDJSON])
def test_an_export_is_all_rows_or_the_page_that_was_asked(house: House, accept: str) -> None:
    logs = next(item for item in RESOURCES if item.name == "WorkcenterProductionLogs")
    whole = len(house.all(logs))
    header = accept == CSV
    assert whole > 1500
    assert len(exported(house, logs, accept).splitlines()) == whole + header
    assert len(exported(house, logs, accept, {"limit": 7}).splitlines()) == 7 + header
    assert len(exported(house, logs, accept, {"limit": 1500}).splitlines()) == 1000 + header
    assert len(exported(house, logs, accept, {"offset": whole - 3}).splitlines()) == 3 + header


@pytest.mark.parametrize("accept", [CSV, NDJSON, XLSX])
@pytest.mark.parametrize("case", [case for case in LISTS if not case.operation.keyed], ids=called)
def test_an_export_of_nothing_is_the_404_of_a_list(house: House, case: Any, accept: str) -> None:
    answer = house.ask(case, case.window, pcn=4711, accept=accept)
    assert answer.status == 404
    assert answer.json["detail"] == f"Resource not found. {case.resource.name}"
