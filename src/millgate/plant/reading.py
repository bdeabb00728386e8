"""Reads pages of one resource: one page for a list, or all of them, one after the other, for an export."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

import msgspec

from millgate.plant.dialects import DIALECTS
from millgate.plant.place import read_place, write_place
from millgate.plant.plan import Plan
from millgate.plant.resource import Resource, place_fields
from millgate.plant.rows import RowCheck
from millgate.plant.sql import select_of
from millgate.stores.ports import PlantReader

BATCH: Final = 1000
"""Rows that an export reads at once."""
_ENCODER: Final = msgspec.json.Encoder()


class Found(msgspec.Struct, frozen=True):
    """A page with at least one row.

    Attributes:
        rows: each with a member for each field, named like it.
        text: the same rows as JSON objects on lines, in UTF-8.
        total: how many rows there are in all.
        behind: the place of the last row, or an empty text for rows that have no place; None when no row
            comes behind the page.
    """

    rows: list[Any]
    text: bytes
    total: int
    behind: str | None


class PageReader:
    """Reads one resource."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._check = RowCheck(resource.name, resource.fields)
        self._placed = bool(place_fields(resource))
        self._batch = min(BATCH, resource.most_rows)

    async def page(self, plan: Plan, store: PlantReader, now: datetime, seconds: float) -> Found | None:
        """One page; None when there is no row.

        Raises:
            QueryTimedOut, ConnectTimedOut, StoreUnreachable: as the store tells.
            ColumnFailed: a value is not what its field promises.
        """
        if self._resource.compute is not None:
            return self._slice(plan, await self._resource.compute(plan, store, now, seconds))
        found = await store.select(select_of(plan, DIALECTS[store.dialect], now), seconds)
        if not found.text:
            return None
        rows, text, behind = self._check.rows(found.text), found.text, None
        if len(rows) > plan.limit:
            rows.pop()
            text = text[: text.rindex(b"\n")]
            behind = write_place(self._resource, rows[-1]) if self._placed else ""
        return Found(rows, text, found.total, behind)

    async def pages(
        self, plan: Plan, store: PlantReader, now: datetime, seconds: float
    ) -> AsyncIterator[Found]:
        """All rows that the plan means, page after page; each page has `seconds`.

        The rows of a plan whose caller sent offset or limit are that page.

        Raises:
            As `page`, at any page.
        """
        whole = msgspec.structs.replace(plan, limit=plan.limit if plan.paged else self._batch)
        found = await self.page(whole, store, now, seconds)
        while found is not None:
            yield found
            if found.behind is None or plan.paged:
                return
            whole = self._next(whole, found.behind)
            found = await self.page(whole, store, now, seconds)

    def _next(self, plan: Plan, behind: str) -> Plan:
        after = read_place(self._resource, behind) if behind else None
        return msgspec.structs.replace(plan, offset=plan.offset + plan.limit, after=after, after_text=behind)

    def _slice(self, plan: Plan, made: list[dict[str, object]]) -> Found | None:
        page = [self._shown(row) for row in made[plan.offset : plan.offset + plan.limit]]
        if not page:
            return None
        text = _ENCODER.encode_lines(page).rstrip(b"\n")
        more = len(made) > plan.offset + plan.limit
        return Found(self._check.rows(text), text, len(made), "" if more else None)

    def _shown(self, row: dict[str, object]) -> dict[str, object]:
        """The row in the order of the fields, whole numbers without a fraction, as engines show it."""
        values = {field.name: row[field.name] for field in self._resource.fields}
        return {
            name: int(value) if isinstance(value, float) and value.is_integer() else value
            for name, value in values.items()
        }


async def begun(pages: AsyncIterator[Found]) -> AsyncIterator[Found] | None:
    """The same pages, the first of them read; None when there is none.

    What fails at the first page fails here, while there is still an answer to be chosen.
    """
    first = await anext(pages, None)
    return None if first is None else _chained(first, pages)


async def _chained(first: Found, later: AsyncIterator[Found]) -> AsyncIterator[Found]:
    yield first
    async for found in later:
        yield found
