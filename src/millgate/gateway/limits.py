"""Limits: counting a call against every limit that covers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import structlog

from millgate.core.errors import Refusal
from millgate.snapshot.policies.limits import Header
from millgate.stores.ports import PromptCounters, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from millgate.core.clock import Clock
    from millgate.gateway.keys import Entry
    from millgate.snapshot.document import Subscription
    from millgate.snapshot.policies import LimitSet
    from millgate.stores.ports import Counters, Take

LOG_SECONDS: Final = 5.0
"""How often it is logged that calls are not counted."""

Verdict: TypeAlias = tuple[Header, ...] | Refusal
"""The headers in which the answer tells of the limits, most tell nothing; or why the call is refused."""

_log = structlog.get_logger("millgate.gateway")


class LimitCheck:
    """Counts calls with a key in an adapter's context; other calls have no limits.

    Attributes:
        uncounted: how many calls were not counted, because the store could not be asked.
    """

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._prompt = counters if isinstance(counters, PromptCounters) else None
        self._clock = clock
        self.uncounted = 0
        self._rare_log = _RareLog()

    def admit(self, entry: Entry, now: float) -> Verdict | Awaitable[Verdict]:
        """Count a call against all its limits, so that a call that one refuses counts for the others, too.

        Args:
            entry: how it came in.
            now: when, in seconds since the epoch.

        Returns the verdict, of several limits the first's in the order of checks; or, where other processes
        count too, what is to be awaited for it, which may raise `StoreUnreachable`: nothing can be counted,
        and a limit says that calls stop then.
        """
        subscription, limits = entry.subscription, entry.limits
        if subscription is None or limits is None or not limits.takes:
            return ()
        if self._prompt is None:
            return self._counted_elsewhere(subscription, limits, now)
        return limits.verdict(
            self._prompt.take_at_once(subscription.key, subscription.started_at, limits.takes, now)
        )

    def charge(self, entry: Entry, size: int) -> Awaitable[None] | None:
        """Count the bytes of an answered call against its bandwidth quotas.

        The call has been answered already, so a store that cannot count never takes the answer away.

        Returns what is to be awaited, where other processes count too.
        """
        subscription, limits = entry.subscription, entry.limits
        if subscription is None or limits is None or not limits.charged or size == 0:
            return None
        charged = limits.charged
        now = self._clock.now()
        if self._prompt is None:
            return self._charged_elsewhere(subscription, charged, size, now)
        self._prompt.add_at_once(subscription.key, subscription.started_at, charged, size, now)
        return None

    async def _counted_elsewhere(self, subscription: Subscription, limits: LimitSet, now: float) -> Verdict:
        try:
            told = await self._counters.take(subscription.key, subscription.started_at, limits.takes, now)
        except StoreUnreachable as failed:
            self._pass_uncounted(limits, failed, now)
            return ()
        return limits.verdict(told)

    async def _charged_elsewhere(
        self, subscription: Subscription, charged: tuple[Take, ...], size: int, now: float
    ) -> None:
        try:
            await self._counters.add(subscription.key, subscription.started_at, charged, size, now)
        except StoreUnreachable as failed:
            self._rare_log.warn("bytes_not_counted", failed, now)

    def _pass_uncounted(self, limits: LimitSet, failed: StoreUnreachable, now: float) -> None:
        # A limit protects the plant from load; while it cannot count, stopping all calls would be the
        # greater harm. The policy says so itself, and it is logged.
        self.uncounted += 1
        fails = "closed" if any(policy.fails == "closed" for policy in limits.policies) else "open"
        self._rare_log.warn("limit_not_counted", failed, now, fails=fails)
        if fails == "closed":
            raise failed


class _RareLog:
    """Warns of an event once per some seconds, because it may happen with every call."""

    def __init__(self) -> None:
        self._calls: dict[str, int] = {}
        self._logged_at: dict[str, float] = {}

    def warn(self, event: str, failed: StoreUnreachable, now: float, **told: str) -> None:
        self._calls[event] = self._calls.get(event, 0) + 1
        if abs(now - self._logged_at.get(event, -LOG_SECONDS)) >= LOG_SECONDS:
            _log.warning(event, why=str(failed), times=self._calls.pop(event), **told)
            self._logged_at[event] = now
