"""Bodies that come too slowly, heads that can be read in two ways, and bytes that are nearly a request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from millgate.core.errors import BODY_CUT_SHORT, HEAD_NOT_SANE, Refused
from millgate.wire.head import refusal_of
from millgate.wire.http1.server import Patience
from millgate.wire.messages import Request, Response
from millgate.wire.patience import Patience as BodyPatience
from millgate.wire.refusals import answer
from support.fuzzing import bounded
from support.serving import FaceName, served
from support.tokens import signed
from support.upstreams import Line, backends_of, proxied, standing, until, upstream
from support.world import KEY

if TYPE_CHECKING:
    from millgate.wire.messages import Header

FACES: Final = pytest.mark.parametrize("face", ["direct", "asgi", "rsgi"])
HELD: Final = pytest.mark.parametrize("face", ["direct", "asgi"])
"""Those that slow a stream down, or end it; RSGI does neither."""

SHORT: Final = b'{ "statusCode": 400, "message": "The request body was cut short." }'


# Slow senders


class Reader:
    """A plane that reads bodies."""

    def __init__(self) -> None:
        self.became: list[str | bytes] = []

    async def __call__(self, request: Request) -> Response:
        """Answer with the length of the body."""
        try:
            whole = await request.body(1_000_000)
        except Refused as refused:
            self.became.append(refused.refusal.problem.code)
            return answer(refused.refusal)
        self.became.append(whole)
        return Response(200, (), b"%d" % len(whole))


def impatient(monkeypatch: pytest.MonkeyPatch, *, seconds: float, rate: float = 1e9) -> None:
    monkeypatch.setattr("millgate.wire.patience.PATIENCE_SECONDS", seconds)
    monkeypatch.setattr("millgate.wire.patience.LEAST_RATE", rate)


async def sent(
    port: int, *pieces: bytes, pause: float = 0.0, target: bytes = b"/a", lines: bytes = b""
) -> bytes:
    """All that is said to a POST whose body comes in these pieces, with pauses between them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST " + target + b" HTTP/1.1\r\nHost: x\r\n" + lines + b"Content-Length: 1000\r\n\r\n")
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        async with asyncio.timeout(10):
            return await reader.read(-1)
    finally:
        writer.close()


@FACES
def test_a_body_that_comes_too_slowly_is_answered_and_its_connection_closed(
    face: FaceName, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch, seconds=0.05)
    plane = Reader()

    async def main() -> bytes:
        async with served(plane, face) as port:
            return await sent(port, b"x" * 10)

    said = asyncio.run(main())
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.endswith(SHORT)
    assert plane.became == [BODY_CUT_SHORT.code]


@FACES
def test_every_byte_that_comes_buys_some_time(face: FaceName, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch, seconds=0.05, rate=10)
    plane = Reader()

    async def main() -> None:
        async with served(plane, face) as port:
            asking = asyncio.create_task(sent(port, b"x" * 500, b"x" * 500, pause=0.2))
            await until(lambda: bool(plane.became))
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    asyncio.run(main())
    assert plane.became == [b"x" * 1000]


def test_a_busy_reader_costs_its_sender_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch, seconds=0.05)

    async def main() -> None:
        patience = BodyPatience()
        for _ in range(3):
            await asyncio.sleep(0.03)
            await patience.wait(asyncio.sleep(0))

    asyncio.run(main())


@FACES
def test_half_a_body_that_comes_slowly_is_no_request_for_an_upstream(
    face: FaceName, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch, seconds=0.05)

    async def take(line: Line) -> None:
        assert await line.request() is None

    async def main() -> None:
        async with standing(take) as place:
            world = proxied(upstream(place.url()))
            keys = f"Ocp-Apim-Subscription-Key: {KEY}\r\nAuthorization: Bearer {signed()}\r\n".encode()
            async with served(world.managed, face) as port:
                said = await sent(port, b"x" * 10, target=b"/PartList/v1/Parts", lines=keys)
            await until(lambda: place.left == place.connections)
            backends_of(world).close()
        assert said.endswith(SHORT)
        assert [heard.body for heard in place.heard] in ([], [None])
        assert [record.code for record in world.usage.calls] == [BODY_CUT_SHORT.code]

    asyncio.run(main())


