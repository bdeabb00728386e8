"""One connection to an upstream: HTTP/1.1 as a client speaks it (RFC 9112), for one request at a time.

Whatever leaves a doubt where an answer ends closes the connection, because a byte of one answer must never
be read as part of the next (CVE-2026-71324). The parser is llhttp in its strict mode: it refuses folded
headers, bare line feeds, repeated or malformed lengths, and a length beside a transfer coding.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import Final, Protocol, cast

from httptools import HttpParserError, HttpResponseParser

from millgate.core.errors import UPSTREAM_BROKE_OFF, UPSTREAM_TIMED_OUT
from millgate.gateway.upstreams.exchange import HIGH_WATER, Exchange
from millgate.gateway.upstreams.failures import Failed
from millgate.gateway.upstreams.known_head import KnownHead, known_head
from millgate.gateway.upstreams.names import OUR_COOKIES, returned
from millgate.wire.outbox import Outbox

LARGEST_HEAD: Final = 65_536
MOST_HEADERS: Final = 200
MOST_INTERIMS: Final = 16
"""1xx answers before the final one."""
_OPENING: Final = b"HTTP/1."
_TRANSFER_ENCODING: Final = b"transfer-encoding"
_CONNECTION: Final = b"connection"
_OUR_COOKIES: Final = OUR_COOKIES.encode()
_FIRST_INTERIM: Final = 100
_SWITCHING: Final = 101
_FIRST_FINAL: Final = 200


class Owner(Protocol):
    """The pool, as a connection knows it."""

    name: str
    pause_seconds: float

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop on which it is used."""
        ...

    @property
    def outbox(self) -> Outbox:
        """For requests that are sent together."""
        ...

    def release(self, connection: Connection) -> None:
        """The connection can carry another request."""

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""

    def watch(self, connection: Connection, deadline: float) -> None:
        """Let the connection expire at this time of the loop, unless its deadline is moved before."""


