"""Planes that answer at once, or by themselves: the same answers in the same order as from any other."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Final

import pytest
from structlog.testing import capture_logs

from millgate.wire.later import Later
from millgate.wire.messages import Response
from support.http1 import Echo, asked, get, line, parted, post, ran, standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from millgate.wire.later import Outcome
    from millgate.wire.messages import Request
    from support.http1 import Heard, Loop

LOOPS: Final = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
KINDS: Final = ("now", "soon", "stream", "echo")


class Prompt(Echo):
    """Answers `now` at once, `later` when told to, `soon` in a moment by itself; anything else is awaited.

    Attributes:
        laters: the answers that come when they are told to.
    """

    def __init__(self) -> None:
        super().__init__()
        self.laters: list[Later] = []

    def at_once(self, request: Request) -> Response | Awaitable[Response]:
        """As any prompt plane."""
        first = request.segments[0]
        if first == "now":
            return told(request)
        if first == "stream":
            return Response(200, (), pieces(request))
        if first == "close":
            return Response(200, (("connection", "close"),), b"")
        if first == "unsendable":
            return Response(200, (("x", "a\r\nb: c"),))
        if first not in {"later", "soon"}:
            return self(request)
        later = Later()
        if first == "soon":
            asyncio.get_running_loop().call_soon(later.settle, told(request))
        self.laters.append(later)
        return later


def told(request: Request) -> Response:
    """The path."""
    return Response(200, (("content-type", "text/plain"),), request.raw_path.encode())


async def pieces(request: Request) -> AsyncIterator[bytes]:
    """The path, in two pieces."""
    yield b"/"
    yield request.raw_path[1:].encode()


def said(heard: Heard) -> str:
    """The path that an answer tells."""
    return str(heard.json[1]) if heard.body.startswith(b"[") else heard.body.decode()


@LOOPS
@pytest.mark.parametrize("order", list(itertools.permutations(KINDS)))
def test_answers_of_all_kinds_keep_the_order_of_their_requests(order: tuple[str, ...], loop: Loop) -> None:
    paths = [f"/{kind}/{number}" for number, kind in enumerate((*order, *order))]
    requests = b"".join(get(path.encode()) for path in paths)

    assert [said(heard) for heard in asked(Prompt(), requests, eof=True, loop=loop)] == paths


def test_more_requests_than_may_wait_are_all_answered() -> None:
    paths = [f"/{'now' if number % 7 else 'soon'}/{number}" for number in range(100)]
    requests = b"".join(get(path.encode()) for path in paths)

    assert [said(heard) for heard in asked(Prompt(), requests, eof=True)] == paths


def test_a_request_with_a_body_takes_its_turn() -> None:
    heard = asked(Prompt(), get(b"/now/1") + post(b"/a", b"body") + get(b"/now/2"), eof=True)

    assert [said(one) for one in heard] == ["/now/1", "/a", "/now/2"]
    assert heard[1].json[4] == "body"


def test_what_comes_in_pieces_is_answered_when_it_is_whole() -> None:
    pieces = [bytes([byte]) for byte in get(b"/now/1") + get(b"/soon/2")]

    assert [said(one) for one in asked(Prompt(), *pieces, eof=True)] == ["/now/1", "/soon/2"]


def test_an_answer_that_ends_the_connection_is_the_last() -> None:
    heard = asked(Prompt(), get(b"/now/1") + get(b"/close") + get(b"/now/2"))

    assert [one.values("connection") for one in heard] == [[], ["close"]]


def test_an_answer_that_cannot_be_sent_is_a_failure() -> None:
    with capture_logs() as logged:
        heard = asked(Prompt(), get(b"/unsendable") + get(b"/now/2"), eof=True)

    assert [one.status for one in heard] == [500, 200]
    assert [entry["event"] for entry in logged] == ["head_unsendable"]


async def begun(plane: Prompt) -> Later:
    """The answer that is told to come, once it was asked for."""
    while not plane.laters:  # noqa: ASYNC110 - what the server does beside it has no event
        await asyncio.sleep(0)
    return plane.laters[0]


@LOOPS
def test_a_server_that_stops_waits_for_what_comes_by_itself(loop: Loop) -> None:
    plane = Prompt()

    async def main() -> bytes:
        async with standing(plane) as server, line(server) as client:
            await client.say(get(b"/later"), get(b"/now/2"))
            later = await begun(plane)
            server.stop()
            await asyncio.sleep(0)
            later.settle(Response(200, (), b"there"))
            return await client.rest()

    heard = parted(ran(main, loop))
    assert [(one.body, one.values("connection")) for one in heard] == [(b"there", ["close"])]


async def eventually() -> Response:
    """An answer that has to be awaited after all."""
    await asyncio.sleep(0)
    return Response(200, (), b"there")


@LOOPS
@pytest.mark.parametrize("outcome", ["response", "awaitable", "exception"])
def test_nobody_misses_a_client_that_has_left(outcome: str, loop: Loop) -> None:
    plane = Prompt()

    async def main() -> None:
        async with standing(plane) as server:
            async with line(server) as client:
                await client.say(get(b"/later"))
                later = await begun(plane)
            await asyncio.sleep(0.01)
            later.settle(outcome_of(outcome))
            async with line(server) as client:
                await client.say(get(b"/now/2"))
                client.say_all()
                assert [said(one) for one in await client.answers()] == ["/now/2"]

    with capture_logs():
        ran(main, loop)


def outcome_of(kind: str) -> Outcome:
    """One of each kind."""
    if kind == "response":
        return Response(200)
    return eventually() if kind == "awaitable" else LookupError()


@pytest.mark.parametrize("half_closed", [True, False])
@pytest.mark.parametrize(("outcome", "bodies"), [("awaitable", [b"there"]), ("exception", [])])
def test_what_comes_may_have_to_be_awaited_or_be_nothing(
    outcome: str, bodies: list[bytes], half_closed: bool
) -> None:
    plane = Prompt()

    async def main() -> list[Heard]:
        async with standing(plane) as server, line(server) as client:
            await client.say(get(b"/later"))
            later = await begun(plane)
            if half_closed:
                client.say_all()
                await asyncio.sleep(0.01)
            later.settle(outcome_of(outcome))
            await asyncio.sleep(0.01)
            client.say_all()
            return await client.answers()

    with capture_logs() as logged:
        assert [one.body for one in ran(main)] == bodies
    assert [entry["event"] for entry in logged] == (["answer_broken_off"] if outcome == "exception" else [])


def test_a_server_that_breaks_off_leaves_nothing_behind() -> None:
    plane = Prompt()

    async def main() -> None:
        async with standing(plane) as server, line(server) as client:
            await client.say(get(b"/later"), get(b"/echo"))
            later = await begun(plane)
            client.writer.transport.abort()
            server.stop()
            later.settle(eventually())

    ran(main)


@LOOPS
def test_a_request_that_comes_again_is_put_as_one_to_the_plane(loop: Loop) -> None:
    seen: list[Request] = []

    class Keeping(Prompt):
        """Keeps what it was asked."""

        def at_once(self, request: Request) -> Response | Awaitable[Response]:
            """As Prompt."""
            seen.append(request)
            return super().at_once(request)

    paths = ["/now", "/now", "/now", "/now", "/now", "/soon", "/now"]

    async def main() -> None:
        async with standing(Keeping()) as server, line(server) as client:
            for path in paths:
                await client.say(get(path.encode()))
                await client.reader.readuntil(b"\r\n\r\n" + path.encode())

    ran(main, loop)
    assert [request.again is None for request in seen] == [True, True, True, False, False, True, True]
    assert seen[3] is seen[4]
