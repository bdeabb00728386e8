"""What counters in Redis promise besides: exact for all processes, lost by no kill, and never in the way."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from millgate.stores.counting import PAST_SECONDS
from millgate.stores.ports import StoreUnreachable
from millgate.stores.redis.counters import RedisCounters
from millgate.stores.redis.desk import RedisDesk
from millgate.stores.redis.link import REST_SECONDS
from support import redis_server
from support.counting import START, fixed, reading, sliding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from millgate.stores.ports import Take

TESTS: Final = Path(__file__).parents[1]
LIMITS: Final = [sliding(20, period=300), fixed(30)]


@pytest.fixture
def server() -> Iterator[redis_server.Server]:
    """A server to be treated badly."""
    redis_server.require_redis()
    with redis_server.Server() as started:
        yield started


@pytest.fixture
def url() -> str:
    """A server that tests share, with nothing in it."""
    shared = redis_server.shared()
    with shared.client() as client:
        client.flushall()
    return shared.url


@asynccontextmanager
async def counting(url: str, seconds: float = 5.0) -> AsyncIterator[RedisCounters]:
    counters = RedisCounters(url, seconds)
    try:
        yield counters
    finally:
        await counters.close()


async def used(counters: RedisCounters, takes: Sequence[Take] = LIMITS[1:], at: float = 0) -> int:
    """What one call finds to be used of the first limit."""
    return (await counters.take("sub", START, takes, START + at))[0][0]


async def used_once_rested(counters: RedisCounters) -> int:
    await asyncio.sleep(REST_SECONDS)
    return await used(counters)


# Several processes

_NODE: Final = """
import asyncio, json, sys
from millgate.stores.redis.counters import RedisCounters
from support.counting import START, fixed, sliding

async def main():
    counters, limits = RedisCounters(sys.argv[1], 10), [sliding(20, period=300), fixed(30)]
    async def call(number):
        found = await counters.take("sub", START, limits, START + number / 100)
        return [used for used, _ in found]
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(await asyncio.gather(*[call(number) for number in range(50)])))
    await counters.close()

asyncio.run(main())
"""


def test_of_the_calls_of_several_nodes_exactly_the_limit_pass(url: str) -> None:
    """The race of Kong #2629 across nodes."""
    nodes = [
        subprocess.Popen(
            [sys.executable, "-c", _NODE, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=TESTS,
        )
        for _ in range(3)
    ]
    for node in nodes:
        assert node.stdout is not None
        assert node.stdout.readline() == "ready\n"
    for node in nodes:
        assert node.stdin is not None
        node.stdin.write("go\n")
        node.stdin.flush()
    found = [pair for node in nodes for pair in json.loads(node.communicate()[0])]

    assert len(found) == 150
    for place, limit in enumerate(LIMITS):
        assert sorted(pair[place] for pair in found) == list(range(1, 151))
        assert sum(pair[place] <= limit.most for pair in found) == limit.most


def test_calls_on_several_threads_count_together(url: str) -> None:
    async def calls() -> list[int]:
        async with counting(url) as counters:
            return list(await asyncio.gather(*[used(counters) for _ in range(50)]))

    with ThreadPoolExecutor(3) as threads:
        found = threads.map(asyncio.run, [calls() for _ in range(3)])

    assert sorted(number for numbers in found for number in numbers) == list(range(1, 151))


# Servers that fail


async def expect_unreachable(counters: RedisCounters, match: str | None = None) -> None:
    with pytest.raises(StoreUnreachable, match=match):
        await used(counters)


def test_a_server_that_was_killed_and_started_again_goes_on_counting(server: redis_server.Server) -> None:
    """What was told is in it after the kill, with `appendfsync always`."""

    async def story() -> list[int]:
        async with counting(server.url) as counters:
            before = [await used(counters), await used(counters)]
            server.crash()
            await expect_unreachable(counters)
            server.start()
            return [*before, await used_once_rested(counters)]

    assert asyncio.run(story()) == [1, 2, 3]


def test_a_server_that_was_started_anew_between_two_calls_is_not_noticed(server: redis_server.Server) -> None:
    async def story() -> list[int]:
        async with counting(server.url) as counters:
            before = await used(counters)
            server.stop()
            server.start()
            return [before, await used(counters)]

    assert asyncio.run(story()) == [1, 2]


def test_one_that_was_never_there_is_unreachable_until_it_comes() -> None:
    redis_server.require_redis()
    server = redis_server.Server()

    async def story() -> int:
        async with counting(server.url) as counters:
            await expect_unreachable(counters)
            await expect_unreachable(counters, "a moment ago")
            server.start()
            return await used_once_rested(counters)

    with closing(server):
        assert asyncio.run(story()) == 1


def test_one_that_hangs_holds_up_no_call_for_long_and_most_not_at_all(server: redis_server.Server) -> None:
    """Calls wait together, not one after another, and those of the next half second do not wait."""
    seconds = 0.15

    async def story() -> int:
        async with counting(server.url, seconds) as counters:
            await used(counters)
            with server.hanging():
                began = asyncio.get_running_loop().time()
                found = await asyncio.gather(*[used(counters) for _ in range(50)], return_exceptions=True)
                for _ in range(50):
                    await expect_unreachable(counters, "a moment ago")
                # A busy machine may take its time over it, but not that of ten that wait in turn.
                assert asyncio.get_running_loop().time() - began < 10 * seconds
            assert {type(one) for one in found} == {StoreUnreachable}
            return await used_once_rested(counters)

    assert asyncio.run(story()) >= 2


def test_a_server_that_forgot_the_script_is_given_it_again(url: str) -> None:
    async def story() -> list[int]:
        async with counting(url) as counters:
            first = await used(counters)
            with redis_server.shared().client() as client:
                client.script_flush()
            return [first, *await asyncio.gather(*[used(counters) for _ in range(3)])]

    assert sorted(asyncio.run(story())) == [1, 2, 3, 4]


def test_a_key_of_somebody_else_fails_its_own_call_alone(url: str) -> None:
    with redis_server.shared().client() as client:
        client.set(f"millgate:{{sub}}{LIMITS[0].scope}", "not a sorted set")

    async def story() -> list[Any]:
        async with counting(url) as counters:
            calls = [used(counters, LIMITS[:1]), used(counters), used(counters, LIMITS[:1]), used(counters)]
            return await asyncio.gather(*calls, return_exceptions=True)

    found = asyncio.run(story())
    assert [found[1], found[3]] == [1, 2]
    assert [type(found[0]), type(found[2])] == [StoreUnreachable, StoreUnreachable]
    assert "WRONGTYPE" in str(found[0])


def test_a_caller_that_goes_away_harms_nobody_elses_count(url: str) -> None:
    async def story() -> list[int]:
        async with counting(url) as counters:
            tasks = [asyncio.create_task(used(counters)) for _ in range(10)]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            return [*[one for one in found if isinstance(one, int)], await used(counters)]

    assert asyncio.run(story()) == [2, 4, 6, 8, 10, 11]


def test_closing_tells_those_who_wait(url: str) -> None:
    async def story() -> list[Any]:
        counters = RedisCounters(url)
        tasks = [asyncio.create_task(used(counters)) for _ in range(3)]
        await asyncio.sleep(0)
        await counters.close()
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(one) for one in asyncio.run(story())} == {StoreUnreachable}


