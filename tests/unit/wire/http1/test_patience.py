"""Clients that are slow, or never come to an end: each is given up, and nobody else is."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Final

import pytest

from millgate.core.errors import HEAD_TOO_SLOW
from millgate.wire.http1.server import Patience
from millgate.wire.messages import Request, Response
from support.http1 import Echo, get, line, parted, post, ran, request, standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.http1 import Heard, Loop

LOOPS: Final = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
LONG: Final = 1_000.0
"""What does not end within a test."""


def impatient(
    *, idle: float = LONG, head: float = LONG, write: float = LONG, linger: float = LONG
) -> Patience:
    return Patience(idle=idle, head=head, write=write, linger=linger)


def left(patience: Patience, *pieces: bytes, loop: Loop = "uvloop") -> list[Heard]:
    """What is answered to a client that sends this and then waits."""

    async def main() -> list[Heard]:
        async with standing(Echo(), patience) as server, line(server) as client:
            await client.say(*pieces)
            return await client.answers()

    return ran(main, loop)


@LOOPS
def test_a_connection_that_says_nothing_is_ended(loop: Loop) -> None:
    assert left(impatient(idle=0.02), loop=loop) == []


def test_a_connection_that_says_no_more_is_ended() -> None:
    heard = left(impatient(idle=0.02), get(b"/a"), get(b"/b"))

    assert [one.json[1] for one in heard] == ["/a", "/b"]


@LOOPS
def test_half_a_head_is_answered_408(loop: Loop) -> None:
    (heard,) = left(impatient(head=0.02), get(b"/a")[:-2], loop=loop)

    assert (heard.status, heard.json["message"]) == (408, HEAD_TOO_SLOW.message)
    assert heard.values("connection") == ["close"]


def test_half_a_head_behind_another_request_is_answered_408() -> None:
    heard = left(impatient(head=0.02), get(b"/a") + get(b"/b")[:-2])

    assert [one.status for one in heard] == [200, 408]


@LOOPS
def test_half_a_body_is_cut(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millgate.wire.patience.PATIENCE_SECONDS", 0.02)
    (heard,) = left(impatient(linger=0.02), post(b"/a", b"abc")[:-1], loop=loop)

    assert (heard.status, heard.json["message"]) == (400, "The request body was cut short.")
    assert heard.values("connection") == ["close"]


def test_a_body_that_waits_to_be_asked_for_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until then its client is the one that waits."""
    monkeypatch.setattr("millgate.wire.patience.PATIENCE_SECONDS", 5.0)
    echo = Echo()

    async def main() -> list[Heard]:
        async with standing(echo, impatient(idle=0.02, head=0.02)) as server, line(server) as client:
            await client.say(request(b"POST", b"/wait", b"Content-Length: 3", b"Expect: 100-continue"))
            await asyncio.sleep(0.1)
            echo.go.set()
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            await client.say(b"abc")
            return await client.answers()

    assert [one.status for one in ran(main)] == [200]


def test_a_plane_may_take_its_time() -> None:
    echo = Echo()

    async def main() -> list[Heard]:
        patience = impatient(idle=0.02, head=0.02, write=0.02, linger=0.02)
        async with standing(echo, patience) as server, line(server) as client:
            await client.say(get(b"/wait"), get(b"/b")[:-2])
            await asyncio.sleep(0.1)
            echo.go.set()
            return await client.answers()

    assert [one.status for one in ran(main)] == [200, 408]


def test_whoever_sends_on_behind_a_last_answer_is_not_heard_for_ever() -> None:
    async def main() -> list[Heard]:
        async with standing(Echo(), impatient(linger=0.02)) as server, line(server) as client:
            await client.say(request(b"POST", b"/unread", b"Content-Length: 999999999"))
            heard = await client.rest()
            with pytest.raises(ConnectionError):
                await client.say(*[bytes(10_000)] * 100_000)
            return parted(heard)

    assert [one.status for one in ran(main)] == [200]


# Slow readers


def deaf(port: int, room: int = 4_096) -> socket.socket:
    """A client that has little room for what it does not read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.connect(("127.0.0.1", port))
    return made


@LOOPS
def test_a_stream_to_whoever_does_not_read_is_held_up_and_then_given_up(loop: Loop) -> None:
    made = 0
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        nonlocal made
        try:
            while True:
                made += 1
                yield bytes(65_536)
        finally:
            ended.set()

    async def plane(_: Request) -> Response:
        return Response(200, (), endless())

    async def main() -> None:
        async with standing(plane, impatient(write=0.05)) as server:
            with deaf(server.port) as client:
                client.sendall(get(b"/a"))
                await ended.wait()

    ran(main, loop)
    assert made < 1_000


@LOOPS
@pytest.mark.parametrize("last", [b"Connection: close", b"X: y"])
def test_an_answer_that_nobody_reads_does_not_keep_the_server_from_stopping(last: bytes, loop: Loop) -> None:
    """It is written, and its connection told to close; whether it was read shows later."""
    sizes = [3_000_000, 100_000]

    async def plane(_: Request) -> Response:
        return Response(200, (), bytes(sizes.pop()) if sizes else b"")

    async def main() -> None:
        async with standing(plane, impatient(write=0.05)) as server:
            with deaf(server.port) as client, deaf(server.port) as other:
                client.sendall(get(b"/a", last))
                other.sendall(get(b"/a", last))
                while sizes:  # noqa: ASYNC110 - what the server does beside it has no event
                    await asyncio.sleep(0)
                server.stop()
                await asyncio.sleep(0.1)

    ran(main, loop)


def test_a_slow_reader_that_reads_gets_everything() -> None:
    """It may take longer for all than it is given for a part."""
    size = 12_000_000

    async def plane(_: Request) -> Response:
        return Response(200, (), bytes(size))

    async def main() -> int:
        async with standing(plane, impatient(write=0.2)) as server:
            with deaf(server.port, 100_000) as client:
                client.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(client, get(b"/a", b"Connection: close"))
                read = 0
                while piece := await loop.sock_recv(client, 100_000):
                    read += len(piece)
                    await asyncio.sleep(0.005)
                return read

    assert ran(main) > size
