"""An HTTP upstream: finds an address, a connection and an answer for a call, and tries again when it may."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
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
from millgate.gateway.upstreams.attempt import Attempt, attempt_of, bodiless_attempt, without_body
from millgate.gateway.upstreams.failures import Failed
from millgate.gateway.upstreams.forwarding import Forwarding, KeyNames
from millgate.gateway.upstreams.health import HealthChecks
from millgate.gateway.upstreams.opening import opened
from millgate.gateway.upstreams.returning import response_of, whole_response
from millgate.gateway.upstreams.sending import send_body
from millgate.wire.later import Later, Outcome
from millgate.wire.messages import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from millgate.describe.calls import BackendCall
    from millgate.gateway.upstreams.connection import Connection
    from millgate.gateway.upstreams.exchange import Exchange
    from millgate.snapshot.upstreams import HttpUpstream

DEFAULT_BODY_LIMIT: Final = 10_485_760


class Begun(msgspec.Struct, frozen=True):
    """A request that is on its way.

    Attributes:
        address: to which it goes.
        connection, exchange: on which it goes.
        deciding: whether it decides about the address, as `Breaker.begin` says.
        deadline: until when its answer must have begun, in the loop's time.
    """

    address: Address
    connection: Connection
    exchange: Exchange
    deciding: bool
    deadline: float


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
        found = self.at_once(call)
        return found if isinstance(found, Response) else await found

    def at_once(self, call: BackendCall) -> Response | Awaitable[Response]:
        """As `PromptBackend.at_once`: what has no body, and finds a connection, is on its way behind this."""
        addresses = self._addresses.get(call.tier)
        if self._fault or not addresses:
            raise self._not_served(call)
        if not without_body(call.request):
            return self._with_body(call, addresses)
        attempt = bodiless_attempt(call, self._forwarding, self._key_names(call.api))
        now = addresses[0].pool.loop.time()
        try:
            address = self._next(addresses, None, now)
        except Failed as failed:
            raise _refused(failed) from None
        begun = self._begun(address, attempt, now)
        if begun is None:
            return self._tried(attempt, addresses, address, None)
        later = Later()
        begun.exchange.tell(partial(self._came, later, attempt, addresses, begun))
        return later

    def _begun(self, address: Address, attempt: Attempt, now: float) -> Begun | None:
        """A request on its way, if a connection is kept for it."""
        pool = address.pool
        connection = pool.take(now)
        if connection is None:
            return None
        deciding, deadline = address.breaker.begin(), now + self.upstream.total_seconds
        head, bodiless = attempt.head(address.base, address.host), attempt.form.method == "HEAD"
        exchange = pool.ask(connection, head, deadline, bodiless=bodiless, whole=True)
        return Begun(address, connection, exchange, deciding, deadline)

    def _came(
        self,
        later: Later,
        attempt: Attempt,
        addresses: tuple[Address, ...],
        begun: Begun,
        exchange: Exchange,
    ) -> None:
        """The head of an answer is there, or there will be none. Mostly it is all that is to come."""
        if not exchange.ended or exchange.error is not None:
            return later.settle(self._tried(attempt, addresses, begun.address, begun))
        begun.address.breaker.succeeded()
        try:
            outcome: Outcome = whole_response(exchange)
        except Exception as wrong:  # noqa: BLE001 - handed to whoever asked
            outcome = wrong
        return later.settle(outcome)

    async def _with_body(self, call: BackendCall, addresses: tuple[Address, ...]) -> Response:
        attempt = await attempt_of(call, self._forwarding, self._key_names(call.api), self._body_limit)
        try:
            address = self._next(addresses, None, addresses[0].pool.loop.time())
        except Failed as failed:
            raise _refused(failed) from None
        return await self._tried(attempt, addresses, address, None)

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

    async def _tried(
        self, attempt: Attempt, addresses: tuple[Address, ...], address: Address, begun: Begun | None
    ) -> Response:
        """Send until there is an answer, or no more tries, the first of which may have begun already."""
        try:
            return await self._answer(attempt, addresses, address, begun)
        except Failed as failed:
            raise _refused(failed) from None

    async def _answer(
        self, attempt: Attempt, addresses: tuple[Address, ...], address: Address, begun: Begun | None
    ) -> Response:
        deadline = (
            addresses[0].pool.loop.time() + self.upstream.total_seconds if begun is None else begun.deadline
        )
        left = self.upstream.retries
        fresh = False
        while True:
            try:
                return await self._once(address, attempt, deadline, begun, fresh=fresh)
            except Failed as failed:
                begun = None
                if not (failed.unanswered and attempt.repeatable):
                    raise
                if failed.stale and not fresh:
                    fresh = True
                elif left:
                    left -= 1
                    address, fresh = self._next(addresses, address, address.pool.loop.time()), False
                else:
                    raise

    def _next(self, addresses: tuple[Address, ...], failed: Address | None, now: float) -> Address:
        """The address whose turn it is; after a failure another one, unless all others are left alone."""
        count = len(addresses)
        for _ in range(count):
            self._turn += 1
            address = addresses[self._turn % count]
            if address is not failed and address.breaker.lets(now):
                return address
        if failed is not None and failed.breaker.lets(now):
            return failed
        raise Failed(UPSTREAM_RESTING, f"all addresses of upstream {self.upstream.key} are left alone")

    async def _once(
        self, address: Address, attempt: Attempt, deadline: float, begun: Begun | None, *, fresh: bool
    ) -> Response:
        """Send to one address, and tell its breaker how it went."""
        breaker = address.breaker
        deciding = breaker.begin() if begun is None else begun.deciding
        try:
            if begun is None:
                response = await self._answered(address, attempt, deadline, fresh=fresh)
            else:
                response = await self._answer_on(begun.connection, begun.exchange, attempt)
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
        head, bodiless = attempt.head(address.base, address.host), attempt.form.method == "HEAD"
        connection = None if fresh else pool.take(pool.loop.time())
        if connection is None:
            connection = await pool.connect(deadline)
        exchange = pool.ask(
            connection, head + attempt.body, deadline, bodiless=bodiless, whole=attempt.stream is None
        )
        return await self._answer_on(connection, exchange, attempt)

    async def _answer_on(self, connection: Connection, exchange: Exchange, attempt: Attempt) -> Response:
        stream = attempt.stream
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


def _refused(failed: Failed) -> Refused:
    return Refused(Refusal(failed.problem, cause=failed.cause))
