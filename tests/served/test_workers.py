"""Several workers on one port: they count together, and each can be done without."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from support.console import Console
from support.publishing import PARTS, eventually, loaded, published, workers_at
from support.served import Served, start, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 4


def started(home: Path, redis_url: str, **changes: str) -> Served:
    """Four workers that are ready."""
    variables = {"MILLGATE_WORKERS": str(WORKERS), "MILLGATE_REDIS_URL": redis_url} | changes
    server = start(home, command="serve", port=None, output_in=None, tls=False, cold=False, **variables)
    wait_until_ready(server)
    return server


@pytest.fixture(scope="module")
def server(made: Path, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("workers") / "home"
    shutil.copytree(made, home)
    running = started(home, redis_url)
    try:
        yield running
    finally:
        assert running.stop() == 0, running.printed()


def children(pid: int) -> set[int]:
    """The processes that a process started and that run."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.add(int(stat.parent.name))
    return found


def runs(pid: int) -> bool:
    """Whether a process is there, and not only waiting to be forgotten.

    The first of its threads may have ended before the others, which hold its sockets open until they end, too.
    """
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    threads = int(fields[16])
    return state != "Z" or threads > 1


def test_a_limit_is_exact_over_all_workers(server: Served) -> None:
    limit, calls = int(server.env["LIMITED_CALLS"]), int(server.env["LIMITED_CALLS"]) * 3
    headers = server.headers() | {"Ocp-Apim-Subscription-Key": server.env["LIMITED_SUBSCRIPTION_KEY"]}

    def call(_: int) -> int:
        # A connection of its own, so that the calls spread over the workers.
        return httpx.get(server.origin + PARTS, headers=headers).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(calls)))

    assert (statuses.count(200), statuses.count(429)) == (limit, calls - limit)


def test_a_killed_worker_is_followed_by_another_while_the_others_serve(server: Served) -> None:
    before = children(server.process.pid)
    assert len(before) == WORKERS
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: not runs(killed))

    headers = server.headers()
    assert {httpx.get(server.origin + PARTS, headers=headers).status_code for _ in range(12)} == {200}
    eventually(lambda: len(children(server.process.pid) - before) == 1)
    assert re.search(rf"worker_died .*pid={killed}", server.printed())


def test_a_publication_reaches_every_worker_without_a_failed_call(server: Served) -> None:
    """Clients keep their connections; what is published meanwhile does not touch their calls."""
    with Console(server) as console, loaded(server) as statuses:
        numbers = [published(server, console, enabled=enabled) for enabled in (False, True)]
        eventually(lambda: workers_at(server, numbers[-1]) == WORKERS)

    assert set(statuses) == {200}
    shown = {httpx.get(f"{server.origin}/-/ready").json()["number"] for _ in range(12)}
    assert shown == {numbers[-1]}


def test_the_console_says_how_many_workers_are_on_the_newest_version(server: Served) -> None:
    with Console(server) as console:
        number = published(server, console, enabled=False)
        said = f"{WORKERS} of {WORKERS} workers on version {number}"
        eventually(lambda: said in console.page("/console/publishing/"))
        published(server, console, enabled=True)


def test_workers_end_when_their_supervisor_is_killed(home: Path, redis_url: str) -> None:
    server = started(home, redis_url)
    workers = children(server.process.pid)
    server.kill()

    eventually(lambda: not any(map(runs, workers)))
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.origin}/-/live")
    eventually(lambda: not held(home))


def held(home: Path) -> bool:
    """Whether somebody serves the home; one that was being started may end a moment later than the others."""
    with (home / "serving.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_the_home_stays_held_while_a_worker_lives(home: Path, redis_url: str) -> None:
    server = started(home, redis_url)
    worker = min(children(server.process.pid))
    os.kill(worker, signal.SIGSTOP)
    try:
        server.kill()
        assert held(home)
    finally:
        os.kill(worker, signal.SIGCONT)
    eventually(lambda: not runs(worker))


def test_ctrl_c_in_a_terminal_ends_all_in_order(home: Path, redis_url: str) -> None:
    """A terminal sends the signal to every process of the group."""
    server = started(home, redis_url)
    workers = children(server.process.pid)
    for pid in (*workers, server.process.pid):
        os.kill(pid, signal.SIGINT)

    assert server.process.wait(20) == 0, server.printed()
    assert not any(map(runs, workers))
    assert "Traceback" not in server.printed()
