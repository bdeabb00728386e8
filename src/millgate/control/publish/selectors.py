"""Reading what is in force, and what would be if somebody published now."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

import msgspec

from millgate.control.accounts.selectors import accounts_document, companies_document
from millgate.control.catalogue.selectors import catalogue_document
from millgate.control.clients.selectors import (
    applications_document,
    resources_document,
    signing_keys_document,
    subscriptions_document,
)
from millgate.control.publish import targets
from millgate.control.publish.models import Version
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Catalogue, Directory, Document, Halves, decode_catalogue, halves
from millgate.snapshot.indexing import index_catalogue
from millgate.snapshot.reading import VersionReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from msgspec import Raw

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
        old, new: how it is published, and how it stands; None where it does not.
    """

    what: What
    kind: Kind
    key: str
    name: str
    old: Any = field(default=None, compare=False, repr=False)
    new: Any = field(default=None, compare=False, repr=False)

    @property
    def mark(self) -> str:
        """Of both sides: two changes of one thing are the same when their marks are."""
        return hashlib.sha256(msgspec.json.encode((self.old, self.new))).hexdigest()[:16]


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
        resources=resources_document(),
    )


def version_newest() -> Version | None:
    """The version in force, or None before the first one."""
    return Version.objects.order_by("-number").first()


def publication_newest() -> int:
    """The number of the newest version that put a catalogue in force, or 0 before the first one."""
    made = Version.objects.exclude(kind=Version.Kind.DIRECTORY).order_by("-number")
    return made.values_list("number", flat=True).first() or 0


def catalogue_published() -> Catalogue:
    """The catalogue in force; empty before the first publication."""
    return decode_catalogue(catalogue_stored())


def catalogue_stored() -> Raw:
    """The catalogue in force as it is stored."""
    newest = version_newest()
    return halves(newest.document.encode()).catalogue if newest else Halves().catalogue


def catalogue_in(document: str) -> Catalogue:
    """The catalogue of a stored version."""
    return decode_catalogue(halves(document.encode()).catalogue)


def operations_ever_published(key: str) -> set[str]:
    """The keys of all operations that an API had in any publication that is kept."""
    published = Version.objects.exclude(kind=Version.Kind.DIRECTORY).values_list("document", flat=True)
    return {
        operation.key
        for document in published.iterator()
        for api in catalogue_in(document).apis
        if api.key == key
        for operation in api.operations
    }


def draft() -> Draft:
    """What publishing now would change, and what stands against it.

    The directory is not looked at: no change of it is stored with a fault.
    """
    rows = catalogue_document()
    return draft_of(rows, catalogue_published())


def draft_of(wanted: Catalogue, published: Catalogue) -> Draft:
    """What putting a catalogue in force would change, and what stands against it."""
    faults = index_catalogue(wanted, targets.known()).faults
    return Draft(changes_between(published, wanted), faults)


def changes_between(old: Catalogue, new: Catalogue) -> tuple[Change, ...]:
    """What differs between two catalogues, by kind and key."""
    return (
        *_changes("api", _revisions(new.apis), _revisions(old.apis)),
        *_changes("adapter", _by_key(new.adapters), _by_key(old.adapters)),
        *_changes("source", _by_key(new.sources), _by_key(old.sources)),
        *_changes("upstream", _by_key(new.upstreams), _by_key(old.upstreams)),
    )


def marks_of(changes: Iterable[Change]) -> dict[str, str]:
    """The mark of each change, by kind and key: what somebody saw, in a form that a page can send back."""
    return {f"{change.kind} {change.key}": change.mark for change in changes}


def publication_before(version: Version) -> Version | None:
    """The version before one that was made by publishing or restoring; those that changed the catalogue."""
    earlier = Version.objects.filter(number__lt=version.number).exclude(kind=Version.Kind.DIRECTORY)
    return earlier.order_by("-number").first()


def _by_key(items: Iterable[_Named]) -> dict[str, _Named]:
    return {item.key: item for item in items}


def _revisions(apis: Iterable[Api]) -> dict[str, _Named]:
    return {api.key if api.current else f"{api.key};rev={api.revision}": api for api in apis}


def _changes(kind: Kind, new: Mapping[str, _Named], old: Mapping[str, _Named]) -> list[Change]:
    found = []
    for key in sorted(new.keys() | old.keys()):
        if new.get(key) != old.get(key):
            what: What = "added" if key not in old else "removed" if key not in new else "changed"
            found.append(Change(what, kind, key, (new.get(key) or old[key]).name, old.get(key), new.get(key)))
    return found


class _Held:
    """The snapshot of the newest version, built once per version and process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reader = VersionReader()
        self._snapshot: Snapshot | None = None

    def get(self) -> Snapshot:
        content_hash = Version.objects.order_by("-number").values_list("content_hash", flat=True).first()
        with self._lock:
            held = self._snapshot
            if held is None or held.version != content_hash:
                held = self._snapshot = self._read(version_newest())
            return held

    def _read(self, version: Version | None) -> Snapshot:
        if version is None:
            return build_serving(Document(), targets.known())[0]
        return self._reader.read(version.document.encode(), targets.known())[0]


_held = _Held()


def snapshot_current() -> Snapshot:
    """The snapshot in force, for pages: of the newest version, or an empty one before the first."""
    return _held.get()
