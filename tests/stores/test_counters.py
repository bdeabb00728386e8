"""What counters must promise, whichever store fills the port."""

from __future__ import annotations

import asyncio
import math
import threading
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.stores.counting import CALLS_KEPT
from millgate.stores.memory import MemoryCounters
from millgate.stores.redis.counters import RedisCounters
from millgate.stores.redis.desk import RedisDesk
from millgate.stores.sqlite.counters import SqliteCounters
from support import redis_server
from support.counting import START, Oracle, fixed, reading, sliding
from support.fuzzing import bounded
from support.machine_files import empty_file

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Sequence

    from millgate.stores.ports import CounterDesk, Counters, Standing, Take, Taken

SUBSCRIPTION: Final = "sub"


@dataclass
class Filling:
    """A filling of both ports, on one event loop."""

    counters: Counters
    desk: CounterDesk
    runner: asyncio.Runner

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(coroutine)

    def take(
        self, *takes: Take, at: float = 0, subscription: str = SUBSCRIPTION, start: int = START
    ) -> list[Taken]:
        """One call, so many seconds after the start."""
        return list(self.run(self.counters.take(subscription, start, takes, START + at)))

    def used(self, take: Take, at: float = 0, subscription: str = SUBSCRIPTION) -> int:
        """What one call finds to be used."""
        return self.take(take, at=at, subscription=subscription)[0][0]

    def add(self, take: Take, by: int, at: float = 0) -> None:
        self.run(self.counters.add(SUBSCRIPTION, START, [take], by, START + at))

    def standing(self, at: float = 0, subscription: str = SUBSCRIPTION) -> list[Standing]:
        return self.desk.standing(subscription, START + at)


