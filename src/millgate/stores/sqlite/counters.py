"""Counters kept in memory and written to `usage.db`, from which a new start takes them up.

Nothing here waits while a call is answered. `flush` writes what has gathered, in one transaction, and
is called about twice a second from a thread; a kill loses at most what was counted since.
"""

from __future__ import annotations

import sqlite3
from threading import Lock
from typing import TYPE_CHECKING, Final

from millgate.stores.counting import TableCounters
from millgate.stores.sqlite.connection import connect_writing, transaction

if TYPE_CHECKING:
    from pathlib import Path

_PUT: Final = """
INSERT INTO usage_counter (key, "window", value) VALUES (?, ?, ?)
ON CONFLICT (key) DO UPDATE SET "window" = excluded."window", value = excluded.value
"""

_DROP: Final = "DELETE FROM usage_counter WHERE key = ?"


class SqliteCounters(TableCounters):
    """Counts that outlive the process.

    For one process: a second one would not see its counts. Sliding windows are not written: they last
    five minutes at most.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._connection = connect_writing(path)
        self._flushing = Lock()
        for key, window, value in self._connection.execute('SELECT key, "window", value FROM usage_counter'):
            self._table.restore(key, window, value)

    def gather(self, now: float) -> list[tuple[str, int, int]]:
        """Take what changed, for `flush`, on any thread: key, start of the window, count; 0 to forget it."""
        self._table.forget(now)
        return self._table.take_changed()

    def flush(self, changed: list[tuple[str, int, int]]) -> None:
        """Write counters that `gather` took; what the file does not take is gathered again."""
        if not changed:
            return
        try:
            with self._flushing, transaction(self._connection):
                self._connection.executemany(_PUT, [row for row in changed if row[2]])
                self._connection.executemany(_DROP, [(key,) for key, _, value in changed if not value])
        except sqlite3.Error:
            self._table.put_back(changed)
            raise

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._connection.close()
