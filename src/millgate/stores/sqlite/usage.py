"""What machines write to `usage.db`: counters, counts of calls, and refusals with their reasons.

Nothing here waits while a call is answered. `flush` writes what has gathered, in one transaction, and
is called about once a second from a thread; a kill loses at most what gathered since.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

from millgate.stores.counting import CountTable
from millgate.stores.sqlite.connection import connect_writing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from millgate.stores.ports import CallRecord, Notice

INTERVAL_SECONDS: Final = 900
MOST_WAITING: Final = 50_000
REFUSALS_KEPT: Final = 100_000
"""How many refusals the file keeps: a client that never gives up must not fill the disk."""
NOTICES_KEPT: Final = 1000
"""How many notices the file keeps, and how many may wait to be written."""

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

_ADD_NOTICE: Final = """
INSERT INTO usage_notice (kind, subject, text, first_seen, last_seen, count)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, subject) DO UPDATE SET
  text = excluded.text,
  last_seen = max(last_seen, excluded.last_seen),
  count = count + excluded.count
"""

_DROP_OLD_NOTICES: Final = """
DELETE FROM usage_notice WHERE id NOT IN (SELECT id FROM usage_notice ORDER BY last_seen DESC LIMIT ?)
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
    """Calls summed by quarter of an hour, each refusal with its reason, and notices."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_writing(path)
        self._flushing = Lock()
        self._waiting: list[CallRecord] = []
        self._notices = _Notices()
        self.dropped = 0
        """Calls that were not kept because the file did not take them in time."""

    def record(self, call: CallRecord) -> None:
        """As `ports.Usage.record`."""
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append(call)

    def notify(self, notice: Notice) -> None:
        """As `ports.Notices.notify`."""
        self._notices.add(notice)

    def gather(self) -> list[CallRecord]:
        """Take what waits, on the event loop's thread, for `flush` on another."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def flush(self, calls: list[CallRecord]) -> None:
        """Write calls that `gather` took, and all notices; what the file does not take is kept."""
        notices = self._notices.take()
        if not calls and not notices:
            return
        try:
            with self._flushing, _transaction(self._connection):
                self._connection.executemany(_ADD_NOTICE, [found.row() for found in notices])
                if notices:
                    self._connection.execute(_DROP_OLD_NOTICES, (NOTICES_KEPT,))
                self._connection.executemany(_ADD_CALLS, _summed(calls))
                self._connection.executemany(_ADD_REFUSAL, [_refusal(call) for call in calls if call.code])
                self._connection.execute(_DROP_OLD_REFUSALS, (REFUSALS_KEPT,))
        except sqlite3.Error:
            self._waiting[:0] = calls
            self._notices.put_back(notices)
            raise

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._connection.close()


@dataclass
class _Noticed:
    """A notice as often as it was told since it was last written."""

    newest: Notice
    first_seen: float
    count: int = 1

    def row(self) -> tuple[object, ...]:
        told = self.newest
        return (told.kind, told.subject, told.text, self.first_seen, told.at, self.count)


class _Notices:
    """Notices that wait to be written, one for each kind and subject.

    They are told on the event loop's thread and taken on another.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[tuple[str, str], _Noticed] = {}

    def add(self, notice: Notice) -> None:
        with self._lock:
            key = (notice.kind, notice.subject)
            found = self._waiting.get(key)
            if found is not None:
                found.newest, found.count = notice, found.count + 1
            elif len(self._waiting) < NOTICES_KEPT:
                self._waiting[key] = _Noticed(notice, notice.at)

    def take(self) -> list[_Noticed]:
        with self._lock:
            taken, self._waiting = self._waiting, {}
        return list(taken.values())

    def put_back(self, taken: list[_Noticed]) -> None:
        with self._lock:
            for found in taken:
                newer = self._waiting.setdefault((found.newest.kind, found.newest.subject), found)
                if newer is not found:
                    newer.first_seen, newer.count = found.first_seen, newer.count + found.count


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
