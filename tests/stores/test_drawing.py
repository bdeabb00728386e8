"""Lots of fault rules: one sequence for all that count together, wherever that is, also after a restart."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from millgate.stores.counting import standing_of
from millgate.stores.drawing import SEEN, STRUCK, Draws, Run
from millgate.stores.memory import MemoryCounters
from millgate.stores.redis.counters import RedisCounters
from millgate.stores.redis.desk import RedisDesk
from millgate.stores.sqlite.counters import SqliteCounters
from support import redis_server
from support.django_home import django_databases

if TYPE_CHECKING:
    from millgate.stores.ports import Counters

NOW: Final = 1_700_000_000.0
RUN: Final = Run("fault.rule.1", int(NOW) - 10, seed=7, share=40, most=9)


async def drawn(counters: Counters, count: int) -> list[int]:
    draws = Draws(counters)
    return [await draws.draw(RUN, NOW + number) for number in range(count)]


def test_processes_that_count_in_redis_draw_the_sequence_that_one_process_draws() -> None:
    redis_server.require_redis()
    shared = redis_server.shared()
    with shared.client() as client:
        client.flushall()

    async def in_turn() -> list[int]:
        one, other = RedisCounters(shared.url), RedisCounters(shared.url)
        found = [(await drawn(counters, 1))[0] for _ in range(20) for counters in (one, other)]
        await one.close()
        await other.close()
        return found

    alone = asyncio.run(drawn(MemoryCounters(), 40))
    assert asyncio.run(in_turn()) == alone
    assert sum(1 for number in alone if number) == 9
    desk = RedisDesk(shared.url)
    used = {item.scope: item.used for item in desk.standing(RUN.key, NOW + 40)}
    desk.close()
    assert used[SEEN] == 40
    assert used[STRUCK] >= 9


def test_a_restart_goes_on_with_the_sequence() -> None:
    path = django_databases() / "usage.db"
    first = SqliteCounters(path)
    begun = asyncio.run(drawn(first, 15))
    first.flush(first.gather(NOW + 15))
    first.close()
    again = SqliteCounters(path)
    whole = begun + asyncio.run(drawn(again, 25))
    again.reset(RUN.key)
    again.flush(again.gather(NOW + 40))
    again.close()
    assert whole == asyncio.run(drawn(MemoryCounters(), 40))


def test_what_counts_a_run_is_told_like_any_counter() -> None:
    assert standing_of(SEEN, 3, int(NOW)).used == 3
