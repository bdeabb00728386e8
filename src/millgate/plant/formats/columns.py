"""What every format is given: columns, and rows that arrive in batches."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias, TypeVar

import msgspec

Row: TypeAlias = tuple[object, ...]
Batches: TypeAlias = AsyncIterator[list[Row]]
"""Rows in order, up to about a thousand at a time.

A value is Python's own (an aware `datetime` in UTC, `date`, `time`, `bool`, `int`, `float`, `str`, None);
rows inside a row are JSON (a `str` or `msgspec.Raw`) or a list.
"""

_Item = TypeVar("_Item")


class Column(msgspec.Struct, frozen=True):
    """One column.

    Attributes:
        name: of the field, as the JSON list names it.
        kind: the name of its `Kind`.
    """

    name: str
    kind: str


@asynccontextmanager
async def closing(source: AsyncIterator[_Item]) -> AsyncGenerator[AsyncIterator[_Item], None]:
    """The source, which ends at once when its reader does, so that a query never waits for the collector."""
    try:
        yield source
    finally:
        if isinstance(source, AsyncGenerator):
            await source.aclose()
