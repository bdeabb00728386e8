"""The head of an answer that is known: an upstream mostly says the same one again while a second lasts.

What the parser has understood of it is taken once more. Nothing is known but the head of a whole answer in
one piece that says how long it is and leaves the connection open; and what comes again must be one, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from millgate.gateway.upstreams.returning import handed_on
from millgate.wire.messages import Response

if TYPE_CHECKING:
    from millgate.gateway.upstreams.exchange import Exchange
    from millgate.wire.messages import Header

LONGEST_KNOWN: Final = 4096
"""Bytes of a head up to which it is kept: few are longer, and every connection keeps its own."""

_END: Final = b"\r\n\r\n"


class KnownHead(msgspec.Struct, frozen=True, eq=False):
    """A head, and what it says.

    Attributes:
        text: the status line and all header lines, with the empty one behind them.
        status: of the answer.
        headers: that are handed on with a whole body.
        length: of the body.
    """

    text: bytes
    status: int
    headers: tuple[Header, ...]
    length: int

    def answers(self, exchange: Exchange, data: bytes) -> bool:
        """Whether this is one whole answer with this head, and no more; if so, the exchange has it."""
        size = len(self.text)
        if exchange.bodiless or len(data) != size + self.length or not data.startswith(self.text):
            return False
        exchange.fed = len(data)
        exchange.status = self.status
        exchange.headed = exchange.ended = exchange.keep = True
        exchange.whole = Response(self.status, self.headers, data[size:])
        return True


def known_head(exchange: Exchange, data: bytes) -> KnownHead | None:
    """The head of an answer that the parser has found to be all of this, if it may be known."""
    length = exchange.length
    if length is None or exchange.bodiless or exchange.chunked or exchange.interims or not exchange.keep:
        return None
    size = len(data) - length
    if size > LONGEST_KNOWN or data.find(_END) != size - len(_END):
        return None
    return KnownHead(data[:size], exchange.status, handed_on(exchange, whole=True), length)
