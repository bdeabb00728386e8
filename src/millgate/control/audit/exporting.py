"""Entries as CSV and as newline-delimited JSON, a line at a time."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from millgate.plant.formats.texts import guarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from millgate.control.audit.models import Entry

COLUMNS: Final = (
    "time",
    "who",
    "email",
    "action",
    "kind",
    "key",
    "name",
    "through",
    "page",
    "address",
    "request_id",
    "user_agent",
    "comment",
    "before",
    "after",
)
FORMS: Final = {"csv": "text/csv; charset=utf-8; header=present", "ndjson": "application/x-ndjson"}
"""The forms of files, and their content types."""


def lines(entries: Iterable[Entry], form: str) -> Iterator[str]:
    """The lines of a file in one of the forms."""
    if form == "ndjson":
        for entry in entries:
            yield json.dumps(members(entry), ensure_ascii=False) + "\n"
        return
    yield _row(COLUMNS)
    for entry in entries:
        yield _row(guarded(_cell(value)) for value in members(entry).values())


def members(entry: Entry) -> dict[str, Any]:
    """What an entry says, by column."""
    told = {name: getattr(entry, name) for name in COLUMNS[1:]}
    return {"time": entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")} | told


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
