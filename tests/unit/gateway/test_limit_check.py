"""The check of limits: what it tells, and what happens while nothing can be counted."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from structlog.testing import capture_logs

from millgate.core.clock import StillClock
from millgate.core.errors import BANDWIDTH_QUOTA_EXCEEDED, Refusal
from millgate.gateway.keys import Entry
from millgate.gateway.limits import LOG_SECONDS, LimitCheck
from millgate.snapshot.build import build
from millgate.snapshot.document import Catalogue, Limit
from millgate.snapshot.policies import CallQuota
from millgate.snapshot.routes import Match
from millgate.stores.memory import MemoryCounters
from millgate.stores.ports import StoreUnreachable
from millgate.stores.redis.counters import RedisCounters
from millgate.stores.redis.link import REST_SECONDS
from support import redis_server
from support.world import FREE, NOW, PARTS, PRODUCT, document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from millgate.snapshot.policies.limits import Header
    from millgate.stores.ports import Counters

RATE: Final = Limit("rate", 2, 60)


class Line:
    """A line of calls of one subscription to one operation of the product."""

    def __init__(self, *limits: Limit, counters: Counters | None = None, **changes: Any) -> None:
        self.counters = counters or MemoryCounters()
        self.clock = StillClock(NOW)
        self.check = LimitCheck(self.counters, self.clock)
        self.publish(*limits, **changes)

    def publish(self, *limits: Limit, **changes: Any) -> None:
        """Put these limits in force."""
        adapter = msgspec.structs.replace(PRODUCT, limits=limits, **changes)
        world = msgspec.structs.replace(document(), catalogue=Catalogue((PARTS, FREE), (adapter,)))
        snapshot = build(world, {"echo": None})
        match = snapshot.trees["production"].find("GET", ("PartList", "v1", "Parts"))
        assert isinstance(match, Match)
        covering = snapshot.adapters["product"].limits(match.route)
        self.entry = Entry(world.directory.subscriptions[0], covering)

    async def admit(self) -> tuple[Header, ...] | Refusal:
        found = self.check.admit(self.entry, self.clock.now())
        return found if isinstance(found, tuple | Refusal) else await found

    def call(self) -> tuple[Header, ...] | Refusal:
        return asyncio.run(self.admit())

    def charge(self, size: int) -> None:
        asyncio.run(self.charged(size))

    async def charged(self, size: int) -> None:
        waits = self.check.charge(self.entry, size)
        if waits is not None:
            await waits

    def refusal(self) -> Refusal:
        found = self.call()
        assert isinstance(found, Refusal)
        return found


@pytest.fixture
def away() -> Iterator[redis_server.Server]:
    """A server that does not run yet."""
    redis_server.require_redis()
    with closing(redis_server.Server()) as server:
        yield server


def test_admitted_calls_are_told_nothing_unless_a_limit_asks_for_it() -> None:
    assert Line(RATE, Limit("calls", 5, 60)).call() == ()
    assert Line(Limit("rate", 2, 60, remaining_header="X-Left")).call() == (("x-left", "1"),)


def test_answers_carry_the_ratelimit_fields_where_the_adapter_says_so() -> None:
    line = Line(RATE, ratelimit_fields=True)

    assert line.call() == (("ratelimit-policy", '"rate-60";q=2;w=60'), ("ratelimit", '"rate-60";r=1;t=60'))
    assert Line(ratelimit_fields=True).call() == ()


def test_a_refusal_says_which_limit_for_how_long_and_carries_its_headers() -> None:
    line = Line(Limit("rate", 1, 60, "parts", "list-parts", "X-Left", "X-Total"), ratelimit_fields=True)
    line.call()
    line.clock.jump(14.5)
    refusal = line.refusal()

    assert refusal.message == "Rate limit is exceeded. Try again in 60 seconds."
    assert (refusal.wait, refusal.limit) == (
        60,
        "rate limit of 1 calls in 60 s of adapter product, API parts, operation list-parts",
    )
    assert refusal.headers == (
        ("retry-after", "60"),
        ("x-left", "0"),
        ("x-total", "1"),
        ("ratelimit-policy", '"rate-60-operation";q=1;w=60'),
        ("ratelimit", '"rate-60-operation";r=0;t=60'),
    )


def test_bytes_are_charged_and_counted_by_bandwidth_quotas_alone() -> None:
    line = Line(Limit("calls", 5, 3000), Limit("bandwidth", 1, 3000))
    line.charge(1023)
    assert line.call() == ()
    line.charge(1)

    assert line.refusal().problem is BANDWIDTH_QUOTA_EXCEEDED
    assert isinstance(line.counters, MemoryCounters)
    told = {standing.kind: standing.used for standing in line.counters.standing("sub", NOW)}
    assert told == {"calls": 2, "bandwidth": 1024}


def test_without_a_key_or_an_adapter_nothing_is_limited() -> None:
    line = Line(RATE, Limit("bandwidth", 1, 60))
    for entry in (Entry(None, line.entry.limits), Entry(line.entry.subscription, None), Entry(None, None)):
        line.entry = entry
        for _ in range(3):
            assert line.call() == ()
            line.charge(5000)


def test_a_limit_that_is_raised_goes_on_with_what_was_counted() -> None:
    line = Line(RATE, Limit("calls", 3, 3000))
    calls = [line.call() for _ in range(3)]
    line.publish(Limit("rate", 5, 60), Limit("calls", 4, 3000))
    calls.append(line.call())

    assert [isinstance(found, Refusal) for found in calls] == [False, False, True, False]
    assert line.refusal().limit == "call quota of 4 calls in 3000 s of adapter product"


# A store that is away


def test_calls_pass_and_their_bytes_are_lost_while_the_store_is_away(away: redis_server.Server) -> None:
    counters = RedisCounters(away.url)
    line = Line(Limit("rate", 1, 60), Limit("bandwidth", 1, 60), counters=counters)

    async def story() -> list[Any]:
        found = [await line.admit() for _ in range(3)]
        await line.charged(5000)
        away.start()
        await asyncio.sleep(REST_SECONDS)
        found += [await line.admit() for _ in range(2)]
        await counters.close()
        return found

    with capture_logs() as logged:
        found = asyncio.run(story())

    assert found[:4] == [(), (), (), ()]
    assert isinstance(found[4], Refusal), "it counts again"
    assert line.check.uncounted == 3
    assert [(line["event"], line.get("fails")) for line in logged] == [
        ("limit_not_counted", "open"),
        ("bytes_not_counted", None),
    ]


def test_it_is_logged_once_per_some_seconds_how_many_calls_were_not_counted(
    away: redis_server.Server,
) -> None:
    counters = RedisCounters(away.url)
    line = Line(RATE, counters=counters)

    async def story() -> None:
        for _ in range(100):
            await line.admit()
        line.clock.jump(LOG_SECONDS)
        await line.admit()
        line.clock.jump(-1000)
        await line.admit()
        await counters.close()

    with capture_logs() as logged:
        asyncio.run(story())

    assert [entry["times"] for entry in logged] == [1, 100, 1]


def test_a_limit_that_fails_closed_stops_calls(
    away: redis_server.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CallQuota, "fails", "closed")
    line = Line(RATE, Limit("calls", 5, 60), counters=RedisCounters(away.url))

    with pytest.raises(StoreUnreachable), capture_logs():
        line.call()