def test_pages_are_told_when_the_server_is_away() -> None:
    redis_server.require_redis()
    server = redis_server.Server()
    with closing(server), closing(RedisDesk(server.url, seconds=0.2)) as desk:
        with pytest.raises(StoreUnreachable):
            desk.standing("sub", START)
        with pytest.raises(StoreUnreachable):
            desk.reset()


def test_no_fault_repeats_the_password() -> None:
    async def story() -> str:
        async with counting("redis://user:5ecret@127.0.0.1:1/0") as counters:
            with pytest.raises(StoreUnreachable) as told:
                await used(counters)
            return str(told.value)

    assert "5ecret" not in asyncio.run(story())


# What stays in the server


def test_every_key_but_a_lifetimes_ends_by_itself(url: str) -> None:
    lifetime = fixed(5, period=0)

    async def story() -> None:
        async with counting(url) as counters:
            await used(counters, [*LIMITS, reading(5), lifetime], at=40.5)
            await counters.add("sub", START, [reading(5)], 10, START + 40.5)
            await used(counters, [*LIMITS, reading(5), lifetime], at=41)

    asyncio.run(story())
    with redis_server.shared().client() as client:
        ends = {key: client.ttl(key) for key in client.keys("*")}

    assert set(ends) == {
        "millgate:{sub}rate/a/*/*/300",
        f"millgate:{{sub}}calls/a/*/*/100@{START}",
        f"millgate:{{sub}}bandwidth/a/*/*/100@{START}",
        "millgate:{sub}calls/a/*/*/0@0",
    }
    assert ends.pop("millgate:{sub}calls/a/*/*/0@0") == -1
    assert 300 < ends.pop("millgate:{sub}rate/a/*/*/300") <= 360
    assert all(PAST_SECONDS + 50 < end <= PAST_SECONDS + 60 for end in ends.values())


def test_a_window_without_calls_leaves_nothing_behind(url: str) -> None:
    async def story() -> None:
        async with counting(url) as counters:
            for at in range(50):
                await used(counters, [sliding(3, period=10)], at=at)

    asyncio.run(story())
    with redis_server.shared().client() as client:
        (key,) = client.keys("*")
        assert client.zcard(key) == 10


def test_resetting_thousands_of_counters_leaves_what_is_not_ours(url: str) -> None:
    with redis_server.shared().client() as client:
        client.mset({f"millgate:{{s-{number}}}calls/a/*/*/0@0": 1 for number in range(2500)})
        client.set("somebody-elses", 1)
        with closing(RedisDesk(url)) as desk:
            desk.reset("s-1")
            assert client.dbsize() == 2500
            desk.reset(scope="calls/a/*/*/0")
        assert client.keys("*") == ["somebody-elses"]