SLOW: Final = {
    "nothing": (b"", b""),
    "empty lines": (b"", b"\r\n"),
    "half a head": (b"GET /a HTTP/1.1\r\nHost: x\r\n", b""),
    "a header letter by letter": (b"GET /a HTTP/1.1\r\nHost: x\r\nX: ", b"a"),
    "a head header by header": (b"GET /a HTTP/1.1\r\nHost: x\r\n", b"X: y\r\n"),
    "nothing behind an answer": (b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", b""),
    "a chunk's extension": (b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "trailers": (b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "a body letter by letter": (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"a"),
    "a body chunk by chunk": (
        b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\na\r\n",
    ),
}
"""What is sent first, and what then drips."""


@pytest.mark.parametrize("case", SLOW)
def test_no_client_can_be_slow_for_ever(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drop comes in time; what never comes is an end."""
    impatient(monkeypatch, seconds=0.2)
    begun, drop = SLOW[case]

    async def dripping(writer: asyncio.StreamWriter) -> None:
        while drop:
            writer.write(drop)
            await asyncio.sleep(0.02)

    async def main() -> bytes:
        patience = Patience(idle=0.2, head=0.2, write=0.2, linger=0.01)
        async with served(Reader(), "direct", patience) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(begun)
            drips = asyncio.create_task(dripping(writer))
            try:
                async with asyncio.timeout(10):
                    return await reader.read(-1)
            finally:
                drips.cancel()
                writer.close()

    assert not re.search(rb"HTTP/1.1 [35]", asyncio.run(main()))


# Readers that leave


@HELD
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_stream_ends_when_its_reader_leaves(face: FaceName, method: bytes) -> None:
    """Else one that never ends would go on for ever, and be charged for what nobody got."""
    ended = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(65_536)
                await asyncio.sleep(0)
        finally:
            ended.set()

    async def plane(_: Request) -> Response:
        return Response(200, (), endless())

    async def main() -> None:
        async with served(plane, face) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(method + b" /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            writer.transport.abort()
            async with asyncio.timeout(10):
                await ended.wait()

    asyncio.run(main())


@HELD
def test_a_reader_that_waits_holds_the_stream_up(face: FaceName) -> None:
    """What is made of a stream and not taken must not gather in memory."""
    made = 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal made
        for _ in range(2_000):
            made += 1
            yield bytes(65_536)

    async def plane(_: Request) -> Response:
        return Response(200, (), long())

    async def main() -> None:
        async with served(plane, face) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
            writer.write(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            before = -1
            while before < made:
                before = made
                await asyncio.sleep(0.1)
            assert made < 1_000
            writer.transport.abort()

    asyncio.run(main())


# Heads that can be read in two ways

DOUBTFUL: Final[dict[str, tuple[tuple[Header, ...], str]]] = {
    "two hosts": ((("host", "a"), ("host", "a")), "it has more than one Host"),
    "two lengths": (
        (("content-length", "3"), ("content-length", "3")),
        "it has more than one Content-Length",
    ),
    "two types": ((("content-type", "a/b"), ("content-type", "a/b")), "it has more than one Content-Type"),
    "two codings": (
        (("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")),
        "it has more than one Transfer-Encoding",
    ),
    "zipped": ((("transfer-encoding", "gzip, chunked"),), "its Transfer-Encoding is not chunked"),
    "chunked twice": ((("transfer-encoding", "chunked, chunked"),), "its Transfer-Encoding is not chunked"),
    "length and chunks": (
        (("content-length", "3"), ("transfer-encoding", "Chunked")),
        "it has both Content-Length and Transfer-Encoding",
    ),
    "a path": ((("host", "a/b"),), "its Host is not one host"),
    "two in one": ((("host", "a, b"),), "its Host is not one host"),
    "a user": ((("host", "me@a"),), "its Host is not one host"),
    "a letter that is none": ((("host", "m\xfchle"),), "its Host is not one host"),
    "a port that is none": ((("host", "a:http"),), "its Host is not one host"),
    "a line": ((("host", "a\n"),), "its Host is not one host"),
    "none": ((("host", ""),), "it names no Host"),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_a_head_that_can_be_read_in_two_ways_is_refused_and_its_connection_closed(case: str) -> None:
    """CVE-2025-69224 (aiohttp), and RFC 9112 sections 3.2 and 6.3."""
    headers, reason = DOUBTFUL[case]
    refusal = refusal_of("", headers, host_needed=True)

    assert refusal is not None
    assert (refusal.problem, refusal.values) == (HEAD_NOT_SANE, {"reason": reason})
    assert ("connection", "close") in refusal.headers


@pytest.mark.parametrize(
    "headers",
    [
        (("host", "mill.example"),),
        (("host", "mill.example:8080"), ("transfer-encoding", "Chunked")),
        (("host", "[::1]:80"), ("content-length", "3")),
        (("host", "127.0.0.1"), ("accept", "a/b"), ("accept", "c/d"), ("cookie", "a"), ("cookie", "b")),
    ],
)
def test_a_head_without_doubt_is_served(headers: tuple[Header, ...]) -> None:
    assert refusal_of("", headers, host_needed=True) is None


def test_older_requests_need_no_host() -> None:
    assert refusal_of("", (("host", ""),)) is None
    assert refusal_of("", ()) is None


# Nearly a request

GOOD: Final = (
    b"POST /PartList/v1/Parts?a=b HTTP/1.1\r\nHost: mill.example\r\nConnection: close\r\n"
    b"Transfer-Encoding: chunked\r\nX-Some: thing\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
)
PIECES: Final = st.one_of(
    st.sampled_from(
        [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"\r\n ", b"\r\n\r\n", b"\xff", b",", b";", b"%"]
    ),
    st.sampled_from(
        [b"Content-Length: 5\r\n", b"Transfer-Encoding: x\r\n", b"Host: y\r\n", b"GET / HTTP/1.1\r\n"]
    ),
    st.binary(min_size=1, max_size=3),
)
PLACES: Final = st.integers(0, len(GOOD) - 1)


def spliced(at: int, gone: int, piece: bytes) -> bytes:
    return GOOD[:at] + piece + GOOD[at + gone :]


NEARLY: Final = st.one_of(
    st.builds(spliced, PLACES, st.integers(0, 4), PIECES),
    st.builds(lambda at: GOOD[:at], PLACES),
    st.binary(max_size=40),
)
CLEAN: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


class Server:
    """A server that stands through all examples, and what has reached its plane."""

    def __init__(self, runner: asyncio.Runner, face: FaceName) -> None:
        self._runner = runner
        self._serving = served(self._plane, face)
        self.port = runner.run(self._serving.__aenter__())
        self.requests: list[Request] = []

    async def _plane(self, request: Request) -> Response:
        try:
            await request.body(1000)
        except Refused as refused:
            return answer(refused.refusal)
        finally:
            self.requests.append(request)
        return Response(200)

    def said(self, data: bytes) -> bytes:
        """What is said to these bytes, when nothing follows them."""
        self.requests.clear()
        return self._runner.run(self._said(data))

    async def _said(self, data: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.03):
                    return await reader.read(-1)
            writer.write_eof()  # it waits for more, and nothing comes
            async with asyncio.timeout(10):
                return await reader.read(-1)
        except OSError:
            return b""
        finally:
            writer.close()

    def close(self) -> None:
        self._runner.run(self._serving.__aexit__(None, None, None))


@pytest.fixture(scope="module", params=["direct", "asgi"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        made = Server(runner, request.param)
        yield made
        made.close()


@bounded(250)
@given(data=NEARLY)
@example(data=GOOD)
def test_whatever_is_sent_is_answered_or_closed_and_what_gets_through_is_clean(
    server: Server, data: bytes
) -> None:
    """CVE-2025-69224, CVE-2026-111750: no byte that could end a line or a value comes through a head."""
    with capture_logs() as logged:
        said = server.said(data)

    assert not said or re.match(rb"HTTP/1\.[01] [1-5]\d\d ", said), said
    assert len(logged) <= 1
    for request in server.requests:
        assert CLEAN.fullmatch(request.raw_path + request.query)
        assert all(CLEAN.fullmatch(name + value) for name, value in request.headers)
        assert re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", request.method)
        framing = [name for name, _ in request.headers if name in {"content-length", "transfer-encoding"}]
        assert len(framing) <= 1


def test_the_request_that_is_spoiled_is_a_good_one(server: Server) -> None:
    """Else nothing would ever get through."""
    assert server.said(GOOD).startswith(b"HTTP/1.1 200 ")
    assert [(request.method, request.query) for request in server.requests] == [("POST", "a=b")]
