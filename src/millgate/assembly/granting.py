"""Where grants are kept: in this installation's own file, or in Redis together with others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from millgate.stores.sqlite.grants import SqliteGrants

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.core.settings import Settings
    from millgate.stores.redis.grants import RedisGrants

    KeptGrants: TypeAlias = SqliteGrants | RedisGrants


def open_grants(settings: Settings, path: Path) -> KeptGrants:
    """As the settings ask for; Redis need not be reachable yet."""
    if settings.redis_url is None:
        return SqliteGrants(path)
    from millgate.stores.redis.grants import RedisGrants  # noqa: PLC0415 - loads a driver

    return RedisGrants(settings.redis_url.reveal())
