"""Which failed calls are tried again, where they go, and when an address is left alone."""

from __future__ import annotations

import asyncio

import pytest

from millgate.core.errors import (
    UPSTREAM_BROKE_OFF,
    UPSTREAM_BUSY,
    UPSTREAM_RESTING,
    UPSTREAM_UNREACHABLE,
    Problem,
    Refused,
)
from millgate.describe.calls import BackendCall
from millgate.gateway.upstreams.breaker import Breaker, State
from millgate.gateway.upstreams.http import HttpBackend
from support.exchange import seen
from support.upstreams import (
    OK,
    Line,
    Talk,
    always,
    backend,
    call,
    echo,
    free_port,
    half,
    once,
    silence,
    standing,
    until,
)

HI = b"hi"
REPEATABLE = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]
NOT_REPEATABLE = ["POST", "PATCH"]


async def problem_of(ask: HttpBackend, asked: BackendCall | None = None) -> Problem:
    with pytest.raises(Refused) as refused:
        await ask(asked or call())
    return refused.value.refusal.problem


def closing_first(times: int) -> Talk:
    """A talk that closes so many connections without a word, and then answers."""

    async def talk(line: Line) -> None:
        heard = await line.request()
        if heard is not None and line.number > times:
            await line.say(OK.removesuffix(HI) if heard.method == "HEAD" else OK)

    return talk


@pytest.mark.parametrize("method", REPEATABLE)
def test_a_call_that_may_be_repeated_is_tried_again(method: str) -> None:
    async def run() -> None:
        async with standing(closing_first(1)) as place, backend(place.url(), retries=1) as ask:
            answered = await ask(call(method, body=b"{}" if method == "PUT" else b""))
            assert answered.status == 200
            assert len(place.heard) == 2
            assert place.heard[0].body == place.heard[1].body

    asyncio.run(run())


@pytest.mark.parametrize("method", NOT_REPEATABLE)
def test_a_call_that_may_do_something_twice_is_not(method: str) -> None:
    async def run() -> None:
        async with standing(closing_first(1)) as place, backend(place.url(), retries=5) as ask:
            assert await problem_of(ask, call(method, body=b"{}")) is UPSTREAM_BROKE_OFF
            assert len(place.heard) == 1

    asyncio.run(run())


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_call_is_tried_as_often_as_published(retries: int) -> None:
    async def run() -> None:
        async with (
            standing(closing_first(100)) as place,
            backend(place.url(), retries=retries, breaker_failures=0) as ask,
        ):
            assert await problem_of(ask) is UPSTREAM_BROKE_OFF
            assert len(place.heard) == retries + 1

    asyncio.run(run())


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", b"H"]
)
def test_what_was_answered_is_not_asked_for_again(answer: bytes) -> None:
    async def run() -> None:
        async with standing(once(answer)) as place, backend(place.url(), retries=5) as ask:
            if b"500" in answer:
                assert (await ask(call())).status == 500
            else:
                assert await problem_of(ask) is UPSTREAM_BROKE_OFF
            assert len(place.heard) == 1

    asyncio.run(run())


def test_a_stream_that_has_begun_is_not_sent_again() -> None:
    async def run() -> None:
        async with standing(closing_first(1)) as place, backend(place.url(), retries=5) as ask:
            assert await problem_of(ask, call("PUT", body=b"x" * 100_000)) is UPSTREAM_BROKE_OFF
            assert len(place.heard) == 1

    asyncio.run(run())


def test_a_connection_that_has_gone_stale_costs_no_try() -> None:
    async def run() -> None:
        async def talk(line: Line) -> None:
            await line.request()
            await line.say(OK)
            if line.number == 1:
                await line.request()  # and closes instead of answering

        async with standing(talk) as place, backend(place.url(), retries=0, breaker_failures=1) as ask:
            assert (await seen(await ask(call()))).body == HI
            assert (await seen(await ask(call()))).body == HI
            assert [heard.connection for heard in place.heard] == [1, 1, 2]
            assert ask.states()[0].failures == 0

    asyncio.run(run())


def test_a_post_on_a_stale_connection_fails() -> None:
    async def run() -> None:
        async def talk(line: Line) -> None:
            await line.request()
            await line.say(OK)
            await line.request()

        async with standing(talk) as place, backend(place.url(), retries=5) as ask:
            await ask(call())
            assert await problem_of(ask, call("POST", body=b"{}")) is UPSTREAM_BROKE_OFF
            assert len(place.heard) == 2

    asyncio.run(run())