@pytest.fixture(scope="module", params=["memory", "sqlite", "redis"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filling]:
    """Each filling, opened once."""
    with asyncio.Runner() as runner:
        if request.param == "memory":
            memory = MemoryCounters()
            yield Filling(memory, memory, runner)
        elif request.param == "sqlite":
            place = tmp_path_factory.mktemp("counters")
            with closing(SqliteCounters(empty_file("usage.db", place))) as sqlite:
                yield Filling(sqlite, sqlite, runner)
        else:
            url = redis_server.shared().url
            redis = RedisCounters(url, seconds=10.0)
            with closing(RedisDesk(url)) as desk:
                yield Filling(redis, desk, runner)
                runner.run(redis.close())


@pytest.fixture
def filling(opened: Filling) -> Filling:
    """Each filling, with nothing counted."""
    opened.desk.reset()
    return opened


def waits(found: Sequence[Taken]) -> list[float]:
    return [wait for _, wait in found]


# Sliding windows


def test_calls_in_a_sliding_window_are_counted_and_told_when_the_first_leaves_it(filling: Filling) -> None:
    limit = sliding(2)

    assert [filling.take(limit, at=at)[0] for at in (0, 1)] == [(1, 10.0), (2, 9.0)]


def test_a_call_beyond_is_told_how_long_to_wait_and_counts(filling: Filling) -> None:
    limit = sliding(2)

    assert [filling.take(limit, at=at)[0] for at in (0, 1, 4, 5)] == [(1, 10.0), (2, 9.0), (3, 7.0), (4, 9.0)]


def test_a_call_is_out_of_the_window_a_period_later_to_the_instant(filling: Filling) -> None:
    limit = sliding(2)

    assert [filling.used(limit, at=at) for at in (0, 9.5, 10, 19.25, 19.5)] == [1, 2, 2, 3, 3]


def test_what_is_refused_is_remembered_when_the_limit_is_raised(filling: Filling) -> None:
    for at in range(5):
        filling.take(sliding(2), at=at)

    assert filling.take(sliding(4), at=5) == [(6, 7.0)], "the calls at 2, 3, 4 and 5 fill it"
    assert filling.take(sliding(7), at=5) == [(7, 5.0)]
    assert filling.take(sliding(1), at=5) == [(8, 10.0)]


def test_a_clock_that_was_far_ahead_refuses_nobody_when_it_is_set_back(filling: Filling) -> None:
    limit = sliding(1)
    filling.take(limit, at=1000)

    assert filling.take(limit, at=0) == [(1, 10.0)]
    assert filling.take(limit, at=-3) == [(2, 13.0)], "a little ahead still counts"


# Fixed windows


def test_a_fixed_window_adds_up_and_a_later_one_starts_from_zero(filling: Filling) -> None:
    limit = fixed(2)

    assert [filling.take(limit, at=at)[0] for at in (0, 99.5, 99.75, 100)] == [
        (1, 100.0),
        (2, 0.5),
        (3, 0.25),
        (1, 100.0),
    ]


def test_fixed_windows_are_counted_from_the_subscriptions_start(filling: Filling) -> None:
    found = [filling.take(fixed(5), at=at, start=START + 30)[0] for at in (-71, -70, 29, 30)]

    assert found == [(1, 1.0), (1, 100.0), (2, 1.0), (1, 100.0)]


def test_a_window_is_found_again_when_the_clock_is_set_back(filling: Filling) -> None:
    limit = fixed(9)

    assert [filling.used(limit, at=at) for at in (50, 60, 150, 250, 70, 151, 251)] == [1, 2, 1, 1, 3, 2, 2]


def test_a_start_that_is_moved_counts_anew(filling: Filling) -> None:
    limit = fixed(9)
    filling.take(limit, at=50)

    assert filling.take(limit, at=50, start=START + 20) == [(1, 70.0)]
    assert filling.take(limit, at=50) == [(2, 50.0)]


def test_a_lifetime_quota_has_one_window(filling: Filling) -> None:
    limit = fixed(9, period=0)

    assert [
        filling.take(limit, at=at, start=start)[0] for at, start in ((0, START), (10**9, START), (0, 5))
    ] == [
        (1, math.inf),
        (2, math.inf),
        (3, math.inf),
    ]


def test_reading_counts_nothing_and_adding_does(filling: Filling) -> None:
    limit = reading(2048)
    found = [filling.take(limit), filling.take(limit)]
    filling.add(limit, 1000, at=1)
    filling.add(limit, 24, at=2)

    assert found == [[(0, 100.0)], [(0, 100.0)]]
    assert filling.take(limit, at=3) == [(1024, 97.0)]
    assert filling.take(limit, at=100) == [(0, 100.0)]


def test_a_sum_may_be_larger_than_any_disk(filling: Filling) -> None:
    limit = reading(1)
    filling.add(limit, 2**52)
    filling.add(limit, 1)

    assert filling.used(limit) == 2**52 + 1


# Several limits of one call


def test_all_limits_of_a_call_are_counted_in_their_order(filling: Filling) -> None:
    takes = [sliding(1), fixed(5), reading(9), sliding(5, period=60), fixed(1, period=0)]
    filling.take(*takes)

    assert filling.take(*takes, at=3) == [(2, 10.0), (2, 97.0), (0, 97.0), (2, 57.0), (2, math.inf)]


@pytest.mark.parametrize("make", [sliding, fixed])
def test_an_amount_that_changes_keeps_its_count(filling: Filling, make: Any) -> None:
    for _ in range(3):
        filling.take(make(2))

    assert filling.used(make(100)) == 4


@pytest.mark.parametrize("make", [sliding, fixed, reading])
def test_subscriptions_adapters_and_periods_are_counted_apart(filling: Filling, make: Any) -> None:
    alike = [make(5), make(5, adapter="b"), make(5, period=50)]
    for subscription in ("sub", "sub ", "sub}", "s*b", "", "ü}"):
        filling.take(*alike, subscription=subscription)
        for take in alike:
            if take.kind == "read":
                filling.run(filling.counters.add(subscription, START, [take], 1, START))

    for subscription in ("sub", "sub ", "sub}", "s*b", "", "ü}"):
        told = {(standing.scope, standing.used) for standing in filling.standing(subscription=subscription)}
        assert told == {(take.scope, 1) for take in alike}


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_of_parallel_calls_exactly_the_limit_pass(filling: Filling, limit: int) -> None:
    """The quota race of Kong #2629 and #11846: reading and then adding lets all of them through."""
    takes = [sliding(limit), fixed(limit)]

    async def all_at_once() -> list[Sequence[Taken]]:
        call = filling.counters.take
        return list(await asyncio.gather(*[call(SUBSCRIPTION, START, takes, START) for _ in range(100)]))

    found = filling.run(all_at_once())
    for place in (0, 1):
        assert sorted(told[place][0] for told in found) == list(range(1, 101))
        assert sum(told[place][0] <= limit for told in found) == limit


STEPS: Final = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 6), st.integers(0, 8000)),
        st.tuples(st.just("add"), st.integers(0, 2000), st.integers(0, 8000)),
        st.tuples(st.just("back"), st.just(0), st.integers(0, 30_000)),
        st.tuples(st.just("reset"), st.integers(0, 4), st.just(0)),
    ),
    max_size=30,
)


def test_they_do_what_keeping_every_call_would_do(filling: Filling) -> None:
    """Refused calls, amounts that change, resets, and a clock that is set back, at instants with fractions."""

    @bounded(150)
    @given(STEPS, st.integers(-50, 50))
    def replay(steps: list[tuple[str, int, int]], offset: int) -> None:
        filling.desk.reset()
        oracle, now = Oracle(START + offset), float(START)
        for what, number, millis in steps:
            now += millis / 1000 if what != "back" else -millis / 1000
            takes = [sliding(number), fixed(number, 20), reading(number, 15), fixed(number, 0), sliding(1, 3)]
            if what == "take":
                found = filling.run(filling.counters.take(SUBSCRIPTION, START + offset, takes, now))
                assert list(found) == oracle.take(takes, now)
            elif what == "add":
                filling.run(filling.counters.add(SUBSCRIPTION, START + offset, takes[2:3], number, now))
                oracle.add(takes[2:3], number, now)
            elif what == "reset":
                filling.desk.reset(SUBSCRIPTION, takes[number].scope)
                oracle.reset(takes[number].scope)

    replay()


