"""Where a fault is mended: the page of the thing that it speaks of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from millgate.control.catalogue.models import Adapter, Api, DataSource, Operation, Revision, Upstream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import Model
    from django.http import HttpRequest

_PLACE: Final = re.compile(
    r"(?P<kind>api|adapter|source|upstream) (?P<key>[^ ,]+)"
    r"(?: revision (?P<revision>\d+))?(?:, operation (?P<operation>[^ ,]+))?"
)
_MODELS: Final[Mapping[str, type[Model]]] = {
    "api": Api,
    "adapter": Adapter,
    "source": DataSource,
    "upstream": Upstream,
    "operation": Operation,
    "revision": Revision,
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place.

    Attributes:
        place: as faults say it.
        whys: the reasons.
        page: where it is mended; empty where the reader may not, or nothing is known.
    """

    place: str
    whys: list[str]
    page: str


def faults_told(request: HttpRequest, faults: Mapping[str, list[str]]) -> list[Fault]:
    """Faults with the page that mends each: a query for each kind of thing at most."""
    named = {place: _named(place) for place in faults}
    pages = _pages(request, {thing for thing in named.values() if thing is not None})
    return [Fault(place, whys, pages.get(named[place], "")) for place, whys in faults.items()]


def may_see(request: HttpRequest, kind: str) -> bool:
    """Whether the reader may see things of a kind."""
    name = _MODELS[kind]._meta.model_name  # noqa: SLF001 - Django's name for a public thing
    return any(request.user.has_perm(f"catalogue.{may}_{name}") for may in ("view", "change"))


def _named(place: str) -> tuple[str, str, str] | None:
    """The kind, the API or other thing, and the operation or revision of it."""
    found = _PLACE.match(place)
    if found is None:
        return None
    if found["revision"]:
        return "revision", found["key"], found["revision"]
    if found["operation"] and found["kind"] == "api":
        return "operation", found["key"], found["operation"]
    return found["kind"], found["key"], ""


def _pages(request: HttpRequest, things: set[tuple[str, str, str]]) -> dict[tuple[str, str, str] | None, str]:
    pages: dict[tuple[str, str, str] | None, str] = {}
    for kind in sorted({kind for kind, _key, _of in things}):
        if may_see(request, kind):
            wanted = {thing for thing in things if thing[0] == kind}
            pages |= {thing: pk for thing, pk in _rows(kind, wanted) if thing in wanted}
    return pages


def _rows(kind: str, things: Iterable[tuple[str, str, str]]) -> list[tuple[tuple[str, str, str], str]]:
    keys = {key for _, key, _ in things}
    rows: Any = _MODELS[kind]._default_manager  # noqa: SLF001 - Django's name for a public thing
    if kind in {"operation", "revision"}:
        of = "key" if kind == "operation" else "number"
        found = rows.filter(api__key__in=keys, **{f"{of}__in": {of for _, _, of in things}})
        named = found.values_list("api__key", of, "pk")
    else:
        named = ((key, "", pk) for key, pk in rows.filter(key__in=keys).values_list("key", "pk"))
    page = f"admin:catalogue_{_MODELS[kind]._meta.model_name}_change"  # noqa: SLF001 - as above
    return [((kind, key, str(of)), reverse(page, args=(pk,))) for key, of, pk in named]
