"""What the clock of a sandbox does to tokens, secrets and limits when it jumps, and when it goes back."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from millgate.snapshot.document import ClientSecret, Limit
from support.world import CLIENT, DIGESTER, PRODUCT, SECRET, World, application

TARGET: Final = "/test/PartList/v1/Parts"
WEEK: Final = 604_800


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def limited(*limits: Limit) -> World:
    world = World()
    adapter = msgspec.structs.replace(PRODUCT, limits=limits)
    catalogue = msgspec.structs.replace(world.document.catalogue, adapters=(adapter,))
    world.publish(msgspec.structs.replace(world.document, catalogue=catalogue))
    return world


def test_past_its_expiry_a_token_is_refused_and_a_new_one_is_good() -> None:
    async def calls() -> list[int]:
        world = World()
        token = await world.token()
        found = [(await world.get(TARGET, token=token)).status]
        world.clock.follow(3601)
        found.append((await world.get(TARGET, token=token)).status)
        found.append((await world.get(TARGET, token=await world.token())).status)
        return found

    assert run(calls()) == [200, 401, 200]


def test_back_in_real_time_a_token_from_ahead_is_not_valid_yet_and_older_ones_are_good_again() -> None:
    async def calls() -> tuple[list[int], str]:
        world = World()
        before = await world.token()
        world.clock.follow(7200)
        ahead = await world.token()
        found = [(await world.get(TARGET, token=token)).status for token in (before, ahead)]
        world.clock.follow(0)
        found += [(await world.get(TARGET, token=token)).status for token in (ahead, before)]
        return found, world.usage.calls[-2].reason

    assert run(calls()) == ([401, 200, 401, 200], "the token is not valid yet")


def test_a_quota_is_renewed_by_a_jump_and_back_in_its_window_the_old_count_is_found_again() -> None:
    async def calls() -> list[int]:
        world = limited(Limit("calls", 2, WEEK))
        token, found = await world.token(), []
        for ahead in (0, 0, 0, WEEK, 0):
            world.clock.follow(ahead)
            sent = await world.token() if ahead else token
            found.append((await world.get(TARGET, token=sent)).status)
        return found

    assert run(calls()) == [200, 200, 403, 200, 403]


def test_calls_ahead_do_not_hold_a_rate_limit_up_once_the_clock_is_back() -> None:
    async def calls() -> list[int]:
        world = limited(Limit("rate", 1, 60))
        token, found = await world.token(), []
        for ahead in (3000, 3000, 0, 0):
            world.clock.follow(ahead)
            found.append((await world.get(TARGET, token=token)).status)
        return found

    assert run(calls()) == [200, 429, 200, 429]


def test_past_its_end_a_secret_proves_nothing_and_back_before_it_does_again() -> None:
    world = World()
    end = int(world.clock.now()) + 86_400
    ending = application(CLIENT, secrets=(ClientSecret("s", DIGESTER.digest(SECRET), end),))
    directory = msgspec.structs.replace(world.document.directory, applications=(ending,))
    world.publish(msgspec.structs.replace(world.document, directory=directory))

    async def asked() -> list[int]:
        found = []
        for ahead in (0, 86_401, 0):
            world.clock.follow(ahead)
            found.append((await world.ask_token()).status)
        return found

    assert run(asked()) == [200, 401, 200]
