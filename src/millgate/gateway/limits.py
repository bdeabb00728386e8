"""Limits: counting a call against every limit that covers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from millgate.core.errors import Refused
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from millgate.core.clock import Clock
    from millgate.gateway.keys import Entry
    from millgate.snapshot.policies import LimitSet
    from millgate.snapshot.policies.limits import Header
    from millgate.snapshot.routes import Route
    from millgate.stores.ports import Counters

LOG_SECONDS: Final = 5.0
"""How often it is logged that calls are not counted."""

_log = structlog.get_logger("millgate.gateway")


class LimitCheck:
    """Counts calls with a key in an adapter's context; other calls have no limits.

    Attributes:
        uncounted: how many calls were not counted, because the store could not be asked.
    """

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock
        self.uncounted = 0
        self._rare_log = _RareLog()

    async def admit(self, entry: Entry, route: Route) -> tuple[Header, ...]:
        """Count a call against all its limits, so that a call that one refuses counts for the others, too.

        Returns the headers in which the answer tells of the limits; most tell nothing.

        Raises:
            Refused: a limit, the first in the order of checks, is used up.
            StoreUnreachable: nothing can be counted, and a limit says that calls stop then.
        """
        subscription, adapter = entry.subscription, entry.adapter
        if subscription is None or adapter is None:
            return ()
        limits = adapter.limits(route)
        takes = limits.takes
        if not takes:
            return ()
        now = self._clock.now()
        try:
            told = await self._counters.take(subscription.key, subscription.started_at, takes, now)
        except StoreUnreachable as failed:
            self._pass_uncounted(limits, failed, now)
            return ()
        for take, found in zip(takes, told, strict=True):
            if found[0] > take.most and (refusal := limits.refusal(told)) is not None:
                raise Refused(refusal)
        return limits.headers(told) if limits.tells else ()

    async def charge(self, entry: Entry, route: Route, size: int) -> None:
        """Count the bytes of an answered call against its bandwidth quotas.

        The call has been answered already, so a store that cannot count never takes the answer away.
        """
        subscription, adapter = entry.subscription, entry.adapter
        if subscription is None or adapter is None or size == 0:
            return
        charged = adapter.limits(route).charged
        if not charged:
            return
        now = self._clock.now()
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
