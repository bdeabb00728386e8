"""Rows become the list envelope: `links`, `embedded`, `total`, `count`.

The shape is the 2017 manual's, which it calls HAL though the HAL draft has other names. A list that is
whole on one page links to itself alone; as soon as there is more, or the caller sent offset or limit, all
links show both, so that a link says exactly which rows it means.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from millgate.plant.plan import AFTER, GROUP_BY, LIMIT, NO_GROUP, OFFSET, Plan
from millgate.wire.messages import Header

JSON: Final = "application/json"
HAL_JSON: Final = "application/hal+json"
NOT_CACHED: Final[tuple[Header, ...]] = (
    ("pragma", "no-cache"),
    ("cache-control", "no-cache"),
    ("expires", "-1"),
)
HEADERS: Final[dict[str, tuple[Header, ...]]] = {
    JSON: (("content-type", "application/json; charset=utf-8"), *NOT_CACHED),
    HAL_JSON: (("content-type", HAL_JSON), *NOT_CACHED),
}
_ENCODER: Final = msgspec.json.Encoder()


class Link(msgspec.Struct, frozen=True):
    """One link (RFC 8288): a relation, a relative reference that starts with a slash, and a method."""

    rel: str
    href: str
    method: str = "GET"


def links_of(plan: Plan, total: int, base: str, behind: str | None = None) -> list[Link]:
    """The links of a page, each to `base` with the effective query.

    Walking `next` from any page visits every later row once and ends; `last` is where a walk over
    unchanging rows ends.

    Args:
        plan: the page.
        total: how many rows there are in all.
        base: the address without its query.
        behind: the place of the page's last row, or an empty text for rows that have no place; None when
            no row comes behind the page.
    """
    query = _query(plan)
    if not plan.paged and behind is None:
        return [Link("self", _href(base, query))]
    pages = {"self": plan.offset, "first": 0}
    if plan.offset > 0:
        pages["prev"] = max(plan.offset - plan.limit, 0)
    if behind is not None:
        pages["next"] = plan.offset + plan.limit
    pages["last"] = plan.offset + max(total - 1 - plan.offset, 0) // plan.limit * plan.limit
    places = {"self": plan.after_text, "next": behind}
    return [
        Link(rel, _page(base, query, plan.limit, offset, places.get(rel))) for rel, offset in pages.items()
    ]


def _query(plan: Plan) -> list[str]:
    filters = [
        f"{item.filter.name}={quote(item.filter.kind.text(value), safe=':')}"
        for item in plan.conditions
        for value in item.values
    ]
    if plan.groups == plan.resource.grouped_by:
        return filters
    return [*filters, *(f"{GROUP_BY}={name}" for name in plan.groups or (NO_GROUP,))]


def _page(base: str, query: list[str], limit: int, offset: int, after: str | None) -> str:
    place = [f"{AFTER}={after}"] if after else []
    return _href(base, [*query, f"{OFFSET}={offset}", f"{LIMIT}={limit}", *place])


def _href(base: str, query: list[str]) -> str:
    return f"{base}?{'&'.join(query)}" if query else base


def envelope(links: Sequence[Link], text: bytes, total: int, count: int) -> bytes:
    """The body of a page of rows, which come as JSON objects on lines."""
    return b'{"links":%b,"embedded":[%b],"total":%d,"count":%d}' % (
        _ENCODER.encode(links),
        text.replace(b"\n", b","),
        total,
        count,
    )
