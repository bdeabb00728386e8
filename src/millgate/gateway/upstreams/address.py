"""One base address of an upstream: its connections, and whether it is left alone."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from millgate.gateway.upstreams.breaker import Breaker, State
from millgate.gateway.upstreams.pool import Pool

if TYPE_CHECKING:
    from millgate.snapshot.upstreams import HttpUpstream


class AddressState(msgspec.Struct, frozen=True):
    """How an address is doing, for people and metrics.

    Attributes:
        upstream: the key of the upstream.
        tier: on which it answers.
        url: its base address.
        state: ready, resting or unhealthy.
        failures: in a row.
        busy: connections that carry a call.
        idle: connections that are kept.
        waiting: calls that wait for a connection.
    """

    upstream: str
    tier: str
    url: str
    state: State
    failures: int
    busy: int
    idle: int
    waiting: int


class Address:
    """Where calls go.

    Attributes:
        url: as published.
        base: the path before every target; empty or beginning with a slash, and ending in none.
        host: the value of Host.
    """

    __slots__ = (
        "_name",
        "_port",
        "_secure",
        "_tier",
        "_tls",
        "_upstream",
        "base",
        "breaker",
        "host",
        "pool",
        "url",
    )

    def __init__(self, url: str, tier: str, upstream: HttpUpstream, tls: ssl.SSLContext | None) -> None:
        parts = urlsplit(url)
        self.url = url
        self.base = parts.path.rstrip("/")
        self.host = parts.netloc
        self.breaker = Breaker(upstream.breaker_failures, upstream.breaker_seconds)
        self._secure = parts.scheme == "https"
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._tls = tls
        self._tier = tier
        self._upstream = upstream
        self.pool = self.pool_of(upstream.most_connections)

    def pool_of(self, most: int) -> Pool:
        """A pool of at most so many connections; `pool` is the one for calls."""
        return Pool(
            self.url,
            self._name,
            self._port,
            tls=self._tls if self._secure else None,
            most=most,
            connect_seconds=self._upstream.connect_seconds,
            pause_seconds=self._upstream.total_seconds,
        )

    def state(self) -> AddressState:
        """How it is doing."""
        return AddressState(
            upstream=self._upstream.key,
            tier=self._tier,
            url=self.url,
            state=self.breaker.state,
            failures=self.breaker.failures,
            busy=self.pool.busy,
            idle=self.pool.idle,
            waiting=len(self.pool.waiting),
        )


def trust(ca_pem: str) -> ssl.SSLContext:
    """A context that verifies the other side by the machine's certificates and these.

    Raises:
        ssl.SSLError, ValueError: they are no certificates.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if ca_pem:
        context.load_verify_locations(cadata=ca_pem)
    return context
