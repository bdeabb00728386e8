"""What a client is sent: framed so that nobody takes a part for the whole, nor one answer for two."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pytest
from structlog.testing import capture_logs

from millgate.core.errors import BODY_CUT_SHORT, Refusal, Refused
from millgate.wire.messages import Request, Response
from support.http1 import Echo, asked, get, line, parted, post, ran, request, standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from millgate.wire.messages import Plane
    from support.http1 import Heard, Loop

LOOPS: Final = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
LAST: Final = get(b"/last", b"Connection: close")
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
TEXT: Final = ("content-type", "text/plain")
OLD: Final = b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"


class Streams:
    """Answers with these headers and pieces; an exception among them is raised there.

    Attributes:
        closed: whether the stream was closed.
    """

    def __init__(self, *pieces: bytes | Exception, status: int = 200, **headers: str) -> None:
        self._pieces = pieces
        self._status = status
        self._headers = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.closed = False

    async def __call__(self, request: Request) -> Response:
        if request.segments[0] == "last":
            return Response(200, (TEXT,), b"last")
        return Response(self._status, self._headers, self._stream())

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            for piece in self._pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
                await asyncio.sleep(0)
        finally:
            self.closed = True


def answering(status: int, *headers: tuple[str, str], body: bytes = b"") -> Plane:
    """A plane that gives this answer to `/a`, and tells what it was asked for everything else."""
    echo = Echo()

    async def plane(request: Request) -> Response:
        return Response(status, headers, body) if request.segments[0] == "a" else await echo(request)

    return plane


def bodies(heard: list[Heard]) -> list[tuple[int, bytes, bool]]:
    return [(one.status, one.body, one.whole) for one in heard]


# Framing


@LOOPS
def test_a_stream_comes_in_chunks_and_the_next_answer_behind_it(loop: Loop) -> None:
    plane = Streams(b"one", b"", b"two" * 50_000)
    heard = asked(plane, get(b"/a"), LAST, loop=loop)

    assert bodies(heard) == [(200, b"one" + b"two" * 50_000, True), (200, b"last", True)]
    assert plane.closed


def test_a_stream_of_known_length_comes_as_it_is() -> None:
    heard = asked(Streams(b"one", b"two", content_length="6"), get(b"/a"), LAST)

    assert bodies(heard) == [(200, b"onetwo", True), (200, b"last", True)]
    assert heard[0].values("transfer-encoding") == []


def test_a_stream_to_http_1_0_ends_with_the_connection() -> None:
    heard = asked(Streams(b"one", b"two"), OLD, LAST)

    assert bodies(heard) == [(200, b"onetwo", True)]
    assert heard[0].values("connection") == ["close"]


def test_a_stream_of_known_length_to_http_1_0_lets_the_connection_go_on() -> None:
    heard = asked(Streams(b"one", b"two", content_length="6"), OLD, LAST)

    assert bodies(heard) == [(200, b"onetwo", True), (200, b"last", True)]


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_content_have_neither_body_nor_coding(status: int) -> None:
    for plane in (Streams(b"one", status=status), answering(status, body=b"")):
        heard = asked(plane, get(b"/a"), LAST)

        assert bodies(heard[:1]) == [(status, b"", True)]
        assert heard[0].values("transfer-encoding") == heard[0].values("content-length") == []
        assert heard[1].status == 200


def test_head_is_told_what_get_would_be_and_no_body() -> None:
    head = request(b"HEAD", b"/a")
    plain = asked(Echo(), head, LAST, methods=["HEAD"])
    said = asked(answering(200, ("content-length", "77")), head, LAST, methods=["HEAD"])
    streamed = asked(Streams(b"one"), head, LAST, methods=["HEAD"])

    assert int(plain[0].values("content-length")[0]) > 10
    assert said[0].values("content-length") == ["77"]
    assert streamed[0].values("transfer-encoding") == ["chunked"]
    assert [len(heard) for heard in (plain, said, streamed)] == [2, 2, 2]


def test_a_date_is_sent_once() -> None:
    own = asked(answering(200, ("date", "Thu, 01 Jan 1970 00:00:00 GMT")), get(b"/a"), LAST)

    assert own[0].values("date") == ["Thu, 01 Jan 1970 00:00:00 GMT"]
    assert own[1].values("date")[0].endswith(" GMT")


def test_an_answer_that_asks_for_the_end_is_the_last() -> None:
    heard = asked(answering(200, ("connection", "close")), get(b"/a"), get(b"/b"))

    assert [one.values("connection") for one in heard] == [["close"]]


# What must not be sent


@pytest.mark.parametrize(
    "header",
    [
        ("x", "a\r\nset-cookie: evil"),
        ("x", "a\nb"),
        ("x", "a\rb"),
        ("x\r\ny", "a"),
        ("x", "a\0"),
        ("x", "\u20ac"),
        ("content-length", "1"),
    ],
)
def test_a_head_that_would_mislead_is_the_managed_failure(header: tuple[str, str]) -> None:
    """Response splitting: what a plane passes on from a caller must not begin another line."""
    with capture_logs() as logged:
        heard = asked(answering(200, header, body=b"abc"), get(b"/a"), LAST)

    assert [one.status for one in heard] == [500, 200]
    assert heard[0].json["message"] == "Internal server error"
    assert [entry["activity_id"] for entry in logged] == [heard[0].json["activityId"]]


def test_a_stream_whose_head_would_mislead_is_the_managed_failure() -> None:
    with capture_logs():
        heard = asked(Streams(b"one", x="a\nb"), get(b"/a"), LAST)

    assert [one.status for one in heard] == [500, 200]


# Streams that fail


@LOOPS
@pytest.mark.parametrize("why", [RuntimeError("broken"), Refused(Refusal(BODY_CUT_SHORT))])
def test_a_stream_that_fails_never_has_an_end(why: Exception, loop: Loop) -> None:
    plane = Streams(b"one", b"two", why)
    with capture_logs() as logged:
        (heard,) = asked(plane, get(b"/a"), LAST, loop=loop)

    assert not heard.whole
    assert plane.closed
    assert [entry["event"] for entry in logged] == ["answer_broken_off"]


@pytest.mark.parametrize("length", ["5", "7"])
def test_a_stream_of_another_length_than_it_says_breaks_the_connection(length: str) -> None:
    """What is beyond would be read as the next answer, and that as a part of this one (CVE-2026-71324)."""
    with capture_logs():
        (heard,) = asked(Streams(b"one", b"two", content_length=length), get(b"/a"), LAST)

    assert not heard.whole
    assert len(heard.body) < 7


@LOOPS
def test_a_stream_that_fails_is_no_end_for_http_1_0_either(loop: Loop) -> None:
    """There only a reset tells a part from the whole."""

    async def main() -> bytes:
        async with standing(Streams(b"one", RuntimeError("broken"))) as server, line(server) as client:
            await client.say(OLD)
            heard = b""
            while piece := await client.reader.read(65_536):
                heard += piece
            return heard

    with capture_logs(), pytest.raises(ConnectionResetError):
        ran(main, loop)


def test_a_plane_that_fails_breaks_its_own_connection_alone() -> None:
    async def plane(request: Request) -> Response:
        if request.segments[0] == "a":
            raise RuntimeError
        return Response(200)

    async def main() -> list[Heard]:
        async with standing(plane) as server, line(server) as client, line(server) as other:
            await client.say(get(b"/a"))
            assert await client.rest() == b""
            await other.say(LAST)
            return await other.answers()

    with capture_logs() as logged:
        assert [one.status for one in ran(main)] == [200]
    assert [entry["event"] for entry in logged] == ["answer_broken_off"]


# Bodies


WAITS: Final = (b"Content-Length: 3", b"Expect: 100-Continue")


@LOOPS
def test_a_client_that_asks_is_told_to_send_its_body(loop: Loop) -> None:
    async def main() -> tuple[bytes, list[Heard]]:
        async with standing(Echo()) as server, line(server) as client:
            await client.say(request(b"POST", b"/a", *WAITS))
            told = await client.reader.readexactly(len(CONTINUE))
            await client.say(b"abc", LAST)
            return told, await client.answers()

    told, heard = ran(main, loop)
    assert told == CONTINUE
    assert [one.json[4] for one in heard] == ["abc", ""]


def test_nobody_is_told_to_send_what_nobody_reads() -> None:
    async def main() -> bytes:
        async with standing(Echo()) as server, line(server) as client:
            await client.say(request(b"POST", b"/unread", *WAITS))
            return await client.rest()

    heard = ran(main)
    assert CONTINUE not in heard
    assert [one.values("connection") for one in parted(heard)] == [["close"]]


def test_nobody_is_told_to_send_what_has_come() -> None:
    async def main() -> bytes:
        async with standing(Echo()) as server, line(server) as client:
            old = b"POST /old HTTP/1.0\r\nConnection: keep-alive\r\n" + b"\r\n".join(WAITS) + b"\r\n\r\n"
            await client.say(request(b"POST", b"/a", *WAITS, body=b"abc"), old, b"abc", LAST)
            return await client.rest()

    heard = ran(main)
    assert CONTINUE not in heard
    assert [one.json[4] for one in parted(heard)] == ["abc", "abc", ""]


def test_nobody_is_told_to_send_in_the_middle_of_an_answer() -> None:
    """A plane may answer first and read then."""

    async def plane(request: Request) -> Response:
        async def stream() -> AsyncIterator[bytes]:
            yield b"one"
            yield await request.body(100)

        return Response(200, (), stream())

    async def main() -> bytes:
        async with standing(plane) as server, line(server) as client:
            await client.say(request(b"POST", b"/a", *WAITS))
            first = await client.reader.readuntil(b"one\r\n")
            await client.say(b"abc")
            return first + await client.rest()

    heard = ran(main)
    assert CONTINUE not in heard
    assert bodies(parted(heard)) == [(200, b"oneabc", True)]


@LOOPS
def test_a_body_that_nobody_wants_does_not_take_the_answer_away(loop: Loop) -> None:
    """The client sends on while its answer is under way; a connection closed at once would be reset."""

    async def main() -> list[Heard]:
        async with standing(Echo()) as server, line(server) as client:
            await client.say(request(b"POST", b"/unread", b"Content-Length: 9000000"))
            await client.reader.readuntil(b"unread")
            for _ in range(90):
                await client.say(bytes(100_000))
            assert await client.rest() == b""
            async with line(server) as other:
                await other.say(LAST)
                return await other.answers()

    assert [one.status for one in ran(main, loop)] == [200]


@LOOPS
def test_a_large_body_waits_for_its_reader(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is held up, and not blamed for it; nothing of its body is lost."""
    monkeypatch.setattr("millgate.wire.patience.PATIENCE_SECONDS", 0.05)
    size = 30_000_000
    echo = Echo()

    async def main() -> list[Heard]:
        async with standing(echo) as server, line(server) as client:
            client.writer.write(post(b"/wait", bytes(size)) + LAST)
            before = size + 1
            while (left := client.writer.transport.get_write_buffer_size()) < before:
                before = left
                await asyncio.sleep(0.05)
            assert left > size // 3
            echo.go.set()
            return await client.answers()

    heard = ran(main, loop)
    assert [one.json[3] for one in heard] == [size, 0]


