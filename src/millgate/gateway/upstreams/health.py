"""Health checks: an address that does not answer 2xx is left alone until it does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from millgate.gateway.upstreams.failures import Failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.gateway.upstreams.address import Address
    from millgate.snapshot.upstreams import HttpUpstream
    from millgate.wire.messages import Header

_log = structlog.get_logger("millgate.gateway")


class HealthChecks:
    """Asks each address in the background, over a connection of its own each time.

    Args:
        upstream: says what is asked, and how often.
        headers: sent with each question, as with each call.
        addresses: whose health is kept.
    """

    def __init__(
        self, upstream: HttpUpstream, headers: tuple[Header, ...], addresses: Iterable[Address]
    ) -> None:
        self._upstream = upstream
        self._lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self._addresses = addresses
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Ask from now on, if the upstream is to be asked."""
        if self._upstream.health_path:
            self._tasks = [asyncio.create_task(self._keep(address)) for address in self._addresses]

    def stop(self) -> None:
        """Ask no more."""
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    async def _keep(self, address: Address) -> None:
        while True:
            why = await self._fault(address)
            if address.breaker.healthy == bool(why):
                address.breaker.healthy = not why
                _log.warning("upstream_health", address=address.url, healthy=not why, why=why)
            await asyncio.sleep(self._upstream.health_seconds)

    async def _fault(self, address: Address) -> str:
        """Why the address is not healthy; empty when it is."""
        deadline = asyncio.get_running_loop().time() + self._upstream.total_seconds
        pool = address.pool_of(1)
        data = (
            f"GET {address.base}{self._upstream.health_path} HTTP/1.1\r\nhost: {address.host}\r\n"
            f"{self._lines}user-agent: millgate\r\nconnection: close\r\n\r\n"
        ).encode("latin-1")
        try:
            connection = await pool.connect(deadline)
            exchange = pool.ask(connection, data, deadline, bodiless=False, whole=True)
            await exchange.until_headed()
        except Failed as failed:
            return failed.cause
        finally:
            pool.close()
        return "" if exchange.status // 100 == 2 else f"it answers {exchange.status}"  # noqa: PLR2004 - 2xx
