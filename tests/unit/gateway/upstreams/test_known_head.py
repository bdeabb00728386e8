"""The head of an answer that comes again means what the parser has made of it, and nothing else does."""

from __future__ import annotations

import asyncio
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from millgate.gateway.upstreams.connection import Connection
from millgate.gateway.upstreams.known_head import LONGEST_KNOWN
from millgate.gateway.upstreams.returning import whole_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millgate.gateway.upstreams.connection import Owner
    from millgate.gateway.upstreams.exchange import Exchange

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi"
LATER: Final = OK.replace(b"hi", b"ho")
PIECES: Final = (
    OK,
    LATER,
    OK + b"!",
    OK[:-1],
    OK + OK,
    OK[:20],
    OK[20:],
    b"i",
    OK.replace(b"200 OK", b"304 Not Modified"),
    OK.replace(b"200 OK", b"304 Not Modified")[:-2],
    OK.replace(b"200 OK", b"204 No Content")[:-2],
    OK.replace(b"h: 2", b"h: 0")[:-2],
    OK.replace(b"\r\nhi", b"Connection: close\r\n\r\nhi").replace(b"\r\n\r\nConn", b"\r\nConn"),
    OK.replace(b"Type", b"Hop").replace(b"\r\n\r\n", b"\r\nConnection: content-hop\r\n\r\n"),
    OK.replace(b"1.1", b"1.0"),
    b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n",
    OK.replace(b"\r\n", b"\n"),
    b"\r\n",
)


class Wire(asyncio.Transport):
    """Sends nowhere."""

    ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nobody hears it."""

    def is_closing(self) -> bool:
        """Whether it was ended."""
        return self.ended

    def abort(self) -> None:
        """End it."""
        self.ended = True

    def pause_reading(self) -> None:
        """All comes as the test puts it."""

    def resume_reading(self) -> None:
        """As above."""


class Pool:
    """Owns one connection, and never waits."""

    name = "mill"
    pause_seconds = 60.0
    outbox: Any

    def __init__(self) -> None:
        self.outbox = self
        self.released = 0

    def put(self, transport: asyncio.Transport, data: bytes) -> None:
        """Nothing waits."""
        transport.write(data)

    def release(self, connection: Connection) -> None:
        """Count it."""
        del connection
        self.released += 1

    def forget(self, connection: Connection) -> None:
        """Nobody keeps it."""

    def watch(self, connection: Connection, deadline: float) -> None:
        """Nothing expires."""


class Asked:
    """One connection that is asked again whenever an answer has ended.

    Args:
        knowing: whether it may know heads; else all is read by the parser.
        forms: of the requests, in turn: `GET`, `HEAD`, or `POST`, of which not all has been sent.
    """

    def __init__(self, *, knowing: bool, forms: Sequence[str]) -> None:
        self._knowing = knowing
        self._forms = cycle(forms)
        self.pool, self.wire = Pool(), Wire()
        self.connection = Connection(cast("Owner", self.pool))
        self.connection.connection_made(self.wire)
        self.exchanges: list[Exchange] = []

    def hear(self, data: bytes) -> None:
        """Let a piece come."""
        if not self._knowing:
            self.connection._known = None
        last = self.exchanges[-1] if self.exchanges else None
        if last is None or last.ended or last.error is not None:
            form = next(self._forms)
            asked = self.connection.ask(b"", bodiless=form == "HEAD", whole=form != "POST")
            self.exchanges.append(asked)
        self.connection.data_received(data)

    def told(self) -> list[tuple[object, ...]]:
        """What came of each request, and of the connection."""
        found: list[tuple[object, ...]] = [(self.pool.released, self.wire.ended)]
        for one in self.exchanges:
            answer = whole_response(one) if one.ended and not one.bodiless else None
            found.append((one.status, one.headed, one.ended, one.keep, one.fed, repr(one.error), answer))
        return found


def same(pieces: list[bytes], *forms: str) -> None:
    knowing, parsing = Asked(knowing=True, forms=forms), Asked(knowing=False, forms=forms)
    for piece in pieces:
        if knowing.wire.ended:
            break
        knowing.hear(piece)
        parsing.hear(piece)
    assert knowing.told() == parsing.told()


FEW: Final = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).flatmap(
    lambda few: st.lists(st.sampled_from(few), max_size=10)
)
"""Heads are known when they come again, so the same pieces come often."""


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("behind", PIECES)
@pytest.mark.parametrize("forms", [("GET",), ("HEAD",), ("GET", "GET", "GET", "HEAD")])
def test_any_piece_behind_the_same_ones_is_what_the_parser_says(
    piece: bytes, behind: bytes, forms: tuple[str, ...]
) -> None:
    same([piece, piece, piece, behind, piece], *forms)


@given(pieces=FEW, forms=st.lists(st.sampled_from(["GET", "HEAD", "POST"]), min_size=1, max_size=4))
@example(pieces=[OK, OK, b"\r\n", OK], forms=["GET"])
def test_any_pieces_are_what_the_parser_says(pieces: list[bytes], forms: list[str]) -> None:
    same(pieces, *forms)


@pytest.mark.parametrize("form", ["HEAD", "POST"])
def test_a_known_head_answers_neither_head_nor_a_request_that_is_still_sent(form: str) -> None:
    same([OK, OK, OK, OK, OK], "GET", "GET", "GET", form, "GET")


def test_a_known_head_is_taken_once_more_with_another_body() -> None:
    asked = Asked(knowing=True, forms=["GET"])
    for data in (OK, LATER, OK, LATER):
        asked.hear(data)

    assert [whole_response(one).body for one in asked.exchanges] == [b"hi", b"ho", b"hi", b"ho"]
    assert asked.pool.released == 4
    assert asked.exchanges[2].headers == [], "the parser did not see it"


def test_long_heads_are_not_kept() -> None:
    asked = Asked(knowing=True, forms=["GET"])
    for _ in range(3):
        asked.hear(OK.replace(b"Type:", b"Type: " + b"a" * LONGEST_KNOWN))

    assert asked.pool.released == 3
    assert asked.connection._known is None