def test_a_connection_that_was_closed_while_idle_is_noticed() -> None:
    async def run() -> None:
        async with standing(once(OK)) as place, backend(place.url(), retries=0) as ask:
            for _ in range(3):
                await ask(call("POST", body=b"{}"))
                await until(lambda: ask.states()[0].idle == 0)
            assert place.connections == 3

    asyncio.run(run())


def test_nobody_there_is_unreachable() -> None:
    async def run() -> None:
        port = free_port()
        async with backend(f"http://127.0.0.1:{port}") as ask:
            with pytest.raises(Refused) as refused:
                await ask(call())
            assert refused.value.refusal.problem is UPSTREAM_UNREACHABLE
            assert f"http://127.0.0.1:{port}" in refused.value.refusal.cause

    asyncio.run(run())


def test_a_name_that_no_resolver_takes_is_unreachable() -> None:
    async def run() -> None:
        async with backend(f"http://{'a' * 64}.invalid", retries=0) as ask:
            assert await problem_of(ask) is UPSTREAM_UNREACHABLE

    asyncio.run(run())


def test_a_backend_that_is_closed_ends_what_it_carries() -> None:
    async def run() -> None:
        async with standing(silence) as place, backend(place.url(), most_connections=1, retries=0) as ask:
            calls = [asyncio.create_task(problem_of(ask)) for _ in range(2)]
            await until(lambda: len(place.heard) == 1 and ask.states()[0].waiting == 1)
            ask.close()
            assert await asyncio.gather(*calls) == [UPSTREAM_UNREACHABLE] * 2
            assert place.connections == 1

    asyncio.run(run())


def test_several_addresses_share_the_calls_in_turn() -> None:
    async def run() -> None:
        async with (
            standing(always(OK)) as one,
            standing(always(OK)) as two,
            backend(one.url(), two.url("/base")) as ask,
        ):
            for _ in range(6):
                await ask(call())
            assert [heard.target for heard in one.heard] == ["/items"] * 3
            assert [heard.target for heard in two.heard] == ["/base/items"] * 3

    asyncio.run(run())


def test_another_address_is_tried_when_one_is_down() -> None:
    async def run() -> None:
        async with (
            standing(always(OK)) as up,
            backend(f"http://127.0.0.1:{free_port()}", up.url(), retries=1, breaker_failures=3) as ask,
        ):
            for _ in range(10):
                assert (await seen(await ask(call()))).body == HI
            down = ask.states()[0]
            assert (down.state, down.failures) == (State.RESTING, 3)
            assert len(up.heard) == 10

    asyncio.run(run())


def test_an_address_that_fails_in_a_row_is_left_alone() -> None:
    async def run() -> None:
        async with (
            standing(closing_first(100)) as place,
            backend(place.url(), retries=0, breaker_failures=3, breaker_seconds=600) as ask,
        ):
            for _ in range(3):
                assert await problem_of(ask) is UPSTREAM_BROKE_OFF
            assert ask.states()[0].state is State.RESTING
            for _ in range(3):
                assert await problem_of(ask) is UPSTREAM_RESTING
            assert len(place.heard) == 3

    asyncio.run(run())


def test_a_failure_that_the_upstream_answers_itself_is_none_of_its_connection() -> None:
    async def run() -> None:
        answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno"
        async with standing(always(answer)) as place, backend(place.url(), breaker_failures=1) as ask:
            for _ in range(3):
                assert (await ask(call())).status == 503
            assert ask.states()[0].state is State.READY

    asyncio.run(run())


def test_the_breaker_lets_one_call_through_after_its_rest() -> None:
    breaker = Breaker(most=2, seconds=10)
    for now in (1.0, 2.0):
        assert breaker.lets(now)
        assert not breaker.begin()
        breaker.failed(now)

    assert not breaker.lets(11.9)
    assert breaker.lets(12.0)
    assert breaker.begin()
    assert not breaker.lets(12.0), "while one is under way"
    breaker.failed(13.0)
    assert not breaker.lets(22.9)
    assert breaker.begin()
    breaker.undecided()
    assert breaker.lets(23.0)
    breaker.begin()
    breaker.succeeded()
    assert breaker.state is State.READY
    assert breaker.lets(23.0)


