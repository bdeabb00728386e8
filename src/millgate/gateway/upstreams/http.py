"""An HTTP upstream: finds an address, a connection and an answer for a call, and tries again when it may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

from millgate.core.errors import (
    MANAGED_FAILURE,
    UPSTREAM_BUSY,
    UPSTREAM_RESTING,
    UPSTREAM_UNREACHABLE,
    Refusal,
    Refused,
)
from millgate.gateway.upstreams.address import Address, AddressState
from millgate.gateway.upstreams.attempt import Attempt, attempt_of
from millgate.gateway.upstreams.failures import Failed
from millgate.gateway.upstreams.forwarding import Forwarding, KeyNames
from millgate.gateway.upstreams.health import HealthChecks
from millgate.gateway.upstreams.opening import opened
from millgate.gateway.upstreams.returning import response_of, whole_response
from millgate.gateway.upstreams.sending import send_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from millgate.describe.calls import BackendCall
    from millgate.gateway.upstreams.connection import Connection
    from millgate.gateway.upstreams.exchange import Exchange
    from millgate.snapshot.upstreams import HttpUpstream
    from millgate.wire.messages import Response

DEFAULT_BODY_LIMIT: Final = 10_485_760
_log = structlog.get_logger("millgate.gateway")


def usual_names(_: str) -> KeyNames:
    """Where keys are sent, for APIs that do not say it otherwise."""
    return KeyNames()


class HttpBackend:
    """Answers the calls of one HTTP upstream. To be used on one event loop.

    Args:
        upstream: as published.
        unseal: opens a sealed value that is bound to a text; raises SealBroken.
        key_names: where the callers of an API send their keys, by the API's key.
        body_limit: the largest request body in bytes.
        behind_proxies: whether an X-Forwarded-For in a request is one that our own face has verified.
    """

    def __init__(
        self,
        upstream: HttpUpstream,
        unseal: Callable[[bytes, str], bytes],
        *,
        key_names: Callable[[str], KeyNames] = usual_names,
        body_limit: int = DEFAULT_BODY_LIMIT,
        behind_proxies: bool = False,
    ) -> None:
        self.upstream = upstream
        self._key_names = key_names
        self._body_limit = body_limit
        self._turn = 0
        found = opened(upstream, unseal)
        self._fault = "; ".join(found.faults)
        if self._fault:
            _log.error("upstream_not_served", upstream=upstream.key, why=self._fault)
        self._addresses = {
            item.tier: tuple(Address(url, item.tier, upstream, found.tls) for url in item.urls)
            for item in upstream.addresses
        }
        self._forwarding = Forwarding(
            identity=upstream.identity,
            forward_authorization=upstream.forward_authorization,
            preserve_host=upstream.preserve_host,
            headers=found.headers,
            behind_proxies=behind_proxies,
        )
        self._health = HealthChecks(upstream, found.headers, self._all())
        if not self._fault:
            self._health.start()

    async def __call__(self, call: BackendCall) -> Response:
        """Forward one call.

        Raises:
            Refused: UPSTREAM_UNREACHABLE, UPSTREAM_TIMED_OUT, UPSTREAM_BROKE_OFF, UPSTREAM_RESTING,
                UPSTREAM_BUSY; MANAGED_FAILURE when the upstream is not served; or what is wrong with the
                request.
        """
        addresses = self._addresses.get(call.tier)
        if self._fault or not addresses:
            raise self._not_served(call)
        attempt = await attempt_of(call, self._forwarding, self._key_names(call.api), self._body_limit)
        try:
            return await self._tried(attempt, addresses)
        except Failed as failed:
            raise Refused(Refusal(failed.problem, cause=failed.cause)) from None

    def states(self) -> list[AddressState]:
        """How its addresses are doing."""
        return [address.state() for address in self._all()]

    @property
    def busy(self) -> bool:
        """Whether calls are under way."""
        return any(address.pool.busy for address in self._all())

    def retire(self) -> None:
        """Stop asking for its health, and close connections as soon as nobody uses them."""
        self._health.stop()
        for address in self._all():
            address.pool.retire()

    def close(self) -> None:
        """End everything, calls under way included."""
        self._health.stop()
        for address in self._all():
            address.pool.close()

    def _all(self) -> list[Address]:
        return [address for addresses in self._addresses.values() for address in addresses]

    def _not_served(self, call: BackendCall) -> Refused:
        name = f"upstream {self.upstream.key}"
        if self._fault:
            return Refused(Refusal(MANAGED_FAILURE, cause=f"{name} is not served: {self._fault}"))
        return Refused(Refusal(UPSTREAM_UNREACHABLE, cause=f"{name} has no address on the {call.tier} tier"))

    async def _tried(self, attempt: Attempt, addresses: tuple[Address, ...]) -> Response:
        """Send until there is an answer, or no more tries."""
        deadline = addresses[0].pool.loop.time() + self.upstream.total_seconds
        left = self.upstream.retries
        address = self._next(addresses, None)
        fresh = False
        while True:
            try:
                return await self._once(address, attempt, deadline, fresh=fresh)
            except Failed as failed:
                if not (failed.unanswered and attempt.repeatable):
                    raise
                if failed.stale and not fresh:
                    fresh = True
                elif left:
                    left -= 1
                    address, fresh = self._next(addresses, address), False
                else:
                    raise

    def _next(self, addresses: tuple[Address, ...], failed: Address | None) -> Address:
        """The address whose turn it is; after a failure another one, unless all others are left alone."""
        now = addresses[0].pool.loop.time()
        count = len(addresses)
        for _ in range(count):
            self._turn += 1
            address = addresses[self._turn % count]
            if address is not failed and address.breaker.lets(now):
                return address
        if failed is not None and failed.breaker.lets(now):
            return failed
        raise Failed(UPSTREAM_RESTING, f"all addresses of upstream {self.upstream.key} are left alone")

    async def _once(self, address: Address, attempt: Attempt, deadline: float, *, fresh: bool) -> Response:
        """Send to one address, and tell its breaker how it went."""
        breaker = address.breaker
        deciding = breaker.begin()
        try:
            response = await self._answered(address, attempt, deadline, fresh=fresh)
        except Failed as failed:
            if not failed.stale and failed.problem is not UPSTREAM_BUSY:
                breaker.failed(address.pool.loop.time())
            elif deciding:
                breaker.undecided()
            raise
        except BaseException:
            if deciding:
                breaker.undecided()
            raise
        breaker.succeeded()
        return response

    async def _answered(
        self, address: Address, attempt: Attempt, deadline: float, *, fresh: bool
    ) -> Response:
        pool = address.pool
        head, bodiless = attempt.head(address.base, address.host), attempt.method == "HEAD"
        connection = None if fresh else pool.take(pool.loop.time())
        if connection is None:
            connection = await pool.connect(deadline)
        stream = attempt.stream
        exchange = pool.ask(
            connection, head + attempt.body, deadline, bodiless=bodiless, whole=stream is None
        )
        try:
            if stream is None:
                await exchange.until_headed()
            else:
                attempt.begun = True
                await self._streamed(connection, exchange, stream, attempt.length)
            return whole_response(exchange) if exchange.ended else await response_of(exchange)
        except BaseException:
            # Whoever asked has gone, or cannot send all of the body: no answer may be left behind.
            connection.leave(exchange)
            raise

    async def _streamed(
        self, connection: Connection, exchange: Exchange, stream: AsyncIterator[bytes], length: int | None
    ) -> None:
        """Send the body while waiting; an answer that comes before its end ends the sending."""
        sender = asyncio.create_task(send_body(connection, stream, length, self.upstream.total_seconds))
        try:
            await exchange.until_headed()
        finally:
            if not sender.done():
                sender.cancel()
                await asyncio.wait((sender,))
