"""What is refused from a request's head alone, whichever plane it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.core.errors import HEAD_TOO_LARGE, UPGRADE_UNSUPPORTED, Refusal

if TYPE_CHECKING:
    from millgate.wire.messages import Header

LARGEST_HEAD: Final = 65_536
"""Bytes of query, header names and header values together."""


def refusal_of(query: str, headers: tuple[Header, ...]) -> Refusal | None:
    """Why this head is not served: it is too large, or a WebSocket handshake.

    Servers that do not speak WebSocket hand its handshake on as a plain request.
    """
    size = len(query)
    for name, value in headers:
        size += len(name) + len(value)
        if name == "upgrade" and value.lower() == "websocket":
            return Refusal(UPGRADE_UNSUPPORTED)
    return Refusal(HEAD_TOO_LARGE, {"limit": LARGEST_HEAD}) if size > LARGEST_HEAD else None
