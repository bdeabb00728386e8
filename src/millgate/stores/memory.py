"""Fillings that keep everything in the process: for tests, trials and sandboxes that may forget."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec

from millgate.stores.counting import TableCounters
from millgate.stores.grants import Grant, Handle, HandleKind, Revoked

if TYPE_CHECKING:
    from millgate.stores.grants import Exchanged
    from millgate.stores.ports import CallRecord


class MemoryVersions:
    """Published versions in a list."""

    def __init__(self) -> None:
        self._documents: list[bytes] = []

    def add(self, document: bytes) -> int:
        """Store a version and return its number."""
        self._documents.append(document)
        return len(self._documents)

    def latest(self) -> int:
        """As `ports.Versions.latest`."""
        return len(self._documents)

    def load(self, number: int) -> bytes:
        """As `ports.Versions.load`."""
        if not 0 < number <= len(self._documents):
            raise LookupError(number)
        return self._documents[number - 1]


class MemoryPrivateKeys:
    """Private keys by kid."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._keys = keys

    def private_pem(self, kid: str) -> bytes:
        """As `ports.PrivateKeys.private_pem`."""
        return self._keys[kid]


class MemoryCounters(TableCounters):
    """Counts that last as long as the process."""


class MemoryUsage:
    """The last calls, newest last."""

    def __init__(self, most: int = 10_000) -> None:
        self.calls: deque[CallRecord] = deque(maxlen=most)

    def record(self, call: CallRecord) -> None:
        """As `ports.Usage.record`."""
        self.calls.append(call)


class MemoryGrants:
    """As `grants.Grants`, for as long as the process."""

    def __init__(self) -> None:
        self._turn = threading.RLock()
        self._families: dict[str, _Family] = {}
        self._handles: dict[str, _Handle] = {}
        self._revoked: dict[str, Revoked] = {}
        self._log: list[Revoked] = []

    def offer(self, code: str, grant: Grant, until: int) -> None:
        """As `grants.Grants.offer`."""
        with self._turn:
            family = _Family(uuid4().hex, grant, until)
            self._families[family.id] = family
            self._handles[code] = _Handle(HandleKind.CODE, family, until)

    def find(self, handle: str) -> Handle | None:
        """As `grants.Grants.find`."""
        with self._turn:
            found = self._handles.get(handle)
            if found is None:
                return None
            family = found.family
            return Handle(
                kind=found.kind,
                family=family.id,
                grant=family.grant,
                until=found.until,
                used=found.used,
                ended=family.ended,
            )

    def exchange(self, handle: str, given: Exchanged, now: int) -> bool:
        """As `grants.Grants.exchange`."""
        with self._turn:
            found = self._handles.get(handle)
            if found is None:
                return False
            family = found.family
            if found.used:
                self.end(family.id, now)
            if found.used or family.ended or found.until <= now:
                return False
            found.used = True
            family.until = max(family.until, given.refresh_until)
            family.access.append(Revoked(given.access, given.access_until))
            self._handles[given.refresh] = _Handle(HandleKind.REFRESH, family, given.refresh_until)
            return True

    def end(self, family: str, now: int) -> None:
        """As `grants.Grants.end`."""
        with self._turn:
            found = self._families.get(family)
            if found is None:
                return
            found.ended = True
            for access in found.access:
                if access.until > now:
                    self.revoke(access, now)

    def end_all(self, account: str, client_id: str, now: int) -> int:
        """As `grants.Grants.end_all`."""
        with self._turn:
            ending = [
                family.id
                for family in self._families.values()
                if (family.grant.account, family.grant.client_id) == (account, client_id) and not family.ended
            ]
            for family in ending:
                self.end(family, now)
            return len(ending)

    def revoke(self, revoked: Revoked, now: int) -> None:
        """As `grants.Grants.revoke`."""
        del now
        with self._turn:
            if revoked.access not in self._revoked:
                self._revoked[revoked.access] = revoked
                self._log.append(revoked)

    def is_revoked(self, access: str) -> bool:
        """As `grants.Grants.is_revoked`."""
        return access in self._revoked

    def revoked_since(self, place: int) -> tuple[list[Revoked], int]:
        """As `grants.Grants.revoked_since`."""
        with self._turn:
            newer = [item for item in self._log[place:] if item.access in self._revoked]
            return newer, len(self._log)

    def tidy(self, now: int) -> None:
        """As `grants.Grants.tidy`."""
        with self._turn:
            self._revoked = {key: item for key, item in self._revoked.items() if item.until > now}
            self._families = {key: item for key, item in self._families.items() if item.until > now}
            self._handles = {
                key: item for key, item in self._handles.items() if item.family.id in self._families
            }

    def close(self) -> None:
        """There is nothing to close."""


class _Family(msgspec.Struct):
    id: str
    grant: Grant
    until: int
    ended: bool = False
    access: list[Revoked] = []


class _Handle(msgspec.Struct):
    kind: HandleKind
    family: _Family
    until: int
    used: bool = False