def test_what_hammers_is_remembered_up_to_a_bound(filling: Filling) -> None:
    limit = sliding(3, period=300)

    async def hammer() -> Sequence[Taken]:
        call, last = filling.counters.take, CALLS_KEPT + 20
        for at in range(0, last, 500):
            moments = [START + number / 1000 for number in range(at, min(at + 500, last))]
            await asyncio.gather(*[call(SUBSCRIPTION, START, [limit], moment) for moment in moments])
        return await call(SUBSCRIPTION, START, [limit], START + last / 1000)

    ((used, wait),) = filling.run(hammer())
    assert used == CALLS_KEPT + 1
    assert wait == pytest.approx(299.998)
    assert filling.standing(at=11)[0].used == CALLS_KEPT


# The desk


def test_the_desk_tells_what_was_used_where_and_until_when(filling: Filling) -> None:
    filling.take(sliding(5), fixed(5), fixed(5, period=0), at=130)
    filling.take(sliding(5), at=131)
    filling.add(reading(5), 700, at=131)
    told = [
        (item.kind, item.adapter, item.api, item.operation, item.period, item.used, item.start, item.end)
        for item in filling.standing(at=132)
    ]

    assert told == [
        ("bandwidth", "a", None, None, 100, 700, START + 100, START + 200),
        ("calls", "a", None, None, 0, 1, None, None),
        ("calls", "a", None, None, 100, 1, START + 100, START + 200),
        ("rate", "a", None, None, 10, 2, None, None),
    ]


def test_the_desk_leaves_out_what_is_over(filling: Filling) -> None:
    filling.take(sliding(5), fixed(5))

    assert [item.kind for item in filling.standing(at=10)] == ["calls"]
    assert filling.standing(at=100) == []
    assert [item.kind for item in filling.standing(at=9)] == ["calls", "rate"], "and reading forgets nothing"
    assert filling.standing(subscription="another") == []


def test_a_reset_counts_from_zero_and_leaves_others_alone(filling: Filling) -> None:
    takes = [sliding(5), fixed(5), fixed(5, period=0)]
    for subscription in ("sub", "other"):
        filling.take(*takes, subscription=subscription)
    filling.desk.reset("sub", takes[1].scope)

    assert [used for used, _ in filling.take(*takes)] == [2, 1, 2]
    assert [used for used, _ in filling.take(*takes, subscription="other")] == [2, 2, 2]
    filling.desk.reset(scope=takes[0].scope)
    assert [filling.used(takes[0], subscription=name) for name in ("sub", "other")] == [1, 1]
    filling.desk.reset("other")
    assert [used for used, _ in filling.take(*takes, subscription="other")] == [1, 1, 1]
    assert [used for used, _ in filling.take(*takes)] == [2, 2, 3]
    filling.desk.reset()
    assert [used for used, _ in filling.take(*takes)] == [1, 1, 1]


def test_a_reset_covers_windows_to_which_the_clock_may_be_set_back(filling: Filling) -> None:
    limit = fixed(5)
    for at in (0, 100):
        filling.take(limit, at=at)
    filling.desk.reset("sub")

    assert [filling.used(limit, at=at) for at in (100, 0)] == [1, 1]


def test_resetting_what_was_never_counted_does_nothing(filling: Filling) -> None:
    filling.desk.reset("nobody")
    filling.desk.reset("nobody", "rate/a/*/*/10")

    assert filling.used(fixed(5)) == 1


def test_pages_reset_on_other_threads_while_calls_are_counted(filling: Filling) -> None:
    """Between two resets every call counts once, so that each count is one more than the last, or 1."""
    found: list[int] = []
    done = threading.Event()

    def reset() -> None:
        for _ in range(20):
            filling.desk.reset(SUBSCRIPTION)
            filling.standing()
        done.set()

    async def count() -> None:
        while not done.is_set() or len(found) < 50:
            told = await filling.counters.take(SUBSCRIPTION, START, [fixed(5)], START)
            found.append(told[0][0])
            await asyncio.sleep(0)

    thread = threading.Thread(target=reset)
    thread.start()
    filling.run(count())
    thread.join()

    assert all(later in {earlier + 1, 1} for earlier, later in pairwise(found))
    filling.desk.reset(SUBSCRIPTION)
    assert filling.used(fixed(5)) == 1
