"""What a process counted since it started, for metrics: bounded, whatever is called."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from millgate.core.outcomes import status_class
from millgate.stores.tally import REST, CallSum

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.stores.tally import Batch

MOST_OPERATIONS: Final = 2_000
"""How many operations metrics tell apart; the rest is one."""
MOST_APIS: Final = 500
"""How many APIs have a histogram of their own; the rest has one."""

OperationKey: TypeAlias = tuple[str, str, str, str]
"""Tier, API, operation, class of the status."""
ApiKey: TypeAlias = tuple[str, str]
"""Tier, API."""


class Counted(msgspec.Struct):
    """Sums as they can be written down and added up."""

    operations: list[tuple[OperationKey, int]] = []
    apis: list[tuple[ApiKey, CallSum]] = []
    codes: dict[str, int] = {}
    tokens: dict[str, int] = {}


class Totals:
    """Sums of batches. It is added to on one thread and read on another."""

    def __init__(self, counted: Iterable[Counted] = ()) -> None:
        self._lock = Lock()
        self._operations: dict[OperationKey, int] = {}
        self._apis: dict[ApiKey, CallSum] = {}
        self._codes: dict[str, int] = {}
        self._tokens: dict[str, int] = {}
        for earlier in counted:
            self._add_counted(earlier)

    def add(self, batch: Batch) -> None:
        """Count the calls and the token requests of a batch."""
        with self._lock:
            for (_, tier, api, operation, _, _, status), found in batch.sums.items():
                self._add_operation((tier, api, operation, status_class(status)), found.calls)
                self._add_api((tier, api), found)
            _add_counts(self._codes, batch.codes)
            _add_counts(self._tokens, batch.tokens.outcomes)

    def counted(self) -> Counted:
        """What was counted so far."""
        with self._lock:
            apis = [(key, msgspec.structs.replace(found)) for key, found in self._apis.items()]
            return Counted(list(self._operations.items()), apis, dict(self._codes), dict(self._tokens))

    def _add_counted(self, earlier: Counted) -> None:
        for operation, calls in earlier.operations:
            self._add_operation(operation, calls)
        for api, found in earlier.apis:
            self._add_api(api, found)
        _add_counts(self._codes, earlier.codes)
        _add_counts(self._tokens, earlier.tokens)

    def _add_operation(self, key: OperationKey, calls: int) -> None:
        if key not in self._operations and len(self._operations) >= MOST_OPERATIONS:
            key = (REST, REST, REST, key[3])
        self._operations[key] = self._operations.get(key, 0) + calls

    def _add_api(self, key: ApiKey, found: CallSum) -> None:
        if key not in self._apis and len(self._apis) >= MOST_APIS:
            key = (REST, REST)
        self._apis.setdefault(key, CallSum.nothing()).add(found)


def _add_counts(counts: dict[str, int], more: dict[str, int]) -> None:
    for name, count in more.items():
        counts[name] = counts.get(name, 0) + count
