"""Fillings that keep everything in the process: for tests, trials and sandboxes that may forget."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from millgate.stores.counting import TableCounters
from millgate.stores.token_tally import TokenTally

if TYPE_CHECKING:
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


class MemoryTokenUses(TokenTally):
    """Token requests that nobody writes down: all that fits, since the last `take`."""
