"""What is refused from a request's head alone, whichever plane it is for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from millgate.core.errors import (
    HEAD_NOT_SANE,
    HEAD_TOO_LARGE,
    QUERY_NOT_SANE,
    UPGRADE_UNSUPPORTED,
    Refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.wire.messages import Header

LARGEST_HEAD: Final = 65_536
"""Bytes of query, header names and header values together."""

_ONCE: Final = ("host", "content-length", "content-type", "transfer-encoding")
"""Headers of which two readers may take different ones when they are repeated.

Keys and tokens are too, and are refused where they are looked at, with the answers that belong to them.
"""

_HOST: Final = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")


def refusal_of(
    query: str,
    headers: tuple[Header, ...],
    named: Mapping[str, str] | None = None,
    *,
    host_needed: bool = False,
    small: bool = False,
) -> Refusal | None:
    """Why this head is not served: it is too large, a WebSocket handshake, or can be read in two ways.

    Servers that do not speak WebSocket hand its handshake on as a plain request, some hand a fragment on with
    the query (CVE-2023-47106), and not every parser is as strict as RFC 9112 sections 3.2 and 6.3 ask for
    (CVE-2025-69224).

    Args:
        query: as sent.
        headers: names in lower case, duplicates kept.
        named: the same by name, of each the last, where they are at hand so.
        host_needed: whether a request of its version names a host (RFC 9112 section 3.2).
        small: whether the server knows already that it is not too large.
    """
    if not small and len(query) + sum([len(name) + len(value) for name, value in headers]) > LARGEST_HEAD:
        return Refusal(HEAD_TOO_LARGE, {"limit": LARGEST_HEAD})
    if "#" in query:
        return Refusal(QUERY_NOT_SANE, {"reason": "it holds a fragment"})
    fields = dict(headers) if named is None else named
    if "upgrade" in fields and any(_asks_for_websocket(header) for header in headers):
        return Refusal(UPGRADE_UNSUPPORTED)
    doubt = ""
    if len(fields) < len(headers) or "transfer-encoding" in fields:
        doubt = _doubt(fields, headers)
    host = fields.get("host")
    if host:
        doubt = doubt or ("" if is_host(host) else "its Host is not one host")
    elif host_needed:
        # Servers cannot always tell a Host that is missing from one that is empty.
        doubt = doubt or "it names no Host"
    return _refuse(doubt) if doubt else None


def _refuse(reason: str) -> Refusal:
    # Whoever stands in front may have found another end of this request than we have.
    return Refusal(HEAD_NOT_SANE, {"reason": reason}, headers=(("connection", "close"),))


def _asks_for_websocket(header: Header) -> bool:
    name, value = header
    return name == "upgrade" and value.lower() == "websocket"


def _doubt(fields: Mapping[str, str], headers: tuple[Header, ...]) -> str:
    """What of it can be read in two ways; empty when nothing can."""
    names = [name for name, _ in headers]
    for name in _ONCE:
        if names.count(name) > 1:
            return f"it has more than one {name.title()}"
    coding = fields.get("transfer-encoding")
    if coding is None:
        return ""
    if coding.lower() != "chunked":
        return "its Transfer-Encoding is not chunked"
    return "it has both Content-Length and Transfer-Encoding" if "content-length" in fields else ""


@lru_cache(maxsize=256)
def is_host(text: str) -> bool:
    """Whether a Host header names one host, and perhaps a port (RFC 9110 section 7.2)."""
    return _HOST.fullmatch(text) is not None