def test_a_breaker_without_a_number_never_rests() -> None:
    breaker = Breaker(most=0, seconds=10)
    for _ in range(100):
        breaker.failed(1.0)

    assert breaker.lets(1.0)


def test_calls_wait_for_a_connection_and_are_served_in_turn() -> None:
    async def run() -> None:
        async with standing(echo) as place, backend(place.url(), most_connections=2) as ask:
            bodies = [f"call {number}".encode() for number in range(50)]
            answers = await asyncio.gather(*[ask(call("POST", body=body)) for body in bodies])

            assert [answer.body for answer in answers] == bodies
            assert place.connections == 2
            assert ask.states()[0].busy == 0

    asyncio.run(run())


def test_a_call_that_waits_too_long_is_told_that_all_are_busy() -> None:
    async def run() -> None:
        async with (
            standing(half) as place,
            backend(place.url(), most_connections=1, total_seconds=0.2, breaker_failures=1) as ask,
        ):
            unread = await ask(call())
            assert await problem_of(ask) is UPSTREAM_BUSY
            assert not isinstance(unread.body, bytes)
            assert await anext(unread.body) == b"hello"
            state = ask.states()[0]
            assert (state.busy, state.waiting, state.state) == (1, 0, State.READY)

    asyncio.run(run())


def test_callers_that_leave_the_queue_take_nothing_with_them() -> None:
    async def run() -> None:
        release = asyncio.Event()

        async def talk(line: Line) -> None:
            while await line.request() is not None:
                await release.wait()
                await line.say(OK)

        async with standing(talk) as place, backend(place.url(), most_connections=1) as ask:
            calls = [asyncio.create_task(_ask(ask)) for _ in range(5)]
            await until(lambda: ask.states()[0].waiting == 4)
            for left in (1, 3):
                calls[left].cancel()
            await asyncio.gather(calls[1], calls[3], return_exceptions=True)
            release.set()
            assert [await calls[number] for number in (0, 2, 4)] == [HI] * 3
            assert place.connections == 1

    asyncio.run(run())


async def _ask(ask: HttpBackend) -> bytes:
    return (await seen(await ask(call()))).body


def test_an_upstream_under_load_gives_each_caller_its_own_answer() -> None:
    """Half of the callers leave at some point; nobody may get what was meant for them."""

    async def run() -> None:
        async with standing(echo) as place, backend(place.url(), most_connections=4) as ask:

            async def one(number: int) -> None:
                body = b"%d " % number * (number % 7 * 3000 + 1)
                asking = asyncio.ensure_future(ask(call("POST", body=body)))
                if number % 2:
                    for _ in range(number % 11):
                        await asyncio.sleep(0)
                    asking.cancel()
                    await asyncio.gather(asking, return_exceptions=True)
                else:
                    assert (await seen(await asking)).body == body

            await asyncio.gather(*[one(number) for number in range(200)])
            await until(lambda: ask.states()[0].busy == 0)

    asyncio.run(run())


def test_health_decides_where_calls_go() -> None:
    async def run() -> None:
        ill = asyncio.Event()

        async def talk(line: Line) -> None:
            while (heard := await line.request()) is not None:
                if heard.target == "/base/health" and ill.is_set():
                    await line.say(b"HTTP/1.1 503 Ill\r\nContent-Length: 0\r\n\r\n")
                else:
                    await line.say(OK)

        async with (
            standing(talk) as place,
            backend(place.url("/base"), health_path="/health", health_seconds=0.01) as ask,
        ):
            await until(lambda: len(place.heard) >= 2)
            assert (await seen(await ask(call()))).body == HI
            ill.set()
            await until(lambda: ask.states()[0].state is State.UNHEALTHY)
            assert await problem_of(ask) is UPSTREAM_RESTING
            ill.clear()
            await until(lambda: ask.states()[0].state is State.READY)
            assert (await seen(await ask(call()))).body == HI
            ask.retire()
            asked = len(place.heard)
            for _ in range(50):
                await asyncio.sleep(0.001)
            assert len(place.heard) <= asked + 1, "one may have been on its way"

    asyncio.run(run())
