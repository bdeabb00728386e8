"""Limits: counting a call against every limit that covers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from millgate.core.errors import Refused
from millgate.snapshot.policies import KilobyteQuota
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from millgate.core.clock import Clock
    from millgate.core.errors import Refusal
    from millgate.gateway.keys import Entry
    from millgate.snapshot.policies import LimitPolicy
    from millgate.snapshot.routes import Route
    from millgate.stores.ports import Counters

_log = structlog.get_logger("millgate.gateway")


class LimitCheck:
    """Counts calls with a key in an adapter's context; other calls have no limits."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock

    async def admit(self, entry: Entry, route: Route) -> None:
        """Count a call against all its limits, so that a call that one refuses counts for the others, too.

        Raises:
            Refused: the first limit, in the order of checks, that is used up.
        """
        if entry.subscription is None or entry.adapter is None:
            return
        now = self._clock.now()
        first: Refusal | None = None
        for policy in entry.adapter.limits(route):
            refusal = await self._ask(policy, entry.subscription.key, entry.subscription.started_at, now)
            first = first or refusal
        if first is not None:
            raise Refused(first)

    async def charge(self, entry: Entry, route: Route, size: int) -> None:
        """Count the bytes of an answered call against its bandwidth quotas.

        The call has been answered already, so a store that cannot count never takes the answer away.
        """
        if entry.subscription is None or entry.adapter is None:
            return
        subscription, now = entry.subscription, self._clock.now()
        for policy in entry.adapter.limits(route):
            if isinstance(policy, KilobyteQuota):
                try:
                    await policy.charge(self._counters, subscription.key, subscription.started_at, now, size)
                except StoreUnreachable:
                    _log.warning("bytes_not_counted", policy=type(policy).__name__)

    async def _ask(
        self, policy: LimitPolicy, subscription: str, started_at: int, now: float
    ) -> Refusal | None:
        try:
            return await policy.admit(self._counters, subscription, started_at, now)
        except StoreUnreachable:
            # A limit protects the plant from load; while it cannot count, stopping all calls would be the
            # greater harm. The policy says so itself, and each such call is logged.
            _log.warning("limit_not_counted", policy=type(policy).__name__, fails=policy.fails)
            if policy.fails == "open":
                return None
            raise
