"""Reading what is in force, and what would be if somebody published now."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from millgate.control.accounts.selectors import accounts_document, companies_document
from millgate.control.catalogue.selectors import catalogue_document
from millgate.control.clients.selectors import (
    applications_document,
    signing_keys_document,
    subscriptions_document,
)
from millgate.control.publish import targets
from millgate.control.publish.models import Version
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Catalogue, Directory, Document, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from millgate.describe.model import Api
    from millgate.snapshot.model import Snapshot

What: TypeAlias = Literal["added", "changed", "removed"]
Kind: TypeAlias = Literal["api", "adapter", "source", "upstream"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the catalogue's rows and what is published.

    Attributes:
        what: has happened to it.
        kind: of thing.
        key: by which it is known; with its number for a revision that is not current.
        name: as shown.
    """

    what: What
    kind: Kind
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What publishing now would do: the differences, and the faults that stand against it by place."""

    changes: tuple[Change, ...]
    faults: Mapping[str, list[str]]


class _Named(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...


def directory_document() -> Directory:
    """The directory's rows as machines see them: equal rows give equal documents."""
    return Directory(
        companies=companies_document(),
        accounts=accounts_document(),
        applications=applications_document(),
        subscriptions=subscriptions_document(),
        signing_keys=signing_keys_document(),
    )


def version_newest() -> Version | None:
    """The version in force, or None before the first one."""
    return Version.objects.order_by("-number").first()


def catalogue_published() -> Catalogue:
    """The catalogue in force; empty before the first publication."""
    newest = version_newest()
    return decode(newest.document.encode()).catalogue if newest else Catalogue()


def operations_ever_published(key: str) -> set[str]:
    """The keys of all operations that an API had in any publication that is kept."""
    published = Version.objects.exclude(kind=Version.Kind.DIRECTORY).values_list("document", flat=True)
    return {
        operation.key
        for document in published.iterator()
        for api in decode(document.encode()).catalogue.apis
        if api.key == key
        for operation in api.operations
    }


def draft() -> Draft:
    """What publishing now would change, and what stands against it."""
    rows, published = catalogue_document(), catalogue_published()
    _, faults = build_serving(Document(rows, directory_document()), targets.known())
    changes = [
        *_changes("api", _revisions(rows.apis), _revisions(published.apis)),
        *_changes("adapter", _by_key(rows.adapters), _by_key(published.adapters)),
        *_changes("source", _by_key(rows.sources), _by_key(published.sources)),
        *_changes("upstream", _by_key(rows.upstreams), _by_key(published.upstreams)),
    ]
    return Draft(tuple(changes), faults)


def _by_key(items: Iterable[_Named]) -> dict[str, _Named]:
    return {item.key: item for item in items}


def _revisions(apis: Iterable[Api]) -> dict[str, _Named]:
    return {api.key if api.current else f"{api.key};rev={api.revision}": api for api in apis}


def _changes(kind: Kind, new: Mapping[str, _Named], old: Mapping[str, _Named]) -> list[Change]:
    found = []
    for key in sorted(new.keys() | old.keys()):
        if new.get(key) != old.get(key):
            what: What = "added" if key not in old else "removed" if key not in new else "changed"
            found.append(Change(what, kind, key, (new.get(key) or old[key]).name))
    return found


class _Held:
    """The snapshot of the newest version, built once per version and process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def get(self) -> Snapshot:
        newest = Version.objects.order_by("-number").values_list("number", "content_hash").first()
        number, content_hash = newest or (0, "")
        held = self._snapshot
        if held is None or held.version != content_hash:
            with self._lock:
                held = self._snapshot = _snapshot(number)
        return held


def _snapshot(number: int) -> Snapshot:
    stored = Version.objects.filter(number=number).values_list("document", flat=True).first()
    document = decode(stored.encode()) if stored else Document()
    return build_serving(document, targets.known())[0]


_held = _Held()


def snapshot_current() -> Snapshot:
    """The snapshot in force, for pages: of the newest version, or an empty one before the first."""
    return _held.get()
