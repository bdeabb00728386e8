"""Where limits are counted: in this process and its file, or in Redis together with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.stores.sqlite.counters import SqliteCounters

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.core.settings import Settings
    from millgate.stores.ports import CounterDesk, Counters


class OwnCounting:
    """Counts of one process, written to its file about twice a second.

    Attributes:
        counters: what the managed layer asks.
        desk: where people look.
    """

    def __init__(self, path: Path) -> None:
        self._kept = SqliteCounters(path)
        self.counters: Counters = self._kept
        self.desk: CounterDesk = self._kept

    def gather(self, now: float) -> list[tuple[str, int, int]]:
        """Take what changed, on the event loop's thread."""
        return self._kept.gather(now)

    def flush(self, changed: list[tuple[str, int, int]]) -> None:
        """Write it, on another."""
        self._kept.flush(changed)

    async def close(self) -> None:
        """Close the file."""
        self._kept.close()


class SharedCounting:
    """Counts in Redis; there is nothing to be written here.

    Attributes:
        counters: what the managed layer asks.
        desk: where people look.
    """

    def __init__(self, url: str) -> None:
        from millgate.stores.redis.counters import RedisCounters  # noqa: PLC0415 - loads a driver
        from millgate.stores.redis.desk import RedisDesk  # noqa: PLC0415 - as above

        self._counters = RedisCounters(url)
        self._desk = RedisDesk(url)
        self.counters: Counters = self._counters
        self.desk: CounterDesk = self._desk

    def gather(self, now: float) -> list[tuple[str, int, int]]:
        """Nothing waits."""
        del now
        return []

    def flush(self, changed: list[tuple[str, int, int]]) -> None:
        """Nothing is written."""

    async def close(self) -> None:
        """End the connections."""
        self._desk.close()
        await self._counters.close()


def open_counting(settings: Settings, path: Path) -> OwnCounting | SharedCounting:
    """As the settings ask for; Redis need not be reachable yet."""
    return SharedCounting(settings.redis_url.reveal()) if settings.redis_url else OwnCounting(path)
