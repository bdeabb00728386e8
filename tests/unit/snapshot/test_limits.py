"""Rate limits and quotas against a naive model, and whether Retry-After keeps its word."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.errors import BANDWIDTH_QUOTA_EXCEEDED, CALL_QUOTA_EXCEEDED, RATE_EXCEEDED, Refusal
from millgate.core.values import span
from millgate.snapshot.policies import CallQuota, KilobyteQuota, LimitPolicy, LimitSet, RateLimit
from millgate.snapshot.policies.limits import LIFETIME_WAIT, LONGEST_RATE_PERIOD
from millgate.stores.counting import CountTable
from support.fuzzing import bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from millgate.stores.ports import Taken

START: Final = 1_700_000_000
SUBSCRIPTION: Final = "sub"


class Line:
    """A line of calls of one subscription under some limits."""

    def __init__(self, *policies: LimitPolicy, started_at: int = START, fields: bool = False) -> None:
        self.limits = LimitSet.of(policies, fields=fields)
        self.started_at = started_at
        self.counters = CountTable()

    def take(self, at: float) -> Sequence[Taken]:
        return self.counters.take(SUBSCRIPTION, self.started_at, self.limits.takes, at)

    def call(self, at: float) -> Refusal | None:
        verdict = self.limits.verdict(self.take(at))
        return verdict if isinstance(verdict, Refusal) else None

    def told(self, at: float) -> dict[str, str]:
        """The headers of an answer, or of a refusal."""
        found = self.take(at)
        verdict = self.limits.verdict(found)
        return dict(verdict.headers if isinstance(verdict, Refusal) else self.limits.headers(found))

    def charge(self, at: float, size: int) -> None:
        self.counters.add(SUBSCRIPTION, self.started_at, self.limits.charged, size, at)


def retry_after(refusal: Refusal) -> int:
    (header,) = [value for name, value in refusal.headers if name == "retry-after"]
    return int(header)


def replayed(calls: list[float], make: Callable[[], LimitPolicy], started_at: int = START) -> Line:
    """A fresh line on which the same calls were made."""
    line = Line(make(), started_at=started_at)
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
    assert told[2] == Refusal(
        RATE_EXCEEDED,
        {"seconds": 46},
        (("retry-after", "46"),),
        limit="rate limit of 2 calls in 60 s of adapter s",
        wait=46,
    )
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
    line = Line(CallQuota("s", amount, period), started_at=start)
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
def test_limits_that_count_apart_have_names_of_their_own(make: Any) -> None:
    apart = [
        make("s", 1, 60),
        make("t", 1, 60),
        make("s", 1, 61),
        make("s", 1, 60, "jobs"),
        make("s", 1, 60, "jobs", "list-jobs"),
    ]

    assert len({policy.scope for policy in apart}) == len(apart)
    assert make("s", 1, 60).scope == make("s", 2, 60).scope, "the amount may change"


def test_kinds_of_limits_are_counted_apart() -> None:
    line = Line(RateLimit("s", 1, 60), CallQuota("s", 1, 60), KilobyteQuota("s", 1, 60))

    assert line.call(START) is None
    assert len({take.scope for take in line.limits.takes}) == 3


@pytest.mark.parametrize("policy", [RateLimit("s", 1, 1), CallQuota("s", 1, 1), KilobyteQuota("s", 1, 1)])
def test_a_policy_is_frozen_and_says_how_it_fails(policy: LimitPolicy) -> None:
    assert policy.fails in {"open", "closed"}
    with pytest.raises(AttributeError):
        policy.amount = 10  # type: ignore[misc]


# Several limits


def refused(line: Line, at: float) -> Refusal:
    refusal = line.call(at)
    assert refusal is not None
    return refusal


def test_of_several_rate_limits_the_longest_wait_is_told_and_lets_the_caller_through() -> None:
    line = Line(RateLimit("s", 1, 10), RateLimit("s", 3, 60), RateLimit("s", 1, 30, "jobs"))
    line.call(START)
    refusal = refused(line, START + 1)

    assert (refusal.wait, refusal.limit) == (30, "rate limit of 1 calls in 30 s of adapter s, API jobs")
    refusal = refused(line, START + 2)
    assert (refusal.wait, refusal.limit) == (58, "rate limit of 3 calls in 60 s of adapter s"), "it is full"
    assert line.call(START + 2 + refusal.wait) is None


@bounded(100)
@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 20)), min_size=1, max_size=3), MOMENTS)
def test_who_waits_as_long_as_several_rate_limits_say_is_let_through(
    limits: list[tuple[int, int]], moments: list[float]
) -> None:
    policies = [RateLimit(f"s{number}", *limit) for number, limit in enumerate(limits)]
    line = Line(*policies)
    refusal = [line.call(at) for at in moments][-1]

    if refusal is not None:
        assert line.call(moments[-1] + refusal.wait) is None


def test_a_limit_that_this_call_filled_is_waited_for_too() -> None:
    line = Line(CallQuota("s", 2, 1000), CallQuota("s", 1, 50))
    line.call(START)

    assert refused(line, START).wait == 1000


def test_a_rate_limit_is_told_before_a_quota_however_long_that_lasts() -> None:
    line = Line(RateLimit("s", 1, 10), CallQuota("s", 1, 1000))
    line.call(START)

    assert [refused(line, START + 1).problem, refused(line, START + 12).problem] == [
        RATE_EXCEEDED,
        CALL_QUOTA_EXCEEDED,
    ]


def test_of_several_quotas_the_longest_wait_is_told_whatever_its_kind() -> None:
    line = Line(
        CallQuota("s", 1, 100), CallQuota("s", 1, 50), KilobyteQuota("s", 1, 500), KilobyteQuota("s", 9, 900)
    )
    line.call(START)
    assert refused(line, START).limit == "call quota of 1 calls in 100 s of adapter s"
    line.charge(START, 1024)
    refusal = refused(line, START + 20)

    assert (refusal.problem, refusal.wait) == (BANDWIDTH_QUOTA_EXCEEDED, 480)
    assert refusal.limit == "bandwidth quota of 1 kilobytes in 500 s of adapter s"
    assert line.call(START + 500) is None


def test_of_quotas_that_end_together_the_first_is_told() -> None:
    line = Line(CallQuota("s", 1, 100), KilobyteQuota("s", 1, 100))
    line.call(START)
    line.charge(START, 1024)

    assert refused(line, START).problem is CALL_QUOTA_EXCEEDED


def test_a_lifetime_quota_in_words_has_no_period() -> None:
    line = Line(CallQuota("s", 1, 0, "jobs", "list-jobs"))
    line.call(START)

    assert (
        refused(line, START).limit
        == "call quota of 1 calls in all of adapter s, API jobs, operation list-jobs"
    )


# What answers tell


def test_limits_tell_nothing_by_themselves() -> None:
    line = Line(RateLimit("s", 1, 10), CallQuota("s", 1, 10))

    assert line.told(START) == {}
    assert list(line.told(START)) == ["retry-after"]


def test_a_limit_tells_how_much_is_left_and_how_much_there_is_in_headers_of_its_choice() -> None:
    rate = RateLimit("s", 2, 10, remaining_header="x-left", total_header="x-total")
    line = Line(rate, CallQuota("s", 9, 100, remaining_header="x-quota-left"))

    assert [line.told(START + second) for second in range(3)] == [
        {"x-left": "1", "x-total": "2", "x-quota-left": "8"},
        {"x-left": "0", "x-total": "2", "x-quota-left": "7"},
        {"retry-after": "9", "x-left": "0", "x-total": "2", "x-quota-left": "6"},
    ]


def test_a_bandwidth_quota_tells_whole_kilobytes() -> None:
    line = Line(KilobyteQuota("s", 3, 10, remaining_header="x-left", total_header="x-total"))
    line.charge(START, 1025)

    assert line.told(START) == {"x-left": "1", "x-total": "3"}
    line.charge(START, 4000)
    assert line.told(START) == {"retry-after": "10", "x-left": "0", "x-total": "3"}


def test_the_ratelimit_fields_tell_every_limit_on_answers_and_refusals() -> None:
    """draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4."""
    line = Line(
        RateLimit("s", 2, 60),
        RateLimit("s", 5, 60, "jobs"),
        CallQuota("s", 1000, 604_800),
        CallQuota("s", 5000, 0, "jobs", "list-jobs"),
        KilobyteQuota("s", 2, 3600),
        fields=True,
    )
    line.charge(START, 1000)
    policy = (
        '"rate-60";q=2;w=60, "rate-60-api";q=5;w=60, "calls-604800";q=1000;w=604800, '
        '"calls-lifetime-operation";q=5000, "bandwidth-3600";q=2048;qu="content-bytes";w=3600'
    )

    assert line.told(START) == {
        "ratelimit-policy": policy,
        "ratelimit": '"rate-60";r=1;t=60, "rate-60-api";r=4;t=60, "calls-604800";r=999;t=604800, '
        '"calls-lifetime-operation";r=4999, "bandwidth-3600";r=1048;t=3600',
    }
    line.take(START + 5.5)
    assert line.told(START + 10.5) == {
        "retry-after": "55",
        "ratelimit-policy": policy,
        "ratelimit": '"rate-60";r=0;t=55, "rate-60-api";r=2;t=50, "calls-604800";r=997;t=604790, '
        '"calls-lifetime-operation";r=4997, "bandwidth-3600";r=1048;t=3590',
    }


def test_no_number_of_a_field_is_larger_than_a_structured_field_holds() -> None:
    """RFC 9651 section 3.3.1: an Integer has at most fifteen digits."""
    line = Line(CallQuota("s", 10**15, 60), KilobyteQuota("s", 10**15, 60), fields=True)
    told = line.told(START)

    assert {int(number) for number in re.findall(r"[qr]=(\d+)", str(told))} == {999_999_999_999_999}


def test_without_limits_nothing_is_told() -> None:
    assert Line(fields=True).told(START) == {}
