"""Counting in memory: sliding and fixed windows, as all fillings understand them.

A fixed window is known by its start, so that counts are found again when the clock was set back.
"""

from __future__ import annotations

import math
from array import array
from bisect import insort
from threading import Lock
from typing import TYPE_CHECKING, Final

from millgate.stores.ports import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from millgate.stores.ports import Take, Taken

CALLS_KEPT: Final = 10_000
"""How many calls a sliding window remembers at least, so that it stays exact when its limit is raised:
those of a client that hammers beyond are forgotten, oldest first."""

MOST_FORGOTTEN: Final = 512
"""Calls that left a sliding window, up to which they are not dropped."""

PAST_SECONDS: Final = 86_400
"""How long a fixed window is kept behind its end: a clock that is set back by less loses no count."""

AT_ONCE: Final = 500
"""How many counters are gone through while calls wait."""


def scope_of(kind: str, adapter: str, api: str | None, operation: str | None, period: int) -> str:
    """The name of a limit's counter. Keys hold no slash, so that no two limits share one."""
    return f"{kind}/{adapter}/{api or '*'}/{operation or '*'}/{period}"


def standing_of(scope: str, used: int, start: int | None) -> Standing:
    """A count with what its scope says.

    Raises:
        ValueError: it is no scope.
    """
    kind, adapter, api, operation, period = scope.split("/")
    seconds = int(period)
    return Standing(
        scope=scope,
        kind=kind,
        adapter=adapter,
        api=None if api == "*" else api,
        operation=None if operation == "*" else operation,
        period=seconds,
        used=used,
        start=start if seconds else None,
        end=start + seconds if seconds and start is not None else None,
    )


