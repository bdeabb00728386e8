"""The board on which pages read what each worker serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.assembly.worker_reports import serving
from millgate.stores.workers import WorkersStanding, WorkerStanding

if TYPE_CHECKING:
    from millgate.assembly.reports import Reports


class Board:
    """As `stores.workers.WorkerBoard`. Pages start before there are reports, so those come later."""

    def __init__(self) -> None:
        self._reports: Reports | None = None

    def follow(self, reports: Reports) -> None:
        """Read from these reports from now on."""
        self._reports = reports

    def standing(self) -> WorkersStanding | None:
        """What the workers serve: this one now, the others when they last said so."""
        reports = self._reports
        if reports is None:
            return None
        there = serving(reports.of_all(reports.own(sums=False)))
        return WorkersStanding(
            reports.workers,
            tuple(WorkerStanding(report.worker, report.number, report.ready) for report in there),
        )
