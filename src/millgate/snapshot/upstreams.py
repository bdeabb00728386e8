"""Upstreams: the HTTP services that calls are forwarded to, as published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import msgspec

from millgate.describe.names import TOKEN

HTTP_PREFIX: Final = "http:"
"""Before the key of an HTTP upstream in the name by which APIs refer to it."""

MOCK: Final = "mock"
"""The upstream that answers with the examples of the operation itself."""

ACTIONS: Final = "actions"
"""The upstream that answers the action API; an operation's target is the path of a route."""


class UpstreamAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an upstream is on one tier.

    Attributes:
        tier: `test` or `production`.
        urls: base addresses, `http` or `https`, perhaps with a path; several share the calls in turn.
    """

    tier: str
    urls: tuple[str, ...]


class UpstreamHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header that each forwarded call carries, such as the upstream's own key.

    Attributes:
        name: as sent.
        sealed: the value, sealed: hexadecimal.
    """

    name: str
    sealed: str


class HttpUpstream(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An HTTP service behind the gateway.

    Attributes:
        key: stable: lower case, digits and dashes.
        name: as shown.
        addresses: one for each tier on which it answers.
        description: a sentence or two.
        headers: sent with each call.
        connect_seconds: how long a connection may take to come about, TLS included.
        total_seconds: how long a call may take until the answer's head is there, retries included; a streamed
            body may pause for as long between two pieces.
        retries: how often a call that can be repeated safely is tried again (RFC 9110 section 9.2.2).
        most_connections: how many connections to one address there are at most; further calls wait.
        breaker_failures: after how many failures in a row an address is left alone; 0 is never.
        breaker_seconds: for how long.
        health_path: is asked in the background; an address that does not answer 2xx is left alone.
            Empty: not asked.
        health_seconds: how often.
        identity: whether calls carry who calls: X-Millgate-Application, -Subscription, -Account, -Pcn.
        forward_authorization: whether the caller's Authorization header goes on to it.
        preserve_host: whether Host is the caller's; else the upstream's own.
        ca_pem: certificates to trust besides the machine's, in PEM form.
    """

    key: str
    name: str
    addresses: tuple[UpstreamAddress, ...] = ()
    description: str = ""
    headers: tuple[UpstreamHeader, ...] = ()
    connect_seconds: float = 5.0
    total_seconds: float = 30.0
    retries: int = 1
    most_connections: int = 100
    breaker_failures: int = 5
    breaker_seconds: float = 10.0
    health_path: str = ""
    health_seconds: float = 10.0
    identity: bool = True
    forward_authorization: bool = False
    preserve_host: bool = False
    ca_pem: str = ""

    @property
    def upstream(self) -> str:
        """The name under which its backend is known."""
        return HTTP_PREFIX + self.key

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers on which it answers."""
        return tuple(address.tier for address in self.addresses)


def sealed_for(key: str, header: str) -> str:
    """What the sealed value of an upstream's header is bound to."""
    return f"upstream {key} {header.lower()}"


# Rules

_HEALTH: Final = re.compile(r"/[\x21-\x7e]*")
LONGEST_SECONDS: Final = 600.0
MOST_URLS: Final = 32
MOST_CONNECTIONS: Final = 10_000
MOST_RETRIES: Final = 5
OURS: Final = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "keep-alive"}
)
"""Headers that the gateway alone decides on."""


def url_fault(url: str) -> str:
    """Why this cannot be the base address of an upstream; empty when it can."""
    if len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url:  # noqa: PLR2004 - as browsers do
        return "it is not a plain address of at most 2000 characters"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "it is not an address"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return "expected http:// or https:// with a host"
    if parts.username is not None or parts.password is not None:
        return "credentials do not belong into the address; send them in a header"
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        return "it has a query or a fragment"
    return "" if "//" not in parts.path and "/." not in parts.path else "its path is not plain"


def upstream_whys(upstream: HttpUpstream) -> Iterator[str]:
    """All that is wrong with an upstream, its key left aside."""
    yield from _numbers_whys(upstream)
    if not upstream.addresses:
        yield "it has no address for any tier"
    for address in upstream.addresses:
        if not 1 <= len(address.urls) <= MOST_URLS:
            yield f"it has {len(address.urls)} addresses on the {address.tier} tier, not 1 to {MOST_URLS}"
        yield from (f"the address {url!r}: {why}" for url in address.urls if (why := url_fault(url)))
    names = [header.name.lower() for header in upstream.headers]
    for name in names:
        if not TOKEN.fullmatch(name):
            yield f"{name!r} is not the name of a header"
        if name in OURS:
            yield f"the header {name!r} is the gateway's to send"
    if len(set(names)) < len(names):
        yield "a header stands twice"
    if upstream.health_path and not _HEALTH.fullmatch(upstream.health_path):
        yield f"the health address {upstream.health_path!r} is not a path"


def _numbers_whys(upstream: HttpUpstream) -> Iterator[str]:
    for name in ("connect_seconds", "total_seconds", "breaker_seconds", "health_seconds"):
        if not 0 < getattr(upstream, name) <= LONGEST_SECONDS:
            yield f"{name} is not from 0 to {LONGEST_SECONDS:g} seconds"
    if not 0 <= upstream.retries <= MOST_RETRIES:
        yield f"retries are not from 0 to {MOST_RETRIES}"
    if not 1 <= upstream.most_connections <= MOST_CONNECTIONS:
        yield f"most_connections is not from 1 to {MOST_CONNECTIONS}"
    if upstream.breaker_failures < 0:
        yield "breaker_failures is negative"
