"""Rate limits and quotas against a naive model, and whether Retry-After keeps its word."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.errors import BANDWIDTH_QUOTA_EXCEEDED, CALL_QUOTA_EXCEEDED, RATE_EXCEEDED, Refusal
from millgate.core.values import span
from millgate.snapshot.policies import CallQuota, KilobyteQuota, LimitPolicy, RateLimit
from millgate.snapshot.policies.limits import LIFETIME_WAIT, LONGEST_RATE_PERIOD
from millgate.stores.memory import MemoryCounters
from support.fuzzing import bounded

if TYPE_CHECKING:
    from collections.abc import Callable

START: Final = 1_700_000_000
SUBSCRIPTION: Final = "sub"


class Line:
    """A line of calls of one subscription under one policy."""

    def __init__(self, policy: LimitPolicy, started_at: int = START) -> None:
        self.policy = policy
        self.started_at = started_at
        self.counters = MemoryCounters()

    def call(self, at: float) -> Refusal | None:
        return asyncio.run(self.policy.admit(self.counters, SUBSCRIPTION, self.started_at, at))

    def charge(self, at: float, size: int) -> None:
        assert isinstance(self.policy, KilobyteQuota)
        asyncio.run(self.policy.charge(self.counters, SUBSCRIPTION, self.started_at, at, size))


def retry_after(refusal: Refusal) -> int:
    (header,) = [value for name, value in refusal.headers if name == "retry-after"]
    return int(header)


def replayed(calls: list[float], make: Callable[[], LimitPolicy], started_at: int = START) -> Line:
    """A fresh line on which the same calls were made."""
    line = Line(make(), started_at)
    for at in calls:
        line.call(at)
    return line


def assert_keeps_its_word(
    refusal: Refusal, calls: list[float], make: Callable[[], LimitPolicy], started_at: int = START
) -> None:
    """Waiting exactly as long as told admits the next call; waiting a second less does not."""
    wait, last = retry_after(refusal), calls[-1]

    assert wait >= 1
    assert replayed(calls, make, started_at).call(last + wait) is None
    if wait > 1:
        assert replayed(calls, make, started_at).call(last + wait - 1) is not None


# Instants to a thousandth, so that fractions are met
MOMENTS: Final = st.lists(st.integers(0, 40_000), min_size=1, max_size=40).map(
    lambda steps: [START + step / 1000 for step in sorted(steps)]
)


class NaiveWindow:
    """The rate limit, told as simply as can be: keep every call, count those of the last period."""

    def __init__(self, amount: int, period: int) -> None:
        self.amount = amount
        self.period = period
        self.calls: list[float] = []

    def call(self, at: float) -> bool:
        recent = [call for call in self.calls if call > at - self.period]
        self.calls.append(at)
        return len(recent) < self.amount


@bounded(300)
@given(st.integers(1, 6), st.integers(1, 12), MOMENTS)
def test_a_rate_limit_does_what_counting_all_calls_would_do(
    amount: int, period: int, moments: list[float]
) -> None:
    """Refused calls count, too."""
    line, naive = Line(RateLimit("s", amount, period)), NaiveWindow(amount, period)

    assert [line.call(at) is None for at in moments] == [naive.call(at) for at in moments]


@bounded(60)
@given(st.integers(1, 5), st.integers(1, LONGEST_RATE_PERIOD), MOMENTS)
def test_a_rate_limits_retry_after_is_honest(amount: int, period: int, moments: list[float]) -> None:
    line = Line(RateLimit("s", amount, period))
    for number, at in enumerate(moments):
        refusal = line.call(at)
        if refusal is not None:
            assert_keeps_its_word(refusal, moments[: number + 1], lambda: RateLimit("s", amount, period))


def test_a_rate_limit_says_how_many_seconds() -> None:
    line = Line(RateLimit("s", 2, 60))
    told = [line.call(START), line.call(START + 5), line.call(START + 19.5)]

    assert told[:2] == [None, None]
    assert told[2] == Refusal(RATE_EXCEEDED, {"seconds": 46}, (("retry-after", "46"),))
    assert told[2].message == "Rate limit is exceeded. Try again in 46 seconds."


def test_a_rate_limit_never_says_less_than_a_second() -> None:
    line = Line(RateLimit("s", 1, 1))
    line.call(START)

    refusal = line.call(START + 0.999)
    assert refusal is not None
    assert retry_after(refusal) == 1


def test_who_keeps_calling_keeps_being_refused() -> None:
    """A client that does not wait is not let in by its own hammering."""
    line = Line(RateLimit("s", 3, 10))
    admitted = [line.call(START + second) is None for second in range(60)]

    assert admitted == [True] * 3 + [False] * 57


# Quotas


@bounded(200)
@given(
    st.integers(1, 5),
    st.integers(1, 20),
    st.integers(-30, 30),
    MOMENTS,
)
def test_a_call_quota_does_what_counting_by_period_would_do(
    amount: int, period: int, offset: int, moments: list[float]
) -> None:
    """Periods are counted from the subscription's start, wherever that lies; refused calls count."""
    start = START + offset
    line = Line(CallQuota("s", amount, period), start)
    used: dict[int, int] = {}
    for number, at in enumerate(moments):
        window = math.floor((at - start) / period)
        used[window] = used.get(window, 0) + 1
        refusal = line.call(at)

        assert (refusal is None) == (used[window] <= amount)
        if refusal is not None:
            assert refusal.problem is CALL_QUOTA_EXCEEDED
            assert_keeps_its_word(
                refusal, moments[: number + 1], lambda: CallQuota("s", amount, period), start
            )


