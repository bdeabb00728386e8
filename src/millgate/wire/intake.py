"""What a server hands over, made a Request: the same checks whichever server it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import quote

from millgate.core.errors import Refusal
from millgate.wire.forwarded import Networks, caller_of
from millgate.wire.head import refusal_of
from millgate.wire.messages import BodyReader, Header, Request
from millgate.wire.target import segments_of

if TYPE_CHECKING:
    from millgate.wire.messages import Memory

_ASCII: Final = "".join(chr(code) for code in range(0x21, 0x7F))
_LONGEST_REMEMBERED: Final = 256
"""Bytes of a path up to which it is remembered what it means: few are longer, and nobody fills the memory."""


_Head: TypeAlias = tuple[str, str, tuple[Header, ...], dict[str, str] | None]
"""Client, scheme, headers and, where none is repeated, the same by name: as planes see them."""

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
    named: dict[str, str] | None = None,
    small: bool = False,
    memory: Memory | None = None,
    again: Memory | None = None,
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
        named: the headers as a dictionary, of each name the last, where the server has made one already.
        small: whether the server knows that the head is not too large.
        memory: as `Request.memory`. The server vouches that no query with these headers holds a fragment,
            and that they come from one client.
        again: as `Request.again`.
    """
    path = _usual_path(raw_path) if len(raw_path) <= _LONGEST_REMEMBERED else _path(raw_path)
    if isinstance(path, Refusal):
        return path
    known: _Head | None = None if memory is None else memory.get(taken_in)
    if known is None:
        fields = dict(headers) if named is None else named
        refusal = refusal_of(query, headers, fields, host_needed=host_needed, small=small)
        if refusal is not None:
            return refusal
        if trusted:
            client, scheme, headers = caller_of(client, scheme, headers, trusted)
            fields = dict(headers)
        unique = fields if len(fields) == len(headers) else None
        if memory is not None:
            memory.keep(taken_in, (client, scheme, headers, unique))
    else:
        client, scheme, headers, unique = known
    return Request(
        method=method,
        raw_path=path[0],
        segments=path[1],
        query=query,
        headers=headers,
        scheme=scheme,
        client=client,
        reader=reader,
        named=unique,
        memory=memory,
        again=again,
    )


def _path(raw_path: bytes) -> tuple[str, tuple[str, ...]] | Refusal:
    """A path as text, and its segments; or why it is refused."""
    segments = segments_of(raw_path)
    if isinstance(segments, Refusal):
        return segments
    return raw_path.decode() if raw_path.isascii() else quote(raw_path, safe=_ASCII), segments


_usual_path: Final = lru_cache(maxsize=1024)(_path)
