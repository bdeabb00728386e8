"""Rows as newline-delimited JSON: each line is the object that the JSON list shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import Any, Final

import msgspec

from millgate.plant.formats.columns import Batches, Column, Row, closing
from millgate.plant.formats.texts import time_text

MEDIA_TYPE: Final = "application/x-ndjson"
EXTENSION: Final = "ndjson"
_ENCODER: Final = msgspec.json.Encoder()


def _as_json(rows: object) -> object:
    return msgspec.Raw(rows) if isinstance(rows, str) else rows


# The other kinds are encoded as they are.
_SHOWS: Final[dict[str, Callable[[Any], object]]] = {
    "boolean": bool,
    "time of day": time_text,
    "rows": _as_json,
}


async def stream(columns: Sequence[Column], batches: Batches) -> AsyncGenerator[bytes, None]:
    """One line for each row; one batch is in memory at a time."""
    names = [column.name for column in columns]
    shows = [(place, _SHOWS[column.kind]) for place, column in enumerate(columns) if column.kind in _SHOWS]

    def shown(row: Row) -> dict[str, object]:
        values = list(row)
        for place, show in shows:
            if values[place] is not None:
                values[place] = show(values[place])
        return dict(zip(names, values, strict=True))

    def lines(rows: list[Row]) -> bytes:
        return _ENCODER.encode_lines(map(shown, rows))

    async with closing(batches):
        async for rows in batches:
            if rows:
                yield await asyncio.to_thread(lines, rows)


async def stream_lines(pages: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """Rows that the database has encoded already: texts of JSON objects with a line feed between them."""
    async with closing(pages):
        async for text in pages:
            if text:
                yield text + b"\n"
