"""Grants are opened with the machine, tidied and closed with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from millgate.assembly.granting import open_grants
from millgate.assembly.machine import Machine, open_stores
from millgate.core.clock import StillClock
from millgate.core.secrets import Secret
from millgate.core.settings import Settings
from millgate.stores.grants import Grant
from millgate.stores.ports import StoreUnreachable
from millgate.stores.redis.grants import RedisGrants
from millgate.stores.sqlite.grants import SqliteGrants
from support.machine_files import empty_file

NOW = 1_700_000_000
GRANT = Grant(client_id="c", pcn=1, account="mia", resource="r", scope="s", names={}, at=NOW)


class NoPages:
    """Pages that are never asked."""

    def close(self) -> None:
        """Close nothing."""


def test_grants_are_kept_in_the_home_unless_redis_is_set(tmp_path: Path) -> None:
    own = open_grants(Settings(), empty_file("tokens.db", tmp_path))
    assert isinstance(own, SqliteGrants)
    own.close()
    shared = open_grants(Settings(redis_url=Secret("redis://127.0.0.1:1/0")), tmp_path / "tokens.db")
    assert isinstance(shared, RedisGrants)
    shared.close()


def test_the_machine_forgets_expired_grants_and_closes_them(tmp_path: Path) -> None:
    for name in ("control.db", "usage.db", "tokens.db"):
        empty_file(name, tmp_path)
    settings, clock = Settings(home=tmp_path), StillClock(NOW)
    stores = open_stores(settings)
    stores.grants.offer("soon", GRANT, NOW + 1)
    stores.grants.offer("later", GRANT, NOW + 600)
    clock.jump(60)

    async def main() -> Any:
        machine = Machine(settings, clock, cast("Any", NoPages()), stores)
        await machine.tidy()
        found = stores.grants.find("soon"), stores.grants.find("later")
        await machine.close()
        return found

    soon, later = asyncio.run(main())
    assert soon is None
    assert later is not None
    with pytest.raises(StoreUnreachable):
        stores.grants.find("later")
