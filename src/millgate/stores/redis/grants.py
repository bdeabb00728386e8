"""Grants that several workers and nodes share, in Redis 6 or newer, or Valkey.

Each step that must be whole is a script, which runs alone. Keys end by themselves some time after what they
hold has expired; what has expired is decided by the caller's clock. The server must write to disk what it
answers (`appendonly yes`), or a restart forgets what was revoked.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from millgate.stores.grants import Grant, Handle, HandleKind, Revoked
from millgate.stores.ports import StoreUnreachable
from millgate.stores.redis.names import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from millgate.stores.grants import Exchanged

SECONDS: Final = 2.0
_SPARE_SECONDS: Final = 60
# The braces put all keys on one node of a cluster, so that a script may use any of them.
_AT: Final = PREFIX + "{grants}"
_REVOKED: Final = _AT + "revoked"

_SHARED: Final = f"""
local at = '{_AT}'
local function last(key, seconds)
  if redis.call('TTL', key) < seconds then redis.call('EXPIRE', key, seconds) end
end
local function revoke(digest, ends, now)
  local seconds = math.max(ends - now, 0) + {_SPARE_SECONDS}
  if redis.call('SET', at .. 'is-revoked:' .. digest, 1, 'NX', 'EX', seconds) then
    local number = redis.call('INCR', at .. 'revoked-number')
    redis.call('ZADD', '{_REVOKED}', number, digest .. ':' .. ends)
    last('{_REVOKED}', seconds)
  end
end
local function finish(family, now)
  if redis.call('HSETNX', at .. 'family:' .. family, 'ended', now) == 0 then return 0 end
  local out = redis.call('ZRANGEBYSCORE', at .. 'access:' .. family, '(' .. now, '+inf', 'WITHSCORES')
  for i = 1, #out, 2 do revoke(out[i], tonumber(out[i + 1]), now) end
  return 1
end
local function put_handle(digest, kind, family, ends)
  redis.call('HSET', at .. 'handle:' .. digest, 'kind', kind, 'family', family, 'until', ends)
  redis.call('SADD', at .. 'handles:' .. family, digest)
end
local function keep(family, owner, ends, now)
  local seconds = ends - now + {_SPARE_SECONDS}
  redis.call('ZREMRANGEBYSCORE', at .. 'of:' .. owner, '-inf', now)
  redis.call('ZADD', at .. 'of:' .. owner, ends, family)
  last(at .. 'of:' .. owner, seconds)
  for _, digest in ipairs(redis.call('SMEMBERS', at .. 'handles:' .. family)) do
    redis.call('EXPIRE', at .. 'handle:' .. digest, seconds)
  end
  for _, name in ipairs({{'family:', 'handles:', 'access:'}}) do
    redis.call('EXPIRE', at .. name .. family, seconds)
  end
end
"""

_OFFER: Final = """
local family, ends = ARGV[2], tonumber(ARGV[5])
redis.call('HSET', at .. 'family:' .. family, 'body', ARGV[4])
put_handle(ARGV[1], 'code', family, ends)
keep(family, ARGV[3], ends, tonumber(ARGV[6]))
"""

_EXCHANGE: Final = """
local now = tonumber(ARGV[1])
local found = redis.call('HMGET', at .. 'handle:' .. ARGV[2], 'family', 'until', 'used')
local family = found[1]
if not family or redis.call('EXISTS', at .. 'family:' .. family) == 0 then return 0 end
if found[3] then finish(family, now) end
local ended = redis.call('HEXISTS', at .. 'family:' .. family, 'ended') == 1
if found[3] or ended or tonumber(found[2]) <= now then return 0 end
redis.call('HSET', at .. 'handle:' .. ARGV[2], 'used', now)
put_handle(ARGV[5], 'refresh', family, tonumber(ARGV[6]))
redis.call('ZADD', at .. 'access:' .. family, ARGV[4], ARGV[3])
keep(family, ARGV[7], tonumber(ARGV[6]), now)
return 1
"""

_END: Final = "return finish(ARGV[1], tonumber(ARGV[2]))"

_END_ALL: Final = """
local ended = 0
for _, family in ipairs(redis.call('ZRANGE', at .. 'of:' .. ARGV[1], 0, -1)) do
  if redis.call('EXISTS', at .. 'family:' .. family) == 1 then
    ended = ended + finish(family, tonumber(ARGV[2]))
  end
