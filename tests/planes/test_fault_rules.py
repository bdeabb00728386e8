"""Fault rules strike what they say, in the same sequence each time, and nothing else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from millgate.snapshot.build import SnapshotFaulty
from millgate.snapshot.document import Limit
from millgate.snapshot.fault_rules import MOST_RULES, FaultRule
from millgate.stores.drawing import lot
from millgate.stores.memory import MemoryCounters
from millgate.stores.ports import StoreUnreachable
from millgate.wire.delays import Delays
from millgate.wire.messages import BrokenOff, NoAnswer
from support.exchange import Answer, request_of
from support.serving import served
from support.striking import (
    LIMITS,
    TARGET,
    enact,
    good,
    limited,
    rule,
    run,
    statuses,
    striking,
)
from support.world import CLIENT, KEY, TEST_ONLY_CLIENT, World

if TYPE_CHECKING:
    pass


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