def window_start(started_at: int, period: int, now: float) -> int:
    """The start of the fixed window in which an instant lies; 0 for the one without end."""
    return started_at + int((now - started_at) // period) * period if period else 0


class _Sliding:
    """The times of the calls in a sliding window, oldest first.

    They lie side by side as plain numbers, for many calls come between two that look at the oldest: what lies
    anywhere in memory has to be fetched for that from far away.
    """

    __slots__ = ("calls", "first", "period", "scope")

    def __init__(self, scope: str, period: int) -> None:
        self.scope = scope
        self.period = period
        self.calls = array("d")
        self.first = 0
        """Where the window begins; what stands before it is forgotten, and dropped once it is much."""

    def take(self, take: Take, _started_at: int, now: float) -> Taken:
        calls, first, most = self.calls, self.first, take.most
        left, size = now - self.period, len(calls)
        while first < size and calls[first] <= left:
            first += 1
        if first < size and calls[-1] > now:
            self._insert(first, now)
        else:
            calls.append(now)
        used = len(calls) - first
        wait = calls[-most if used > most else first] + self.period - now
        if used > CALLS_KEPT and used > most:
            first += 1
        if first > MOST_FORGOTTEN and first > used:
            del calls[:first]
            first = 0
        self.first = first
        return used, wait

    def _insert(self, first: int, now: float) -> None:
        # The clock was set back. Calls that can be in no window of this instant would refuse for as long
        # as it was ahead.
        calls = self.calls
        while len(calls) > first and calls[-1] > now + self.period:
            calls.pop()
        insort(calls, now, first)

    def standing(self, now: float) -> Iterator[Standing]:
        used = sum(now - self.period < call <= now + self.period for call in self.calls[self.first :])
        if used:
            yield standing_of(self.scope, used, None)

    def forget(self, now: float) -> bool:
        """Whether nothing of it is left."""
        return len(self.calls) == self.first or self.calls[-1] <= now - self.period


class _Fixed:
    """The counts of one limit in the current window and in others that are not long past."""

    __slots__ = ("changed", "end", "kept", "others", "period", "scope", "start", "started_at", "value")

    def __init__(self, scope: str, period: int, kept: _Kept) -> None:
        self.scope = scope
        self.period = period
        self.kept = kept
        self.started_at = 0
        self.start = 0
        self.end = 0.0
        self.value = 0
        self.others: dict[int, int] = {}
        self.changed = False

    def take(self, take: Take, started_at: int, now: float) -> Taken:
        if not self.start <= now < self.end or started_at != self.started_at:
            self._turn(started_at, now)
        if take.kind == "count":
            self.value += 1
            if not self.changed:
                self.kept.changes(self)
        return self.value, self.end - now

    def add(self, started_at: int, by: int, now: float) -> None:
        if not self.start <= now < self.end or started_at != self.started_at:
            self._turn(started_at, now)
        self.value += by
        self.kept.changes(self)

    def _turn(self, started_at: int, now: float) -> None:
        """Make the window of an instant the current one."""
        if self.changed:
            self.kept.put(self.scope, self.start, self.value)
        if self.value:
            self.others[self.start] = self.value
        self.started_at = started_at
        self.start = window_start(started_at, self.period, now)
        self.end = self._end(self.start)
        self.value = self.others.pop(self.start, 0)

    def _end(self, start: int) -> float:
        return start + self.period if self.period else math.inf

    def windows(self) -> list[tuple[int, int]]:
        """Start and count of each."""
        return [*self.others.items(), *([(self.start, self.value)] if self.value else [])]

    def standing(self, now: float) -> Iterator[Standing]:
        for start, value in self.windows():
            if start <= now < self._end(start):
                yield standing_of(self.scope, value, start)

    def forget(self, now: float) -> bool:
        """Drop what is long past; whether nothing of it is left."""
        if self.value and not self.others and self.end >= now - PAST_SECONDS:
            return False
        for start in [start for start, _ in self.windows() if self._end(start) < now - PAST_SECONDS]:
            self.drop(start)
        return not self.windows()

    def drop(self, start: int) -> None:
        self.kept.put(self.scope, start, 0)
        if self.others.pop(start, None) is None:
            self.value = 0


class _Kept:
    """One subscription's way to the rows that a file keeps."""

    __slots__ = ("changed", "rows", "subscription")

    def __init__(self, subscription: str, rows: dict[str, tuple[int, int]], changed: list[_Fixed]) -> None:
        self.subscription = subscription
        self.rows = rows
        self.changed = changed

    def changes(self, counter: _Fixed) -> None:
        if not counter.changed:
            counter.changed = True
            self.changed.append(counter)

    def put(self, scope: str, start: int, value: int) -> None:
        self.rows[f"{scope}@{start} {self.subscription}"] = (start, value)


class _Subscription:
    """One subscription's counters by scope."""

    __slots__ = ("counters", "kept")

    def __init__(self, kept: _Kept) -> None:
        self.kept = kept
        self.counters: dict[str, _Sliding | _Fixed] = {}

    def make(self, take: Take) -> _Sliding | _Fixed:
        made = (
            _Sliding(take.scope, take.period)
            if take.kind == "slide"
            else _Fixed(take.scope, take.period, self.kept)
        )
        self.counters[take.scope] = made
        return made

    def fixed(self, scope: str, period: int) -> _Fixed:
        found = self.counters.get(scope)
        if not isinstance(found, _Fixed):
            found = self.counters[scope] = _Fixed(scope, period, self.kept)
        return found

    def reset(self, scope: str | None) -> None:
        for name in [scope] if scope is not None else list(self.counters):
            counter = self.counters.pop(name, None)
            if isinstance(counter, _Fixed):
                for start, _ in counter.windows():
                    counter.drop(start)

    def forget(self, now: float) -> None:
        for scope in [scope for scope, counter in self.counters.items() if counter.forget(now)]:
            del self.counters[scope]


class CountTable:
    """Counters of one process. Every method is one step, on whichever thread it is called."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._subscriptions: dict[str, _Subscription] = {}
        self._changed: list[_Fixed] = []
        self._rows: dict[str, tuple[int, int]] = {}
        self._to_sweep: list[str] = []

    def take(self, subscription: str, started_at: int, takes: Sequence[Take], now: float) -> list[Taken]:
        """As `ports.Counters.take`."""
        told = []
        with self._lock:
            found = self._subscriptions.get(subscription) or self._make(subscription)
            counters = found.counters
            for take in takes:  # a comprehension costs a fifth more
                counter = counters.get(take.scope) or found.make(take)
                told.append(counter.take(take, started_at, now))
        return told

    def add(self, subscription: str, started_at: int, takes: Iterable[Take], by: int, now: float) -> None:
        """As `ports.Counters.add`."""
        with self._lock:
            found = self._subscriptions.get(subscription) or self._make(subscription)
            for take in takes:
                found.fixed(take.scope, take.period).add(started_at, by, now)

    def standing(self, subscription: str, now: float) -> list[Standing]:
        """As `ports.CounterDesk.standing`."""
        with self._lock:
            found = self._subscriptions.get(subscription)
            counters = sorted(found.counters.items()) if found else []
            return [told for _, counter in counters for told in counter.standing(now)]

    def reset(self, subscription: str | None, scope: str | None) -> None:
        """As `ports.CounterDesk.reset`."""
        with self._lock:
            for key in [subscription] if subscription is not None else list(self._subscriptions):
                if found := self._subscriptions.get(key):
                    found.reset(scope)

    def restore(self, key: str, start: int, value: int) -> None:
        """Take up a row that `take_changed` gave once; one of another release is dropped."""
        name, _, subscription = key.partition(" ")
        scope, _, at = name.rpartition("@")
        try:
            period, begun = standing_of(scope, value, start).period, int(at)
        except ValueError:
            self._rows[key] = (start, 0)
            return
        found = self._subscriptions.get(subscription) or self._make(subscription)
        found.fixed(scope, period).others[begun] = value

    def take_changed(self) -> list[tuple[str, int, int]]:
        """The fixed windows that changed since this was last asked: key, start, count; 0 for none."""
        while self._changed:
            with self._lock:
                # In their order: one that was reset stands before its successor.
                for counter in self._changed[:AT_ONCE]:
                    counter.changed = False
                    counter.kept.put(counter.scope, counter.start, counter.value)
                del self._changed[:AT_ONCE]
        with self._lock:
            rows = self._rows.copy()
            self._rows.clear()
        return [(key, start, value) for key, (start, value) in rows.items()]

    def put_back(self, rows: Iterable[tuple[str, int, int]]) -> None:
        """Hand in what `take_changed` gave and could not be kept; it is given again."""
        with self._lock:
            for key, start, value in rows:
                self._rows.setdefault(key, (start, value))

    def forget(self, now: float) -> None:
        """Drop what is idle or long past. A part of the table at a time, because calls wait for it."""
        with self._lock:
            if not self._to_sweep:
                self._to_sweep = list(self._subscriptions)
            for key in self._to_sweep[-AT_ONCE:]:
                found = self._subscriptions[key]
                found.forget(now)
                if not found.counters:
                    del self._subscriptions[key]
            del self._to_sweep[-AT_ONCE:]

    def _make(self, subscription: str) -> _Subscription:
        kept = _Kept(subscription, self._rows, self._changed)
        made = self._subscriptions[subscription] = _Subscription(kept)
        return made


class TableCounters:
    """Both ports of counters over a table: what a process counts by itself."""

    def __init__(self) -> None:
        self._table = CountTable()
        self.take_at_once: Final = self._table.take
        """As `ports.PromptCounters.take_at_once`; the table's own, because every call goes through it."""
        self.add_at_once: Final = self._table.add
        """As `ports.PromptCounters.add_at_once`."""

    async def take(
        self, subscription: str, started_at: int, takes: Sequence[Take], now: float
    ) -> Sequence[Taken]:
        """As `ports.Counters.take`."""
        return self._table.take(subscription, started_at, takes, now)

    async def add(
        self, subscription: str, started_at: int, takes: Sequence[Take], by: int, now: float
    ) -> None:
        """As `ports.Counters.add`."""
        self._table.add(subscription, started_at, takes, by, now)

    def standing(self, subscription: str, now: float) -> list[Standing]:
        """As `ports.CounterDesk.standing`."""
        return self._table.standing(subscription, now)

    def reset(self, subscription: str | None = None, scope: str | None = None) -> None:
        """As `ports.CounterDesk.reset`."""
        self._table.reset(subscription, scope)