def test_a_quota_is_replenished_at_the_end_of_its_period_and_says_when() -> None:
    line = Line(CallQuota("s", 1, 604_800))
    line.call(START)
    refusal = line.call(START + 100.25)

    assert refusal is not None
    assert refusal.values == {"span": span(604_700)}
    assert refusal.message == "Out of call volume quota. Quota will be replenished in 6.23:58:20."
    assert line.call(START + 604_799.999) is not None
    assert line.call(START + 604_800) is None


def test_a_lifetime_quota_is_never_replenished() -> None:
    line = Line(CallQuota("s", 2, 0))
    assert [line.call(START), line.call(START + 10**9)] == [None, None]

    refusal = line.call(START + 2 * 10**9)
    assert refusal is not None
    assert retry_after(refusal) == LIFETIME_WAIT
    assert line.call(START + 2 * 10**9 + LIFETIME_WAIT) is not None


@bounded(150)
@given(
    st.integers(1, 3), st.integers(1, 20), st.lists(st.integers(0, 1500), min_size=1, max_size=30), MOMENTS
)
def test_a_bandwidth_quota_does_what_summing_by_period_would_do(
    amount: int, period: int, sizes: list[int], moments: list[float]
) -> None:
    """A call is refused when the bytes before it have reached the quota; one that crosses the line completes."""
    line = Line(KilobyteQuota("s", amount, period))
    sums: dict[int, int] = {}
    for at, size in zip(moments, sizes, strict=False):
        window = int((at - START) // period)
        refusal = line.call(at)
        assert (refusal is None) == (sums.get(window, 0) < amount * 1024)
        if refusal is None:
            line.charge(at, size)
            sums[window] = sums.get(window, 0) + size
        else:
            assert refusal.problem is BANDWIDTH_QUOTA_EXCEEDED
            assert line.call(at + retry_after(refusal)) is None
            assert retry_after(refusal) == 1 or line.call(at + retry_after(refusal) - 1) is not None


def test_a_bandwidth_quota_does_not_count_what_it_refuses() -> None:
    line = Line(KilobyteQuota("s", 1, 60))
    line.charge(START, 1023)

    assert [line.call(START) for _ in range(5)] == [None] * 5
    line.charge(START, 1)
    refusal = line.call(START)
    assert refusal is not None
    assert refusal.message == "Out of bandwidth quota. Quota will be replenished in 00:01:00."


@pytest.mark.parametrize("make", [RateLimit, CallQuota, KilobyteQuota])
def test_limits_of_two_subscriptions_and_of_two_scopes_are_counted_apart(make: Any) -> None:
    counters = MemoryCounters()

    async def use(scope: str, subscription: str) -> bool:
        policy = make(scope, 1, 60)
        refusal = await policy.admit(counters, subscription, START, START)
        if isinstance(policy, KilobyteQuota):
            await policy.charge(counters, subscription, START, START, 1024)
        return refusal is None

    async def all_of_them() -> list[bool]:
        pairs = [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]
        return [await use(*pair) for pair in pairs] + [await use(*pair) for pair in pairs]

    assert asyncio.run(all_of_them()) == [True] * 4 + [False] * 4


def test_kinds_of_limits_are_counted_apart() -> None:
    counters = MemoryCounters()

    async def use() -> list[Refusal | None]:
        return [
            await make("same", 1, 60).admit(counters, SUBSCRIPTION, START, START)
            for make in (RateLimit, CallQuota, KilobyteQuota)
        ]

    assert asyncio.run(use()) == [None, None, None]


@pytest.mark.parametrize("policy", [RateLimit("s", 1, 1), CallQuota("s", 1, 1), KilobyteQuota("s", 1, 1)])
def test_a_policy_is_frozen_and_says_how_it_fails(policy: LimitPolicy) -> None:
    assert policy.fails in {"open", "closed"}
    with pytest.raises(AttributeError):
        policy.amount = 10  # type: ignore[misc]
