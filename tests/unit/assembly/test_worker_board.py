"""The board: pages read what workers say, as soon as there is something to read."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from millgate.assembly.reports import Reports
from millgate.assembly.worker_board import Board
from millgate.assembly.worker_reports import SILENT_SECONDS, ReportFiles, WorkerReport
from millgate.core.clock import Clock
from millgate.stores.workers import WorkersStanding, WorkerStanding

if TYPE_CHECKING:
    from pathlib import Path


def follower(number: int) -> Any:
    return SimpleNamespace(number=number, holder=SimpleNamespace(current=SimpleNamespace(version="abc")))


def test_before_there_are_reports_nothing_is_known() -> None:
    assert Board().standing() is None


def test_a_worker_alone_tells_of_itself() -> None:
    board = Board()
    board.follow(Reports(follower(7), Clock()))
    assert board.standing() == WorkersStanding(1, (WorkerStanding(1, 7, ready=True),))


def test_others_are_those_that_wrote_lately_and_still_run(tmp_path: Path) -> None:
    clock, files = Clock(), ReportFiles(tmp_path)
    now = clock.now()
    files.write(WorkerReport(worker=2, pid=os.getpid(), at=now, number=6))
    files.write(WorkerReport(worker=3, pid=os.getpid(), at=now - SILENT_SECONDS - 1, number=7))
    files.write(WorkerReport(worker=4, pid=2**22 + 1, at=now, number=7))
    board = Board()
    board.follow(Reports(follower(7), clock, worker=1, workers=4, home=tmp_path))
    standing = board.standing()
    assert standing is not None
    assert [item.worker for item in standing.there] == [1, 2]
    assert (standing.on(7), standing.expected) == (1, 4)
    assert standing.lagging(7) == (WorkerStanding(2, 6, ready=True),)
    assert standing.silent() == (3, 4)
