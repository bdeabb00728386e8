"""Telling people of secrets in use that are about to expire: 14 days before and 2 days before, once each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from millgate.stores.ports import Notice
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from millgate.core.clock import Clock
    from millgate.snapshot.document import Application
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.stores.sqlite.usage import SqliteUsage

WATCH_SECONDS: Final = 300.0
"""How often it is looked."""
AHEAD_DAYS: Final = (2, 14)
"""How many days before its end a secret is told of; the nearest that applies."""
IN_USE_DAYS: Final = 90
"""A secret that nobody used for longer may end without a word."""


class Ending(NamedTuple):
    """A secret that ends within two weeks."""

    application: Application
    key: str
    expires_at: int
    days: int


class SecretWatch:
    """Looks at the version in force, and at which secrets are used."""

    def __init__(self, holder: Holder, usage: SqliteUsage, clock: Clock) -> None:
        self._holder = holder
        self._usage = usage
        self._clock = clock

    def look(self) -> list[Ending]:
        """Tell of each secret in use that is about to expire, and has not been told of. Not on the loop.

        Returns:
            All of them, those that were told of before included.

        Raises:
            sqlite3.Error: it cannot be read which secrets are used.
        """
        now = self._clock.now()
        ending = list(_ending(self._holder.current, now))
        used = self._usage.secrets_last_used(item.key for item in ending)
        in_use = [item for item in ending if now - used.get(item.key, 0.0) < IN_USE_DAYS * DAY]
        for item in in_use:
            self._usage.notify(_notice(item, used[item.key], now))
        return in_use


def _ending(snapshot: Snapshot, now: float) -> Iterator[Ending]:
    for application in snapshot.applications.values():
        for secret in application.secrets if application.enabled else ():
            left = None if secret.expires_at is None else secret.expires_at - now
            days = next((days for days in AHEAD_DAYS if left is not None and 0 < left <= days * DAY), None)
            if secret.expires_at is not None and days is not None:
                yield Ending(application, secret.key, secret.expires_at, days)


def _notice(item: Ending, last: float, now: float) -> Notice:
    name, client_id, end = item.application.name, item.application.client_id, _minute(item.expires_at)
    return Notice(
        at=now,
        kind="secret",
        subject=f"{name}: a secret ends {end} ({item.days} days ahead, no. {item.key})",
        text=(
            f"It was last used {_minute(last)}. Add another secret to {name} ({client_id}), move its "
            "programs to it, and see in the Secrets Grid who still uses the old one."
        ),
        once=True,
    )


def _minute(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
