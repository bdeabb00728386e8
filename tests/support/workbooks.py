"""Reading a workbook as it was written: cells as they are stored, with their number formats."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from xml.etree import ElementTree as ET

_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_BUILT_IN: Final = {"0": "General", "1": "0", "3": "#,##0", "4": "#,##0.00", "49": "@"}
_PLACE: Final = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True)
class Cell:
    """What a cell holds, and how it is shown."""

    value: str | float
    number_format: str
    formula: bool = False


def cells_of(workbook: bytes) -> dict[tuple[int, int], Cell]:
    """The filled cells of the first sheet, by row and column from 0."""
    parts = zipfile.ZipFile(BytesIO(workbook))
    texts, formats = _texts(parts), _formats(parts)
    sheet = ET.fromstring(parts.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own workbook
    found = {}
    for element in sheet.iter(f"{_MAIN}c"):
        value = element.findtext(f"{_MAIN}v")
        shown = None if value is None else texts[int(value)] if element.get("t") == "s" else float(value)
        if shown is not None and shown != "":
            form = formats[int(element.get("s", "0"))]
            found[_place(element.get("r", ""))] = Cell(shown, form, element.find(f"{_MAIN}f") is not None)
    return found


def names_of(workbook: bytes) -> tuple[str, str]:
    """The names of the first sheet, and of its table."""
    parts = zipfile.ZipFile(BytesIO(workbook))
    book = ET.fromstring(parts.read("xl/workbook.xml"))  # noqa: S314 - our own workbook
    table = ET.fromstring(parts.read("xl/tables/table1.xml"))  # noqa: S314 - likewise
    return next(book.iter(f"{_MAIN}sheet")).get("name", ""), table.get("name", "")


def _texts(parts: zipfile.ZipFile) -> list[str]:
    held = ET.fromstring(parts.read("xl/sharedStrings.xml"))  # noqa: S314 - our own workbook
    return ["".join(text.text or "" for text in item.iter(f"{_MAIN}t")) for item in held]


def _formats(parts: zipfile.ZipFile) -> list[str]:
    styles = ET.fromstring(parts.read("xl/styles.xml"))  # noqa: S314 - our own workbook
    own = {item.get("numFmtId"): item.get("formatCode", "") for item in styles.iter(f"{_MAIN}numFmt")}
    known = _BUILT_IN | own
    used = styles.find(f"{_MAIN}cellXfs")
    assert used is not None
    return [known[item.get("numFmtId", "0")] for item in used]


def _place(name: str) -> tuple[int, int]:
    match = _PLACE.fullmatch(name)
    assert match is not None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1
