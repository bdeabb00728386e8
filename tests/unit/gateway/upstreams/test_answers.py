"""What an upstream answers comes through whole, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from millgate.core.errors import (
    BODY_CUT_SHORT,
    BODY_TOO_LARGE,
    UPSTREAM_BROKE_OFF,
    UPSTREAM_TIMED_OUT,
    Refused,
)
from millgate.gateway.upstreams.http import HttpBackend
from millgate.wire.messages import Response
from support.exchange import seen
from support.upstreams import OK, Heard, Line, always, backend, call, echo, once, silence, standing, until

BIG = bytes(range(256)) * 4096  # a megabyte: more than any buffer on the way


async def body_of(response: Response) -> bytes:
    return (await seen(response)).body


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"], b"hello"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", b"llo"], b"hello"),
        ([b"HTT", b"P/1.1 200 OK\r\nContent-", b"Length: 5\r\n\r", b"\nhello"], b"hello"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"], b"hello"),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"5;a=b\r\nhel", b"lo\r\n0\r\nX-T: 1\r\n\r\n"], b"hello"),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], b""),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK], b"hi"),
        ([b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"], b"hi"),
    ],
)  # fmt: skip
def test_a_body_comes_through_however_it_is_framed(answer: list[bytes], body: bytes) -> None:
    async def run() -> None:
        async with standing(always(*answer)) as place, backend(place.url()) as ask:
            for _ in range(3):
                answered = await seen(await ask(call()))
                assert (answered.status, answered.body) == (200, body)
                assert "link" not in answered.headers
                assert "x-t" not in answered.headers

    asyncio.run(run())


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"])
def test_an_answer_may_end_with_its_connection(head: bytes) -> None:
    async def run() -> None:
        async with standing(once(head, b"hel", b"lo")) as place, backend(place.url()) as ask:
            assert [await body_of(await ask(call())) for _ in range(2)] == [b"hello", b"hello"]
            assert place.connections == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"),
    ],
)  # fmt: skip
def test_an_answer_without_a_body_leaves_its_connection_good(method: str, answer: bytes) -> None:
    async def run() -> None:
        async with standing(always(answer)) as place, backend(place.url()) as ask:
            for _ in range(3):
                answered = await seen(await ask(call(method)))
                assert answered.body == b""
                assert answered.headers.get("content-length") == ("500" if method == "HEAD" else None)
            assert place.connections == 1

    asyncio.run(run())


def test_head_of_an_answer_without_a_length_says_none() -> None:
    async def run() -> None:
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        async with standing(always(answer)) as place, backend(place.url()) as ask:
            answered = await ask(call("HEAD"))

            assert not isinstance(answered.body, bytes), "the server would add Content-Length: 0"
            assert await seen(answered) == await seen(await ask(call("HEAD")))

    asyncio.run(run())


DOUBTFUL = {
    "length and coding": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "coding and length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
    "list of lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi",
    "signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
    "length beyond all": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhi",
    "folded header": b"HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 2\r\n\r\nhi",
    "bare line feed": b"HTTP/1.1 200 OK\r\nX-A: a\nContent-Length: 2\r\n\r\nhi",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "bare carriage return": b"HTTP/1.1 200 OK\r\nX-A: a\rb\r\nContent-Length: 2\r\n\r\nhi",
    "NUL": b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\nhi",
    "space before colon": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi",
    "gzip coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi",
    "gzip, chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "chunked twice": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "xchunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "two answers": OK + OK,
    "more than its length": OK + b"!",
    "the start of another": OK + b"HTTP/1.1 20",
    "a body for 304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nhi",
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "switching without saying to what": b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + OK,
    "status 99": b"HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nhi",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "RTSP": b"RTSP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X-A: a\r\n" * 201 + b"Content-Length: 2\r\n\r\nhi",
    "a head too large": b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 70_000 + b"\r\nContent-Length: 2\r\n\r\nhi",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 500_000,
    "interim answers without end": b"HTTP/1.1 100 Continue\r\n\r\n" * 20 + OK,
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a short body": b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf",
}  # fmt: skip


@pytest.mark.parametrize("answer", DOUBTFUL.values(), ids=DOUBTFUL)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_whose_end_is_in_doubt_is_never_handed_on(method: str, answer: bytes) -> None:
    """CVE-2026-71324: nor is its connection used again, so that no caller gets another's answer."""

    async def run() -> None:
        async def talk(line: Line) -> None:
            if await line.request() is not None:
                await line.say(answer if line.number == 1 else OK)
                if answer in {DOUBTFUL["half a head"], DOUBTFUL["half a short body"]}:
                    return
                await line.hang()

        async with standing(talk) as place, backend(place.url()) as ask:
            with pytest.raises(Refused) as refused:
                await ask(call(method))
            assert refused.value.refusal.problem is UPSTREAM_BROKE_OFF
            assert f"127.0.0.1:{place.port}" in refused.value.refusal.cause

            assert (await seen(await ask(call(method)))).body == b"hi"
            assert [heard.connection for heard in place.heard] == [1, 2]

    asyncio.run(run())


