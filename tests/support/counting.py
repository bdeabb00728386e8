"""Counting, told as simply as can be: every call is kept and looked at again; and takes for tests."""

from __future__ import annotations

import math
from typing import Final

from millgate.stores.counting import scope_of
from millgate.stores.ports import Take

START: Final = 1_700_000_000
"""When the subscriptions of these tests started."""

Event = tuple[str, float, int]


def sliding(most: int, period: int = 10, adapter: str = "a") -> Take:
    """A rate limit."""
    return Take("slide", scope_of("rate", adapter, None, None, period), most, period)


def fixed(most: int, period: int = 100, adapter: str = "a") -> Take:
    """A call quota."""
    return Take("count", scope_of("calls", adapter, None, None, period), most, period)


def reading(most: int, period: int = 100, adapter: str = "a") -> Take:
    """A bandwidth quota, in bytes."""
    return Take("read", scope_of("bandwidth", adapter, None, None, period), most, period)


class Oracle:
    """What any filling must answer for one subscription."""

    def __init__(self, started_at: int = START) -> None:
        self._started_at = started_at
        self._events: list[Event] = []

    def take(self, takes: list[Take], now: float) -> list[tuple[int, float]]:
        """As `ports.Counters.take`."""
        self._events += [(take.scope, now, 1) for take in takes if take.kind != "read"]
        return [self._slid(take, now) if take.kind == "slide" else self._fixed(take, now) for take in takes]

    def add(self, takes: list[Take], by: int, now: float) -> None:
        """As `ports.Counters.add`."""
        self._events += [(take.scope, now, by) for take in takes]

    def reset(self, scope: str | None) -> None:
        """As `ports.CounterDesk.reset`."""
        self._events = [event for event in self._events if scope not in {None, event[0]}]

    def _slid(self, take: Take, now: float) -> tuple[int, float]:
        # What has left the window once does not come back when the clock is set back, and a call that was
        # made while it was ahead by more than a period is forgotten.
        self._events = [
            event
            for event in self._events
            if event[0] != take.scope or abs(event[1] - now) < take.period or event[1] == now + take.period
        ]
        at = sorted(when for scope, when, _ in self._events if scope == take.scope)
        first = max(0, len(at) - take.most)
        return len(at), at[first] + take.period - now

    def _fixed(self, take: Take, now: float) -> tuple[int, float]:
        here = self._window(take, now)
        used = sum(
            by for scope, at, by in self._events if scope == take.scope and self._window(take, at) == here
        )
        return used, (self._started_at + (here + 1) * take.period - now if take.period else math.inf)

    def _window(self, take: Take, at: float) -> int:
        return math.floor((at - self._started_at) / take.period) if take.period else 0
