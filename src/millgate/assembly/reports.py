"""This worker's report, and the reports of all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from millgate.assembly.worker_reports import ReportFiles, WorkerReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from millgate.assembly.following import Follower
    from millgate.assembly.recorder import Recorder
    from millgate.core.clock import Clock
    from millgate.gateway.upstreams.address import AddressState


class Reports:
    """What this worker says of itself, and what the others last said.

    Args:
        follower: which version is in force.
        clock: when it is said.
        recorder: what was counted; nothing without one.
        worker, workers: this worker's number, from 1, and how many there are to be. A worker that works
            alone may be 0, too.
        home: where several workers leave their reports for each other.
        unreachable: how often the store of limits could not be asked.
        upstreams: how each address of an upstream is doing.
    """

    def __init__(
        self,
        follower: Follower,
        clock: Clock,
        recorder: Recorder | None = None,
        *,
        worker: int = 1,
        workers: int = 1,
        home: Path | None = None,
        unreachable: Callable[[], int] = lambda: 0,
        upstreams: Callable[[], list[AddressState]] = list,
    ) -> None:
        self._follower = follower
        self._clock = clock
        self._recorder = recorder
        self._worker = max(1, worker)
        self._files = ReportFiles(home) if home is not None and workers > 1 else None
        self._unreachable = unreachable
        self._upstreams = upstreams
        self.workers: Final = workers
        self.stopping = False

    def own(self, *, sums: bool = True) -> WorkerReport:
        """This worker's report, as things are now; asked for on the event loop's thread."""
        report = WorkerReport(
            worker=self._worker,
            pid=os.getpid(),
            at=self._clock.now(),
            number=self._follower.number,
            version=self._follower.holder.current.version,
            stopping=self.stopping,
        )
        return self._with_sums(report, self._recorder) if sums and self._recorder is not None else report

    def of_all(self, own: WorkerReport) -> list[WorkerReport]:
        """This worker's report and the last ones of all others, dead ones included, by number."""
        others = self._files.others(own.worker) if self._files is not None else []
        return sorted([own, *others], key=lambda report: report.worker)

    def write(self, own: WorkerReport) -> None:
        """Leave this worker's report for the others; nothing with one worker.

        Raises:
            OSError: it cannot be written.
        """
        if self._files is not None:
            self._files.write(own)

    def _with_sums(self, report: WorkerReport, recorder: Recorder) -> WorkerReport:
        report.counted = recorder.totals.counted()
        report.usage_dropped = recorder.usage_dropped
        report.log_dropped = recorder.log_dropped
        report.counters_unreachable = self._unreachable()
        report.upstreams = self._upstreams()
        return report