class Connection(asyncio.Protocol):
    """Between `connection_made` and `connection_lost`; belongs to one pool.

    Attributes:
        used: how many requests it has carried.
        deadline: when the exchange on it fails, in the loop's time.
        idle_since: when it was last released.
    """

    __slots__ = (
        "_before",
        "_doubt",
        "_drained",
        "_exchange",
        "_held_back",
        "_known",
        "_parser",
        "_pool",
        "_quiet",
        "_sending",
        "_transport",
        "deadline",
        "idle_since",
        "used",
    )

    def __init__(self, pool: Owner) -> None:
        self.used = 0
        self.deadline = inf
        self.idle_since = 0.0
        self._pool = pool
        self._transport: asyncio.Transport = None  # type: ignore[assignment]  # connection_made comes first
        self._parser = HttpResponseParser(self)
        self._exchange: Exchange | None = None
        self._before: list[tuple[bytes, bytes]] = []
        self._known: KnownHead | None = None
        self._doubt = ""
        self._sending = False
        self._held_back = False
        self._quiet = 0
        self._drained: asyncio.Future[None] | None = None

    @property
    def closed(self) -> bool:
        """Whether it carries nothing any more."""
        return self._transport.is_closing()

    # What the pool's callers do

    def ask(self, data: bytes, *, bodiless: bool, whole: bool) -> Exchange:
        """Send a request, or the head of one.

        Args:
            data: what is sent.
            bodiless: whether it is HEAD.
            whole: whether this is all of the request; else `send` and `sent` follow.
        """
        self.used += 1
        self._sending = not whole
        exchange = self._exchange = Exchange(self, bodiless)
        if whole:
            # Nothing else is written until it is answered.
            self._pool.outbox.put(self._transport, data)
        else:
            self._transport.write(data)
        return exchange

    async def send(self, data: bytes, seconds: float) -> None:
        """Send a piece of the request's body once the network takes it, within so many seconds."""
        self._transport.write(data)
        if self._held_back:
            self.expect_within(seconds)
            drained = self._drained = self.future()
            await drained
            self.deadline = inf

    def future(self) -> asyncio.Future[None]:
        """A future of the connection's event loop."""
        return self._pool.loop.create_future()

    def sent(self) -> None:
        """The request is whole."""
        self._sending = False

    def expect_within(self, seconds: float) -> None:
        """Fail the exchange unless something comes within so many seconds."""
        self._pool.watch(self, self._pool.loop.time() + seconds)

    def drop(self) -> None:
        """Close it at once; whatever it carries is lost."""
        self._exchange = None
        self._transport.abort()
        self._pool.forget(self)

    # What the exchange's reader does

    def awaits(self, exchange: Exchange) -> None:
        """The reader waits for the next piece."""
        if self._exchange is exchange:
            self.expect_within(self._pool.pause_seconds)

    def goes_on(self, exchange: Exchange) -> None:
        """The reader has taken what was there."""
        if self._exchange is exchange:
            self.deadline = inf
            self._transport.resume_reading()

    def leave(self, exchange: Exchange) -> None:
        """The reader wants no more of it; a rest that is on its way would be taken for the next answer."""
        if self._exchange is exchange:
            self.drop()

    def expire(self) -> None:
        """The deadline has passed."""
        exchange = self._exchange
        if exchange is None:
            self.deadline = inf
            return
        what = "paused within its answer" if exchange.headed else "has not answered in time"
        self._fail(Failed(UPSTREAM_TIMED_OUT, f"{self._pool.name} {what}"))

    def fail(self, error: BaseException) -> None:
        """End the exchange for a reason of the sender's."""
        if self._exchange is not None:
            self._fail(error)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def pause_writing(self) -> None:
        """The network takes no more."""
        self._held_back = True

    def resume_writing(self) -> None:
        """The network takes more."""
        self._held_back = False
        self._let_sender_go()

    def data_received(self, data: bytes) -> None:
        """Take what came; bytes that nobody asked for end the connection."""
        exchange = self._exchange
        if exchange is None:
            self.drop()
            return
        if not exchange.fed and not (data.startswith(_OPENING) or _OPENING.startswith(data)):
            self._broke_off("answered what is no HTTP/1")
            return
        if (
            self._known is not None
            and not (exchange.fed or self._sending)
            and self._known.answers(exchange, data)
        ):
            self._finished(exchange, data)
            return
        self._known = None
        begins = not exchange.fed
        exchange.fed += len(data)
        before = exchange.size
        try:
            self._parser.feed_data(data)
        except HttpParserError as wrong:
            self._doubt = self._doubt or str(wrong)
        if self._doubt:
            self._broke_off(f"gave a doubtful answer: {self._doubt}")
        elif exchange.ended:
            if begins and exchange.headers == self._before:
                # To keep what comes only once would cost more than to read it.
                self._known = known_head(exchange, data)
            self._before = exchange.headers
            self._finished(exchange, data)
        else:
            self._goes_on(exchange, len(data) if exchange.size == before else 0)

    def eof_received(self) -> None:
        """The upstream sends no more: the end of an answer that has no other, else a fault."""
        exchange = self._exchange
        if exchange is None:
            return
        if exchange.headed and exchange.length is None and not exchange.chunked:
            exchange.ended = True
            self._finished(exchange, b"")
        else:
            self._closed(exchange)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._exchange is not None:
            self._closed(self._exchange, f": {exc}" if exc else "")
        self._let_sender_go()
        self._pool.forget(self)

    # The parser's callbacks

    def on_message_begin(self) -> None:
        """Nothing may follow an answer."""
        if self._exchange is None or self._exchange.ended:
            self._doubt = "more than one answer to one request"

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; one that comes behind the body is dropped (RFC 9110 section 6.5.1)."""
        exchange = self._exchange
        if exchange is not None and not exchange.headed:
            exchange.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Look at status and framing."""
        exchange = self._exchange
        if exchange is None:
            return
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL:
            self._interim(exchange, status)
            return
        self._doubt = self._doubt or self._sorted(exchange)
        exchange.status = status
        exchange.headed = True
        if exchange.bodiless:
            exchange.keep = exchange.length is not None and self._parser.should_keep_alive()
            exchange.ended = True

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        exchange = self._exchange
        if exchange is None or exchange.ended:
            self._doubt = "a body where there is none"
        else:
            exchange.add(body)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was a 1xx one."""
        exchange = self._exchange
        if exchange is not None and exchange.headed and not exchange.ended:
            exchange.keep = self._parser.should_keep_alive()
            exchange.ended = True

    # Inside

    def _interim(self, exchange: Exchange, status: int) -> None:
        exchange.interims += 1
        exchange.headers.clear()
        if status < _FIRST_INTERIM or status == _SWITCHING:
            self._doubt = f"the status {status}"
        elif exchange.interims > MOST_INTERIMS:
            self._doubt = f"more than {MOST_INTERIMS} interim answers"

    def _sorted(self, exchange: Exchange) -> str:
        """Sort the headers into those that go on and those that say how the answer is framed.

        Returns what the parser takes and we do not; it has seen to everything about Content-Length.
        """
        if len(exchange.headers) > MOST_HEADERS:
            return f"more than {MOST_HEADERS} headers"
        if exchange.fed > LARGEST_HEAD and _size(exchange.headers) > LARGEST_HEAD:
            return f"a head of more than {LARGEST_HEAD} bytes"
        returning = exchange.returning
        for raw, value in exchange.headers:
            name = returned(raw)
            if not name:
                if doubt := _kept_back(exchange, raw.lower(), value):
                    return doubt
                continue
            if name == "content-length":
                exchange.length, exchange.length_at = int(value), len(returning)
            elif name == "set-cookie" and value.lstrip().startswith(_OUR_COOKIES):
                continue
            returning.append((name, value.decode("latin-1")))
        if exchange.chunked and self._parser.get_http_version() != "1.1":
            return "a transfer coding outside HTTP/1.1"
        return ""

    def _finished(self, exchange: Exchange, last: bytes) -> None:
        """The answer is whole: keep the connection if nothing speaks against it."""
        self._exchange = None
        self.deadline = inf
        keep = exchange.keep and not self._sending
        if exchange.bodiless and keep:
            # llhttp cannot be told that this answer has no body, so it waits for one.
            keep = last.endswith(b"\r\n\r\n")
            self._parser = HttpResponseParser(self)
        if keep:
            self._pool.release(self)
        else:
            self._transport.abort()
            self._pool.forget(self)
        exchange.wake()

    def _goes_on(self, exchange: Exchange, quiet: int) -> None:
        """More is to come. What is neither head nor body is bounded, too: chunk extensions and trailers."""
        if not exchange.headed:
            if exchange.fed > LARGEST_HEAD * 2:
                self._broke_off("sent a head without end")
            return
        self._quiet = self._quiet + quiet if quiet else 0
        if self._quiet > LARGEST_HEAD:
            self._broke_off("sent trailers without end")
            return
        if exchange.size > HIGH_WATER:
            self._transport.pause_reading()
        self.deadline = inf
        exchange.wake()

    def _closed(self, exchange: Exchange, why: str = "") -> None:
        unanswered = not exchange.fed
        where = "before it answered" if unanswered else "within its answer"
        self._fail(
            Failed(
                UPSTREAM_BROKE_OFF,
                f"{self._pool.name} closed the connection {where}{why}",
                unanswered=unanswered,
                stale=unanswered and self.used > 1,
            )
        )

    def _broke_off(self, what: str) -> None:
        self._fail(Failed(UPSTREAM_BROKE_OFF, f"{self._pool.name} {what}"))

    def _fail(self, error: BaseException) -> None:
        exchange = self._exchange
        self.drop()
        if exchange is not None:
            exchange.error = error
            exchange.wake()

    def _let_sender_go(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)


def _kept_back(exchange: Exchange, name: bytes, value: bytes) -> str:
    """Look into a header that is not handed on; what is doubtful about it."""
    if name == _CONNECTION:
        said = value.decode("latin-1").lower()
        exchange.options = f"{exchange.options},{said}" if exchange.options else said
    elif name == _TRANSFER_ENCODING:
        if exchange.chunked or value.lower() != b"chunked":
            return "a transfer coding other than chunked"
        exchange.chunked = True
    return ""


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers)
