"""Rows as CSV (RFC 4180)."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, Sequence
from typing import Final

from millgate.plant.formats.columns import Batches, Column, Row, closing
from millgate.plant.formats.texts import TEXTS, guarded

MEDIA_TYPE: Final = "text/csv"
CONTENT_TYPE: Final = "text/csv; charset=utf-8; header=present"
EXTENSION: Final = "csv"


async def stream(columns: Sequence[Column], batches: Batches) -> AsyncGenerator[bytes, None]:
    """A header line with the names, then one line for each row; lines end in CR LF.

    One batch is in memory at a time.
    """
    texts = [TEXTS[column.kind] for column in columns]

    def lines(rows: list[Row]) -> bytes:
        return _encoded(
            [
                ["" if value is None else text(value) for text, value in zip(texts, row, strict=True)]
                for row in rows
            ]
        )

    async with closing(batches):
        yield _encoded([[guarded(column.name) for column in columns]])
        async for rows in batches:
            if rows:
                yield await asyncio.to_thread(lines, rows)


def _encoded(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
