"""Limits that are counted in this process or elsewhere: calls are answered, told and charged alike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from millgate.gateway.limits import LimitCheck
from millgate.snapshot.document import Limit
from millgate.stores.memory import MemoryCounters
from support.upstreams import always, backends_of, proxied, standing, upstream
from support.world import NOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millgate.stores.ports import Take, Taken

TARGET = "/PartList/v1/Parts"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n" + b"x" * 600


class Elsewhere:
    """Counters for which one has to wait."""

    def __init__(self) -> None:
        self.kept = MemoryCounters()

    async def take(
        self, subscription: str, started_at: int, takes: Sequence[Take], now: float
    ) -> Sequence[Taken]:
        """As `ports.Counters.take`."""
        await asyncio.sleep(0)
        return await self.kept.take(subscription, started_at, takes, now)

    async def add(
        self, subscription: str, started_at: int, takes: Sequence[Take], by: int, now: float
    ) -> None:
        """As `ports.Counters.add`."""
        await asyncio.sleep(0)
        await self.kept.add(subscription, started_at, takes, by, now)


@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize("backend", ["an upstream", "this process"])
def test_calls_are_told_of_limits_and_charged_alike(backend: str, elsewhere: bool) -> None:
    counters = Elsewhere() if elsewhere else MemoryCounters()
    kept = counters.kept if isinstance(counters, Elsewhere) else counters

    async def story() -> list[tuple[int, str | None]]:
        async with standing(always(ANSWER)) as place:
            world = proxied(
                upstream(place.url()), **({} if backend == "an upstream" else {"upstream": "echo"})
            )
            world.managed._limits = LimitCheck(counters, world.clock)
            current = world.holder.current.document
            limits = (Limit("rate", 4, 60, remaining_header="X-Left"), Limit("bandwidth", 1, 3000))
            adapters = tuple(
                msgspec.structs.replace(adapter, limits=limits) if adapter.key == "product" else adapter
                for adapter in current.catalogue.adapters
            )
            catalogue = msgspec.structs.replace(current.catalogue, adapters=adapters)
            world.publish(msgspec.structs.replace(current, catalogue=catalogue))
            token = await world.token()
            answers = [await world.get(TARGET, token=token) for _ in range(3)]
            backends_of(world).close()
        assert all(
            call.bytes_out == len(answer.body)
            for call, answer in zip(world.usage.calls, answers, strict=True)
        )
        charged = {standing.kind: standing.used for standing in kept.standing("sub", NOW)}
        passed = [answer for answer in answers if answer.status == 200]
        assert charged == {"rate": 3, "bandwidth": sum(len(answer.body) for answer in passed)}
        return [(answer.status, answer.headers.get("x-left")) for answer in answers]

    last = (403, "1") if backend == "an upstream" else (200, "1")
    assert asyncio.run(story()) == [(200, "3"), (200, "2"), last]
