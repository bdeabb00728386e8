"""Rows become the list envelope: `links`, `embedded`, `total`, `count`.

The shape is the 2017 manual's, which it calls HAL though the HAL draft has other names. A list that is
whole on one page links to itself alone; as soon as there is more, or the caller sent offset or limit, all
links show both, so that a link says exactly which rows it means.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from millgate.plant.accept import preferred
from millgate.plant.kinds import Kind
from millgate.plant.plan import LIMIT, OFFSET, Plan
from millgate.plant.resource import Field
from millgate.stores.ports import ColumnFailed
from millgate.wire.messages import Header, Response

JSON: Final = "application/json"
HAL_JSON: Final = "application/hal+json"
NOT_CACHED: Final[tuple[Header, ...]] = (
    ("pragma", "no-cache"),
    ("cache-control", "no-cache"),
    ("expires", "-1"),
)
_FORMATS: Final = (JSON, HAL_JSON)
_HEADERS: Final[dict[str, tuple[Header, ...]]] = {
    JSON: (("content-type", "application/json; charset=utf-8"), *NOT_CACHED),
    HAL_JSON: (("content-type", HAL_JSON), *NOT_CACHED),
}
_ENCODER: Final = msgspec.json.Encoder()
_NESTED: Final = msgspec.json.Decoder(list[tuple[Any, ...]])


class Link(msgspec.Struct, frozen=True):
    """One link (RFC 8288): a relation, a relative reference that starts with a slash, and a method."""

    rel: str
    href: str
    method: str = "GET"


class Envelope(msgspec.Struct, frozen=True):
    """A page of rows."""

    links: list[Link]
    embedded: Sequence[object]
    total: int
    count: int


class RowShape:
    """Makes wire rows of stored rows, and knows which column is to blame when it cannot.

    Args:
        name: what the rows are called.
        fields: their members, in the order of the stored values.
    """

    def __init__(self, name: str, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._row: type = msgspec.defstruct(name, [(field.name, Any) for field in fields], gc=False)
        types = tuple(field.kind.stored | None for field in fields)
        # msgspec examines the type of a struct's member once, but a bare type at every call.
        self._checked = msgspec.defstruct("Rows", [("rows", list[tuple[types]])], array_like=True)  # type: ignore[valid-type]
        self._shows = [
            (place, show) for place, field in enumerate(fields) if (show := _show_of(field)) is not None
        ]

    def shown(self, rows: Sequence[tuple[object, ...]]) -> list[object]:
        """The rows as the encoder writes them.

        Raises:
            ColumnFailed: a stored value is not of its field's kind.
        """
        try:
            checked: Any = msgspec.convert((rows,), self._checked)
        except msgspec.ValidationError:
            raise ColumnFailed(self._to_blame(rows)) from None
        if not rows:
            return []
        # By column, so that the loops over rows run inside the interpreter's own code.
        columns: list[Any] = list(zip(*checked.rows, strict=True))
        for place, show in self._shows:
            try:
                columns[place] = list(map(show, columns[place]))
            except LookupError:
                raise ColumnFailed(self._fields[place].alias) from None
        return list(map(self._row, *columns))

    def _to_blame(self, rows: Sequence[tuple[object, ...]]) -> str:
        return next(
            field.alias
            for place, field in enumerate(self._fields)
            if any(not _reads_as(field.kind, row[place]) for row in rows)
        )


def _show_of(field: Field) -> Callable[[Any], object] | None:
    if field.rows is None:
        return field.kind.show
    inside = RowShape(field.name, field.rows.fields)
    return lambda stored: inside.shown(_NESTED.decode(stored or "[]"))


def _reads_as(kind: Kind, stored: object) -> bool:
    try:
        msgspec.convert(stored, kind.stored | None)
    except msgspec.ValidationError:
        return False
    return True


def links_of(plan: Plan, total: int, base: str) -> list[Link]:
    """The links of a page, each to `base` with the effective query.

    Walking `next` from any page visits every later row once and ends; `last` is where that walk ends.
    """
    filters = [
        f"{item.filter.name}={quote(item.filter.kind.text(value), safe=':')}"
        for item in plan.conditions
        for value in item.values
    ]
    if not plan.paged and total <= plan.limit:
        return [Link("self", _href(base, filters))]
    after, before = plan.offset + plan.limit, plan.offset - plan.limit
    last = plan.offset + (total - 1 - plan.offset) // plan.limit * plan.limit
    places = [("self", plan.offset), ("first", 0)]
    if plan.offset > 0:
        places.append(("prev", max(before, 0)))
    if after < total:
        places.append(("next", after))
    places.append(("last", last))
    return [
        Link(rel, _href(base, [*filters, f"{OFFSET}={offset}", f"{LIMIT}={plan.limit}"]))
        for rel, offset in places
    ]


def _href(base: str, query: list[str]) -> str:
    return f"{base}?{'&'.join(query)}" if query else base


def page_answer(rows: list[object], total: int, links: list[Link], accept: str | None) -> Response:
    """The answer with a page of rows, in the form that Accept asks for."""
    body = _ENCODER.encode(Envelope(links, rows, total, len(rows)))
    return Response(200, _HEADERS[preferred(accept, _FORMATS)], body)
