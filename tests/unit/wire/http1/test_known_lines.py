"""Header lines that come again mean what the parser has made of them, and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from millgate.wire.http1.arrivals import Arrivals
from millgate.wire.http1.known_lines import LONGEST_KNOWN, MOST_NOVEL, RepeatedLines
from millgate.wire.intake import taken_in
from millgate.wire.messages import MOST_REMEMBERED, Memory, Request, no_body
from support.http1 import get, post, request

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from millgate.core.errors import Refusal
    from millgate.wire.http1.incoming import Incoming

KEY: Final = b"Ocp-Apim-Subscription-Key:  a key "
PIECES: Final = (
    get(b"/a"),
    get(b"/b?x=%20", KEY),
    get(b"/a", KEY),
    get(b"/a#b", KEY),
    get(b"*", KEY),
    get(b"/\xc3\xa4", KEY),
    get(b"http://mill.example/a", KEY),
    get(b"/a b", KEY),
    get(b"/a", KEY, version=b"HTTP/1.0"),
    get(b"/a", KEY, version=b"HTTP/1.2"),
    get(b"/a", KEY, b"Connection: close"),
    get(b"/a", KEY, b"Connection: Upgrade", b"Upgrade: h2c"),
    request(b"CONNECT", b"/a", KEY),
    request(b"DELETE", b"/a", KEY),
    request(b"BREW", b"/a", KEY),
    request(b"get", b"/a", KEY),
    request(b"POST", b"/a", KEY),
    post(b"/a", b""),
    post(b"/a", b"abc"),
    post(b"/a", get(b"/smuggled", KEY)),
    request(b"POST", b"/a", b"Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n"),
    get(b"/a", KEY) + get(b"/b", KEY),
    get(b"/a", KEY) + b"\r",
    get(b"/a", KEY) + b"\r\n\r\n",
    get(b"/a", KEY)[:-1],
    get(b"/a", KEY)[:9],
    get(b"/a", KEY)[9:],
    b"\r\n" + get(b"/a", KEY),
    b"\r",
    b"\n",
    b"\r\n",
    b"G",
    b"ET /a HTTP/1.1\r\n",
    b"GET /a HTTP/1.1\n" + get(b"/a", KEY).partition(b"\n")[2],
    b"GET  /a HTTP/1.1\r\n" + get(b"/a", KEY).partition(b"\n")[2],
    b"GET /a HTTP/1.1\r\n",
    b"X: a\r\n\r\n",
)


class Arrived(Arrivals):
    """Keeps what arrives.

    Args:
        knowing: whether it may know lines; else all is read by the parser.
    """

    def __init__(self, *, knowing: bool) -> None:
        super().__init__()
        self._knowing = knowing
        self.incoming: list[Incoming] = []

    def say(self, data: bytes) -> Refusal | None:
        """Feed a piece."""
        if not self._knowing:
            self._repeated = RepeatedLines()
        return self.feed(data)

    def put(self, incoming: Incoming) -> None:
        """Keep it."""
        self.incoming.append(incoming)

    def hold(self) -> None:
        """As a connection; bodies here are small."""

    def release(self) -> None:
        """As a connection."""

    def encourage(self) -> None:
        """As a connection."""


def told(one: Incoming) -> tuple[object, ...]:
    body = one.body and (one.body.complete,)
    head = (one.method, one.parts(), one.headers, one.fields, one.small, one.keep_alive, one.http10)
    return (*head, body, one.refusal, one.last)


FEW: Final = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).flatmap(
    lambda few: st.lists(st.sampled_from(few), max_size=10)
)
"""Lines are known when they come again, so the same pieces come often."""


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("behind", PIECES)
def test_any_piece_behind_the_same_ones_is_what_the_parser_says(piece: bytes, behind: bytes) -> None:
    same([piece, piece, piece, behind, piece])


@given(pieces=FEW)
@example(pieces=[get(b"/a"), get(b"/a"), b"\r", get(b"/a")])
def test_any_pieces_are_what_the_parser_says(pieces: list[bytes]) -> None:
    same(pieces)


def same(pieces: list[bytes]) -> None:
    knowing, parsing = Arrived(knowing=True), Arrived(knowing=False)
    for piece in pieces:
        refusal = knowing.say(piece)
        assert refusal == parsing.say(piece)
        assert (knowing.in_head, knowing.between) == (parsing.in_head, parsing.between)
        if refusal is not None:
            break
    assert [told(one) for one in knowing.incoming] == [told(one) for one in parsing.incoming]


def test_lines_that_came_twice_are_known_whatever_the_request_line() -> None:
    arrived = Arrived(knowing=True)
    requests = [get(b"/a", KEY), get(b"/b?x=1", KEY), request(b"DELETE", b"/c", KEY), get(b"/d", KEY)]
    for data in requests:
        assert arrived.say(data) is None

    first, second, third, fourth = arrived.incoming
    assert first.memory is None
    assert second.headers is third.headers is fourth.headers
    assert second.memory is third.memory is fourth.memory is not None
    assert [one.target for one in arrived.incoming] == [b"/a", b"/b?x=1", b"/c", b"/d"]
    assert third.method == "DELETE"


def test_the_very_same_request_is_the_same_and_says_that_it_came_again() -> None:
    arrived = Arrived(knowing=True)
    for path in (b"/a", b"/a", b"/a", b"/a", b"/b", b"/a"):
        arrived.say(get(path, KEY))

    *_, third, fourth, other, last = arrived.incoming
    assert third is fourth
    assert [one.again for one in (third, other, last)] == [True, False, False]


def test_other_lines_have_no_memory_of_these() -> None:
    arrived = Arrived(knowing=True)
    for key in (b"X: 1", b"X: 1", b"X: 2", b"X: 1", b"X: 1"):
        arrived.say(get(b"/a", key))

    memories = [one.memory for one in arrived.incoming]
    assert memories == [None, Memory(), None, None, Memory()]
    assert memories[1] is not memories[4]


def test_a_connection_whose_lines_never_come_again_is_left_alone() -> None:
    arrived = Arrived(knowing=True)
    for number in range(MOST_NOVEL):
        arrived.say(get(b"/a", b"Traceparent: %d" % number))
    for _ in range(3):
        arrived.say(get(b"/a", KEY))

    assert all(one.memory is None for one in arrived.incoming)


def test_long_heads_are_not_kept() -> None:
    arrived = Arrived(knowing=True)
    long = get(b"/a", b"X: " + b"a" * LONGEST_KNOWN)
    for _ in range(3):
        arrived.say(long)

    assert [one.memory for one in arrived.incoming] == [None] * 3


def intake(
    memory: Memory | None, *headers: tuple[str, str], trusted: tuple[IPv4Network, ...] = ()
) -> Request:
    found = taken_in(
        method="GET",
        raw_path=b"/a",
        query="",
        headers=(("host", "mill.example"), *headers),
        client="10.0.0.1",
        scheme="http",
        reader=no_body,
        trusted=trusted,
        memory=memory,
    )
    assert isinstance(found, Request)
    return found


def test_a_request_with_remembered_lines_is_the_same_as_without() -> None:
    memory = Memory()
    for _ in range(2):
        assert intake(memory, ("x", "1")).headers == intake(None, ("x", "1")).headers
        assert intake(memory, ("x", "1")).fields() == {"host": "mill.example", "x": "1"}


def test_what_is_remembered_is_bounded() -> None:
    memory = Memory()
    for number in range(MOST_REMEMBERED * 3):
        memory.keep(number, number)
        assert len(memory) <= MOST_REMEMBERED
        assert memory[number] == number
