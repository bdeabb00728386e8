"""The head of a forwarded request.

First everything that a caller could use to speak for the gateway is taken out, those headers included
that its Connection header names; then the gateway's own are set. In this order a caller can neither forge
nor remove one of them (CVE-2024-45410, CVE-2026-29054).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import msgspec

from millgate.core.errors import HEAD_NOT_SANE, UPSTREAM_UNREACHABLE, Refusal, Refused
from millgate.gateway.upstreams.names import OUR_COOKIES, folded, goes_on, tokens
from millgate.wire.head import is_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.describe.calls import BackendCall
    from millgate.wire.messages import Header, Request

PSEUDONYM: Final = "millgate"
"""What the gateway calls itself in Via (RFC 9110 section 7.6.3)."""

MOST_PASSES: Final = 5
"""How often a call may have passed a gateway of this name before it is taken for a loop."""

_READ: Final = frozenset(
    {"host", "connection", "via", "x-forwarded-for", "content-length", "transfer-encoding"}
)
_SAYS_NOTHING: Final = frozenset({"keep-alive", "close", ""})
_SENDABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")
_LONGEST_LENGTH: Final = 18


class KeyNames(msgspec.Struct, frozen=True):
    """Where callers of an API send their subscription keys, which go no further.

    Attributes:
        headers: lower-case names.
        query: names of query fields.
    """

    headers: frozenset[str] = frozenset({"ocp-apim-subscription-key"})
    query: frozenset[str] = frozenset({"subscription-key"})


class Outgoing(msgspec.Struct, frozen=True):
    """The head of a request but for its first line, its Host and what frames the body.

    Attributes:
        lines: header lines, each with its line break, in Latin-1. The request's id, which is another one each
            time, is not among them.
        host: the caller's Host, where it is kept; else empty.
        length: of the body; None when the caller does not say it.
        chunked: whether a body of unknown length follows.
    """

    lines: bytes
    host: str
    length: int | None
    chunked: bool


class Forwarding:
    """What an upstream is told about a call.

    Args:
        identity: whether it is told who calls.
        forward_authorization: whether it gets the caller's Authorization.
        preserve_host: whether Host is the caller's.
        headers: sent with each call, such as its own key; a caller's header of the same name is not.
        behind_proxies: whether an X-Forwarded-For in a request is one that our own face has verified.
    """

    def __init__(
        self,
        *,
        identity: bool,
        forward_authorization: bool,
        preserve_host: bool,
        headers: tuple[Header, ...] = (),
        behind_proxies: bool = False,
    ) -> None:
        self._identity = identity
        self._preserve_host = preserve_host
        self._behind_proxies = behind_proxies
        self._fixed = tuple(f"{name}: {value}" for name, value in headers)
        own = {folded(name) for name, _ in headers} | (set() if forward_authorization else {"authorization"})
        self._goes_on: Callable[[str], bool] = lru_cache(maxsize=2048)(
            lambda name: goes_on(name) and folded(name) not in own
        )

    def outgoing(self, call: BackendCall, keys: KeyNames) -> Outgoing:
        """The head of the request that goes to the upstream.

        Raises:
            Refused: HEAD_NOT_SANE: its framing or its host can be read in two ways. UPSTREAM_UNREACHABLE:
                it goes in a circle.
        """
        memory = call.request.memory
        if memory is None:
            return self._made(call, keys)
        # Whoever calls with these lines may be known by another name once another version is in force.
        who = (call.application, call.subscription, call.principal, keys)
        known = memory.get(self)
        if known is not None and known[0] == who:
            found: Outgoing = known[1]
            return found
        found = self._made(call, keys)
        memory.keep(self, (who, found))
        return found

    def _made(self, call: BackendCall, keys: KeyNames) -> Outgoing:
        lines, read = self._sorted(call.request, keys)
        length, chunked = _framing(read)
        host = read.get("host", "")
        if host and not is_host(host):
            raise _not_sane("its Host is not one host")
        self._tell(lines, call, read, host)
        said = "".join(lines)
        if "\r" in said or "\n" in said or "\0" in said:
            raise _not_sane("a header holds a control character")
        text = "\r\n".join([*lines, ""]).encode("latin-1")
        return Outgoing(text, host if self._preserve_host else "", length, chunked)

    def _sorted(self, request: Request, keys: KeyNames) -> tuple[list[str], dict[str, str]]:
        """The header lines that go on, and the values of those that are looked into."""
        goes, key_headers = self._goes_on, keys.headers
        lines: list[str] = []
        read: dict[str, str] = {}
        for name, value in request.headers:
            if name in key_headers:
                continue
            if goes(name):
                lines.append(f"{name}: {value}")
            elif name in _READ:
                read[name] = f"{read[name]}, {value}" if name in read else value
            elif name == "cookie" and (cookies := _not_ours(value)):
                lines.append(f"cookie: {cookies}")
        connection = read.get("connection", "").lower()
        if connection not in _SAYS_NOTHING:
            named = tokens(connection)
            lines = [line for line in lines if folded(line.partition(":")[0]) not in named]
        return lines, read

    def _tell(self, lines: list[str], call: BackendCall, read: dict[str, str], host: str) -> None:
        """Add what the gateway says itself."""
        lines += _whence(self._chain(call.request, read), call.request.scheme, host)
        lines.append(f"via: {_passed(read['via'])}" if "via" in read else f"via: 1.1 {PSEUDONYM}")
        if call.traceparent:
            lines.append(f"traceparent: {call.traceparent}")
        if self._identity:
            principal = call.principal
            acts = None if principal is None else (principal.account or "", principal.pcn)
            lines += _identity(call.application, call.subscription, acts)
        lines += self._fixed

    def _chain(self, request: Request, read: dict[str, str]) -> str:
        if self._behind_proxies and "x-forwarded-for" in read:
            return read["x-forwarded-for"]
        return request.client


def _framing(read: dict[str, str]) -> tuple[int | None, bool]:
    """The length of the request's body, and whether one of unknown length follows.

    Our server has refused what is ambiguous; a request that got past it is not made two of here
    (CVE-2025-69224).
    """
    length, coding = read.get("content-length"), read.get("transfer-encoding")
    if coding is not None:
        if length is not None:
            raise _not_sane("it has both Content-Length and Transfer-Encoding")
        if coding.lower() != "chunked":
            raise _not_sane("its Transfer-Encoding is not chunked")
        return None, True
    if length is None:
        return None, False
    if not length.isascii() or not length.isdigit() or len(length) > _LONGEST_LENGTH:
        raise _not_sane("its Content-Length is not one number")
    return int(length), False


@lru_cache(maxsize=4096)
def _whence(chain: str, scheme: str, host: str) -> tuple[str, ...]:
    """From where a call comes, and where it went; what is not known is not told."""
    told = {"for": chain, "proto": scheme, "host": host}
    return tuple(f"x-forwarded-{name}: {value}" for name, value in told.items() if value or name == "proto")


@lru_cache(maxsize=4096)
def _identity(application: str, subscription: str, acts: tuple[str, int] | None) -> tuple[str, ...]:
    """Who calls, and as which account in which company it acts; what is not known is not told."""
    told = {"application": application, "subscription": subscription}
    if acts is not None:
        told |= {"account": acts[0], "pcn": str(acts[1])}
    return tuple(f"x-millgate-{name}: {_spoken(value)}" for name, value in told.items() if value)


def _spoken(value: str) -> str:
    """As it is, or percent-encoded where no header can hold it."""
    return value if value.isascii() and value.isprintable() else quote(value, safe=_SENDABLE)


def _not_ours(cookies: str) -> str:
    if OUR_COOKIES not in cookies:
        return cookies
    return "; ".join(
        pair for cookie in cookies.split(";") if not (pair := cookie.strip()).startswith(OUR_COOKIES)
    )


def _passed(via: str) -> str:
    """Via with this gateway at its end."""
    if sum(f" {PSEUDONYM}" in passed for passed in via.split(",")) >= MOST_PASSES:
        cause = f"the call has passed a gateway {MOST_PASSES} times: its upstream leads back here"
        raise Refused(Refusal(UPSTREAM_UNREACHABLE, cause=cause))
    return f"{via}, 1.1 {PSEUDONYM}"


def _not_sane(reason: str) -> Refused:
    return Refused(Refusal(HEAD_NOT_SANE, {"reason": reason}))
