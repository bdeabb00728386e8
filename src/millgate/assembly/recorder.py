"""Recording calls: the counts in usage.db, the access log, and the sums for metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.assembly.access_log import AccessLog
from millgate.assembly.totals import Totals
from millgate.assembly.worker_reports import ReportFiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from millgate.core.clock import Clock
    from millgate.core.settings import Settings
    from millgate.stores.ports import CallRecord
    from millgate.stores.sqlite.usage import SqliteUsage
    from millgate.stores.tally import Batch

TIDY_SECONDS: Final = 30.0
"""Old counts become coarser by a quarter of an hour at a time, so this is much faster than time goes."""


class Recorder:
    """Takes each call once. `record` and `gather` belong to the event loop's thread, `flush` to another.

    Attributes:
        totals: what was counted since the start, for metrics.
    """

    def __init__(
        self,
        usage: SqliteUsage,
        clock: Clock,
        *,
        access_log: AccessLog | None = None,
        totals: Totals | None = None,
    ) -> None:
        self._usage = usage
        self._clock = clock
        self._access_log = access_log
        self.record: Callable[[CallRecord], None] = usage.record if access_log is None else self._record
        """As `ports.Usage.record`."""
        self._tidy_at = 0.0
        self.totals = totals or Totals()

    @classmethod
    def of(cls, settings: Settings, usage: SqliteUsage, clock: Clock, *, worker: int = 1) -> Self:
        """As the settings ask for. One of several workers goes on with the sums of its predecessor."""
        access_log = AccessLog(settings.access_log) if settings.access_log else None
        earlier = ReportFiles(settings.home).read(worker) if settings.workers > 1 else None
        totals = Totals([earlier.counted] if earlier is not None else [])
        return cls(usage, clock, access_log=access_log, totals=totals)

    @property
    def usage_dropped(self) -> int:
        """Calls that usage.db did not take."""
        return self._usage.dropped

    @property
    def log_dropped(self) -> int:
        """Calls that the access log did not take."""
        return self._access_log.dropped if self._access_log is not None else 0

    def _record(self, call: CallRecord) -> None:
        self._usage.record(call)
        if self._access_log is not None:
            self._access_log.record(call)

    def gather(self) -> Batch:
        """Take what waits, for `flush`."""
        return self._usage.gather()

    def flush(self, batch: Batch) -> None:
        """Write what `gather` took; now and then, make old counts coarser.

        Raises:
            sqlite3.Error: the file did not take it; it is written next time.
        """
        self.totals.add(batch)
        self._usage.flush(batch)
        now = self._clock.now()
        if not self._tidy_at - TIDY_SECONDS <= now < self._tidy_at:
            self._tidy_at = now + TIDY_SECONDS
            self._usage.tidy(now)

    def close(self) -> None:
        """End the access log, once it has written what waits."""
        if self._access_log is not None:
            self._access_log.close()
