"""All faces behind their real servers: one suite where they agree, and where they differ said so."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest

from millgate.core.errors import BODY_CUT_SHORT, Refused
from millgate.wire.messages import Request, Response
from millgate.wire.refusals import answer
from support.serving import Raw, broken_off, served, spoken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from support.serving import FaceName

BOUND: Final = 1000
T = TypeVar("T")

FACES: Final = pytest.mark.parametrize("face", ["direct", "asgi", "rsgi"])
EXACT: Final = pytest.mark.parametrize("face", ["direct", "asgi"])
"""Those that see what was sent as it was sent."""


class Echo:
    """A plane that answers what it was asked, and notes what became of each body."""

    def __init__(self) -> None:
        self.bodies: list[bytes | str] = []
        self.asked = asyncio.Event()

    async def __call__(self, request: Request) -> Response:
        if request.segments[0] == "stream":
            return Response(200, (("content-type", "text/plain"),), self._stream())
        if request.segments[0] == "nothing":
            return Response(int(request.segments[1]))
        try:
            body = await request.body(BOUND)
        except Refused as refused:
            self.bodies.append(refused.refusal.problem.code)
            return answer(refused.refusal)
        finally:
            self.asked.set()
        self.bodies.append(body)
        return Response(
            200, (("content-type", "application/json"), ("x-a", "1"), ("x-a", "2")), _told(request, body)
        )

    async def _stream(self) -> AsyncIterator[bytes]:
        yield b"one"
        await asyncio.sleep(0)
        yield b"two"


def _told(request: Request, body: bytes) -> bytes:
    told = {
        "method": request.method,
        "raw_path": request.raw_path,
        "segments": request.segments,
        "query": request.query,
        "headers": request.headers,
        "client": request.client,
        "scheme": request.scheme,
        "body": body.decode("latin-1"),
    }
    return json.dumps(told).encode()


def on(face: FaceName, talk: Callable[[int, Echo], Awaitable[T]]) -> T:
    """Talk to an echo behind a face of its own."""

    async def main() -> T:
        echo = Echo()
        async with served(echo, face) as port:
            return await talk(port, echo)

    return asyncio.run(main())


def said(face: FaceName, method: bytes, target: bytes, *headers: bytes, body: bytes = b"") -> Raw:
    """The answer to one request."""
    return on(face, lambda port, _: spoken(port, method, target, *headers, body=body))


async def each(port: int, targets: list[bytes]) -> list[Raw]:
    return [await spoken(port, b"GET", target) for target in targets]


@FACES
def test_a_request_comes_through_whole(face: FaceName) -> None:
    raw = said(face, b"GET", b"/test/A%20b/%C3%A9?x=%C3%A9&x=+2", b"X-K: 1", b"x_u: 3", b"X-K: 2")
    told: dict[str, Any] = json.loads(raw.body)

    assert raw.status == 200
    assert told["method"] == "GET"
    assert told["raw_path"] == "/test/A%20b/%C3%A9"
    assert told["segments"] == ["test", "A b", "é"]
    assert told["query"] == "x=%C3%A9&x=+2"
    assert [value for name, value in told["headers"] if name == "x-k"] == ["1", "2"]
    assert ["x_u", "3"] in told["headers"]
    assert ["host", "mill.example"] in told["headers"]
    assert (told["client"], told["scheme"]) == ("127.0.0.1", "http")


@FACES
def test_an_answer_comes_through_whole(face: FaceName) -> None:
    raw = said(face, b"GET", b"/a")

    assert raw.header("content-length") == str(len(raw.body))
    assert [value for name, value in raw.headers if name == "x-a"] == ["1", "2"]


@FACES
def test_head_has_the_length_and_no_body(face: FaceName) -> None:
    raw = said(face, b"HEAD", b"/a")

    assert raw.status == 200
    assert int(raw.header("content-length") or 0) > 100
    assert raw.body == b""


@FACES
def test_a_stream_arrives_in_order_and_has_no_body_for_head(face: FaceName) -> None:
    async def talk(port: int, _: Echo) -> tuple[Raw, Raw]:
        return await spoken(port, b"GET", b"/stream"), await spoken(port, b"HEAD", b"/stream")

    got, head = on(face, talk)
    assert (got.status, got.body) == (200, b"onetwo")
    assert (head.status, head.body) == (200, b"")


@FACES
@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_can_have_no_body_says_no_length(face: FaceName, status: int) -> None:
    raw = said(face, b"GET", f"/nothing/{status}".encode())

    assert (raw.status, raw.body) == (status, b"")
    assert raw.header("content-length") in {None, "0"}
    assert raw.header("transfer-encoding") is None


@FACES
def test_bodies_arrive_by_length_and_in_chunks_up_to_the_bound(face: FaceName) -> None:
    async def talk(port: int, echo: Echo) -> list[bytes | str]:
        await spoken(port, b"POST", b"/a", b"Content-Length: 3", body=b"abc")
        chunked = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        await spoken(port, b"POST", b"/a", b"Transfer-Encoding: chunked", body=chunked)
        whole = await spoken(port, b"POST", b"/a", b"Content-Length: 1000", body=b"x" * 1000)
        large = await spoken(port, b"POST", b"/a", b"Content-Length: 1001", body=b"x" * 1001)
        assert (whole.status, large.status) == (200, 413)
        assert (
            large.body == b'{ "statusCode": 413, "message": "The request body is larger than 1000 bytes." }'
        )
        return echo.bodies

    assert on(face, talk) == [b"abc", b"abcde", b"x" * 1000, "MG102"]


@FACES
def test_half_a_body_is_never_taken_for_a_whole_one(face: FaceName) -> None:
    async def talk(port: int, echo: Echo) -> list[bytes | str]:
        await broken_off(port, b"Content-Length: 30", body=b"abc")
        async with asyncio.timeout(10):
            await echo.asked.wait()
        return echo.bodies

    assert on(face, talk) == [BODY_CUT_SHORT.code]


@EXACT
def test_half_a_body_in_chunks_is_never_taken_for_a_whole_one(face: FaceName) -> None:
    """RSGI cannot tell: its server ends a broken chunked body like any other."""

    async def talk(port: int, echo: Echo) -> list[bytes | str]:
        await broken_off(port, b"Transfer-Encoding: chunked", body=b"3\r\nabc\r\n")
        async with asyncio.timeout(10):
            await echo.asked.wait()
        return echo.bodies

    assert on(face, talk) == [BODY_CUT_SHORT.code]


NOT_SANE: Final = [
    b"//a",
    b"/a//b",
    b"/.",
    b"/a/../b",
    b"/a/..",
    b"/./a",
    b"/a\\b",
    b"/a%00b",
    b"/a%0d%0aX:y",
    b"/a%5Cb",
    b"/a/%2e%2e/b",
    b"/a/.%2E",
    b"*",
]


@FACES
def test_a_path_that_is_not_sane_never_reaches_the_plane(face: FaceName) -> None:
    async def talk(port: int, echo: Echo) -> tuple[list[int], list[bytes | str]]:
        return [raw.status for raw in await each(port, NOT_SANE)], echo.bodies

    assert on(face, talk) == ([400] * len(NOT_SANE), [])


@EXACT
def test_what_was_encoded_is_seen(face: FaceName) -> None:
    """RSGI cannot see it, for its path comes decoded; therefore it is no default."""
    targets = [b"/a%2fb", b"/a%2ejson", b"/%FF", b"/a%zz"]

    async def talk(port: int, echo: Echo) -> tuple[list[int], list[bytes | str]]:
        return [raw.status for raw in await each(port, targets)], echo.bodies

    assert on(face, talk) == ([400, 400, 400, 400], [])


def test_rsgi_takes_the_path_as_its_server_decoded_it() -> None:
    async def talk(port: int, _: Echo) -> list[tuple[str, list[str]]]:
        told = [
            json.loads(raw.body) for raw in await each(port, [b"/a%2fb", b"/a%252fb", b"/a%zz", b"/a%3Fb"])
        ]
        return [(item["raw_path"], item["segments"]) for item in told]

    assert on("rsgi", talk) == [
        ("/a/b", ["a", "b"]),
        ("/a%252fb", ["a%2fb"]),
        ("/a%25zz", ["a%zz"]),
        ("/a%3Fb", ["a?b"]),
    ]


@FACES
def test_raw_path_and_segments_name_the_same_thing_however_they_were_sent(face: FaceName) -> None:
    """CVE-2026-40912: one path decoded, one raw, and never two that differ."""

    async def talk(port: int, _: Echo) -> list[tuple[str, list[str]]]:
        raws = await each(port, [b"/%C3%A9", b"/%c3%a9"])
        told = [json.loads(raw.body) for raw in raws]
        return [(item["raw_path"].upper(), item["segments"]) for item in told]

    assert on(face, talk) == [("/%C3%A9", ["é"])] * 2


@FACES
def test_what_should_have_been_encoded_is_the_same_or_refused(face: FaceName) -> None:
    """RFC 3986 knows no such path; our own server refuses it, Granian lets it pass."""
    raw = said(face, b"GET", "/é".encode())

    if face == "direct":
        assert raw.status == 400
    else:
        assert json.loads(raw.body)["segments"] == ["é"]


@FACES
def test_a_fragment_never_becomes_part_of_a_path(face: FaceName) -> None:
    """It is refused, or cut off before any face sees the target (CVE-2023-47106)."""
    raw = said(face, b"GET", b"/a#/../b")

    assert raw.status == 400 or json.loads(raw.body)["segments"] == ["a"]


@FACES
@pytest.mark.parametrize(
    "headers",
    [
        (b"Content-Length: -3",),
        (b"Content-Length: 3", b"Content-Length: 4"),
        (b"Content-Length: 3x",),
    ],
)
def test_a_request_of_doubtful_length_never_reaches_the_plane(
    face: FaceName, headers: tuple[bytes, ...]
) -> None:
    """CVE-2025-69224, CVE-2023-47641."""

    async def talk(port: int, echo: Echo) -> tuple[int, list[bytes | str]]:
        return (await spoken(port, b"POST", b"/a", *headers, body=b"abc")).status, echo.bodies

    assert on(face, talk) == (400, [])


@FACES
def test_a_websocket_handshake_is_refused(face: FaceName) -> None:
    async def talk(port: int, _: Echo) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        async with asyncio.timeout(10):
            line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return line

    assert on(face, talk).startswith(b"HTTP/1.1 501 ")
