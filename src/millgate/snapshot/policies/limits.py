"""Rate limits and quotas: how often a subscription may call, and what it is told of that.

A policy holds what was decided and turns a count into words. Counting itself is one atomic step of a
store for all limits of a call, so that parallel calls cannot pass together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
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
from millgate.stores.counting import scope_of
from millgate.stores.ports import Take, Taken

Header: TypeAlias = tuple[str, str]

LONGEST_RATE_PERIOD = 300
LIFETIME_WAIT = 10 * 365 * 86400
"""What Retry-After says of a lifetime quota, which is never replenished: ten years."""

LARGEST_INTEGER = 999_999_999_999_999
"""The largest Integer of a structured field (RFC 9651 section 3.3.1)."""


class _Limit(msgspec.Struct, frozen=True, dict=True):
    """What was decided.

    Attributes:
        adapter: whose subscriptions are limited.
        amount: calls; kilobytes of a bandwidth quota.
        period: seconds; 0 for a lifetime quota.
        api, operation: what alone is counted, or None for all of the adapter, or of the API.
        remaining_header, total_header: in which headers the caller is told, lower case; empty: in none.
    """

    kind: ClassVar[str]
    noun: ClassVar[str]
    unit: ClassVar[str] = "calls"
    quota: ClassVar[bool] = True
    fails: ClassVar[str] = "open"
    problem: ClassVar[Problem]

    adapter: str
    amount: int
    period: int
    api: str | None = None
    operation: str | None = None
    remaining_header: str = ""
    total_header: str = ""

    @cached_property
    def scope(self) -> str:
        """The name of its counter; see `counting.scope_of`."""
        return scope_of(self.kind, self.adapter, self.api, self.operation, self.period)

    @cached_property
    def words(self) -> str:
        """It in words, for whoever was refused and those who help them."""
        within = f"in {self.period} s" if self.period else "in all"
        covered = [f"adapter {self.adapter}"]
        covered += [f"API {self.api}"] if self.api else []
        covered += [f"operation {self.operation}"] if self.operation else []
        return f"{self.noun} of {self.amount} {self.unit} {within} of {', '.join(covered)}"

    @cached_property
    def name(self) -> str:
        """By what RateLimit and RateLimit-Policy know it among those that cover one operation."""
        level = "-operation" if self.operation else "-api" if self.api else ""
        return f"{self.kind}-{self.period or 'lifetime'}{level}"

    def values(self, seconds: int) -> dict[str, object]:
        """What fills the refusal's text."""
        return {"span": span(seconds)}

    def take(self) -> Take:
        """How a call is counted against it."""
        return Take("count", self.scope, self.amount, self.period)

    def left(self, used: int) -> int:
        """How much of the amount is left."""
        return max(0, self.amount - used)

    def field_policy(self) -> str:
        """Its member of RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10 section 3)."""
        window = f";w={self.period}" if self.period else ""
        return f'"{self.name}";q={min(self.amount, LARGEST_INTEGER)}{window}'

    def field(self, used: int, wait: float) -> str:
        """Its member of RateLimit (the same draft, section 4)."""
        resets = f";t={math.ceil(wait)}" if self.period else ""
        return f'"{self.name}";r={min(self.left(used), LARGEST_INTEGER)}{resets}'


class RateLimit(_Limit, frozen=True, cache_hash=True):
    """At most `amount` calls in any `period` seconds; refused calls count."""

    kind = "rate"
    noun = "rate limit"
    quota = False
    problem = RATE_EXCEEDED

    def values(self, seconds: int) -> dict[str, object]:
        """What fills the refusal's text."""
        return {"seconds": seconds}

    def take(self) -> Take:
        """How a call is counted against it."""
        return Take("slide", self.scope, self.amount, self.period)


class CallQuota(_Limit, frozen=True, cache_hash=True):
    """At most `amount` calls in each period counted from the subscription's start; refused calls count."""

    kind = "calls"
    noun = "call quota"
    problem = CALL_QUOTA_EXCEEDED


class KilobyteQuota(_Limit, frozen=True, cache_hash=True):
    """At most `amount` kilobytes of requests and answers in each period.

    The call that crosses the line is completed; the next one is refused.
    """

    kind = "bandwidth"
    noun = "bandwidth quota"
    unit = "kilobytes"
    problem = BANDWIDTH_QUOTA_EXCEEDED

    def take(self) -> Take:
        """How a call is held against it: bytes are counted once it is answered."""
        return Take("read", self.scope, self.amount * 1024 - 1, self.period)

    def left(self, used: int) -> int:
        """How many whole kilobytes are left."""
        return max(0, self.amount * 1024 - used) // 1024

    def field_policy(self) -> str:
        """Its member of RateLimit-Policy, in bytes."""
        window = f";w={self.period}" if self.period else ""
        return f'"{self.name}";q={min(self.amount * 1024, LARGEST_INTEGER)};qu="content-bytes"{window}'

    def field(self, used: int, wait: float) -> str:
        """Its member of RateLimit, in bytes."""
        resets = f";t={math.ceil(wait)}" if self.period else ""
        return f'"{self.name}";r={min(max(0, self.amount * 1024 - used), LARGEST_INTEGER)}{resets}'