@LOOPS
def test_a_body_that_came_and_was_not_read_holds_nobody_up(loop: Loop) -> None:
    """Reading was paused for it."""

    async def plane(request: Request) -> Response:
        if request.method == "POST":
            await asyncio.sleep(0.05)
        return Response(200)

    async def main() -> list[Heard]:
        async with standing(plane) as server, line(server) as client:
            for _ in range(3):
                body = b"1\r\na\r\n" * 6_000 + b"0\r\n\r\n"
                client.writer.write(request(b"POST", b"/a", b"Transfer-Encoding: chunked", body=body))
            client.writer.write(LAST)
            return await client.answers()

    assert [one.status for one in ran(main, loop)] == [200] * 4


def test_many_small_pieces_come_as_few() -> None:
    """Each costs memory of its own, many times its size."""
    pieces: list[int] = []

    async def plane(request: Request) -> Response:
        pieces.extend([len(piece) async for piece in request.chunks(1_000_000)])
        return Response(200)

    body = b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n"
    heard = asked(plane, request(b"POST", b"/a", b"Transfer-Encoding: chunked", body=body), LAST)

    assert [one.status for one in heard] == [200, 200]
    assert sum(pieces) == 20_000
    assert len(pieces) < 500


def test_a_client_that_leaves_in_the_middle_of_its_body_is_noticed() -> None:
    echo = Echo()

    async def main() -> None:
        async with standing(echo) as server:
            async with line(server) as client:
                await client.say(request(b"POST", b"/a", b"Content-Length: 3", body=b"ab"))
                while not echo.asked:  # noqa: ASYNC110 - what the server does beside it has no event
                    await asyncio.sleep(0)
            while not echo.bodies:  # noqa: ASYNC110 - what the server does beside it has no event
                await asyncio.sleep(0)

    ran(main)
    assert echo.bodies == ["MG107"]
