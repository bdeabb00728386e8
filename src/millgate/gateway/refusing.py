"""Refusals of the managed layer's checks without their cause, for calls that are refused on demand.

The same texts and headers as each check's own, with what it would say of this call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.core.errors import (
    AUTHORIZATION_MISSING,
    BANDWIDTH_QUOTA_EXCEEDED,
    BEARER_REFUSED,
    BEARER_UNREADABLE,
    CALL_QUOTA_EXCEEDED,
    KEY_INVALID,
    KEY_MISSING,
    RATE_EXCEEDED,
    Refusal,
)
from millgate.gateway.bearer import INVALID_TOKEN, MISSING_TOKEN
from millgate.gateway.keys import challenge
from millgate.snapshot.policies import limits
from millgate.stores.counting import window_start

if TYPE_CHECKING:
    from millgate.core.errors import Problem
    from millgate.gateway.keys import Entry
    from millgate.snapshot.routes import Route

_KEYS: Final = frozenset({KEY_MISSING, KEY_INVALID})
_TOKENS: Final = {
    AUTHORIZATION_MISSING: MISSING_TOKEN,
    BEARER_UNREADABLE: INVALID_TOKEN,
    BEARER_REFUSED: INVALID_TOKEN,
}
_LIMITS: Final[dict[Problem, limits.LimitPolicy]] = {
    RATE_EXCEEDED: limits.RateLimit("", 0, 60),
    CALL_QUOTA_EXCEEDED: limits.CallQuota("", 0, 86_400),
    BANDWIDTH_QUOTA_EXCEEDED: limits.KilobyteQuota("", 0, 86_400),
}
"""For a call that no limit of the kind covers."""


def managed_refusal(problem: Problem, route: Route, entry: Entry, *, now: float, origin: str) -> Refusal:
    """How the managed layer refuses a call for a reason that it does not give.

    Args:
        problem: the reason.
        route: which the call matches.
        entry: how it came in.
        now: seconds since the epoch.
        origin: of the installation.
    """
    if problem in _KEYS:
        return Refusal(problem, headers=challenge(origin + route.realm, route.api.key_header))
    if problem in _TOKENS:
        return Refusal(problem, headers=_TOKENS[problem])
    if problem in _LIMITS:
        return _limit_refusal(problem, entry, now)
    return Refusal(problem)


def _limit_refusal(problem: Problem, entry: Entry, now: float) -> Refusal:
    """As if the first limit of the kind that covers the call were just used up, and no other were touched."""
    own = entry.limits.policies if entry.limits is not None else ()
    policy = next((item for item in own if item.problem is problem), None)
    if policy is None or entry.limits is None or entry.subscription is None:
        usual = _LIMITS[problem]
        return limits.LimitSet.of([usual]).used_up(usual, usual.period)
    wait = float(policy.period)
    if policy.quota and policy.period:
        wait += window_start(entry.subscription.started_at, policy.period, now) - now
    return entry.limits.used_up(policy, wait)
