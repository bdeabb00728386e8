"""Connections and servers that end: what runs is finished, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import ssl
import weakref
from typing import TYPE_CHECKING, Final

import pytest

from millgate.wire.http1.connection import Connection
from millgate.wire.http1.server import HttpServer
from millgate.wire.messages import Request, Response
from support.http1 import Echo, get, line, parted, post, ran, request, standing
from support.upstream_tls import authority, server_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.http1 import Heard, Loop

LOOPS: Final = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])


async def until_asked(echo: Echo, times: int = 1) -> None:
    while len(echo.asked) < times:  # noqa: ASYNC110 - what the server does beside it has no event
        await asyncio.sleep(0)


# Stopping


@LOOPS
def test_what_runs_is_finished_and_idle_connections_end_at_once(loop: Loop) -> None:
    echo = Echo()

    async def main() -> tuple[bytes, bytes, list[Heard]]:
        async with (
            standing(echo) as server,
            line(server) as silent,
            line(server) as idle,
            line(server) as busy,
        ):
            await idle.say(get(b"/a"))
            await idle.reader.readuntil(b"\r\n\r\n")
            await busy.say(get(b"/wait"), get(b"/behind"))
            await until_asked(echo, 2)
            server.stop()
            ended = await silent.rest(), await idle.rest()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", server.port)
            echo.go.set()
            return *ended, await busy.answers()

    silent, idle, busy = ran(main, loop)
    assert silent == b""
    assert idle.startswith(b"[")
    assert [(one.json[1], one.values("connection")) for one in busy] == [("/wait", ["close"])]


def test_a_stream_is_finished() -> None:
    go = asyncio.Event()

    async def plane(_: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            yield b"one"
            await go.wait()
            yield b"two"

        return Response(200, (), stream())

    async def main() -> list[Heard]:
        async with standing(plane) as server, line(server) as client:
            await client.say(get(b"/a"))
            first = await client.reader.readuntil(b"one\r\n")
            server.stop()
            await asyncio.sleep(0)
            go.set()
            return parted(first + await client.rest())

    (heard,) = ran(main)
    assert (heard.body, heard.whole) == (b"onetwo", True)


@LOOPS
def test_whatever_runs_can_be_broken_off(loop: Loop) -> None:
    """At the deadline of a stop all tasks are cancelled, each call is told, and the server ends."""
    told: list[str] = []

    async def plane(request: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            try:
                yield b"one"
                await asyncio.Event().wait()
            finally:
                told.append("stream")

        if request.segments[0] == "stream":
            return Response(200, (), stream())
        try:
            await request.body(10)
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append(request.segments[0])
            raise
        return Response(200)

    async def main() -> list[bytes]:
        server = HttpServer(plane, host="127.0.0.1", port=0)
        serving = asyncio.create_task(server.serve())
        await server.listening.wait()
        before = asyncio.all_tasks()
        async with line(server) as one, line(server) as two, line(server) as three, line(server) as idle:
            await one.say(get(b"/stream"))
            await one.reader.readuntil(b"one\r\n")
            await two.say(get(b"/plane"))
            await three.say(post(b"/body", b"abc")[:-1])
            await asyncio.sleep(0.02)
            server.stop()
            for task in asyncio.all_tasks() - before - {asyncio.current_task()}:
                task.cancel()
            await serving
            return [await client.rest() for client in (one, two, three, idle)]

    assert ran(main, loop) == [b"", b"", b"", b""]
    assert sorted(told) == ["body", "plane", "stream"]


@LOOPS
def test_a_server_that_is_cancelled_leaves_nothing(loop: Loop) -> None:
    async def main() -> bytes:
        echo = Echo()
        server = HttpServer(echo, host="127.0.0.1", port=0)
        serving = asyncio.create_task(server.serve())
        await server.listening.wait()
        async with line(server) as client:
            await client.say(get(b"/wait"))
            await until_asked(echo)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            return await client.rest()

    assert ran(main, loop) == b""


def test_an_address_that_is_taken_is_told() -> None:
    async def main() -> None:
        async with standing(Echo()) as server:
            await HttpServer(Echo(), host="127.0.0.1", port=server.port).serve()

    with pytest.raises(OSError, match="in use"):
        ran(main)


# Clients that leave


@LOOPS
def test_a_client_that_leaves_does_not_end_its_call(loop: Loop) -> None:
    """What a call began is finished, whether anybody hears of it or not."""
    finished = asyncio.Event()
    echo = Echo()

    async def plane(request: Request) -> Response:
        response = await echo(request)
        finished.set()
        return response

    async def main() -> None:
        async with standing(plane) as server:
            async with line(server) as client:
                await client.say(get(b"/wait"))
                await until_asked(echo)
            await asyncio.sleep(0.02)
            echo.go.set()
            await finished.wait()

    ran(main, loop)


@LOOPS
def test_a_stream_is_closed_when_its_client_leaves(loop: Loop) -> None:
    ended = asyncio.Event()

    async def plane(_: Request) -> Response:
        async def endless() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"x" * 1_000
                    await asyncio.sleep(0)
            finally:
                ended.set()

        return Response(200, (), endless())

    async def main() -> None:
        async with standing(plane) as server:
            async with line(server) as client:
                await client.say(get(b"/a"))
                await client.reader.readline()
            await ended.wait()

    ran(main, loop)


def connections() -> set[Connection]:
    return {found for found in gc.get_objects() if isinstance(found, Connection)}


@LOOPS
def test_a_connection_that_has_ended_leaves_no_garbage(loop: Loop) -> None:
    """Else clients that come and go would fill the memory until the collector comes."""
    before = connections()
    seen: weakref.WeakSet[Connection] = weakref.WeakSet()

    async def plane(_: Request) -> Response:
        seen.update(connections() - before)
        assert len(seen) == 1
        return Response(200)

    async def main() -> None:
        async with standing(plane) as server, line(server) as client:
            await client.say(get(b"/a", b"Connection: close"))
            assert [one.status for one in await client.answers()] == [200]

    gc.disable()
    try:
        ran(main, loop)
        assert not seen
    finally:
        gc.enable()


# Bounds


@LOOPS
def test_more_connections_than_allowed_are_ended_as_they_come(loop: Loop) -> None:
    async def main() -> list[bytes]:
        async with standing(Echo(), most=2) as server:
            async with line(server) as one, line(server) as two:
                for client in (one, two):
                    await client.say(get(b"/a"))
                    await client.reader.readuntil(b"\r\n\r\n")
                async with line(server) as third:
                    none = await third.rest()
            heard = b""
            while not heard:
                async with line(server) as again:
                    again.writer.write(get(b"/a", b"Connection: close"))
                    heard = await again.rest()
            return [none, heard]

    none, heard = ran(main, loop)
    assert none == b""
    assert heard.startswith(b"HTTP/1.1 200 ")


# TLS


@LOOPS
def test_tls_is_spoken_and_told_to_planes(loop: Loop, tmp_path: Path) -> None:
    by = authority()
    context = server_context(by, tmp_path)
    trusting = ssl.create_default_context(cadata=by.pem)
    schemes: list[str] = []

    async def plane(request: Request) -> Response:
        schemes.append(request.scheme)
        return Response(200, (), b"%d" % len(await request.body(1_000_000)))

    async def main() -> list[list[Heard]]:
        heard = []
        async with standing(plane, tls=context) as server:
            for last in (get(b"/b", b"Connection: close"), request(b"CONNECT", b"/b")):
                async with line(server, ssl=trusting) as client:
                    await client.say(post(b"/a", bytes(400_000)), last)
                    heard.append(await client.answers())
        return heard

    heard = ran(main, loop)
    assert [[one.body for one in some] for some in heard] == [[b"400000", b"0"]] * 2
    assert set(schemes) == {"https"}
