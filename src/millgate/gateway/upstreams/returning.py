"""The answer of an upstream as it is handed on: status and body to the byte, headers but for a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.gateway.upstreams.body import Stream
from millgate.gateway.upstreams.names import folded, tokens
from millgate.wire.messages import WITHOUT_CONTENT, Response

if TYPE_CHECKING:
    from millgate.gateway.upstreams.exchange import Exchange
    from millgate.wire.messages import Header

LARGEST_WHOLE: Final = 65_536
"""Bytes up to which an answer that says its length is handed on in one piece."""

_SAYS_NOTHING: Final = frozenset({"", "keep-alive", "close"})


def whole_response(exchange: Exchange) -> Response:
    """The response of an exchange that has ended."""
    if exchange.whole is not None:
        return exchange.whole
    body = exchange.taken()
    if exchange.bodiless and exchange.length is None:
        # A whole body's length would be said, and nobody knows it.
        return Response(exchange.status, handed_on(exchange, whole=False), Stream(exchange))
    return Response(exchange.status, handed_on(exchange, whole=True), body)


async def response_of(exchange: Exchange) -> Response:
    """The response of an exchange that has a head.

    One that says that it is short is read to its end first: this is cheaper, and one that breaks off can
    still be answered with a failure.

    Raises:
        Failed: it broke off within a short answer.
    """
    if exchange.length is None or exchange.length > LARGEST_WHOLE:
        return Response(exchange.status, handed_on(exchange, whole=False), Stream(exchange))
    body = await _whole(exchange)
    return Response(exchange.status, handed_on(exchange, whole=True), body)


async def _whole(exchange: Exchange) -> bytes:
    pieces = []
    while piece := await exchange.more():
        pieces.append(piece)
    return b"".join(pieces)


def handed_on(exchange: Exchange, *, whole: bool) -> tuple[Header, ...]:
    """The headers of an exchange that has a head, for a body that is whole or is streamed."""
    headers = exchange.returning
    # Who sends a whole body says its length itself.
    unsaid = not exchange.bodiless and (whole or exchange.status in WITHOUT_CONTENT)
    if unsaid and exchange.length is not None:
        headers = headers[: exchange.length_at] + headers[exchange.length_at + 1 :]
    if exchange.options not in _SAYS_NOTHING:
        named = tokens(exchange.options)
        headers = [header for header in headers if folded(header[0]) not in named]
    return tuple(headers)