end
redis.call('DEL', at .. 'of:' .. ARGV[1])
return ended
"""

_REVOKE: Final = "revoke(ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))"

_grants = msgspec.json.Decoder(Grant)


class RedisGrants:
    """As `grants.Grants`; it may be used on any thread.

    Args:
        url: as the setting `redis_url`; also `unix:///path`.
        seconds: how long each command may take.
    """

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        # The library's types allow for every protocol and decoding at once.
        self._redis: Any = Redis.from_url(
            url, protocol=2, socket_timeout=seconds, socket_connect_timeout=seconds, decode_responses=True
        )
        scripts = (_OFFER, _EXCHANGE, _END, _END_ALL, _REVOKE)
        self._offer, self._exchange, self._end, self._end_all, self._revoke = (
            self._redis.register_script(_SHARED + script) for script in scripts
        )

    def offer(self, code: str, grant: Grant, until: int) -> None:
        """As `grants.Grants.offer`."""
        body = msgspec.json.encode(grant).decode()
        owner = _owner(grant.account, grant.client_id)
        with _told():
            self._offer(args=[code, uuid4().hex, owner, body, until, grant.at])

    def find(self, handle: str) -> Handle | None:
        """As `grants.Grants.find`."""
        with _told():
            found: dict[str, str] = self._redis.hgetall(f"{_AT}handle:{handle}")
            family: dict[str, str] = (
                self._redis.hgetall(f"{_AT}family:{found['family']}") if "family" in found else {}
            )
        if not family:
            return None
        return Handle(
            kind=HandleKind(found["kind"]),
            family=found["family"],
            grant=_grants.decode(family["body"]),
            until=int(found["until"]),
            used="used" in found,
            ended="ended" in family,
        )

    def exchange(self, handle: str, given: Exchanged, now: int) -> bool:
        """As `grants.Grants.exchange`."""
        found = self.find(handle)
        if found is None:
            return False
        with _told():
            return bool(
                self._exchange(
                    args=[
                        *(now, handle, given.access, given.access_until, given.refresh, given.refresh_until),
                        _owner(found.grant.account, found.grant.client_id),
                    ]
                )
            )

    def end(self, family: str, now: int) -> None:
        """As `grants.Grants.end`."""
        with _told():
            if self._redis.exists(f"{_AT}family:{family}"):
                self._end(args=[family, now])

    def end_all(self, account: str, client_id: str, now: int) -> int:
        """As `grants.Grants.end_all`."""
        with _told():
            return int(self._end_all(args=[_owner(account, client_id), now]))

    def revoke(self, revoked: Revoked, now: int) -> None:
        """As `grants.Grants.revoke`."""
        with _told():
            self._revoke(args=[revoked.access, revoked.until, now])

    def is_revoked(self, access: str) -> bool:
        """As `grants.Grants.is_revoked`."""
        with _told():
            return bool(self._redis.exists(f"{_AT}is-revoked:{access}"))

    def revoked_since(self, place: int) -> tuple[list[Revoked], int]:
        """As `grants.Grants.revoked_since`."""
        with _told():
            rows: list[tuple[str, float]] = self._redis.zrangebyscore(
                _REVOKED, f"({place}", "+inf", withscores=True
            )
        parts = [member.rpartition(":") for member, _ in rows]
        return [Revoked(digest, int(until)) for digest, _, until in parts], int(
            rows[-1][1]
        ) if rows else place

    def tidy(self, now: int) -> None:
        """As `grants.Grants.tidy`; what else has expired goes by itself."""
        with _told():
            log: list[str] = self._redis.zrange(_REVOKED, 0, -1)
            over = [member for member in log if int(member.rpartition(":")[2]) <= now]
            if over:
                self._redis.zrem(_REVOKED, *over)

    def close(self) -> None:
        """End the connections."""
        self._redis.close()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RedisError as failed:
        raise StoreUnreachable(str(failed)) from failed


def _owner(account: str, client_id: str) -> str:
    """Two names as one part of a key: the first one's length tells where the second begins."""
    return f"{len(account)}:{account}{client_id}"
