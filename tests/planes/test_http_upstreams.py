"""Calls through the whole managed layer, and through the real server, to an upstream over HTTP."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack, suppress
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.errors import (
    UPSTREAM_BROKE_OFF,
    UPSTREAM_BUSY,
    UPSTREAM_RESTING,
    UPSTREAM_TIMED_OUT,
    UPSTREAM_UNREACHABLE,
    Problem,
    Refusal,
)
from millgate.describe.model import Operation
from millgate.wire.messages import Plane, Request, Response
from millgate.wire.target import segments_of
from support.exchange import ask, request_of
from support.fuzzing import bounded
from support.serving import served, spoken
from support.upstreams import (
    OK,
    Line,
    Talk,
    always,
    backends_of,
    free_port,
    half,
    once,
    proxied,
    silence,
    standing,
    until,
    upstream,
)
from support.world import KEY, World

TARGET = "/test/PartList/v1/Parts"
BIG = bytes(range(256)) * 2048


async def credentials(world: World) -> dict[str, str]:
    return {"Ocp-Apim-Subscription-Key": KEY, "Authorization": f"Bearer {await world.token()}"}


def in_bytes(headers: dict[str, str]) -> list[bytes]:
    return [f"{name}: {value}".encode() for name, value in headers.items()]


@pytest.mark.parametrize(
    ("status", "phrase", "body"),
    [
        (404, b"Not Found", b'{"error":"no such item"}'),
        (500, b"Internal Server Error", b"<h1>Oh no</h1>"),
        (401, b"Unauthorized", b"{}"),
        (429, b"Too Many Requests", b"slow down"),
    ],
)
def test_an_upstreams_own_failures_come_through_to_the_byte(status: int, phrase: bytes, body: bytes) -> None:
    async def run() -> None:
        said = b'HTTP/1.1 %d %b\r\nWWW-Authenticate: Basic realm="theirs"\r\nContent-Type: x/y\r\nContent-Length: %d\r\n\r\n%b'
        async with standing(always(said % (status, phrase, len(body), body))) as place:
            world = proxied(upstream(place.url()))
            answered = await ask(world.managed, "GET", TARGET, headers=await credentials(world))

            assert (answered.status, answered.body) == (status, body)
            assert answered.headers["www-authenticate"] == 'Basic realm="theirs"'
            assert answered.headers["content-type"] == "x/y"
            (record,) = world.usage.calls
            assert (record.status, record.code, record.bytes_out) == (status, "", len(body))
            backends_of(world).close()

    asyncio.run(run())


def test_the_managed_404_is_told_from_the_upstreams() -> None:
    async def run() -> None:
        async with standing(always(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nmine!")) as place:
            world = proxied(upstream(place.url()))
            sent = await credentials(world)
            theirs = await ask(world.managed, "GET", TARGET, headers=sent)
            ours = await ask(world.managed, "GET", "/test/PartList/v1/Nothing", headers=sent)

            assert (theirs.status, theirs.body) == (404, b"mine!")
            assert (ours.status, ours.body) == (
                404,
                b'{ "statusCode": 404, "message": "Resource not found" }',
            )
            assert len(place.heard) == 1
            backends_of(world).close()

    asyncio.run(run())


FAILURES: dict[str, tuple[Problem, Talk | None, int]] = {
    "nobody there": (UPSTREAM_UNREACHABLE, None, 1),
    "silent": (UPSTREAM_TIMED_OUT, silence, 1),
    "closing": (UPSTREAM_BROKE_OFF, once(b"HTTP/1.1 200 OK\r\n"), 1),
    "no HTTP": (UPSTREAM_BROKE_OFF, always(b"hello"), 1),
    "failing in a row": (UPSTREAM_RESTING, always(b"hello"), 3),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_the_managed_500_is_told_from_the_upstreams(failure: str) -> None:
    async def run() -> None:
        problem, talk, times = FAILURES[failure]
        async with standing(talk or silence) as place:
            url = place.url() if talk else f"http://127.0.0.1:{free_port()}"
            seconds = 0.2 if problem is UPSTREAM_TIMED_OUT else 10.0
            world = proxied(upstream(url, total_seconds=seconds, breaker_failures=2))
            sent = await credentials(world)
            answered = [await ask(world.managed, "GET", TARGET, headers=sent) for _ in range(times)][-1]

            text = answered.body.decode()
            told = re.fullmatch(
                r'\{ "statusCode": 500, "message": "Internal server error", "activityId": "([0-9a-f-]{36})" \}',
                text,
            )
            assert (answered.status, bool(told)) == (500, True), text
            assert told is not None
            assert told[1] == answered.headers["x-request-id"]
            record = world.usage.calls[-1]
            assert (record.status, record.code, record.request_id) == (500, problem.code, told[1])
            assert url in record.reason or "upstream u" in record.reason
            assert url not in text
            backends_of(world).close()

    asyncio.run(run())


def test_a_call_that_finds_no_free_connection_is_the_managed_500() -> None:
    async def run() -> None:
        async with standing(half) as place:
            world = proxied(upstream(place.url(), total_seconds=0.2, most_connections=1))
            sent = await credentials(world)
            unread = await world.managed(request_of("GET", TARGET, headers=sent))
            answered = await ask(world.managed, "GET", TARGET, headers=sent)

            assert (unread.status, answered.status) == (200, 500)
            assert world.usage.calls[-1].code == UPSTREAM_BUSY.code
            backends_of(world).close()

    asyncio.run(run())


async def echo_streamed(line: Line) -> None:
    """Sends back what comes, in chunks, once it is there."""
    while (heard := await line.request()) is not None:
        body = heard.body or b""
        await line.say(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nETag: "a"\r\n\r\n')
        for start in range(0, len(body), 100_000):
            piece = body[start : start + 100_000]
            await line.say(b"%x\r\n%b\r\n" % (len(piece), piece))
        await line.say(b"0\r\nX-Trailer: 1\r\n\r\n")


@pytest.mark.parametrize("chunked", [False, True])
def test_bodies_stream_both_ways_through_the_server(chunked: bool) -> None:
    async def run() -> None:
        async with standing(echo_streamed) as place:
            world = proxied(upstream(place.url()))
            lines = in_bytes(await credentials(world))
            if chunked:
                lines.append(b"Transfer-Encoding: chunked")
                body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BIG), BIG)
            else:
                lines.append(b"Content-Length: %d" % len(BIG))
                body = BIG
            async with served(world.managed, "direct") as port:
                answered = await spoken(port, b"POST", TARGET.encode(), *lines, body=body)

            assert (answered.status, answered.body) == (200, BIG)
            assert answered.header("etag") == '"a"'
            assert answered.header("x-trailer") is None
            assert place.heard[0].body == BIG
            backends_of(world).close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("method", "answer", "length"),
    [
        (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", "500"),
        (b"HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None),
        (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n", None),
        (b"GET", OK, "2"),
    ],
)
def test_the_server_says_the_length_that_the_upstream_said(
    method: bytes, answer: bytes, length: str | None
) -> None:
    async def run() -> None:
        async with standing(always(answer)) as place:
            world = proxied(
                upstream(place.url()), Operation("parts", method.decode(), "/Parts", "Parts", "/items")
            )
            async with served(world.managed, "asgi") as port:
                lines = in_bytes(await credentials(world))
                answered = await spoken(port, method, TARGET.encode(), *lines)
            assert answered.header("content-length") == length
            assert len([name for name, _ in answered.headers if name == "content-length"]) <= 1
            backends_of(world).close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        ([b"Content-Length: 5", b"Transfer-Encoding: chunked"], b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
        ([b"Transfer-Encoding: chunked", b"Content-Length: 5"], b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
        ([b"Content-Length: 5", b"Content-Length: 6"], b"hello!"),
        ([b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"], b"0\r\n\r\n"),
        ([b"Transfer_Encoding: chunked", b"Content-Length: 5"], b"0\r\n\r\n"),
    ],
)
def test_a_smuggled_request_never_reaches_the_upstream(lines: list[bytes], body: bytes) -> None:
    async def run() -> None:
        async with standing(always(OK)) as place:
            world = proxied(upstream(place.url()))
            async with served(world.managed, "asgi") as port:
                sent = in_bytes(await credentials(world))
                # The server may close without an answer, which `spoken` cannot read.
                with suppress(IndexError, ConnectionError):
                    await spoken(port, b"POST", TARGET.encode(), *sent, *lines, body=body)

            assert len(place.heard) <= 1
            for heard in place.heard:
                assert (heard.method, heard.target) == ("POST", "/items")
                framing = {name for name, _ in heard.headers} & {
                    "content-length",
                    "transfer-encoding",
                    "transfer_encoding",
                }
                assert len(framing) == 1
            backends_of(world).close()

    asyncio.run(run())


PIECES = st.sampled_from(
    [
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2F",
        "%5c",
        "\\",
        ";",
        "?",
        "a",
        "Parts",
        "%C3%A9",
        "%20",
        "%00",
        "+",
        "#",
        "%25",
    ]
)


def test_what_is_routed_is_what_arrives() -> None:
    """CVE-2021-43557, CVE-2026-33494: router and upstream read one path, or the call goes nowhere."""
    with asyncio.Runner() as runner:
        stack, arrivals = AsyncExitStack(), 0
        place = runner.run(stack.enter_async_context(standing(always(OK))))
        world = proxied(upstream(place.url("/base")))
        sent = tuple((name.lower(), value) for name, value in runner.run(credentials(world)).items())

        async def get(path: str, query: str) -> tuple[int, tuple[str, ...]]:
            segments = segments_of(path.encode())
            if isinstance(segments, Refusal):
                return 400, ()
            request = Request(method="GET", raw_path=path, segments=segments, query=query, headers=sent)
            return (await world.managed(request)).status, segments

        @given(st.lists(PIECES, max_size=8).map("".join))
        @bounded(150)
        def check(target: str) -> None:
            nonlocal arrivals
            place.heard.clear()
            path, _, query = f"{TARGET}/{target}".partition("?")
            status, segments = runner.run(get(path, query))
            if status != 200:
                assert place.heard == []
                return
            (heard,) = place.heard
            arrivals += 1
            arrived, _, asked = heard.target.partition("?")
            assert [unquote(part) for part in arrived.split("/")] == ["", "base", "items", *segments[4:]]
            assert asked == query.replace("#", "%23")

        check()
        assert arrivals > 10
        backends_of(world).close()
        runner.run(stack.aclose())


def test_a_body_that_its_sender_breaks_off_is_no_request() -> None:
    async def run() -> None:
        async with standing(always(OK)) as place:
            world = proxied(upstream(place.url()))
            plane, met = world.managed, asyncio.Event()

            async def watched(request: Request) -> Response:
                try:
                    return await plane(request)
                finally:
                    met.set()

            broken: Plane = watched
            async with served(broken, "asgi") as port:
                lines = in_bytes(await credentials(world))
                await _broken_off(port, lines)
                async with asyncio.timeout(10):
                    await met.wait()
            await until(lambda: place.left == place.connections)
            assert [heard.body for heard in place.heard if heard.body is not None] == []
            backends_of(world).close()

    asyncio.run(run())


async def _broken_off(port: int, lines: list[bytes]) -> None:
    """A POST to the API whose body stops in the middle."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = [f"POST {TARGET} HTTP/1.1".encode(), b"Host: mill.example", *lines, b"Content-Length: 300000"]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n" + b"x" * 150_000)
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()


def test_an_answer_that_breaks_off_is_no_whole_answer() -> None:
    async def run() -> None:
        answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        async with standing(once(answer)) as place:
            world = proxied(upstream(place.url()))
            async with served(world.managed, "asgi") as port:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                lines = [f"GET {TARGET} HTTP/1.1".encode(), b"Host: a", *in_bytes(await credentials(world))]
                writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
                async with asyncio.timeout(10):
                    answered = await reader.read(-1)
                writer.close()
                await writer.wait_closed()

            assert b"hello" in answered
            assert b"\r\n0\r\n\r\n" not in answered, "the last chunk would say that this is all"
            await until(lambda: len(world.usage.calls) == 1)
            assert world.usage.calls[0].code != ""
            backends_of(world).close()

    asyncio.run(run())
