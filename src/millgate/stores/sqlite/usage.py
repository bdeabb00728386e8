"""What machines write to `usage.db`: counts of calls, refusals with their reasons, and uses of secrets.

Nothing here waits while a call is answered. `flush` writes what has gathered, in one transaction, and
is called about once a second from a thread; a kill loses at most what gathered since.
"""

from __future__ import annotations

import sqlite3
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final

from millgate.stores.notices import NOTICES_KEPT, WaitingNotices
from millgate.stores.retention import REFUSALS_KEPT, STEPS
from millgate.stores.sqlite.call_counts import ADD_CALLS, call_row, roll_up
from millgate.stores.sqlite.call_summaries import add_late, summarise
from millgate.stores.sqlite.connection import connect_writing, transaction
from millgate.stores.sqlite.token_uses import drop_old_tokens, last_uses, write_tokens
from millgate.stores.tally import LONGEST_PATH, Batch, Tally
from millgate.stores.token_tally import TokenTally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from millgate.stores.notices import Noticed
    from millgate.stores.ports import CallRecord, Notice
    from millgate.stores.retention import Step

SUMMARISING_SECONDS: Final = 0.5
"""For how long one tidying takes counts into summaries; what is left waits for the next one."""

_ADD_REFUSAL: Final = """
INSERT INTO usage_refusal
  (at, request_id, method, path, client, tier, api, operation, subscription, application, status, code,
   reason, "limit", allowed_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_ADD_NOTICE: Final = """
INSERT INTO usage_notice (kind, subject, text, first_seen, last_seen, count)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, subject) DO UPDATE SET
  text = excluded.text,
  last_seen = max(last_seen, excluded.last_seen),
  count = count + excluded.count
"""

_ADD_NOTICE_ONCE: Final = """
INSERT INTO usage_notice (kind, subject, text, first_seen, last_seen, count)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, subject) DO NOTHING
"""

_DROP_OLD_NOTICES: Final = """
DELETE FROM usage_notice WHERE id NOT IN (SELECT id FROM usage_notice ORDER BY last_seen DESC LIMIT ?)
"""

_DROP_OLD_REFUSALS: Final = "DELETE FROM usage_refusal WHERE id <= (SELECT max(id) FROM usage_refusal) - ?"


class SqliteUsage:
    """Calls summed by minute, a few of the refused ones whole, uses of secrets, and notices.

    `record`, `gather`, `notify` and `tokens` belong to the event loop's thread, the other methods to
    another. Sums are added to those in the file, so several processes may write one.

    Args:
        path: of the file.
        steps: how long counts are kept, and how finely.

    Attributes:
        tokens: takes token requests.
    """

    def __init__(self, path: Path, *, steps: Sequence[Step] = STEPS) -> None:
        self._steps = steps
        self._connection = connect_writing(path)
        self._flushing = Lock()
        self._tally = Tally()
        self._unwritten = Batch()
        self._notices = WaitingNotices()
        self.tokens: Final = TokenTally()
        self.record: Final[Callable[[CallRecord], None]] = self._tally.add
        """As `ports.Usage.record`; the tally's own method, because every call goes through it."""
        self.dropped = 0
        """Calls that are nowhere counted because the file did not take them for a long time."""

    def notify(self, notice: Notice) -> None:
        """As `ports.Notices.notify`."""
        self._notices.add(notice)

    def gather(self) -> Batch:
        """Take what waits, on the event loop's thread, for `flush` on another."""
        batch = self._tally.take()
        batch.tokens = self.tokens.take()
        return batch

    def flush(self, batch: Batch) -> None:
        """Write what `gather` took, and all notices; what the file does not take is written next time.

        Raises:
            sqlite3.Error: the file did not take it.
        """
        with self._flushing:
            self.dropped += self._unwritten.add(batch)
            notices = self._notices.take()
            if not self._unwritten and not notices:
                return
            try:
                with transaction(self._connection):
                    self._write_notices(notices)
                    self._write(self._unwritten)
            except sqlite3.Error:
                self._notices.put_back(notices)
                raise
            self._unwritten = Batch()

    def tidy(self, now: float) -> None:
        """Take counts into the summaries, and make a piece of the old ones coarser.

        Called about once a minute, it keeps up with time. What a kill interrupts is done again whole.

        Raises:
            sqlite3.Error: the file did not take it.
        """
        last = monotonic() + SUMMARISING_SECONDS
        while self.summarise(now) and monotonic() < last:
            pass
        with self._flushing, transaction(self._connection):
            roll_up(self._connection, now, self._steps)
            drop_old_tokens(self._connection, now)

    def summarise(self, now: float) -> bool:
        """Take one piece of the counts into the summaries; says whether there was one.

        Raises:
            sqlite3.Error: the file did not take it.
        """
        with self._flushing, transaction(self._connection):
            return summarise(self._connection, now, hours_days=self._steps[-2].days)

    def secrets_last_used(self, secrets: Iterable[str]) -> dict[str, float]:
        """When each of these secrets, by key, was last used; those that never were are left out.

        Raises:
            sqlite3.Error: the file cannot be read.
        """
        with self._flushing:
            return last_uses(self._connection, secrets)

    def close(self) -> None:
        """Close the file; what was not flushed is lost."""
        self._connection.close()

    def _write_notices(self, notices: list[Noticed]) -> None:
        if notices:
            for sql, once in ((_ADD_NOTICE, False), (_ADD_NOTICE_ONCE, True)):
                rows = [found.row() for found in notices if found.newest.once is once]
                self._connection.executemany(sql, rows)
            self._connection.execute(_DROP_OLD_NOTICES, (NOTICES_KEPT,))

    def _write(self, batch: Batch) -> None:
        if batch.sums:
            rows = (call_row(kind, found) for kind, found in batch.sums.items())
            self._connection.executemany(ADD_CALLS, rows)
            add_late(self._connection, batch.sums.items())
        if batch.refusals:
            self._connection.executemany(_ADD_REFUSAL, map(_refusal, batch.refusals))
            self._connection.execute(_DROP_OLD_REFUSALS, (REFUSALS_KEPT,))
        write_tokens(self._connection, batch.tokens)


def _refusal(call: CallRecord) -> tuple[object, ...]:
    return (
        call.at,
        call.request_id,
        _text(call.method),
        _text(call.path[:LONGEST_PATH]),
        call.client,
        call.tier,
        call.api,
        call.operation,
        call.subscription,
        call.application,
        call.status,
        call.code,
        _text(call.reason),
        call.limit,
        call.at + call.wait if call.wait else None,
    )


def _text(sent: str) -> str:
    # What a client sends may hold half characters, and one such row would keep all others out of the file.
    return sent if sent.isascii() else sent.encode(errors="backslashreplace").decode()
