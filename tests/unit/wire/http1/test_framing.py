"""Where a request ends, and who is answered: every form of it, however its bytes come."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from millgate.wire.head import LARGEST_HEAD
from support.http1 import (
    LINES,
    Echo,
    Heard,
    Loop,
    asked,
    get,
    line,
    parted,
    post,
    ran,
    request,
    standing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPS: Final = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
CHUNKED: Final = b"Transfer-Encoding: chunked"
CLOSE: Final = b"Connection: close"
H2C: Final = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAA")
LAST: Final = get(b"/last", CLOSE)
OK: Final = 200

ANSWERED: Final[dict[str, tuple[bytes, list[tuple[str, str, str]]]]] = {
    "nothing but a head": (get(b"/a?x=1"), [("GET", "/a", "")]),
    "empty lines before it": (b"\r\n\r\n" + get(b"/a"), [("GET", "/a", "")]),
    "a length of nothing": (post(b"/a", b""), [("POST", "/a", "")]),
    "a length": (post(b"/a", b"abc"), [("POST", "/a", "abc")]),
    "space around a length": (
        request(b"POST", b"/a", b"Content-Length:\t 3 \t", body=b"abc"),
        [("POST", "/a", "abc")],
    ),
    "a body that looks like a request": (
        post(b"/a", b"GET /smuggled HTTP/1.1\r\n\r\n"),
        [("POST", "/a", "GET /smuggled HTTP/1.1\r\n\r\n")],
    ),
    "a body of a GET": (request(b"GET", b"/a", b"Content-Length: 3", body=b"abc"), [("GET", "/a", "abc")]),
    "chunks": (
        request(b"POST", b"/a", CHUNKED, body=b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
        [("POST", "/a", "abcde")],
    ),
    "no chunk but the last": (request(b"POST", b"/a", CHUNKED, body=b"0\r\n\r\n"), [("POST", "/a", "")]),
    "chunks with extensions and trailers": (
        request(b"POST", b"/a", CHUNKED, body=b'3;a=b;c="d"\r\nabc\r\n0;e\r\nHost: evil\r\nX: y\r\n\r\n'),
        [("POST", "/a", "abc")],
    ),
    "sizes in capitals and with noughts": (
        request(b"POST", b"/a", CHUNKED, body=b"00A\r\n0123456789\r\n0\r\n\r\n"),
        [("POST", "/a", "0123456789")],
    ),
    "one behind the other": (
        get(b"/a") + post(b"/b", b"x") + get(b"/c"),
        [("GET", "/a", ""), ("POST", "/b", "x"), ("GET", "/c", "")],
    ),
    "HTTP/2 offered": (get(b"/a", *H2C) + get(b"/b"), [("GET", "/a", ""), ("GET", "/b", "")]),
    "HTTP/2 offered with a body": (
        request(b"POST", b"/a", b"Content-Length: 3", *H2C, body=b"abc") + get(b"/b"),
        [("POST", "/a", "abc"), ("GET", "/b", "")],
    ),
    "HTTP/2 offered with chunks, twice": (
        2 * request(b"POST", b"/a", CHUNKED, *H2C, body=b"3\r\nabc\r\n0\r\nT: x\r\n\r\n"),
        [("POST", "/a", "abc"), ("POST", "/a", "abc")],
    ),
    "another protocol offered": (
        get(b"/a", b"Connection: Upgrade", b"Upgrade: TLS/1.0"),
        [("GET", "/a", "")],
    ),
    "a whole URL": (get(b"http://mill.example/a?x"), [("GET", "/a", "")]),
    "a whole URL without a path": (get(b"HTTP://mill.example:80?x"), [("GET", "/", "")]),
    "HTTP/1.0 that stays": (
        b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get(b"/b"),
        [("GET", "/a", ""), ("GET", "/b", "")],
    ),
    "a method of its own kind": (request(b"PROPFIND", b"/a"), [("PROPFIND", "/a", "")]),
}
"""What is sent, and which requests are in it; the connection goes on."""


def told(heard: list[Heard]) -> list[tuple[str, str, str]]:
    """The requests that an echo was asked, as it tells them."""
    assert [one.status for one in heard] == [OK] * len(heard)
    return [(one.json[0], one.json[1], one.json[4]) for one in heard]


@LOOPS
@pytest.mark.parametrize("case", ANSWERED)
def test_each_request_ends_where_it_says(case: str, loop: Loop) -> None:
    data, expected = ANSWERED[case]
    echo = Echo()
    heard = asked(echo, data + LAST, loop=loop)

    assert told(heard) == [*expected, ("GET", "/last", "")]
    assert [one.values("connection") for one in heard[-1:]] == [["close"]]


@pytest.mark.parametrize("case", ANSWERED)
def test_letter_by_letter_is_the_same(case: str) -> None:
    data, expected = ANSWERED[case]
    pieces = [bytes([letter]) for letter in data + LAST]

    assert told(asked(Echo(), *pieces)) == [*expected, ("GET", "/last", "")]


WEBSOCKET: Final = (b"Connection: Upgrade", b"Upgrade: WebSocket", b"Sec-WebSocket-Version: 13")
REFUSED: Final[dict[str, tuple[bytes, int]]] = {
    "no HTTP": (b"GARBAGE\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50), 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), 400),
    "HTTP/2 in words": (get(b"/a", version=b"HTTP/2.0"), 400),
    "HTTP/0.9": (b"GET /a\r\n\r\n", 400),
    "a bare line feed": (b"GET /a HTTP/1.1\nHost: x\n\n", 400),
    "a bare line feed behind a header": (b"GET /a HTTP/1.1\r\nHost: x\n\r\n", 400),
    "a folded header": (get(b"/a", b"X: a", b" b"), 400),
    "a space before a colon": (get(b"/a", b"X : a"), 400),
    "no Host": (b"GET /a HTTP/1.1\r\n\r\n", 400),
    "two hosts": (get(b"/a", b"Host: other"), 400),
    "a Host that is a path": (b"GET /a HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
    "length and chunks": (request(b"POST", b"/a", b"Content-Length: 3", CHUNKED, body=b"0\r\n\r\n"), 400),
    "two lengths": (
        request(b"POST", b"/a", b"Content-Length: 3", b"Content-Length: 3", body=b"abc"),
        400,
    ),
    "a length that is none": (request(b"POST", b"/a", b"Content-Length: +3", body=b"abc"), 400),
    "zipped chunks": (request(b"POST", b"/a", b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 400),
    "zipped and no chunks": (request(b"POST", b"/a", b"Transfer-Encoding: gzip", body=b"abc"), 400),
    "chunks in HTTP/1.0": (
        b"POST /a HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    "a chunk without a size": (request(b"POST", b"/a", CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"), 400),
    "a chunk longer than its size": (request(b"POST", b"/a", CHUNKED, body=b"3\r\nabcd\r\n0\r\n\r\n"), 400),
    "bare line feeds in chunks": (request(b"POST", b"/a", CHUNKED, body=b"3\nabc\n0\n\n"), 400),
    "a chunk's extension without end": (request(b"POST", b"/a", CHUNKED, body=b"3;" + b"a" * 200_000), 400),
    "trailers without end": (request(b"POST", b"/a", CHUNKED, body=b"0\r\n" + b"T: x\r\n" * 50_000), 400),
    "a header without end": (get(b"/a", b"X: " + b"a" * 200_000), 431),
    "headers without end": (get(b"/a", *([b"X: a"] * 5_000)), 431),
    "a target without end": (get(b"/" + b"a" * 200_000), 431),
    "empty lines without end": (b"\r\n" * 200_000, 431),
    "a WebSocket handshake": (get(b"/a", *WEBSOCKET), 501),
    "CONNECT": (request(b"CONNECT", b"evil.example:443"), 400),
    "an authority": (get(b"evil.example:80"), 400),
}
"""What is refused, and with which status; the connection ends."""


@LOOPS
@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_understood_is_refused_once_and_nothing_behind_it_is_read(
    case: str, loop: Loop
) -> None:
    """CVE-2025-69224, CVE-2023-47641, CVE-2026-71324."""
    data, status = REFUSED[case]
    echo = Echo()
    heard = asked(echo, get(b"/first"), data + get(b"/smuggled") * 3, loop=loop)

    assert [one.status for one in heard] == [OK, status]
    assert heard[1].json["statusCode"] == status
    assert heard[1].values("connection") == ["close"]
    assert "/smuggled" not in echo.asked


@LOOPS
@pytest.mark.parametrize("before", [b"", get(b"/a"), post(b"/a", b"abc")])
def test_a_head_that_is_too_large_is_refused_however_it_comes(before: bytes, loop: Loop) -> None:
    large = get(b"/b", *(b"X-%d: " % number + b"a" * 6_500 for number in range(10)), b"X: " + b"a" * 1_000)
    assert LARGEST_HEAD < len(large) < LARGEST_HEAD + 5_000
    echo = Echo()

    async def main() -> list[int]:
        found = []
        async with standing(echo) as server:
            for pieces in (
                (before + large,),
                (before + large[:50], large[50:]),
                (before + large[:-9], large[-9:]),
            ):
                async with line(server) as client:
                    for piece in pieces:
                        await client.say(piece)
                        await asyncio.sleep(0.05)
                    client.say_all()
                    found.append([one.status for one in await client.answers()][-1])
        return found

    assert ran(main, loop) == [431] * 3
    assert "/b" not in echo.asked


@pytest.mark.parametrize("target", [b"*", b"http:///a", b"//a", b"/a/../b", b"/%2e", b"/a?x#y"])
def test_a_target_that_is_not_sane_is_refused_and_the_connection_goes_on(target: bytes) -> None:
    heard = asked(Echo(), request(b"OPTIONS", target) + LAST)

    assert [one.status for one in heard] == [400, OK]


def test_http_1_0_ends_the_connection_unless_it_asks_to_stay() -> None:
    gone = asked(Echo(), b"GET /a HTTP/1.0\r\n\r\n" + get(b"/b"))
    stays = asked(Echo(), b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", eof=True)

    assert [one.values("connection") for one in gone] == [["close"]]
    assert [one.values("connection") for one in stays] == [["keep-alive"]]


def test_a_client_that_says_no_more_still_hears_all_its_answers() -> None:
    heard = asked(Echo(), *[get(b"/%d" % at) for at in range(100)], eof=True)

    assert [one.json[1] for one in heard] == [f"/{at}" for at in range(100)]


def test_half_a_request_is_none() -> None:
    for part in (b"", b"GET /a HT", get(b"/a")[:-2]):
        assert asked(Echo(), part, eof=True) == []


def test_half_a_body_is_never_taken_for_a_whole_one() -> None:
    for part in (
        post(b"/a", b"abc")[:-1],
        request(b"POST", b"/a", CHUNKED, body=b"3\r\nabc\r\n"),
        request(b"POST", b"/a", CHUNKED, body=b"3\r\nabc\r\n0\r\n"),
        request(b"POST", b"/a", b"Content-Length: 3", *H2C),
    ):
        echo = Echo()
        (heard,) = asked(echo, part, eof=True)

        assert (heard.status, echo.bodies) == (400, ["MG107"])
        assert heard.json["message"] == "The request body was cut short."


def test_thousands_of_requests_at_once_are_answered_in_their_order() -> None:
    """The client is not listened to while many wait, and forgets none of them."""
    data = b"".join(get(b"/%d" % at) for at in range(3_000)) + LAST
    heard = asked(Echo(), data)

    assert [one.json[1] for one in heard] == [*[f"/{at}" for at in range(3_000)], "/last"]


# However the bytes come


class Pipeline:
    """Requests one behind the other, and the simple truth about their answers."""

    def __init__(self, asked_for: list[tuple[str, bytes, list[int]]]) -> None:
        self.data = b""
        self.expected: list[tuple[str, str, str]] = []
        for at, (kind, body, cuts) in enumerate(asked_for):
            path = b"/%d" % at
            if kind == "GET":
                self.data += get(path)
            elif kind == "length":
                self.data += post(path, body)
            elif kind == "offer":
                self.data += request(b"POST", path, b"Content-Length: %d" % len(body), *H2C, body=body)
            else:
                self.data += request(b"POST", path, CHUNKED, body=chunked(body, cuts))
            method = "GET" if kind == "GET" else "POST"
            said = "" if kind == "GET" else body[:50].decode("latin-1")
            self.expected.append((method, path.decode(), said))


def chunked(body: bytes, cuts: list[int]) -> bytes:
    """The body in chunks that end at these places, as far as they are in it."""
    ends = sorted({cut for cut in cuts if cut < len(body)} | {0, len(body)})
    pieces = [body[begin:end] for begin, end in pairwise(ends)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


PIPELINES: Final = st.lists(
    st.tuples(
        st.sampled_from(["GET", "length", "chunks", "offer"]),
        st.binary(max_size=60),
        st.lists(st.integers(0, 60), max_size=4),
    ),
    min_size=1,
    max_size=6,
).map(Pipeline)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[begin:end] for begin, end in pairwise(ends)]


async def heard_of(pieces: list[bytes], echo: Echo) -> list[Heard]:
    async with standing(echo) as server, line(server) as client:
        for piece in pieces:
            await client.say(piece)
        client.say_all()
        return parted(await client.rest())


@settings(max_examples=60)
@given(pipeline=PIPELINES, cuts=st.lists(st.integers(0, 2_000), max_size=12))
def test_any_splitting_gives_the_same_answers(
    runner: asyncio.Runner, pipeline: Pipeline, cuts: list[int]
) -> None:
    heard = runner.run(heard_of(split(pipeline.data, cuts), Echo()))

    assert told(heard) == pipeline.expected


@settings(max_examples=60)
@given(pipeline=PIPELINES, garbage=st.binary(min_size=1, max_size=200))
@example(pipeline=Pipeline([("GET", b"", [])]), garbage=b"\r\n\r\n")
@example(pipeline=Pipeline([("chunks", b"", [])]), garbage=b"0\r\n\r\n")
def test_garbage_behind_requests_changes_none_of_their_answers(
    runner: asyncio.Runner, pipeline: Pipeline, garbage: bytes
) -> None:
    heard = runner.run(heard_of([pipeline.data + garbage], Echo()))
    count = len(pipeline.expected)

    assert told(heard[:count]) == pipeline.expected
    assert [one.status for one in heard[count:]] in ([], [400])


@settings(max_examples=60)
@given(data=st.binary(max_size=400), begins=st.sampled_from([b"", b"GET / HTTP/1.1\r\n" + LINES]))
def test_nothing_that_is_sent_harms_the_server(runner: asyncio.Runner, data: bytes, begins: bytes) -> None:
    async def main() -> list[Heard]:
        async with standing(Echo()) as server:
            async with line(server) as client:
                await client.say(begins + data)
                client.say_all()
                await client.rest()
            async with line(server) as client:
                await client.say(LAST)
                return await client.answers()

    assert told(runner.run(main())) == [("GET", "/last", "")]


def test_requests_behind_the_last_are_not_answered() -> None:
    echo = Echo()

    async def main() -> list[Heard]:
        async with standing(echo) as server, line(server) as client:
            await client.say(LAST, get(b"/behind"))
            return await client.answers()

    assert told(ran(main)) == [("GET", "/last", "")]
    assert echo.asked == ["/last"]
