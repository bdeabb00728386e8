"""Stored versions, read one after another: what the next has in common with the last is kept."""

from __future__ import annotations

import hashlib
from typing import Final, Generic, TypeVar

import msgspec

from millgate.snapshot.answering import Targets
from millgate.snapshot.build import build_upon
from millgate.snapshot.document import (
    Account,
    Application,
    Company,
    Directory,
    Document,
    ProtectedResource,
    SigningKey,
    Subscription,
    decode_catalogue,
    halves,
    version_of,
)
from millgate.snapshot.fault_rules import FaultRule
from millgate.snapshot.indexing import CatalogueIndex, Faults, index_catalogue
from millgate.snapshot.model import Snapshot

_T = TypeVar("_T")
_NONE: Final = msgspec.Raw(b"[]")


class _Members(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stored form of a directory with its members apart."""

    companies: msgspec.Raw = _NONE
    accounts: msgspec.Raw = _NONE
    applications: msgspec.Raw = _NONE
    subscriptions: msgspec.Raw = _NONE
    signing_keys: msgspec.Raw = _NONE
    resources: msgspec.Raw = _NONE
    fault_rules: msgspec.Raw = _NONE


_members = msgspec.json.Decoder(_Members)


def _hash(part: msgspec.Raw) -> bytes:
    # The whole hash, not the short one of a version: a change that is missed is a key that stays good.
    return hashlib.sha256(part).digest()


class _Member(Generic[_T]):
    """One member as it was read last; the same bytes are not read again."""

    def __init__(self, form: type[tuple[_T, ...]]) -> None:
        self._decoder = msgspec.json.Decoder(form)
        self._hash = b""
        self._items: tuple[_T, ...] = ()

    def read(self, data: msgspec.Raw) -> tuple[_T, ...]:
        own = _hash(data)
        if own != self._hash:
            self._items, self._hash = self._decoder.decode(data), own
        return self._items


class VersionReader:
    """Makes snapshots of stored versions.

    A change of the directory leaves the catalogue as it was, and most of the directory: equal bytes are
    read and indexed once. Each large part is read by itself, so that other threads get their turn between.
    For one thread at a time.
    """

    def __init__(self) -> None:
        self._companies = _Member(tuple[Company, ...])
        self._accounts = _Member(tuple[Account, ...])
        self._applications = _Member(tuple[Application, ...])
        self._subscriptions = _Member(tuple[Subscription, ...])
        self._signing_keys = _Member(tuple[SigningKey, ...])
        self._resources = _Member(tuple[ProtectedResource, ...])
        self._fault_rules = _Member(tuple[FaultRule, ...])
        self._catalogue_hash = b""
        self._targets: Targets = {}
        self._index: CatalogueIndex | None = None

    def read(self, data: bytes, targets: Targets) -> tuple[Snapshot, Faults]:
        """The snapshot of a stored version, as far as it can be built, and what is wrong with it.

        Raises:
            msgspec.MsgspecError: it is not a document of this release.
        """
        apart = halves(data)
        index = self._indexed(apart.catalogue, targets)
        document = Document(index.catalogue, self._directory(apart.directory))
        return build_upon(index, document, version_of(data))

    def _indexed(self, data: msgspec.Raw, targets: Targets) -> CatalogueIndex:
        own = _hash(data)
        if self._index is None or own != self._catalogue_hash or targets != self._targets:
            self._index = index_catalogue(decode_catalogue(data), targets)
            self._catalogue_hash, self._targets = own, targets
        return self._index

    def _directory(self, data: msgspec.Raw) -> Directory:
        members = _members.decode(data)
        return Directory(
            self._companies.read(members.companies),
            self._accounts.read(members.accounts),
            self._applications.read(members.applications),
            self._subscriptions.read(members.subscriptions),
            self._signing_keys.read(members.signing_keys),
            self._resources.read(members.resources),
            self._fault_rules.read(members.fault_rules),
        )
