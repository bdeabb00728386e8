"""The answer of an upstream as it is handed on: status and body to the byte, headers but for a few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.gateway.upstreams.body import Stream
from millgate.gateway.upstreams.names import OUR_COOKIES, folded, returned, tokens
from millgate.wire.messages import WITHOUT_CONTENT, Response

if TYPE_CHECKING:
    from millgate.gateway.upstreams.exchange import Exchange
    from millgate.wire.messages import Header

LARGEST_WHOLE: Final = 65_536
"""Bytes up to which an answer that says its length is handed on in one piece."""


def whole_response(exchange: Exchange) -> Response:
    """The response of an exchange that has ended."""
    body = exchange.taken()
    if exchange.bodiless and exchange.length is None:
        # A whole body's length would be said, and nobody knows it.
        return Response(exchange.status, _headers(exchange, whole=False), Stream(exchange))
    return Response(exchange.status, _headers(exchange, whole=True), body)


async def response_of(exchange: Exchange) -> Response:
    """The response of an exchange that has a head.

    One that says that it is short is read to its end first: this is cheaper, and one that breaks off can
    still be answered with a failure.

    Raises:
        Failed: it broke off within a short answer.
    """
    if exchange.length is None or exchange.length > LARGEST_WHOLE:
        return Response(exchange.status, _headers(exchange, whole=False), Stream(exchange))
    body = await _whole(exchange)
    return Response(exchange.status, _headers(exchange, whole=True), body)


async def _whole(exchange: Exchange) -> bytes:
    pieces = []
    while piece := await exchange.more():
        pieces.append(piece)
    return b"".join(pieces)


def _headers(exchange: Exchange, *, whole: bool) -> tuple[Header, ...]:
    headers: list[Header] = []
    connection = ""
    for raw, value in exchange.headers:
        name = returned(raw)
        if not name:
            if raw.lower() == b"connection":
                connection = value.decode("latin-1").lower()
        elif name == "content-length":
            # Who sends a whole body says its length itself.
            if exchange.bodiless or not (whole or exchange.status in WITHOUT_CONTENT):
                headers.append((name, value.decode("latin-1")))
        elif name != "set-cookie" or not value.lstrip().startswith(OUR_COOKIES.encode()):
            headers.append((name, value.decode("latin-1")))
    if connection not in {"", "keep-alive", "close"}:
        named = tokens(connection)
        headers = [header for header in headers if folded(header[0]) not in named]
    return tuple(headers)
