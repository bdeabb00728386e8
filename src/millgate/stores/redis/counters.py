"""Counters that several workers and nodes share, in Redis 6 or newer, or Valkey.

All limits of a call are counted by one script, which runs alone. The instant is the caller's, so that a
window ends for everybody when their clocks say so. Every key but those of lifetime quotas has an end.
"""

from __future__ import annotations

import math
import os
from itertools import count
from typing import TYPE_CHECKING, Final

from millgate.stores.counting import CALLS_KEPT, PAST_SECONDS, window_start
from millgate.stores.redis.link import Link
from millgate.stores.redis.names import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millgate.stores.ports import Take, Taken

SECONDS: Final = 0.25
"""How long a call waits for its counts before it is answered without."""

_SPARE_SECONDS: Final = 60

_SCRIPT: Final = """
local told, at = {}, 3
for i, key in ipairs(KEYS) do
  local kind = ARGV[at]
  if kind == 'slide' then
    local most, kept = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 5])
    redis.call('ZREMRANGEBYSCORE', key, '-inf', ARGV[at + 2])
    redis.call('ZREMRANGEBYSCORE', key, '(' .. ARGV[at + 3], '+inf')
    redis.call('ZADD', key, ARGV[1], ARGV[2])
    redis.call('EXPIRE', key, ARGV[at + 4])
    local used = redis.call('ZCARD', key)
    local rank = math.max(used - most, 0)
    told[#told + 1] = used
    told[#told + 1] = redis.call('ZRANGE', key, rank, rank, 'WITHSCORES')[2]
    if used > kept then
      redis.call('ZREMRANGEBYRANK', key, 0, used - kept - 1)
    end
    at = at + 6
  elseif kind == 'count' then
    local by = tonumber(ARGV[at + 1])
    local used = redis.call('INCRBY', key, by)
    if used == by and ARGV[at + 2] ~= '0' then
      redis.call('EXPIRE', key, ARGV[at + 2])
    end
    told[#told + 1] = used
    at = at + 3
  else
    told[#told + 1] = tonumber(redis.call('GET', key) or 0)
    at = at + 1
  end
end
return told
"""


class RedisCounters:
    """Counts in Redis.

    Args:
        url: as the setting `redis_url`; also `unix:///path`.
        seconds: how long a call waits for its counts.
    """

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._link = Link(url, _SCRIPT, seconds)
        # A member of a sorted set for each call, which no other call of any process has.
        self._own = os.urandom(6).hex()
        self._numbers = count()

    async def take(
        self, subscription: str, started_at: int, takes: Sequence[Take], now: float
    ) -> Sequence[Taken]:
        """As `ports.Counters.take`."""
        keys: list[bytes] = []
        arguments = [_number(now), f"{self._own}{next(self._numbers):x}".encode()]
        starts = [window_start(started_at, take.period, now) for take in takes]
        for take, start in zip(takes, starts, strict=True):
            if take.kind == "slide":
                keys.append(key_of(subscription, take.scope))
                arguments += _slide(take, now)
            else:
                keys.append(_fixed_key(subscription, take, start))
                arguments += [b"read"] if take.kind == "read" else _count(take, start, 1, now)
        found = iter(await self._link.run(keys, arguments))
        told: list[Taken] = []
        for take, start in zip(takes, starts, strict=True):
            used = next(found)
            ends = float(next(found)) if take.kind == "slide" else start
            told.append((used, ends + take.period - now if take.period else math.inf))
        return told

    async def add(
        self, subscription: str, started_at: int, takes: Sequence[Take], by: int, now: float
    ) -> None:
        """As `ports.Counters.add`."""
        keys: list[bytes] = []
        arguments = [_number(now), b""]
        for take in takes:
            start = window_start(started_at, take.period, now)
            keys.append(_fixed_key(subscription, take, start))
            arguments += _count(take, start, by, now)
        await self._link.run(keys, arguments)

    async def close(self) -> None:
        """End the connection."""
        await self._link.close()


def _fixed_key(subscription: str, take: Take, start: int) -> bytes:
    return key_of(subscription, f"{take.scope}@{start}")


def _slide(take: Take, now: float) -> list[bytes]:
    most, kept = _number(take.most), _number(max(take.most, CALLS_KEPT))
    lifetime = _number(take.period + _SPARE_SECONDS)
    return [b"slide", most, _number(now - take.period), _number(now + take.period), lifetime, kept]


def _count(take: Take, start: int, by: int, now: float) -> list[bytes]:
    lifetime = math.ceil(start + take.period - now) + PAST_SECONDS if take.period else 0
    return [b"count", _number(by), _number(lifetime)]


def _number(value: float) -> bytes:
    return repr(value).encode()
