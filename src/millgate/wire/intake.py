"""What a server hands over, made a Request: the same checks whichever server it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote

from millgate.core.errors import Refusal
from millgate.wire.forwarded import Networks, caller_of
from millgate.wire.head import refusal_of
from millgate.wire.messages import BodyReader, Request
from millgate.wire.target import segments_of

if TYPE_CHECKING:
    from millgate.wire.messages import Header

_ASCII: Final = "".join(chr(code) for code in range(0x21, 0x7F))


Told: TypeAlias = Callable[[Refusal, str, str, str], None]
"""Is told of a request that no plane saw: why, its method, path and client, as far as they are known."""


def nobody_told(refusal: Refusal, method: str, path: str, client: str) -> None:
    """Keep it to oneself."""
    del refusal, method, path, client


def taken_in(
    *,
    method: str,
    raw_path: bytes,
    query: str,
    headers: tuple[Header, ...],
    client: str,
    scheme: str,
    reader: BodyReader,
    trusted: Networks,
    host_needed: bool = False,
) -> Request | Refusal:
    """A request as planes see it, or why none of them does.

    Args:
        method: upper case.
        raw_path: as sent.
        query: as sent, without its question mark.
        headers: names in lower case.
        client: the peer's address.
        scheme: of the connection.
        reader: reads the body.
        trusted: the proxies that are believed about who calls.
        host_needed: whether a request of its version names a host.
    """
    segments = segments_of(raw_path)
    if isinstance(segments, Refusal):
        return segments
    refusal = refusal_of(query, headers, host_needed=host_needed)
    if refusal is not None:
        return refusal
    if trusted:
        client, scheme, headers = caller_of(client, scheme, headers, trusted)
    return Request(
        method=method,
        raw_path=raw_path.decode() if raw_path.isascii() else quote(raw_path, safe=_ASCII),
        segments=segments,
        query=query,
        headers=headers,
        scheme=scheme,
        client=client,
        reader=reader,
    )