def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    """CVE-2026-71324: an answer that is sent ahead waits for the next caller otherwise."""

    async def run() -> None:
        answered = asyncio.Event()

        async def talk(line: Line) -> None:
            while await line.request() is not None:
                await line.say(OK)
                if line.number == 1:
                    await answered.wait()
                    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")

        async with standing(talk) as place, backend(place.url()) as ask:
            assert (await seen(await ask(call()))).body == b"hi"
            assert ask.states()[0].idle == 1
            answered.set()
            await until(lambda: ask.states()[0].idle == 0)
            assert (await seen(await ask(call()))).body == b"hi"
            assert [heard.connection for heard in place.heard] == [1, 2]

    asyncio.run(run())


def test_a_large_body_streams_both_ways_to_the_byte() -> None:
    async def run() -> None:
        async with standing(echo) as place, backend(place.url(), most_connections=1) as ask:
            for headers in ({}, {"transfer-encoding": "chunked"}):
                answered = await ask(call("POST", headers=headers, body=BIG[:900_000]))
                assert not isinstance(answered.body, bytes)
                assert await body_of(answered) == BIG[:900_000]
            assert [len(heard.body or b"") for heard in place.heard] == [900_000, 900_000]
            assert place.heard[0].header("content-length") == "900000"
            assert place.heard[1].header("transfer-encoding") == "chunked"
            assert place.connections == 1

    asyncio.run(run())


def test_an_upstream_waits_while_nobody_reads() -> None:
    sent = 0

    async def run() -> None:
        async def talk(line: Line) -> None:
            nonlocal sent
            await line.request()
            await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * len(BIG)))
            for _ in range(64):
                await line.say(BIG)
                sent += 1

        async with standing(talk) as place, backend(place.url()) as ask:
            answered = await ask(call())
            assert not isinstance(answered.body, bytes)
            first = await anext(answered.body)
            for _ in range(200):
                await asyncio.sleep(0.001)
            assert sent < 40, "the network holds a few megabytes at most"
            size = len(first)
            async for piece in answered.body:
                size += len(piece)
            assert size == 64 * len(BIG)

    asyncio.run(run())


@pytest.mark.parametrize(
    "leave", ["aclose", "forget"], ids=["closed before its end", "forgotten without being read"]
)
def test_half_an_answer_that_nobody_wants_takes_its_connection_with_it(leave: str) -> None:
    async def run() -> None:
        async def talk(line: Line) -> None:
            while await line.request() is not None:
                await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BIG), BIG[:100_000])
                await line.hang()

        async with standing(talk) as place, backend(place.url()) as ask:
            answered = await ask(call())
            body = answered.body
            assert not isinstance(body, bytes)
            if leave == "aclose":
                await anext(body)
                await body.aclose()  # type: ignore[attr-defined]  # as `wire.messages.closing` finds out
            del body, answered
            await until(lambda: place.left == 1)
            assert ask.states()[0].busy == 0

    asyncio.run(run())


def test_a_stream_that_breaks_off_fails_instead_of_ending() -> None:
    async def run() -> None:
        async with (
            standing(once(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x" * 500)) as place,
            backend(place.url()) as ask,
        ):
            answered = await ask(call())
            with pytest.raises(Refused) as refused:
                await body_of(answered)
            assert refused.value.refusal.problem is UPSTREAM_BROKE_OFF

    asyncio.run(run())


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", b"half"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"4\r\nhalf\r\n"),
        (b"HTTP/1.1 200 OK\r\nCon",),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (),
    ],
    ids=["within a short body", "within a stream", "within the head", "after 100", "before it"],
)
def test_an_upstream_that_pauses_for_too_long_is_given_up(pieces: tuple[bytes, ...]) -> None:
    async def run() -> None:
        async def talk(line: Line) -> None:
            await line.request()
            await line.say(*pieces)
            await line.hang()

        async with standing(talk) as place, backend(place.url(), total_seconds=0.2) as ask:
            with pytest.raises(Refused) as refused:
                await body_of(await ask(call()))
            assert refused.value.refusal.problem is UPSTREAM_TIMED_OUT
            await until(lambda: place.left == 1)
            assert len(place.heard) == 1, "what may have been done is not asked for again"

    asyncio.run(run())


