"""What machines write to `usage.db`: counters, counts of calls, and refusals with their reasons.

Nothing here waits while a call is answered. `flush` writes what has gathered, in one transaction, and
is called about once a second from a thread; a kill loses at most what gathered since.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

from millgate.stores.counting import CountTable
from millgate.stores.sqlite.connection import connect_writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from millgate.stores.ports import CallRecord

INTERVAL_SECONDS: Final = 900
MOST_WAITING: Final = 50_000
REFUSALS_KEPT: Final = 100_000
"""How many refusals the file keeps: a client that never gives up must not fill the disk."""

_PUT_COUNTER: Final = """
INSERT INTO usage_counter (key, "window", value) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET "window" = excluded."window", value = excluded.value
"""

_ADD_CALLS: Final = """
INSERT INTO usage_call_count
  (interval_start, tier, api, operation, subscription, application, status,
   calls, micros_total, micros_max, bytes_out)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (interval_start, tier, api, operation, subscription, application, status) DO UPDATE SET
  calls = calls + excluded.calls,
  micros_total = micros_total + excluded.micros_total,
  micros_max = max(micros_max, excluded.micros_max),
  bytes_out = bytes_out + excluded.bytes_out
"""

_ADD_REFUSAL: Final = """
INSERT INTO usage_refusal
  (at, request_id, tier, api, operation, subscription, application, status, code, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_DROP_OLD_REFUSALS: Final = "DELETE FROM usage_refusal WHERE id <= (SELECT max(id) FROM usage_refusal) - ?"


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class SqliteCounters:
    """Counts kept in memory and written to the file, from which a new start takes them up.

    For one process: a second one would not see its counts.
    """

    def __init__(self, path: Path) -> None:
        self._connection = connect_writing(path)
        self._flushing = Lock()
        self._table = CountTable()
        for key, window, value in self._connection.execute('SELECT key, "window", value FROM usage_counter'):
            self._table.restore(key, window, value)

    async def slide(self, key: str, amount: int, period: int, now: float) -> float:
        """As `ports.Counters.slide`."""
        return self._table.slide(key, amount, period, now)

    async def count(self, key: str, window: int, by: int) -> int:
        """As `ports.Counters.count`."""
        return self._table.count(key, window, by)

    async def read(self, key: str, window: int) -> int:
        """As `ports.Counters.read`."""
        return self._table.read(key, window)

    def gather(self, now: float) -> list[tuple[str, int, int]]:
        """Take what changed, on the event loop's thread, for `flush` on another."""
        self._table.forget_idle(now)
        return self._table.take_changed()

    def flush(self, changed: list[tuple[str, int, int]]) -> None:
        """Write counters that `gather` took; what the file does not take is gathered again."""
        if not changed:
            return
        try:
            with self._flushing, _transaction(self._connection):
                self._connection.executemany(_PUT_COUNTER, changed)
        except sqlite3.Error:
            self._table.put_back([key for key, _, _ in changed])
            raise

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._connection.close()


class SqliteUsage:
    """Calls summed by quarter of an hour, and each refusal with its reason."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_writing(path)
        self._flushing = Lock()
        self._waiting: list[CallRecord] = []
        self.dropped = 0
        """Calls that were not kept because the file did not take them in time."""

    def record(self, call: CallRecord) -> None:
        """As `ports.Usage.record`."""
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append(call)

    def gather(self) -> list[CallRecord]:
        """Take what waits, on the event loop's thread, for `flush` on another."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def flush(self, calls: list[CallRecord]) -> None:
        """Write calls that `gather` took; what the file does not take is gathered again."""
        if not calls:
            return
        try:
            with self._flushing, _transaction(self._connection):
                self._connection.executemany(_ADD_CALLS, _summed(calls))
                self._connection.executemany(_ADD_REFUSAL, [_refusal(call) for call in calls if call.code])
                self._connection.execute(_DROP_OLD_REFUSALS, (REFUSALS_KEPT,))
        except sqlite3.Error:
            self._waiting[:0] = calls
            raise

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._connection.close()


def _summed(calls: list[CallRecord]) -> list[tuple[object, ...]]:
    sums: dict[tuple[object, ...], list[int]] = {}
    for call in calls:
        key = (
            int(call.at) // INTERVAL_SECONDS * INTERVAL_SECONDS,
            call.tier,
            call.api,
            call.operation,
            call.subscription,
            call.application,
            call.status,
        )
        found = sums.setdefault(key, [0, 0, 0, 0])
        found[0] += 1
        found[1] += call.micros
        found[2] = max(found[2], call.micros)
        found[3] += call.bytes_out
    return [(*key, *values) for key, values in sums.items()]


def _refusal(call: CallRecord) -> tuple[object, ...]:
    return (
        call.at,
        call.request_id,
        call.tier,
        call.api,
        call.operation,
        call.subscription,
        call.application,
        call.status,
        call.code,
        call.reason,
    )
