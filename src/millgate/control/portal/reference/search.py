"""Finding APIs, operations, parameters, errors, adapters, and what people wrote, by words."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from millgate.control.actions.registry.table import parameters_of
from millgate.control.actions.selectors import services_shown
from millgate.control.catalogue.content_selectors import connectors_shown, posts_shown
from millgate.control.portal import selectors
from millgate.control.portal.action_addresses import action_address
from millgate.control.portal.glossary import glossary_terms
from millgate.control.portal.reference.errors import stages
from millgate.control.portal.reference.grouping import Anchors
from millgate.control.portal.reference.shown import operation_address
from millgate.control.publish.selectors import snapshot_current
from millgate.snapshot.upstreams import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.utils.functional import _StrPromise

    from millgate.describe.model import Api, Operation

LONGEST_QUERY: Final = 200
_LONGEST_DETAIL: Final = 160
_NUMBER: Final = re.compile(r"[\d.,:;\"}]*\d[\d.,:;\"}]*")
_MOST_WRITTEN: Final = 500
_FEW: Final = 2
"""Words beside which a number is still looked for: it may be a status."""

KINDS: Final[dict[str, _StrPromise]] = {
    "api": _("API"),
    "operation": _("Operation"),
    "action": _("Action"),
    "parameter": _("Parameter"),
    "adapter": _("Adapter"),
    "error": _("Error"),
    "connector": _("Connector"),
    "post": _("Blog"),
    "term": _("Glossary"),
    "page": _("Page"),
}
"""What is found, in the order in which equals are listed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found.

    Attributes:
        kind: one of `KINDS`.
        title: as shown.
        detail: a line below it.
        address: where it stands.
        words: by which it is found besides.
        parts: names of parameters, each with where it stands in the page.
    """

    kind: str
    title: str
    detail: str
    address: str
    words: str = ""
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found."""

    kind: str
    kind_words: str
    title: str
    detail: str
    address: str


def find(query: str) -> list[Hit]:
    """What holds all words of a query, the nearest first.

    The module `palette.js` does the same in the browser; `tests/pages` compares the two.
    """
    words = _words(query)
    if not words:
        return []
    scored = [(score, entry) for entry in entries() if (score := _score(entry, words)) is not None]
    order = list(KINDS)
    scored.sort(key=lambda item: (item[0], order.index(item[1].kind), item[1].title.lower()))
    return [_hit(entry, words) for _, entry in scored]


def _words(query: str) -> list[str]:
    """The words that are looked for: of a text that was sent, not what changes from call to call."""
    words = query[:LONGEST_QUERY].lower().split()
    told = [word for word in words if not _NUMBER.fullmatch(word)]
    return told if len(told) > _FEW else words


def index_file() -> tuple[bytes, str]:
    """Everything that can be found, as JSON, and its entity tag."""
    return _written(snapshot_current().version, get_language() or "", tuple(_content()))


def entries() -> tuple[Entry, ...]:
    """Everything that can be found now."""
    return (*_published(snapshot_current().version, get_language() or ""), *_content())


@lru_cache(maxsize=2)
def _published(version: str, language: str) -> tuple[Entry, ...]:
    """Made once for each version and language."""
    del version, language
    return tuple(entry for source in SOURCES for entry in source())


@lru_cache(maxsize=2)
def _written(version: str, language: str, content: tuple[Entry, ...]) -> tuple[bytes, str]:
    kinds = {kind: str(words) for kind, words in KINDS.items()}
    rows = [
        [item.kind, item.title, item.detail, item.address, item.words, item.parts]
        for item in (*_published(version, language), *content)
    ]
    told = {"version": version, "kinds": kinds, "entries": rows}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return body, f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def _score(entry: Entry, words: list[str]) -> int | None:
    """How near it is, 0 being nearest; None when a word is missing."""
    title = entry.title.lower()
    names = [name.lower() for name, _ in entry.parts]
    told = " ".join((title, entry.detail.lower(), entry.words.lower(), *names))
    if not all(word in told for word in words):
        return None
    if title.startswith(words[0]):
        return 0
    if any(part.startswith(words[0]) for part in title.split()) or words[0] in names:
        return 1
    return 2 if words[0] in title else 3


