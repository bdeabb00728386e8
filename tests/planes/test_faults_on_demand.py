"""Errors on demand are those that come about by themselves, to the byte; and rules strike what they say."""

from __future__ import annotations

import asyncio
import base64
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
import pytest
from structlog.testing import capture_logs

from millgate.core import errors
from millgate.core.errors import CATALOGUE, Refusal, Refused
from millgate.core.on_demand import Source, source_of
from millgate.snapshot.build import SnapshotFaulty
from millgate.snapshot.document import Limit
from millgate.snapshot.fault_rules import MOST_RULES, FaultRule
from millgate.stores.drawing import lot
from millgate.stores.memory import MemoryCounters
from millgate.stores.ports import StoreUnreachable
from millgate.wire.delays import Delays
from millgate.wire.messages import BrokenOff, NoAnswer
from support.exchange import Answer, ask, request_of
from support.serving import served
from support.tokens import signed
from support.world import (
    CLIENT,
    KEY,
    PRODUCT,
    RESOURCE,
    SECRET,
    TEST_ONLY_CLIENT,
    TOKEN_PATH,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from millgate.describe.calls import BackendCall
    from millgate.wire.messages import Response

TARGET: Final = "/test/PartList/v1/Parts"
BODY_LIMIT: Final = 1_048_576
_OWN: Final = frozenset({"x-request-id", "x-ms-request-id", "x-millgate-fault"})
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
    headers = {name: value for name, value in answer.headers.items() if name not in _OWN}
    return answer.status, headers, _GUID.sub(b"id", answer.body) if ids else answer.body


# The managed layer


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
LIMITS: Final = {
    "MG401": Limit("rate", 1, 60, remaining_header="X-Left"),
    "MG402": Limit("calls", 1, 10_000),
    "MG403": Limit("bandwidth", 1, 3000),
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


# Rules


async def statuses(world: World, count: int, **sent: str) -> list[int]:
    token = good()
    return [(await world.get(TARGET, token=token, **sent)).status for _ in range(count)]


def test_the_same_seed_gives_the_same_sequence_in_each_run_and_another_seed_another() -> None:
    def sequence(seed: int, number: int) -> list[int]:
        found: list[int] = run(statuses(striking(rule(share=50, seed=seed, run=number)), 40))
        return found

    assert sequence(7, 1) == sequence(7, 1) == sequence(7, 2) != sequence(8, 1)


def test_workers_that_count_together_draw_one_sequence() -> None:
    counters, half = MemoryCounters(), rule(share=50, seed=3)
    one, other = striking(half, counters=counters), striking(half, counters=counters)

    async def in_turn() -> list[int]:
        return [(await statuses(world, 1))[0] for _ in range(20) for world in (one, other)]

    assert run(in_turn()) == run(statuses(striking(half), 40))


def test_a_share_converges() -> None:
    struck = sum(lot(1, number) * 100 < 20 for number in range(1, 10_001))
    assert 1900 < struck < 2100
    assert run(statuses(striking(rule(share=0)), 20)) == [200] * 20


def test_a_rule_for_the_next_calls_ends_by_itself() -> None:
    assert run(statuses(striking(rule(most=2)), 5)) == [429, 429, 200, 200, 200]


def test_a_rule_strikes_between_its_begin_and_its_end() -> None:
    world = World()
    now = int(world.clock.now())
    enact(world, rule(since=now + 10, until=now + 20))

    async def later() -> list[int]:
        found = []
        for _ in range(4):
            found += await statuses(world, 1)
            world.clock.jump(7)
        return found

    assert run(later()) == [200, 200, 429, 200]


@pytest.mark.parametrize(
    "other",
    [
        {"application": TEST_ONLY_CLIENT},
        {"subscription": "everything"},
        {"api": "free"},
        {"api": "parts", "operation": "get-part"},
        {"tier": "production"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_rule_of_something_else_does_not_strike(other: dict[str, Any]) -> None:
    assert run(statuses(striking(rule(**other), production_faults=True), 1)) == [200]


def test_a_rule_of_this_caller_strikes() -> None:
    own = rule(application=CLIENT, subscription="sub", api="parts", operation="list-parts")
    assert run(statuses(striking(own), 1)) == [429]


def test_production_is_not_struck_unless_the_installation_allows_it() -> None:
    production = rule(tier="production")

    async def call(*, allowed: bool) -> int:
        world = striking(production, production_faults=allowed)
        return (await world.get("/PartList/v1/Parts", token=good())).status

    assert (run(call(allowed=False)), run(call(allowed=True))) == (200, 429)


def test_a_struck_call_needs_a_good_key_and_token_and_is_counted() -> None:
    world = limited(Limit("rate", 2, 60))
    enact(world, rule(code="MG901"))

    async def calls() -> list[int]:
        first = [
            (await world.get(TARGET, key="wrong", token=good())).status,
            (await world.get(TARGET)).status,
        ]
        return [*first, *await statuses(world, 2)]

    assert run(calls()) == [401, 401, 500, 429]


def test_a_rule_is_off_as_soon_as_it_is_gone() -> None:
    world = striking(rule())

    async def calls() -> list[int]:
        found = await statuses(world, 1)
        enact(world)
        return found + await statuses(world, 1)

    assert run(calls()) == [429, 200]


def test_what_cannot_be_counted_is_not_struck() -> None:
    class Down(MemoryCounters):
        async def take(self, *_: Any) -> Any:
            raise StoreUnreachable("down")

    assert run(statuses(striking(rule(share=50), counters=Down()), 3)) == [200] * 3


def test_a_call_that_is_held_back_is_answered_as_ever_and_marked() -> None:
    world = striking(rule("slow", effect="delay", code="", delay_from=20, delay_to=40))

    async def timed() -> tuple[Answer, float]:
        began = asyncio.get_running_loop().time()
        answer = await world.get(TARGET, token=good())
        return answer, asyncio.get_running_loop().time() - began

    answer, seconds = run(timed())
    assert (answer.status, answer.headers["x-millgate-fault"]) == (200, "slow")
    assert 0.02 <= seconds < 5
    assert len(world.calls) == 1


def test_no_more_calls_are_held_back_at_once_than_a_worker_bears() -> None:
    async def held() -> list[bool]:
        delays = Delays(most=2)
        at_once = await asyncio.gather(*(delays.hold(0.01) for _ in range(3)))
        return [*at_once, await delays.hold(0.001)]

    assert run(held()) == [True, True, False, True]


def test_a_dropped_call_gets_no_byte_and_is_recorded() -> None:
    world = striking(rule("gone", effect="drop", code="", most=1))
    head = f"GET {TARGET} HTTP/1.1\r\nHost: x\r\nOcp-Apim-Subscription-Key: {KEY}\r\n"
    request = f"{head}Authorization: Bearer {good()}\r\n\r\n".encode()

    async def told() -> tuple[bytes, bytes]:
        async with served(world.managed, "direct") as port:
            found = []
            for _ in range(2):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                found.append(await reader.read(12))
                writer.close()
            return found[0], found[1]

    assert run(told()) == (b"", b"HTTP/1.1 200")
    record = world.usage.calls[0]
    assert (record.status, record.code) == (500, "MG901")
    assert record.reason == "fault rule gone: the connection was ended without an answer"
    assert len(world.calls) == 1, "the dropped call did not reach the backend"


def test_a_dropped_answer_is_no_answer_whatever_charges_it() -> None:
    world = limited(LIMITS["MG403"])
    enact(world, rule(effect="drop", code=""))
    request = {"ocp-apim-subscription-key": KEY, "authorization": f"Bearer {good()}"}

    response = run(world.managed(request_of("GET", TARGET, headers=request)))

    assert isinstance(response.body, NoAnswer)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_call_that_is_cut_gets_half_of_its_body_and_is_recorded(*, streamed: bool) -> None:
    world = striking(rule("half", effect="cut", code=""))

    async def stream() -> Any:
        yield b"a,b\n1,2\n"
        raise AssertionError

    if streamed:
        world.stream = stream

    async def pieces() -> tuple[bytes, dict[str, str]]:
        headers = {"ocp-apim-subscription-key": KEY, "authorization": f"Bearer {good()}"}
        response = await world.managed(request_of("GET", TARGET, headers=headers))
        assert not isinstance(response.body, bytes)
        body, got = aiter(response.body), await anext(aiter(response.body))
        with pytest.raises(BrokenOff):
            await anext(body)
        return got, dict(response.headers)

    got, headers = run(pieces())
    whole = b"a,b\n1,2\n" if streamed else b'{"target":"Parts.list","tier":"test","parameters":{}}'
    if streamed:
        assert got == whole[: len(whole) // 2]
    else:
        assert len(got) == int(headers["content-length"]) // 2
    record = world.usage.calls[0]
    assert (record.status, record.code) == (200, "MG901")
    assert record.reason == "fault rule half: the connection was ended half way"


@pytest.mark.parametrize(
    ("faulty", "why"),
    [
        (rule(code="MG999"), "no error that can be produced there"),
        (rule(code="MG706"), "no error that can be produced there"),
        (rule(place="token", code="MG706", api="parts"), "at the token endpoint there is no API"),
        (rule(delay_from=5, delay_to=1), "its delay is not between"),
        (rule(delay_to=30_001), "its delay is not between"),
        (rule(share=101), "its share is not between"),
        (rule(name="Not So"), "its name is not lower case"),
        (rule(tier="other"), "the tier is not among"),
        (rule(effect="other"), "what it watches or does is unknown"),
    ],
)
def test_a_rule_that_cannot_be_obeyed_is_not_published(faulty: FaultRule, why: str) -> None:
    with pytest.raises(SnapshotFaulty, match=why):
        striking(faulty)


def test_there_is_an_end_of_rules() -> None:
    with pytest.raises(SnapshotFaulty, match=f"at most {MOST_RULES}"):
        striking(*(rule(f"rule-{number}") for number in range(MOST_RULES + 1)))


def test_where_nothing_is_to_be_struck_calls_are_handed_on_as_without_rules() -> None:
    """The hot path has no step of its own: what may strike is part of a caller's admission."""
    world = striking(rule(api="parts", operation="get-part"))
    run(world.get(TARGET, token=good()))

    (_, admission), *_ = world.managed._admissions._known.values()
    assert admission.ask == world.echo


# The token endpoint

FORM: Final = {
    "grant_type": "client_credentials",
    "client_id": CLIENT,
    "client_secret": SECRET,
    "resource": RESOURCE,
}


def basic(text: str = f"{CLIENT}:{SECRET}") -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


async def form(
    world: World, fields: Any, path: str = TOKEN_PATH, method: str = "POST", **headers: str
) -> Answer:
    sent = {"content-type": "application/x-www-form-urlencoded"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(world.authority, method, path, headers=sent, body=urlencode(fields).encode())


def but(**changes: str | None) -> Callable[[World], Awaitable[Answer]]:
    """The good request, changed."""
    fields = {name: value for name, value in (FORM | changes).items() if value is not None}
    return lambda world: form(world, fields)


async def disabled(world: World) -> Answer:
    directory = world.document.directory
    applications = tuple(msgspec.structs.replace(item, enabled=False) for item in directory.applications)
    changed = msgspec.structs.replace(directory, applications=applications)
    world.publish(msgspec.structs.replace(world.document, directory=changed))
    return await form(world, FORM)


GENUINE_TOKENS: Final[dict[str, Callable[[World], Awaitable[Answer]]]] = {
    "MG701": but(grant_type=None),
    "MG702": but(grant_type="password"),
    "MG703": disabled,
    "MG704": lambda world: form(
        world,
        {"grant_type": "client_credentials", "client_id": "00000000-0000-0000-0000-000000000000"},
        authorization=basic(),
    ),
    "MG705": but(client_secret=None),
    "MG706": but(client_secret="wrong"),
    "MG707": but(resource=None),
    "MG708": but(resource="http://elsewhere.example/"),
    "MG709": lambda world: form(world, FORM, method="GET"),
    "MG710": lambda world: form(world, {}),
    "MG711": lambda world: form(world, FORM, "/00000000-0000-0000-0000-000000000000/oauth2/token"),
    "MG712": lambda world: form(world, [*FORM.items(), ("grant_type", "x")]),
    "MG713": lambda world: form(world, FORM, authorization=basic()),
    "MG714": lambda world: form(world, {"grant_type": "client_credentials"}, authorization="Basic !"),
    "MG721": but(grant_type="refresh_token", refresh_token="unknown"),
}


@pytest.mark.parametrize("code", GENUINE_TOKENS)
def test_an_error_of_the_token_endpoint_on_demand_is_the_genuine_one_but_for_its_ids(code: str) -> None:
    genuine = run(GENUINE_TOKENS[code](World()))
    sent = {"authorization": basic()} if code in {"MG704", "MG713", "MG714"} else {}
    fields = {name: value for name, value in FORM.items() if not sent or name != "client_secret"}
    on_demand = run(form(World(fault_header=True), fields, x_millgate_fault=code, **sent))

    assert genuine.json["error_codes"] == list(CATALOGUE[code].numbers)
    ids = essence(genuine, ids=True)[2].replace(CLIENT.encode(), b"id")
    assert essence(on_demand, ids=True)[2] == ids
    assert essence(on_demand)[:2] == essence(genuine)[:2]
    assert on_demand.headers["x-millgate-fault"] == code


@pytest.mark.parametrize(
    "code", [code for code, problem in CATALOGUE.items() if source_of(problem) is Source.TOKEN]
)
def test_every_error_of_the_token_endpoint_can_be_had_with_all_its_text_filled_in(code: str) -> None:
    problem = CATALOGUE[code]
    answer = run(form(World(fault_header=True), FORM, x_millgate_fault=code))

    assert (answer.status, answer.json["error"]) == (problem.status, problem.title)
    described = answer.json["error_description"]
    assert "{" not in described
    assert described.startswith(problem.message.partition("{")[0])


def test_the_owner_of_an_application_is_told_that_an_error_was_on_demand() -> None:
    world = World(fault_header=True)
    with capture_logs() as logs:
        run(form(world, FORM, x_millgate_fault="MG706"))
    (line,) = (line for line in logs if line["event"] == "token_refused")
    assert (line["hint"], line["cause"]) == ("on-demand", "fault asked for by header")


def test_the_token_endpoint_tells_a_code_that_it_has_not() -> None:
    answer = run(form(World(fault_header=True), FORM, x_millgate_fault="MG401"))
    assert (answer.status, answer.json["statusCode"]) == (400, 400)
    assert "MG401" in answer.json["message"]


def test_who_does_not_prove_to_be_an_application_is_not_struck() -> None:
    wrong = FORM | {"client_secret": "wrong"}
    answer = run(form(World(fault_header=True), wrong, x_millgate_fault="MG702"))
    assert answer.json["error"] == "invalid_client"
    assert run(form(World(), FORM, x_millgate_fault="MG702")).status == 200, "it is not allowed here"


def test_a_token_rule_strikes_test_only_applications_unless_production_is_allowed() -> None:
    tokens = rule("tok", place="token", code="MG706")
    test_only = FORM | {"client_id": TEST_ONLY_CLIENT}

    async def call(fields: dict[str, str], **given: Any) -> int:
        return (await form(striking(tokens, **given), fields)).status

    assert run(call(FORM)) == 200
    assert run(call(test_only)) == 401
    assert run(call(FORM, production_faults=True)) == 401
    assert run(call(test_only | {"client_id": TEST_ONLY_CLIENT})) == 401


def test_a_token_rule_of_another_application_does_not_strike_and_others_hold_back_or_drop() -> None:
    other = rule("other", place="token", code="MG706", application=CLIENT)
    slow = rule("slow", place="token", effect="delay", code="", delay_to=1)
    gone = rule("gone", place="token", effect="drop", code="")
    fields = FORM | {"client_id": TEST_ONLY_CLIENT}

    held = run(form(striking(other, slow), fields))
    assert (held.status, held.headers["x-millgate-fault"]) == (200, "slow")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = request_of("POST", TOKEN_PATH, headers=headers, body=urlencode(fields).encode())
    dropped = run(striking(gone).authority(request))
    assert isinstance(dropped.body, NoAnswer)


def test_rules_of_managed_calls_and_of_tokens_leave_each_other_alone() -> None:
    world = striking(rule(place="token", code="MG706"), rule("managed"), production_faults=True)
    assert run(statuses(world, 1)) == [429]
    assert run(form(world, FORM)).status == 401
