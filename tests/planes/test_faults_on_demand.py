"""An error of the managed layer on demand is the one that comes about by itself, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from millgate.core import errors
from millgate.core.errors import CATALOGUE, Refusal, Refused
from millgate.core.on_demand import Source, source_of
from support.exchange import Answer, ask
from support.striking import (
    BODY_LIMIT,
    LIMITS,
    TARGET,
    asked,
    enact,
    essence,
    good,
    limited,
    rule,
    run,
)
from support.tokens import signed
from support.world import KEY, TEST_ONLY_CLIENT, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from millgate.describe.calls import BackendCall
    from millgate.wire.messages import Response


async def nowhere(world: World) -> Answer:
    return await ask(world.managed, "GET", "/test/Nothing")


async def unreadable_query(world: World) -> Answer:
    return await world.get(f"{TARGET}?subscription-key={KEY}&x=%FF", key=None)


def behind(raises: Callable[[BackendCall], Awaitable[Response]]) -> Callable[[World], Awaitable[Answer]]:
    """A call to a backend that does this."""

    async def call(world: World) -> Answer:
        world.managed._backends = {"echo": raises}
        return await ask(
            world.managed,
            "GET",
            TARGET,
            headers={"ocp-apim-subscription-key": KEY, "authorization": f"Bearer {good()}"},
            body=b"x" * (BODY_LIMIT + 1),
        )

    return call


def refusing(problem: errors.Problem) -> Callable[[World], Awaitable[Answer]]:
    async def refuse(_: BackendCall) -> Response:
        raise Refused(Refusal(problem, cause="it is so"))

    return behind(refuse)


async def read_all(call: BackendCall) -> Response:
    await call.request.body(BODY_LIMIT)
    raise AssertionError


async def fail(_: BackendCall) -> Response:
    raise RuntimeError("a cause")


async def second_call(world: World) -> Answer:
    token = good()
    answer = await world.get(TARGET, token=token)
    while answer.status == 200:
        answer = await world.get(TARGET, token=token)
    return answer


GENUINE: Final[dict[str, Callable[[World], Awaitable[Answer]]]] = {
    "MG102": behind(read_all),
    "MG103": nowhere,
    "MG104": unreadable_query,
    "MG107": refusing(errors.BODY_CUT_SHORT),
    "MG201": lambda world: world.get(TARGET, key=None),
    "MG202": lambda world: world.get(TARGET, key="wrong"),
    "MG203": lambda world: world.get(TARGET),
    "MG204": lambda world: world.get(TARGET, authorization="Basic x"),
    "MG205": lambda world: world.get(TARGET, token="expired"),
    "MG301": lambda world: world.get("/PartList/v1/Parts", token=signed(appid=TEST_ONLY_CLIENT)),
    "MG401": second_call,
    "MG402": second_call,
    "MG403": second_call,
    "MG511": refusing(errors.UPSTREAM_UNREACHABLE),
    "MG512": refusing(errors.UPSTREAM_TIMED_OUT),
    "MG513": refusing(errors.UPSTREAM_BROKE_OFF),
    "MG514": refusing(errors.UPSTREAM_RESTING),
    "MG515": refusing(errors.UPSTREAM_BUSY),
    "MG901": behind(fail),
}


def test_every_error_of_the_managed_layer_that_can_be_had_is_compared_below() -> None:
    managed = {code for code, problem in CATALOGUE.items() if source_of(problem) is Source.MANAGED}
    assert managed == set(GENUINE)


@pytest.mark.parametrize("code", GENUINE)
def test_an_error_of_the_managed_layer_on_demand_is_the_genuine_one_to_the_byte(code: str) -> None:
    limits = (LIMITS[code],) if code in LIMITS else ()
    genuine = run(GENUINE[code](limited(*limits, fields=True)))
    by_header = run(asked(limited(*limits, fields=True), code))
    world = limited(*limits, fields=True)
    enact(world, rule(code=code))
    by_rule = run(world.get(TARGET, token=good()))

    assert genuine.status == CATALOGUE[code].status
    assert essence(by_header, ids=True) == essence(by_rule, ids=True) == essence(genuine, ids=True)
    assert "x-millgate-fault" not in genuine.headers
    assert (by_header.headers["x-millgate-fault"], by_rule.headers["x-millgate-fault"]) == (code, "rule")
    assert [call.code for call in world.usage.calls] == [code]
    assert world.usage.calls[0].reason.startswith("fault rule rule")
    assert not world.calls, "the backend is not asked"


def test_a_limit_on_demand_that_no_limit_covers_still_says_when_to_come_back() -> None:
    rate, quota = run(asked(World(fault_header=True), "MG401")), run(asked(World(fault_header=True), "MG402"))
    assert (rate.status, rate.headers["retry-after"]) == (429, "60")
    assert quota.json["message"] == "Out of call volume quota. Quota will be replenished in 1.00:00:00."


# What the header asks for


def test_a_code_that_does_not_exist_is_told_with_the_address_of_the_list() -> None:
    world = World(fault_header=True)
    answer = run(asked(world, "MG999"))

    told = "X-Millgate-Fault names no error that this address can be asked for: MG999. The list is at"
    assert answer.status == 400
    assert answer.json["message"] == f"{told} http://127.0.0.1:8080/portal/errors/."
    assert world.usage.calls[0].code == "MG111"
    assert run(asked(World(fault_header=True), "MG706")).status == 400, "it is the token endpoint's"


@pytest.mark.parametrize(
    ("allowed", "target", "key", "token", "status"),
    [
        (False, TARGET, KEY, True, 200),
        (True, "/PartList/v1/Parts", KEY, True, 200),
        (True, TARGET, None, True, 401),
        (True, TARGET, KEY, False, 401),
        (True, "/test/Free/v1/Ping", None, True, 200),
    ],
    ids=["not allowed", "production", "no key", "no token", "no subscription"],
)
def test_the_header_strikes_the_test_tier_alone_and_nobody_without_a_good_subscription(
    *, allowed: bool, target: str, key: str | None, token: bool, status: int
) -> None:
    world = World(fault_header=allowed, production_faults=True)
    sent = {"token": good()} if token else {}
    answer = run(world.get(target, key=key, x_millgate_fault="MG901", **sent))

    assert answer.status == status
    assert "x-millgate-fault" not in answer.headers


def test_the_code_may_be_written_in_small_letters() -> None:
    assert run(asked(World(fault_header=True), " mg401 ")).status == 429
