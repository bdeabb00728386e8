"""Where authorization codes may be sent (RFC 6749 section 3.1.2, RFC 8252, RFC 9700 section 2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult, urlsplit

MOST_REDIRECTS: Final = 50
LONGEST_REDIRECT: Final = 2_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PLAIN: Final = re.compile(r"[\x21-\x7e]+")


def redirect_faults(uris: Iterable[str]) -> list[str]:
    """Why codes may not be sent to these addresses; empty when they may."""
    listed = list(uris)
    faults = [f"{uri[:200]!r}: {why}" for uri in listed if (why := _fault(uri))]
    if len(listed) > MOST_REDIRECTS:
        faults.append(f"there are more than {MOST_REDIRECTS} redirect URIs")
    if len(set(listed)) != len(listed):
        faults.append("a redirect URI stands twice")
    return faults


def redirect_known(asked: str, registered: Iterable[str]) -> bool:
    """Whether a code may be sent to what a request asks for.

    Addresses are compared to the letter, but for the port of one on the machine itself over plain HTTP: a
    program there takes whichever port is free (RFC 8252 section 7.3).
    """
    listed = tuple(registered)
    if asked in listed:
        return True
    if _fault(asked):
        return False
    bare = _without_port(asked)
    return bare is not None and any(bare == _without_port(uri) for uri in listed)


def _without_port(uri: str) -> SplitResult | None:
    """A loopback address over HTTP with its port taken off; None for every other."""
    parts = urlsplit(uri)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or "@" in parts.netloc:
        return None
    return parts._replace(netloc=parts.hostname)


def _fault(uri: str) -> str:
    if len(uri) > LONGEST_REDIRECT or not _PLAIN.fullmatch(uri):
        return "it is no absolute URI of printable ASCII, at most 2000 characters"
    try:
        parts = urlsplit(uri)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "it cannot be read"
    if "#" in uri or "\\" in uri or "*" in uri:
        return "it holds a fragment, a backslash or a wildcard"
    if parts.scheme in {"http", "https"}:
        return _web_fault(parts, host)
    # A scheme of an application's own holds a dot, because it is a domain turned around (RFC 8252 section
    # 7.1); javascript: and its like have none.
    return "" if "." in parts.scheme else "its scheme is neither https nor one of the program's own"


def _web_fault(parts: SplitResult, host: str | None) -> str:
    if not host or "@" in parts.netloc:
        return "it names no host, or somebody at it"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "over plain HTTP only 127.0.0.1, [::1] and localhost are safe; use https"
    return ""
