"""Which headers go on, in which direction.

Names are compared after folding: lower case, and everything but letters and digits as a dash, because
servers behind the gateway may read `X_Millgate_Pcn` or `x.millgate.pcn` as the same name
(CVE-2025-64484).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from millgate.describe.names import TOKEN

_ELSE: Final = re.compile(r"[^a-z0-9]")

HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "http2-settings",
    }
)
"""About one connection alone (RFC 9110 section 7.6.1)."""

FRAMING: Final = frozenset({"content-length", "expect", "host"})
"""What this side says anew on its own connection."""

OURS: Final = frozenset(
    {"forwarded", "x-real-ip", "x-request-id", "via", "traceparent", "ocp-apim-subscription-key", "cookie"}
)
"""What the gateway sets itself, or looks into before it hands it on."""

OUR_PREFIXES: Final = ("x-millgate-", "x-forwarded-")

OUR_COOKIES: Final = "millgate_"
"""How the names of the portal's own cookies begin. They never reach an upstream, nor come from one."""

_ANSWERED_FOR_ORIGIN: Final = frozenset(
    {"server", "alt-svc", "clear-site-data", "strict-transport-security", "x-request-id"}
)
"""What an answer would say of our server or of the whole origin, which is not an upstream's to say."""


def folded(name: str) -> str:
    """The name by which look-alikes are told."""
    return _ELSE.sub("-", name.lower())


def goes_on(name: str) -> bool:
    """Whether a request's header goes on as it is, as far as its name tells."""
    fold = folded(name)
    if not TOKEN.fullmatch(name) or fold.startswith(OUR_PREFIXES):
        return False
    return fold not in HOP_BY_HOP and fold not in FRAMING and fold not in OURS


@lru_cache(maxsize=2048)
def returned(name: bytes) -> str:
    """The lower-case name under which an answer's header is handed on; empty: it is not."""
    text = name.decode("latin-1").lower()
    if text in HOP_BY_HOP or text in _ANSWERED_FOR_ORIGIN or text.startswith("x-millgate-"):
        return ""
    return text


def tokens(value: str) -> frozenset[str]:
    """The header names that a Connection header lists, folded."""
    return frozenset(folded(name.strip()) for name in value.split(","))
