"""Reading and resetting the counters in Redis, from the threads of pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from redis import Redis
from redis.exceptions import RedisError

from millgate.stores.counting import standing_of
from millgate.stores.ports import Standing, StoreUnreachable
from millgate.stores.redis.names import parts_of, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS: Final = 5.0
_AT_ONCE: Final = 1000


class RedisDesk:
    """As `ports.CounterDesk`, over the counters of `RedisCounters`; it may be used on any thread.

    Args:
        url: as the setting `redis_url`; also `unix:///path`.
        seconds: how long each command may take.
    """

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._redis = Redis.from_url(url, protocol=2, socket_timeout=seconds, socket_connect_timeout=seconds)

    def standing(self, subscription: str, now: float) -> list[Standing]:
        """As `ports.CounterDesk.standing`."""
        try:
            found = [self._standing(key, now) for key in self._keys(subscription, None)]
        except RedisError as failed:
            raise StoreUnreachable(str(failed)) from failed
        return sorted(filter(None, found), key=lambda standing: standing.scope)

    def reset(self, subscription: str | None = None, scope: str | None = None) -> None:
        """As `ports.CounterDesk.reset`."""
        try:
            keys = list(self._keys(subscription, scope))
            for start in range(0, len(keys), _AT_ONCE):
                self._redis.unlink(*keys[start : start + _AT_ONCE])
        except RedisError as failed:
            raise StoreUnreachable(str(failed)) from failed

    def close(self) -> None:
        """End the connections."""
        self._redis.close()

    def _keys(self, subscription: str | None, scope: str | None) -> Iterator[bytes]:
        for key in set(self._redis.scan_iter(pattern_of(subscription), count=_AT_ONCE)):
            owner, own_scope, _ = parts_of(key)
            if subscription in {None, owner} and scope in {None, own_scope}:
                yield key

    def _standing(self, key: bytes, now: float) -> Standing | None:
        _, scope, start = parts_of(key)
        if start:
            fixed = standing_of(scope, int(self._redis.get(key) or 0), int(start))
            current = fixed.end is None or int(start) <= now < fixed.end
            return fixed if current and fixed.used else None
        period = standing_of(scope, 0, None).period
        used = int(self._redis.zcount(key, f"({now - period!r}", repr(now + period)))
        return standing_of(scope, used, None) if used else None
