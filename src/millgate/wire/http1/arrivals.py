"""Requests, made of the bytes that come. What the parser tells, and what it means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import httptools

from millgate.wire.head import LARGEST_HEAD
from millgate.wire.http1.bodies import IncomingBody
from millgate.wire.http1.incoming import (
    ENDLESS,
    LARGEST_SENT,
    MOST_HEADERS,
    NO_CHUNKS,
    NOT_HTTP,
    HeadEndless,
    Incoming,
    name_of,
)
from millgate.wire.http1.known_lines import RepeatedLines

if TYPE_CHECKING:
    from millgate.core.errors import Refusal
    from millgate.wire.messages import Header


class Arrivals(ABC):
    """What arrives on one connection. The `on_` methods are the parser's, the abstract ones the connection's.

    Attributes:
        in_head: whether a part of a head is there.
    """

    def __init__(self) -> None:
        self.in_head = False
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._arriving: Incoming | None = None
        self._lines: list[Header] = []
        self._heads = 0
        self._newest: Incoming | None = None
        self._repeated = RepeatedLines()
        self._resuming = False
        self._understood = False
        self._unfinished = 0
        self._small = False

    @abstractmethod
    def put(self, incoming: Incoming) -> None:
        """The head of a request is there."""

    @abstractmethod
    def hold(self) -> None:
        """Listen no more until released; as often as it was held."""

    @abstractmethod
    def release(self) -> None:
        """Listen again."""

    @abstractmethod
    def encourage(self) -> None:
        """Tell the client that its body is wanted."""

    @property
    def between(self) -> bool:
        """Whether all that came is whole requests, and more could come."""
        return self._arriving is None and self._parser is not None

    def feed(self, data: bytes) -> Refusal | None:
        """Take what came; or say why it, and anything behind it, cannot be understood.

        Raises:
            BaseException: a fault of our own.
        """
        if self._parser is None:
            return None
        again = self._repeated.request(data)
        if again is not None:
            self.put(again)
            return None
        begins, self._heads = self._arriving is None, 0
        self._understood = False
        self._small = not self.in_head and len(data) <= LARGEST_HEAD
        try:
            self._feed(self._parser, data)
        except httptools.HttpParserError as wrong:
            if wrong.__context__ is None:
                return NOT_HTTP
            if isinstance(wrong.__context__, HeadEndless):
                return ENDLESS
            raise wrong.__context__ from None
        newest, self._newest = self._newest, None
        if begins and self._arriving is None and self._heads == 1 and newest is not None:
            self._repeated.learn(data, newest)
        # A header, a trailer or a chunk's extension can be without end, and nobody is told of it.
        self._unfinished = 0 if self._understood else self._unfinished + len(data)
        return ENDLESS if self._unfinished > LARGEST_SENT else None

    def end(self) -> bool:
        """Take no more. Returns whether a request learns of it, because its body is cut."""
        # The parser refers to this object, and the collector need not come for every client that leaves.
        self._parser = None
        incoming, self._arriving = self._arriving, None
        if incoming is None or self.in_head:
            self.in_head = False
            return False
        incoming.last = True
        if incoming.body is not None:
            incoming.body.cut()
        return True

    # What the parser tells

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._resuming:
            return
        self._arriving = Incoming()
        self.in_head = True

    def on_url(self, url: bytes) -> None:
        """A piece of its target."""
        incoming = self._arriving
        if incoming is not None and self.in_head:
            incoming.target += url
            if len(incoming.target) > LARGEST_HEAD:
                raise HeadEndless

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; behind a body it is a trailer, and dropped."""
        if self.in_head:
            lines = self._lines
            # The parser leaves space behind a value (RFC 9112 section 5.1).
            lines.append((name_of(name), value.strip().decode("latin-1")))
            if len(lines) > MOST_HEADERS:
                raise HeadEndless

    def on_headers_complete(self) -> None:
        """Its head is there."""
        incoming, parser = self._arriving, self._parser
        if incoming is None or parser is None or self._resuming:
            self._resuming = False
            return
        self.in_head = False
        self._understood = True
        version = parser.get_http_version()
        incoming.method = parser.get_method().decode("ascii")
        incoming.small = self._small
        incoming.keep_alive = parser.should_keep_alive()
        if incoming.method == "CONNECT":
            # Behind it nothing is HTTP.
            incoming.last = True
        if version != "1.1":
            incoming.http10 = version == "1.0"
            incoming.refusal = None if incoming.http10 else NOT_HTTP
        # Nothing of a request outlives it: the next connection's is put where it was, which is at hand.
        lines, self._lines = self._lines, []
        incoming.headers = tuple(lines)
        fields = incoming.fields = dict(lines)
        if "content-length" in fields or "transfer-encoding" in fields:
            self._expect_body(incoming, fields)
        self._heads, self._newest = self._heads + 1, incoming
        self.put(incoming)

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        self._understood = True
        if self._arriving is not None and self._arriving.body is not None:
            self._arriving.body.feed(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._understood = True
        incoming = self._arriving
        if incoming is not None and incoming.body is not None:
            if self._skips_body(incoming):
                return
            incoming.body.end()
        self._arriving = None

    # What it means

    def _feed(self, parser: httptools.HttpRequestParser, data: bytes) -> None:
        """Go on in HTTP/1.1, body included, where the parser expects another protocol (RFC 9110 section 7.8).

        Common clients offer HTTP/2 with their first request, whatever it is.
        """
        rest = data
        while rest:
            try:
                return parser.feed_data(rest)
            except httptools.HttpParserUpgrade as stopped:
                rest = rest[stopped.args[0] :]
            if parser.get_method() == b"CONNECT":
                self._parser = None
                return None
            if self._arriving is not None:
                parser = self._parser = httptools.HttpRequestParser(self)
                self._resuming = True
                parser.feed_data(self._arriving.framing())
        return None

    def _skips_body(self, incoming: Incoming) -> bool:
        """Whether the parser leaves the body out, because it expects another protocol; see `_feed`."""
        return self._parser is not None and self._parser.should_upgrade() and incoming.method != "CONNECT"

    def _expect_body(self, incoming: Incoming, fields: dict[str, str]) -> None:
        waits = not incoming.http10 and fields.get("expect", "").lower() == "100-continue"
        incoming.body = IncomingBody(self.hold, self.release, self.encourage if waits else None)
        if incoming.http10 and "transfer-encoding" in fields:
            # RFC 9112 section 6.1: its framing is faulty, whatever the parser made of it.
            incoming.refusal = incoming.refusal or NO_CHUNKS
