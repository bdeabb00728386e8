"""Remembered admissions: by what they are found, and what ends them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from millgate.core.clock import StillClock
from millgate.describe.calls import BackendCall
from millgate.gateway import admissions
from millgate.gateway.admissions import Admission, Admissions
from millgate.gateway.bearer import BearerCheck, Caller
from millgate.gateway.keys import Entry
from millgate.gateway.revocations import Revocations
from millgate.snapshot.access_tokens import Issuing, token_digest
from millgate.snapshot.build import build
from millgate.snapshot.routes import Match
from millgate.stores.grants import Revoked
from millgate.stores.memory import MemoryGrants
from millgate.wire.messages import Response
from support.world import (
    ALL_KEY,
    CLIENT,
    KEY,
    NOW,
    ORIGIN,
    RESOURCE,
    TEST_ONLY_CLIENT,
    World,
    document,
    subscription,
)

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import TypeVar

    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.routes import Route

    T = TypeVar("T")

TARGET = "/PartList/v1/Parts"


async def answers(call: BackendCall) -> Response:
    del call
    return Response(200)


def snapshot() -> Snapshot:
    return build(document(), {"echo": None})


def route_of(current: Snapshot, *segments: str) -> Route:
    found = current.trees["production"].find("GET", segments)
    assert isinstance(found, Match)
    return found.route


def admission() -> Admission:
    return Admission(Entry(None, None), Caller("app", False, None, 0, 10, "d"), answers)


def test_an_admission_is_found_by_all_that_decided_it_and_by_nothing_less() -> None:
    current, found = snapshot(), admission()
    parts, ping = route_of(current, "PartList", "v1", "Parts"), route_of(current, "Free", "v1", "Ping")
    known = Admissions()
    assert known.find(current, parts, "key", "Bearer a") is None
    known.remember(current, parts, "key", "Bearer a", found)

    assert known.find(current, parts, "key", "Bearer a") is found
    assert known.find(current, ping, "key", "Bearer a") is None
    assert known.find(current, parts, "kez", "Bearer a") is None
    assert known.find(current, parts, "", "Bearer a") is None
    assert known.find(current, parts, "key", "Bearer b") is None
    assert known.find(current, parts, "key", "") is None
    assert known.find(snapshot(), parts, "key", "Bearer a") is None
    assert known.find(current, parts, "key", "Bearer a") is None, "it came back with its snapshot"


def test_tokens_that_end_alike_are_told_apart() -> None:
    current, known = snapshot(), Admissions()
    route = route_of(current, "PartList", "v1", "Parts")
    one, other = f"Bearer a{'x' * 100}", f"Bearer b{'x' * 100}"
    first, second = admission(), admission()
    known.find(current, route, "key", one)
    known.remember(current, route, "key", one, first)
    assert known.find(current, route, "key", one) is first
    assert known.find(current, route, "key", other) is None

    known.remember(current, route, "key", other, second)
    assert known.find(current, route, "key", other) is second
    assert known.find(current, route, "key", one) is None


def test_what_another_snapshot_decided_is_not_remembered() -> None:
    old, new = snapshot(), snapshot()
    known = Admissions()
    route = route_of(old, "PartList", "v1", "Parts")
    known.find(old, route, "key", "")
    known.find(new, route, "key", "")
    known.remember(old, route, "key", "", admission())

    assert known.find(new, route, "key", "") is None
    assert known.find(old, route, "key", "") is None


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admissions, "MOST_REMEMBERED", 10)
    current, known = snapshot(), Admissions()
    route = route_of(current, "PartList", "v1", "Parts")
    for number in range(25):
        known.find(current, route, f"{number}", "")
        known.remember(current, route, f"{number}", "", admission())

    found = [known.find(current, route, f"{number}", "") is not None for number in range(25)]
    assert sum(found) == 5


@pytest.mark.parametrize(
    ("now", "digest", "holds"),
    [(4.9, "d", False), (5, "d", True), (9.9, "d", True), (10, "d", False), (5, "revoked", False)],
)
def test_a_caller_who_was_found_earlier_is_good_while_the_token_is(
    now: float, digest: str, holds: bool
) -> None:
    grants, clock = MemoryGrants(), StillClock(NOW)
    grants.revoke(Revoked("revoked", int(NOW) + 60), int(NOW))
    revocations = Revocations(grants, clock)
    asyncio.run(revocations.follow())
    bearer = BearerCheck(Issuing(ORIGIN, RESOURCE), revocations)

    assert bearer.holds(Caller("app", False, None, 5, 10, digest), now) is holds
    assert bearer.holds(None, now), "who was let in without a token needs none"


# Through the plane


def run(story: Coroutine[None, None, T]) -> T:
    return asyncio.run(story)


def remembered(world: World) -> int:
    return len(world.managed._admissions._known)


def test_callers_are_remembered_and_who_is_refused_is_not() -> None:
    async def story() -> None:
        world = World()
        token = await world.token()
        for key in ("wrong", "", None, KEY):
            for sent in (None, "a.b.c", f"{token}x"):
                await world.get(TARGET, key=key, token=sent)
        assert remembered(world) == 0
        for _ in range(3):
            assert (await world.get(TARGET, token=token)).status == 200
        assert remembered(world) == 1

    run(story())


def test_a_token_that_is_spelled_otherwise_takes_no_place_of_its_own() -> None:
    async def story() -> None:
        world = World()
        token = await world.token()
        for spelled in (f"Bearer {token}", f"bearer {token}", f"BEARER    {token}", f" Bearer {token} "):
            assert (await world.get(TARGET, authorization=spelled)).status == 200
        assert remembered(world) == 1

    run(story())


def test_a_key_in_the_query_is_looked_at_in_every_call() -> None:
    async def story() -> None:
        world = World()
        token = await world.token()
        for _ in range(2):
            good = await world.get(f"{TARGET}?subscription-key={KEY}", key=None, token=token)
            bad = await world.get(f"{TARGET}?subscription-key=wrong", key=None, token=token)
            none = await world.get(TARGET, key=None, token=token)
            assert [good.status, bad.status, none.status] == [200, 401, 401]
        assert remembered(world) == 0

    run(story())


def test_an_api_that_needs_no_token_does_not_remember_what_was_sent_as_one() -> None:
    async def story() -> None:
        free = msgspec.structs.replace(document().catalogue.apis[1], bearer_required=False)
        catalogue = msgspec.structs.replace(document().catalogue, apis=(document().catalogue.apis[0], free))
        world = World(msgspec.structs.replace(document(), catalogue=catalogue))
        for token in ("a", "b", None, None):
            assert (await world.get("/Free/v1/Ping", key=None, token=token)).status == 200
        assert remembered(world) == 1

    run(story())


def test_a_remembered_caller_is_refused_as_soon_as_the_token_has_expired_or_is_not_yet_valid() -> None:
    async def story() -> None:
        world = World()
        token = await world.token()
        statuses = []
        for jump in (0, 3600, -3600, -301, 301):
            world.clock.jump(jump)
            statuses.append((await world.get(TARGET, token=token)).status)
        assert statuses == [200, 401, 200, 401, 200]

    run(story())


def test_a_remembered_caller_is_refused_as_soon_as_a_newer_version_says_so() -> None:
    async def story() -> None:
        world = World()
        token = await world.token()
        assert (await world.get(TARGET, token=token)).status == 200
        directory = world.document.directory
        off = tuple(
            msgspec.structs.replace(subscription, active=False) for subscription in directory.subscriptions
        )
        world.publish(
            msgspec.structs.replace(
                world.document, directory=msgspec.structs.replace(directory, subscriptions=off)
            )
        )
        assert (await world.get(TARGET, token=token)).status == 401

    run(story())


def test_a_key_that_was_wrong_is_good_as_soon_as_a_newer_version_says_so() -> None:
    async def story() -> None:
        world = World()
        token = await world.token()
        before = world.document
        statuses = [(await world.get(TARGET, key="new", token=token)).status for _ in range(3)]
        directory = before.directory
        known = (*directory.subscriptions, subscription("newer", ("new",), all_apis=True))
        newer = msgspec.structs.replace(directory, subscriptions=known)
        for now in (msgspec.structs.replace(before, directory=newer), before):
            world.publish(now)
            statuses += [(await world.get(TARGET, key="new", token=token)).status for _ in range(3)]
        assert statuses == [401] * 3 + [200] * 3 + [401] * 3

    run(story())


def test_callers_are_told_apart_by_key_and_by_token() -> None:
    async def story() -> None:
        world = World()
        tokens = [await world.token(CLIENT), await world.token(TEST_ONLY_CLIENT)]
        for _ in range(2):
            for key, token, status in (
                (KEY, tokens[0], 200),
                (KEY, tokens[1], 403),
                (ALL_KEY, tokens[0], 200),
                (ALL_KEY, tokens[1], 403),
            ):
                assert (await world.get(TARGET, key=key, token=token)).status == status
        seen = [(call.subscription, call.application) for call in world.usage.calls]
        expected = [("sub", CLIENT), ("sub", TEST_ONLY_CLIENT), ("everything", CLIENT)]
        assert seen[:3] == expected
        assert seen[4:7] == expected
        assert all(call.at == NOW for call in world.usage.calls)

    run(story())


def test_a_remembered_caller_is_refused_as_soon_as_its_token_is_revoked() -> None:
    async def story() -> None:
        world = World()
        tokens = [await world.token(CLIENT), await world.token(TEST_ONLY_CLIENT)]
        test_tier = f"/test{TARGET}"
        assert [(await world.get(test_tier, token=token)).status for token in tokens] == [200, 200]
        world.grants.revoke(Revoked(token_digest(tokens[0]), int(NOW) + 3600), int(NOW))
        assert await world.revocations.follow()
        assert [(await world.get(test_tier, token=token)).status for token in tokens] == [401, 200]

    run(story())
