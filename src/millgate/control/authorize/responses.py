"""An answer to an authorization request (RFC 6749 section 4.1.2, RFC 9207) as an address and as words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode, urlsplit

from millgate.control.authorize.requests import ResponseMode
from millgate.core.values import instant_spaced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.control.authorize.requests import Target
    from millgate.core.errors import Refusal

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# Appendix A.8: what an error_description may hold; `"` and `\` are not among it.
_NO_DESCRIPTION: Final = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_SOURCE: Final = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/-]*)?")


def address(target: Target, members: Mapping[str, str]) -> str:
    """The redirect URI with an answer in its query, behind the query that it has already, or its fragment."""
    said = urlencode(members, quote_via=quote, safe="")
    if target.mode is ResponseMode.FRAGMENT:
        return f"{target.uri}#{said}"
    if "?" not in target.uri:
        return f"{target.uri}?{said}"
    return f"{target.uri}{'' if target.uri.endswith(('?', '&')) else '&'}{said}"


def error_members(refusal: Refusal, trace_id: str, correlation_id: str, now: float) -> dict[str, str]:
    """An error as the token service words it, on one line."""
    text = (
        f"{refusal.message} Trace ID: {trace_id} Correlation ID: {correlation_id} "
        f"Timestamp: {instant_spaced(now)}"
    )
    return {"error": refusal.problem.title, "error_description": _NO_DESCRIPTION.sub("?", text)}


def form_source(uri: str) -> str:
    """A redirect URI as a source of `form-action` (CSP level 3): its very address where the grammar allows.

    The grammar has neither IPv6 nor a query, and `;` and `,` would end it.
    """
    bare = uri.partition("?")[0]
    if _SOURCE.fullmatch(bare):
        return bare
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(uri))
    return origin if _SOURCE.fullmatch(origin) else f"{urlsplit(uri).scheme}:"


def destination(uri: str) -> tuple[str, str]:
    """Where a code goes as people know it: `web`, `here` or `app`, and the host or the app's scheme."""
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"}:
        return "app", parts.scheme
    return "here" if parts.hostname in _LOOPBACK else "web", parts.netloc
