"""The supervisor, looking after workers that do little."""

from __future__ import annotations

import re
import subprocess
import sys

PROGRAM = """
import os, sys, time
from millgate.assembly.supervisor import Supervisor

def work(place, listening):
    {work}

def told():
    print("all listen", flush=True)

Supervisor(work, {workers}, listening=told, stop_seconds=0.2, grace_seconds=0.3).run()
"""


def supervised(work: str, *, workers: int = 2) -> subprocess.CompletedProcess[str]:
    """What a supervisor of such workers printed, and how it ended."""
    program = PROGRAM.format(work=work, workers=workers)
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )


def test_workers_that_cannot_start_end_it_all() -> None:
    ended = supervised("if place.number == 1: raise RuntimeError('no such file')\n    time.sleep(60)")

    assert ended.returncode == 1
    assert "all listen" not in ended.stdout
    assert "no such file" in ended.stdout


def test_it_says_once_that_all_listen_and_ends_in_order() -> None:
    stop = "time.sleep(0.3); os.kill(os.getppid(), 15); time.sleep(60)"
    ended = supervised(f"listening()\n    if place.number == 2: {stop}\n    time.sleep(60)")

    assert (ended.returncode, ended.stdout.count("all listen")) == (0, 1)


def test_a_worker_that_dies_again_and_again_is_waited_for_longer_each_time() -> None:
    lives = "listening(); time.sleep(0.3)\n    if place.number == 1: os.kill(os.getpid(), 9)\n    "
    ended = supervised(f"{lives}time.sleep(2.2); os.kill(os.getppid(), 15); time.sleep(60)")

    waits = [float(wait) for wait in re.findall(r"worker_died\s+again_in=([0-9.]+) code=-9", ended.stdout)]
    assert waits[:3] == [0.0, 0.5, 1.0]
    assert ended.returncode == 0


def test_a_worker_that_does_not_stop_is_killed_and_that_is_not_in_order() -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); listening(); time.sleep(0.3)"
    ended = supervised(f"{deaf}\n    os.kill(os.getppid(), 15); time.sleep(60)", workers=1)

    assert ended.returncode == 1
    assert "workers_killed" in ended.stdout
