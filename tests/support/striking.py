"""Worlds in which fault rules are on, and what of an answer on demand is compared with the genuine one."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from typing import Any, Final

import msgspec

from millgate.snapshot.document import Limit
from millgate.snapshot.fault_rules import FaultRule
from support.exchange import Answer
from support.tokens import signed
from support.world import PRODUCT, World

TARGET: Final = "/test/PartList/v1/Parts"
BODY_LIMIT: Final = 1_048_576
OWN: Final = frozenset({"x-request-id", "x-ms-request-id", "x-millgate-fault"})
_GUID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@cache
def good() -> str:
    """A token with which everything passes; signing costs more than a call."""
    return signed()


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def rule(name: str = "rule", **given: Any) -> FaultRule:
    return FaultRule(name=name, **({"tier": "test", "code": "MG401"} | given))


def striking(*rules: FaultRule, **given: Any) -> World:
    """A world in which these rules are on."""
    world = World(**given)
    enact(world, *rules)
    return world


def enact(world: World, *rules: FaultRule) -> None:
    current = world.holder.current.document
    directory = msgspec.structs.replace(current.directory, fault_rules=rules)
    world.publish(msgspec.structs.replace(current, directory=directory))


def limited(*limits: Limit, fields: bool = False) -> World:
    world = World(fault_header=True)
    adapter = msgspec.structs.replace(PRODUCT, limits=limits, ratelimit_fields=fields)
    catalogue = msgspec.structs.replace(world.document.catalogue, adapters=(adapter,))
    world.publish(msgspec.structs.replace(world.document, catalogue=catalogue))
    return world


async def asked(world: World, code: str, target: str = TARGET) -> Answer:
    return await world.get(target, token=good(), x_millgate_fault=code)


def essence(answer: Answer, *, ids: bool = False) -> tuple[int, dict[str, str], bytes]:
    """All of an answer but what tells it from other answers, and whether it was on demand."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    return answer.status, headers, _GUID.sub(b"id", answer.body) if ids else answer.body


LIMITS: Final = {
    "MG401": Limit("rate", 1, 60, remaining_header="X-Left"),
    "MG402": Limit("calls", 1, 10_000),
    "MG403": Limit("bandwidth", 1, 3000),
}


async def statuses(world: World, count: int, **sent: str) -> list[int]:
    token = good()
    return [(await world.get(TARGET, token=token, **sent)).status for _ in range(count)]
