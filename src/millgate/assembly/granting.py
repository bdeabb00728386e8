"""Where grants are kept: in this installation's own file, or in Redis together with others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from millgate.stores.redis.grants import RedisGrants
from millgate.stores.sqlite.grants import SqliteGrants

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.core.settings import Settings

KeptGrants: TypeAlias = SqliteGrants | RedisGrants


def open_grants(settings: Settings, path: Path) -> KeptGrants:
    """As the settings ask for; Redis need not be reachable yet."""
    return RedisGrants(settings.redis_url.reveal()) if settings.redis_url else SqliteGrants(path)
