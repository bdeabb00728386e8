"""Indexes: searching, filtering, sorting and paging, as the attributes of a route allow."""

from __future__ import annotations

import operator
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db.models import Model, Q
from django.utils.dateparse import parse_datetime

from millgate.control.actions.pipeline.calls import Outcome
from millgate.control.actions.pipeline.refusals import invalid
from millgate.control.actions.registry.model import Type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet

    from millgate.control.actions.pipeline.calls import ActionCall
    from millgate.control.actions.registry.model import Attribute

M = TypeVar("M", bound=Model)

SIZE: Final = 25
"""How many records a page has, unless the caller says it."""
LARGEST: Final = 2**63 - 1
LONGEST_VALUE: Final = 200
_LOOKUPS: Final = {
    "is": "exact",
    "is_not": "exact",
    "contains": "icontains",
    "gt": "gt",
    "gte": "gte",
    "lt": "lt",
    "lte": "lte",
}
_EQUAL: Final = frozenset({"is", "is_not"})


def index(
    call: ActionCall,
    rows: QuerySet[M],
    shown: Callable[[M], Any],
    ways: Mapping[str, str] | None = None,
) -> Outcome:
    """A page of records.

    Args:
        call: of an index.
        rows: all that the caller may see.
        shown: how one stands in the answer.
        ways: Django's ways to attributes that are called otherwise.

    Raises:
        Refused: a filter compares what cannot be compared.
    """
    known, way = {item.name: item for item in call.route.attributes}, ways or {}
    for condition in call.params.get("filters", ()):
        attribute = known[condition["attribute"]]
        rows = _filtered(rows, attribute, way.get(attribute.name, attribute.name), condition)
    found = _searched(rows, call, known, way)
    count = found.count() if call.params.get("count") else None
    return Outcome(data=[shown(row) for row in _page(found, call, way)], count=count)


def _searched(
    rows: QuerySet[M], call: ActionCall, known: Mapping[str, Attribute], ways: Mapping[str, str]
) -> QuerySet[M]:
    search = call.params.get("search")
    if not search:
        return rows
    everywhere = [item.name for item in known.values() if item.search]
    names = search.get("attributes") or everywhere
    terms = [Q(**{f"{ways.get(name, name)}__icontains": search["term"]}) for name in names]
    return rows.filter(reduce(operator.or_, terms))


def _filtered(rows: QuerySet[M], attribute: Attribute, way: str, condition: Mapping[str, Any]) -> QuerySet[M]:
    comparison = condition.get("comparison", "is")
    if comparison == "contains" and (attribute.type is not Type.STRING or attribute.instant):
        raise invalid("filters.comparison", f"{attribute.name} is no text; compare it otherwise.")
    if comparison not in _EQUAL and attribute.type is Type.BOOLEAN:
        raise invalid("filters.comparison", f"{attribute.name} is true or false: compare by is or is_not.")
    wanted = Q(**{f"{way}__{_LOOKUPS[comparison]}": _value(attribute, condition["value"])})
    return rows.exclude(wanted) if comparison == "is_not" else rows.filter(wanted)


def _value(attribute: Attribute, value: Any) -> Any:  # noqa: ANN401 - as it came
    if attribute.instant:
        return instant_of("filters.value", value)
    if attribute.type is Type.BOOLEAN:
        if isinstance(value, bool):
            return value
        raise invalid("filters.value", f"{attribute.name} is true or false.")
    if attribute.type is Type.INTEGER:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST:
            return value
        raise invalid("filters.value", f"{attribute.name} is a whole number.")
    if isinstance(value, str) and len(value) <= LONGEST_VALUE:
        return value
    raise invalid("filters.value", f"{attribute.name} is a text of at most {LONGEST_VALUE} characters.")


def instant_of(name: str, value: object) -> datetime:
    """A moment that a caller wrote.

    Raises:
        Refused: it is no ISO 8601 with an offset.
    """
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise invalid(name, "Send ISO 8601 with an offset, as in 2026-11-30T08:00:00Z.")
    return found


def _page(rows: QuerySet[M], call: ActionCall, ways: Mapping[str, str]) -> QuerySet[M]:
    sort, page = call.params.get("sort", {}), call.params.get("page", {})
    by = sort.get("by", "pk")
    # Without a wish the newest come first.
    order = sort.get("order", "asc" if "by" in sort else "desc")
    sign = "-" if order == "desc" else ""
    rows = rows.order_by(f"{sign}{ways.get(by, by)}", f"{sign}pk")
    size = page.get("size", SIZE)
    start = (page.get("number", 1) - 1) * size
    return rows[start : start + size]