def _hit(entry: Entry, words: list[str]) -> Hit:
    """What is shown; a parameter where the words are its name rather than the operation's."""
    title = entry.title.lower()
    for name, anchor in entry.parts:
        if any(word in name.lower() and word not in title for word in words):
            kind = "parameter"
            detail = f"{entry.title} · {entry.detail}"
            return Hit(kind, str(KINDS[kind]), name, detail, f"{entry.address}#{anchor}")
    return Hit(entry.kind, str(KINDS[entry.kind]), entry.title, entry.detail, entry.address)


def _pages() -> Iterable[Entry]:
    for name, title, words in (
        ("portal:home", _("Quick start"), _("first call token curl")),
        ("portal:apis", _("All APIs"), ""),
        ("portal:adapters", _("All adapters"), _("subscription key limits")),
        ("portal:errors", _("Error catalogue"), _("order of checks")),
        ("portal:connectors", _("All connectors"), ""),
        ("portal:blog", _("Blog"), _("announcements news feed")),
        ("portal:glossary", _("Glossary"), _("terms words")),
        ("documentation:overview", _("Actions"), _("session token routes documentation")),
        ("documentation:lists", _("List items"), _("reasons collections")),
    ):
        yield Entry("page", str(title), "", reverse(name), str(words))


def _apis() -> Iterable[Entry]:
    for api in selectors.apis_shown():
        yield Entry(
            "api", api.name, _cut(api.description), reverse("portal:api", args=(api.key,)), api.suffix
        )
        # Actions are found with their own documentation, as far as they answer.
        if api.upstream != ACTIONS:
            yield from (_operation(api, operation) for operation in api.operations)


def _operation(api: Api, operation: Operation) -> Entry:
    anchors = Anchors()
    parts = tuple((item.name, anchors.take(item.place.value, item.name)) for item in operation.parameters)
    detail = f"{operation.method} {selectors.address(api, operation, '')} · {api.name}"
    words = f"{operation.summary} {' '.join(operation.tags)}"
    return Entry("operation", operation.name, detail, operation_address(api, operation), words, parts)


def _adapters() -> Iterable[Entry]:
    for page in selectors.adapters_shown():
        address = reverse("portal:adapter", args=(page.adapter.key,))
        yield Entry("adapter", page.adapter.name, _cut(page.adapter.description), address)


def _errors() -> Iterable[Entry]:
    for stage in stages(settings.MILLGATE.public_origin):
        for page in stage.errors:
            title = f"{page.code} {_cut(page.text)}"
            detail = f"{page.problem.status} {page.phrase} · {stage.name}"
            address = reverse("portal:error", args=(page.code,))
            yield Entry("error", title, detail, address, f"{page.cause} {page.body}")


def _terms() -> Iterable[Entry]:
    page = reverse("portal:glossary")
    for term in glossary_terms():
        yield Entry("term", term.name, _cut(term.text), f"{page}#{term.key}")


def _actions() -> Iterable[Entry]:
    for service in services_shown(everything=False):
        for standing in service.routes:
            route, anchors = standing.route, Anchors()
            parts = tuple(
                (item.name, anchors.take("parameter", item.full_name)) for item in parameters_of(route)
            )
            detail = f"{route.verb} {route.address} · {service.service.name}"
            slugs = " ".join(item.slug for item in route.own_statuses)
            words = f"{route.purpose} {route.path} {slugs}"
            yield Entry("action", route.title, detail, action_address(route), words, parts)


def _content() -> Iterable[Entry]:
    """What people wrote or deployed, read anew each time: it needs no publication, and goes by the clock."""
    yield from _actions()
    for item in connectors_shown()[:_MOST_WRITTEN]:
        yield Entry("connector", item.name, _cut(item.summary), reverse("portal:connector", args=(item.key,)))
    for post in posts_shown(now=settings.CLOCK.utc())[:_MOST_WRITTEN]:
        yield Entry("post", post.title, _cut(post.summary), reverse("portal:post", args=(post.key,)))


def _cut(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= _LONGEST_DETAIL else first[:_LONGEST_DETAIL].rstrip() + "…"


SOURCES: Final[tuple[Callable[[], Iterable[Entry]], ...]] = (
    _pages,
    _apis,
    _adapters,
    _errors,
    _terms,
)
"""Where entries come from that change with a version alone."""
