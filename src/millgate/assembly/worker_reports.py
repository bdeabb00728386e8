"""What each worker says of itself, so that any of them can answer for all.

With several workers each writes a file `run/worker-N.json` in the home about twice a second. A worker that
takes the place of one that died goes on with its sums, so they never go back.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.assembly.totals import Counted
from millgate.gateway.upstreams.address import AddressState

if TYPE_CHECKING:
    from pathlib import Path

SILENT_SECONDS: Final = 15.0
"""A worker that wrote nothing for so long does not count as serving."""


class WorkerReport(msgspec.Struct, kw_only=True):
    """What one worker says.

    Attributes:
        worker: its number, from 1.
        pid: its process.
        at: when it said so, in seconds since the epoch.
        number: the published version that it serves; 0 before the first.
        version: that version's content.
        stopping: whether it takes no new work.
        counted: the calls since the start.
        usage_dropped, log_dropped: calls that the file of usage and the access log did not take.
        counters_unreachable: how often the store of limits could not be asked.
        upstreams: how each address of an upstream is doing.
    """

    worker: int
    pid: int
    at: float
    number: int = 0
    version: str = ""
    stopping: bool = False
    counted: Counted = msgspec.field(default_factory=Counted)
    usage_dropped: int = 0
    log_dropped: int = 0
    counters_unreachable: int = 0
    upstreams: list[AddressState] = []

    @property
    def ready(self) -> bool:
        """Whether it answers calls."""
        return self.number > 0 and not self.stopping

    def serves(self, now: float) -> bool:
        """Whether it is there at all."""
        return now - self.at < SILENT_SECONDS and _runs(self.pid)


class ReportFiles:
    """The reports of all workers of a home."""

    def __init__(self, home: Path) -> None:
        self._place = home / "run"

    def write(self, report: WorkerReport) -> None:
        """Put a report in place of the worker's last one.

        Raises:
            OSError: it cannot be written.
        """
        self._place.mkdir(mode=0o700, exist_ok=True)
        path = self._place / f"worker-{report.worker}.json"
        making = path.with_suffix(".making")
        making.write_bytes(msgspec.json.encode(report))
        making.replace(path)

    def read(self, worker: int) -> WorkerReport | None:
        """The last report of a worker, or None."""
        return _read(self._place / f"worker-{worker}.json")

    def others(self, worker: int) -> list[WorkerReport]:
        """The last reports of all other workers, by number."""
        found = [_read(path) for path in self._place.glob("worker-*.json")]
        reports = [report for report in found if report is not None and report.worker != worker]
        return sorted(reports, key=lambda report: report.worker)


def serving(reports: list[WorkerReport]) -> list[WorkerReport]:
    """Those of the workers that are there, as of the newest report."""
    now = max(report.at for report in reports)
    return [report for report in reports if report.serves(now)]


def _read(path: Path) -> WorkerReport | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=WorkerReport)
    except (OSError, msgspec.MsgspecError):
        return None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