def test_trailers_without_end_are_cut_off() -> None:
    async def run() -> None:
        async def talk(line: Line) -> None:
            await line.request()
            await line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n")
            while not line.writer.is_closing():
                await line.say(b"X-Trailer: " + b"a" * 10_000 + b"\r\n")

        async with standing(talk) as place, backend(place.url()) as ask:
            with pytest.raises(Refused) as refused:
                await body_of(await ask(call()))
            assert refused.value.refusal.problem is UPSTREAM_BROKE_OFF
            assert "trailers" in refused.value.refusal.cause

    asyncio.run(run())


def test_an_early_answer_ends_the_sending_and_its_connection() -> None:
    async def run() -> None:
        async def talk(line: Line) -> None:
            head = await line.head()
            if head is not None and head.method == "PUT":
                await line.say(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig")
            else:
                await line.say(OK)
            await line.hang()

        never = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b"a" * 1000
            await never.wait()

        async with standing(talk) as place, backend(place.url()) as ask:
            sent = {"content-length": "900000"}
            answered = await seen(await ask(call("PUT", headers=sent, reader=slow)))
            assert (answered.status, answered.body) == (413, b"big")
            assert (await seen(await ask(call()))).body == b"hi"
            assert place.connections == 2

    asyncio.run(run())


def test_a_caller_that_goes_away_takes_the_connection_with_it() -> None:
    async def run() -> None:
        async with standing(silence) as place, backend(place.url()) as ask:
            calling = asyncio.create_task(_ask(ask))
            await until(lambda: len(place.heard) == 1)
            calling.cancel()
            await until(lambda: place.left == 1)
            assert ask.states()[0].busy == 0
            assert ask.states()[0].idle == 0

    asyncio.run(run())


async def _ask(ask: HttpBackend) -> Response:
    return await ask(call())


@pytest.mark.parametrize("size", [10, 200_000])
@pytest.mark.parametrize("more", [-1, 1])
def test_a_body_of_another_length_than_was_said_is_never_a_whole_request(size: int, more: int) -> None:
    async def run() -> None:
        async with standing(always(OK)) as place, backend(place.url()) as ask:
            said = {"content-length": str(size)}
            with pytest.raises(Refused) as refused:
                await ask(call("POST", headers=said, body=b"x" * (size + more)))
            assert refused.value.refusal.problem in {BODY_CUT_SHORT, BODY_TOO_LARGE}
            assert [heard.body for heard in place.heard if heard.body is not None] == []
            assert (await seen(await ask(call("POST", body=b"{}")))).body == b"hi"

    asyncio.run(run())


def test_a_body_without_a_length_is_bounded_as_it_comes() -> None:
    async def run() -> None:
        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 60_000

        async with standing(always(OK)) as place, backend(place.url()) as ask:
            with pytest.raises(Refused) as refused:
                await ask(call("POST", headers={"transfer-encoding": "chunked"}, reader=endless))
            assert refused.value.refusal.problem is BODY_TOO_LARGE
            await until(lambda: place.left == 1)

    asyncio.run(run())


def test_a_sender_that_stops_within_its_body_is_given_up() -> None:
    async def run() -> None:
        never = asyncio.Event()

        async def stalled() -> AsyncIterator[bytes]:
            yield b"x" * 100
            await never.wait()

        async with standing(always(OK)) as place, backend(place.url(), total_seconds=0.2) as ask:
            with pytest.raises(Refused) as refused:
                await ask(call("POST", headers={"content-length": "200000"}, reader=stalled))
            assert refused.value.refusal.problem is BODY_CUT_SHORT
            await until(lambda: place.left == 1)

    asyncio.run(run())


def test_a_request_says_once_how_long_its_body_is() -> None:
    async def run() -> None:
        async with standing(always(OK)) as place, backend(place.url()) as ask:
            for method in ("GET", "DELETE", "POST"):
                await ask(call(method))
            await ask(call("DELETE", body=b"{}"))

            assert [_framing(heard) for heard in place.heard] == [
                (None, None),
                (None, None),
                ("0", None),
                ("2", None),
            ]

    asyncio.run(run())


def _framing(heard: Heard) -> tuple[str | None, str | None]:
    return heard.header("content-length"), heard.header("transfer-encoding")