LimitPolicy: TypeAlias = RateLimit | CallQuota | KilobyteQuota


class LimitSet(msgspec.Struct, frozen=True, gc=False):
    """All limits that cover one operation, with what every call needs of them worked out.

    Attributes:
        policies: in the order of checks.
        takes: how a call is counted, one for each policy.
        charged: those whose counts are added to once the call is answered.
        tells: whether answers say anything of these limits.
        field_policy: the value of RateLimit-Policy; empty: neither field is sent.
        alone: whether there is one quota (True), or one limit of another kind (False), and no more of them.
    """

    policies: tuple[LimitPolicy, ...] = ()
    takes: tuple[Take, ...] = ()
    charged: tuple[Take, ...] = ()
    tells: bool = False
    field_policy: str = ""
    alone: frozenset[bool] = frozenset()

    @classmethod
    def of(cls, policies: Sequence[LimitPolicy], *, fields: bool = False) -> LimitSet:
        """Put limits together. With `fields`, answers carry RateLimit and RateLimit-Policy."""
        takes = tuple(policy.take() for policy in policies)
        told = any(policy.remaining_header or policy.total_header for policy in policies)
        return cls(
            policies=tuple(policies),
            takes=takes,
            charged=tuple(take for take in takes if take.kind == "read"),
            tells=bool(policies) and (fields or told),
            field_policy=", ".join(policy.field_policy() for policy in policies) if fields else "",
            alone=frozenset(kind for kind in (True, False) if [p.quota for p in policies].count(kind) == 1),
        )

    def verdict(self, told: Sequence[Taken]) -> tuple[Header, ...] | Refusal:
        """What answers say of these limits; or the refusal of a call that exceeds one.

        A rate limit's comes before a quota's.
        """
        for at, take in enumerate(self.takes):  # every call comes here; zip costs a third more
            if told[at][0] > take.most:
                return self._refused(told, at)
        return self.headers(told) if self.tells else ()

    def used_up(self, policy: LimitPolicy, wait: float) -> Refusal:
        """The refusal of a call that finds one of these limits used up and the others untouched.

        Args:
            policy: the limit.
            wait: in how many seconds it lets a call pass.
        """
        told: list[Taken] = [
            (take.most + 1, wait or math.inf) if item is policy else (0, float(item.period))
            for item, take in zip(self.policies, self.takes, strict=True)
        ]
        seconds = math.ceil(wait) if wait else LIFETIME_WAIT
        return _refusal(policy, max(1, seconds), self.headers(told) if self.tells else ())

    def _refused(self, told: Sequence[Taken], first: int) -> Refusal:
        """The refusal of a call that exceeds a limit, the first of those that it exceeds."""
        quota = self.policies[first].quota
        at = first if quota in self.alone else self._longest(told, quota=quota)
        wait = told[at][1]
        seconds = 1
        if wait > 1:
            seconds = LIFETIME_WAIT if wait == math.inf else math.ceil(wait)
        return _refusal(self.policies[at], seconds, self.headers(told) if self.tells else ())

    def _longest(self, told: Sequence[Taken], *, quota: bool) -> int:
        """Which one, of the quotas or of the others, is to be waited for the longest.

        So a caller who waits is let through; one that this call filled counts, because it would refuse the
        next.
        """
        longest: tuple[float, int] = (-1.0, 0)
        for at, (policy, take, (used, wait)) in enumerate(zip(self.policies, self.takes, told, strict=True)):
            full = used >= take.most + (take.kind == "read")
            if full and policy.quota == quota and wait > longest[0]:
                longest = (wait, at)
        return longest[1]

    def headers(self, told: Sequence[Taken]) -> tuple[Header, ...]:
        """What answers say of these limits."""
        if not self.tells:
            return ()
        headers = [
            header
            for policy, (used, _) in zip(self.policies, told, strict=True)
            for header in _own(policy, used)
        ]
        if self.field_policy:
            members = (
                policy.field(used, wait) for policy, (used, wait) in zip(self.policies, told, strict=True)
            )
            headers += [("ratelimit-policy", self.field_policy), ("ratelimit", ", ".join(members))]
        return tuple(headers)


@lru_cache(maxsize=512)
def _refusal(policy: LimitPolicy, seconds: int, told: tuple[Header, ...]) -> Refusal:
    """A client that hammers is refused in the same words for a second, and must cost little."""
    headers = (("retry-after", str(seconds)), *told)
    return Refusal(policy.problem, policy.values(seconds), headers, limit=policy.words, wait=seconds)


def _own(policy: LimitPolicy, used: int) -> list[Header]:
    """The headers that a limit itself asks for."""
    own = [(policy.remaining_header, policy.left(used)), (policy.total_header, policy.amount)]
    return [(name, str(value)) for name, value in own if name]
