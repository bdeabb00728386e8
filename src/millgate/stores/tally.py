"""Calls that are alike, summed as they come, and the few refused ones that are kept whole.

A call costs one look-up and a few additions, whatever it was. How much can gather is bounded: by kinds
of calls in a minute, and by refusals of one kind.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from millgate.stores.latency import BOUNDS, BUCKETS
from millgate.stores.token_tally import TokenBatch

if TYPE_CHECKING:
    from millgate.stores.ports import CallRecord

MINUTE: Final = 60
_HOUR: Final = 3600

MOST_KINDS: Final = 5_000
"""How many kinds of calls one process tells apart in a minute. Of the others, callers are not told apart,
and beyond as many again neither are operations."""

MOST_WAITING: Final = 100_000
"""How many sums may wait for a file that does not take them."""

MOST_REFUSALS: Final = 200
"""How many refused calls are kept of one gathering."""

MOST_ALIKE: Final = 5
"""How many of them have the same subscription and code."""

LONGEST_PATH: Final = 2_000
"""What is kept of a path, in characters."""

REST: Final = "(rest)"
"""Stands for what was not told apart. No key can have this form."""

Kind: TypeAlias = tuple[int, str, str, str, str, str, int]
"""Minute (its first second), tier, API, operation, subscription, application, status."""


class CallSum(msgspec.Struct, gc=False):
    """What calls of one kind came to.

    Attributes:
        calls: how many there were.
        micros_total, micros_max: how long they took in all, and the longest, in microseconds.
        upstream_micros: how long backends took of it.
        bytes_in, bytes_out: sizes of bodies in all.
        took: how many took how long, by the buckets of `latency`.
    """

    calls: int
    micros_total: int
    micros_max: int
    upstream_micros: int
    bytes_in: int
    bytes_out: int
    took: list[int]

    @classmethod
    def nothing(cls) -> CallSum:
        """The sum of no calls."""
        return cls(0, 0, 0, 0, 0, 0, [0] * BUCKETS)

    def add(self, other: CallSum) -> None:
        """Take the calls of another sum into this one."""
        self.calls += other.calls
        self.micros_total += other.micros_total
        self.micros_max = max(self.micros_max, other.micros_max)
        self.upstream_micros += other.upstream_micros
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.took = [mine + more for mine, more in zip(self.took, other.took, strict=True)]


class Batch(msgspec.Struct):
    """What a tally gathered.

    Attributes:
        sums: of calls by kind.
        codes: how many calls were refused with each code.
        refusals: a few of the refused calls, oldest first.
        tokens: requests for tokens.
    """

    sums: dict[Kind, CallSum] = {}
    codes: dict[str, int] = {}
    refusals: list[CallRecord] = []
    tokens: TokenBatch = msgspec.field(default_factory=TokenBatch)

    def __bool__(self) -> bool:
        return bool(self.sums or self.refusals or self.tokens)

    def add(self, newer: Batch) -> int:
        """Take a newer batch into this one; returns how many calls there was no room for."""
        dropped = 0
        for kind, found in newer.sums.items():
            mine = self.sums.get(kind)
            if mine is not None:
                mine.add(found)
            elif len(self.sums) < MOST_WAITING:
                self.sums[kind] = found
            else:
                dropped += found.calls
        room = max(0, MOST_WAITING // 100 - len(self.refusals))
        self.refusals.extend(newer.refusals[:room])
        for code, count in newer.codes.items():
            self.codes[code] = self.codes.get(code, 0) + count
        self.tokens.add(newer.tokens)
        return dropped


class Tally:
    """Sums calls. `add` and `take` belong to one thread, the event loop's."""

    def __init__(self) -> None:
        self._sums: dict[Kind, CallSum] = {}
        self._minute = 0
        self._known: set[Kind] = set()
        self._codes: dict[str, int] = {}
        self._refusals: list[CallRecord] = []
        self._alike: dict[tuple[str, str], int] = {}

    def add(self, call: CallRecord) -> None:
        """Count one call; the record is the tally's from now on."""
        kind = (
            int(call.at) // MINUTE * MINUTE,
            call.tier,
            call.api,
            call.operation,
            call.subscription,
            call.application,
            call.status,
        )
        found = self._sums.get(kind)
        if found is None:
            found = self._begun(kind)
        micros = call.micros
        found.calls += 1
        found.micros_total += micros
        if micros > found.micros_max:  # noqa: PLR1730 - max() costs a tenth of the whole
            found.micros_max = micros
        found.upstream_micros += call.upstream_micros
        found.bytes_in += call.bytes_in
        found.bytes_out += call.bytes_out
        found.took[bisect_left(BOUNDS, micros)] += 1
        if call.code:
            self._refused(call)

    def take(self) -> Batch:
        """What gathered since the last time."""
        batch = Batch(self._sums, self._codes, self._refusals)
        self._sums, self._codes, self._refusals, self._alike = {}, {}, [], {}
        return batch

    def _begun(self, kind: Kind) -> CallSum:
        # A stream is counted when it ends, in the minute in which it began; that is no new minute.
        if not self._minute - _HOUR <= kind[0] <= self._minute:
            self._minute = kind[0]
            self._known.clear()
        counted = self._counted_as(kind)
        self._known.add(counted)
        return self._sums.setdefault(counted, CallSum.nothing())

    def _counted_as(self, kind: Kind) -> Kind:
        minute, tier, api, operation, _, _, status = kind
        callers_alike = (minute, tier, api, operation, REST, REST, status)
        if kind in self._known or len(self._known) < MOST_KINDS:
            return kind
        if callers_alike in self._known or len(self._known) < 2 * MOST_KINDS:
            return callers_alike
        return (minute, REST, REST, REST, REST, REST, status)

    def _refused(self, call: CallRecord) -> None:
        self._codes[call.code] = self._codes.get(call.code, 0) + 1
        # A client that hammers is told apart by its first refusals; what came after them is counted above.
        alike = (call.subscription, call.code)
        kept = self._alike.get(alike, 0)
        if kept < MOST_ALIKE and len(self._refusals) < MOST_REFUSALS:
            self._alike[alike] = kept + 1
            self._refusals.append(call)
