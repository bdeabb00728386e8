"""Long answers of a WSGI application are streamed, as fast as they are read and no faster."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from millgate.wire.wsgi import PIECE_BYTES, Environ, StartResponse, WsgiPlane
from support.exchange import request_of

if TYPE_CHECKING:
    from millgate.wire.messages import Response

LINE = b"x" * 1000
PIECE = -(-PIECE_BYTES // len(LINE))


class Export:
    """An application that answers with so many lines, and notes how many it made and when it was closed."""

    def __init__(self, lines: int, *, fails_at: int = -1) -> None:
        self.lines = lines
        self.fails_at = fails_at
        self.made = 0
        self.closed = 0

    def __call__(self, _: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/csv"), ("Content-Length", "1")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.lines):
            if number == self.fails_at:
                raise RuntimeError("in the middle")
            self.made += 1
            yield LINE

    def close(self) -> None:
        self.closed += 1


def plane_of(application: Export, threads: int = 1) -> WsgiPlane:
    return WsgiPlane(application, threads=threads, body_limit=1000, origin_host="mill.example")


def stream_of(answer: Response) -> AsyncGenerator[bytes, None]:
    assert isinstance(answer.body, AsyncGenerator)
    return answer.body


def test_a_long_answer_comes_whole_and_in_order_and_is_closed_at_its_end() -> None:
    export = Export(10 * PIECE + 3)

    async def read() -> list[bytes]:
        answer = await plane_of(export)(request_of("GET", "/"))
        assert answer.headers == (("content-type", "text/csv"),)
        return [piece async for piece in stream_of(answer)]

    pieces = asyncio.run(read())
    assert b"".join(pieces) == LINE * export.lines
    assert max(map(len, pieces)) < 2 * PIECE_BYTES
    assert export.closed == 1


def test_no_more_is_made_than_one_piece_ahead_of_the_reader() -> None:
    export = Export(100 * PIECE)

    async def read() -> list[int]:
        made = []
        stream = stream_of(await plane_of(export)(request_of("GET", "/")))
        for _ in range(5):
            await anext(stream)
            made.append(export.made)
        await stream.aclose()
        return made

    assert asyncio.run(read()) == [PIECE * number for number in range(1, 6)]
    assert export.closed == 1


def test_more_slow_readers_than_threads_keep_nobody_from_a_page() -> None:
    export = Export(100 * PIECE)

    async def read() -> bytes:
        plane = plane_of(export, threads=2)
        slow = [stream_of(await plane(request_of("GET", "/"))) for _ in range(8)]
        for stream in slow:
            await anext(stream)
            await anext(stream)
        export.lines = 1
        page = await asyncio.wait_for(plane(request_of("GET", "/")), 10)
        for stream in slow:
            await stream.aclose()
        assert isinstance(page.body, bytes)
        return page.body

    assert asyncio.run(read()) == LINE
    assert export.closed == 9


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_a_reader_who_leaves_ends_it(pieces: int) -> None:
    export = Export(100 * PIECE)

    async def leave() -> None:
        stream = stream_of(await plane_of(export)(request_of("GET", "/")))
        for _ in range(pieces):
            await anext(stream)
        await stream.aclose()
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)

    asyncio.run(leave())
    assert export.closed == 1
    assert export.made == PIECE * max(1, pieces)


def test_who_leaves_before_the_head_or_while_a_piece_is_made_ends_it_too() -> None:
    making, go_on = threading.Event(), threading.Event()
    export = Export(100 * PIECE)

    def slowly(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        making.set()
        assert go_on.wait(10)
        return export(environ, start_response)

    async def leave() -> None:
        plane = WsgiPlane(slowly, threads=1, body_limit=1000, origin_host="mill.example")
        asked = asyncio.create_task(plane(request_of("GET", "/")))
        await asyncio.to_thread(making.wait, 10)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        go_on.set()
        await asyncio.to_thread(plane.close)

    asyncio.run(leave())
    assert export.closed == 1


def test_what_fails_in_the_middle_fails_the_stream_and_is_closed() -> None:
    export = Export(100 * PIECE, fails_at=PIECE + 5)

    async def read() -> None:
        stream = stream_of(await plane_of(export)(request_of("GET", "/")))
        await anext(stream)
        try:
            with pytest.raises(RuntimeError, match="in the middle"):
                await anext(stream)
        finally:
            await stream.aclose()

    asyncio.run(read())
    assert export.closed == 1


def test_one_long_part_is_no_stream() -> None:
    def page(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [LINE * 10 * PIECE]

    plane = WsgiPlane(page, threads=1, body_limit=1000, origin_host="mill.example")
    assert asyncio.run(plane(request_of("GET", "/"))).body == LINE * 10 * PIECE
