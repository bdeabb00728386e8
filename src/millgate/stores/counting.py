"""Counting in memory: the arithmetic of sliding and fixed windows that the fillings share.

Every method is one step without a pause in it, so calls in parallel on one event loop cannot pass
together. It is not for several threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable


class CountTable:
    """Counters of one process.

    A sliding window is exact: it keeps the times of its last `amount` calls, so memory is bounded by
    the limits in force. A fixed counter keeps one window.
    """

    def __init__(self) -> None:
        self._calls: dict[str, tuple[int, deque[float]]] = {}
        self._counts: dict[str, tuple[int, int]] = {}
        self._changed: set[str] = set()

    def slide(self, key: str, amount: int, period: int, now: float) -> float:
        """As `ports.Counters.slide`."""
        entry = self._calls.get(key)
        if entry is None:
            entry = self._calls[key] = (period, deque(maxlen=amount))
        calls = entry[1]
        within = len(calls) < amount or calls[0] <= now - period
        calls.append(now)
        return 0.0 if within else max(calls[0] + period - now, 0.001)

    def count(self, key: str, window: int, by: int) -> int:
        """As `ports.Counters.count`."""
        kept, value = self._counts.get(key, (window, 0))
        value = by if kept != window else value + by
        self._counts[key] = (window, value)
        self._changed.add(key)
        return value

    def read(self, key: str, window: int) -> int:
        """As `ports.Counters.read`."""
        kept, value = self._counts.get(key, (window, 0))
        return value if kept == window else 0

    def restore(self, key: str, window: int, value: int) -> None:
        """Take up a counter that was kept."""
        self._counts[key] = (window, value)

    def put_back(self, keys: Iterable[str]) -> None:
        """Hand in what `take_changed` gave and could not be kept; it is given again."""
        self._changed.update(keys)

    def take_changed(self) -> list[tuple[str, int, int]]:
        """The fixed counters that changed since this was last asked: key, window, value."""
        changed, self._changed = self._changed, set()
        return [(key, *self._counts[key]) for key in changed]

    def forget_idle(self, now: float) -> None:
        """Drop sliding windows in which nothing happened for a whole period."""
        idle = [key for key, (period, calls) in self._calls.items() if calls[-1] < now - period]
        for key in idle:
            del self._calls[key]
