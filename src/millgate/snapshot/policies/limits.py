"""Rate limits and quotas: how often a subscription may call, and what it is told when that is used up.

A policy holds what was decided and turns a counter's answer into a refusal. Counting itself is one
atomic step of a store, so that parallel calls cannot pass together.
"""

from __future__ import annotations

import math
from typing import ClassVar, TypeAlias

import msgspec

from millgate.core.errors import (
    BANDWIDTH_QUOTA_EXCEEDED,
    CALL_QUOTA_EXCEEDED,
    RATE_EXCEEDED,
    Problem,
    Refusal,
)
from millgate.core.values import span
from millgate.stores.ports import Counters

LONGEST_RATE_PERIOD = 300
LIFETIME_WAIT = 10 * 365 * 86400
"""What Retry-After says of a lifetime quota, which is never replenished: ten years."""


class RateLimit(msgspec.Struct, frozen=True):
    """At most `amount` calls in any `period` seconds; refused calls count."""

    fails: ClassVar[str] = "open"
    scope: str
    amount: int
    period: int

    async def admit(
        self, counters: Counters, subscription: str, started_at: int, now: float
    ) -> Refusal | None:
        """Count this call, and refuse it when the window is full."""
        del started_at
        wait = await counters.slide(f"r:{subscription}:{self.scope}", self.amount, self.period, now)
        if wait <= 0:
            return None
        seconds = max(1, math.ceil(wait))
        return Refusal(RATE_EXCEEDED, {"seconds": seconds}, (("retry-after", str(seconds)),))


class CallQuota(msgspec.Struct, frozen=True):
    """At most `amount` calls in each period counted from the subscription's start; refused calls count."""

    fails: ClassVar[str] = "open"
    scope: str
    amount: int
    period: int

    async def admit(
        self, counters: Counters, subscription: str, started_at: int, now: float
    ) -> Refusal | None:
        """Count this call, and refuse it when the quota is used up."""
        window, wait = _window(self.period, started_at, now)
        used = await counters.count(f"c:{subscription}:{self.scope}", window, 1)
        return None if used <= self.amount else _used_up(CALL_QUOTA_EXCEEDED, wait)


class KilobyteQuota(msgspec.Struct, frozen=True):
    """At most `amount` kilobytes of requests and answers in each period.

    The call that crosses the line is completed; the next one is refused.
    """

    fails: ClassVar[str] = "open"
    scope: str
    amount: int
    period: int

    async def admit(
        self, counters: Counters, subscription: str, started_at: int, now: float
    ) -> Refusal | None:
        """Refuse the call when the bytes counted so far have reached the quota."""
        window, wait = _window(self.period, started_at, now)
        used = await counters.read(f"b:{subscription}:{self.scope}", window)
        return None if used < self.amount * 1024 else _used_up(BANDWIDTH_QUOTA_EXCEEDED, wait)

    async def charge(
        self, counters: Counters, subscription: str, started_at: int, now: float, size: int
    ) -> None:
        """Count the bytes of a call that was answered."""
        window, _ = _window(self.period, started_at, now)
        await counters.count(f"b:{subscription}:{self.scope}", window, size)


LimitPolicy: TypeAlias = RateLimit | CallQuota | KilobyteQuota


def _window(period: int, started_at: int, now: float) -> tuple[int, int]:
    """Which window an instant lies in, and the whole seconds until the next one."""
    if period == 0:
        return 0, LIFETIME_WAIT
    elapsed = now - started_at
    window = int(elapsed // period)
    return window, max(1, math.ceil((window + 1) * period - elapsed))


def _used_up(problem: Problem, wait: int) -> Refusal:
    return Refusal(problem, {"span": span(wait)}, (("retry-after", str(wait)),))
