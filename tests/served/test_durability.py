"""Killed at any moment, it starts again with everything that was acknowledged."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from support.console import Console
from support.served import PATIENCE_SECONDS, Served, running, start, wait_until_ready

MOMENTS: tuple[Callable[[Path, float], bool], ...] = (
    lambda home, _: any(home.glob("plant.db.making*")),
    lambda home, worked: worked > 2 and (home / "plant.db.making").exists(),
    lambda home, worked: worked > 4 and (home / "plant.db.making").exists(),
    lambda home, _: (home / "plant.db").exists(),
)
"""While tables are made, twice while the company is, and while it is copied: by the home, and by the seconds of a
processor that the demo had, which a busy machine does not change.
"""


def calls(server: Served) -> int:
    """A managed call's status."""
    return httpx.get(f"{server.origin}/test/PartList/v1/Parts?limit=1", headers=server.headers()).status_code


def counted(home: Path) -> int:
    """What the counters in the file add up to."""
    with closing(sqlite3.connect(home / "usage.db")) as connection:
        (value,) = connection.execute("SELECT sum(value) FROM usage_counter").fetchone()
    return int(value or 0)


def worked(pid: int) -> float:
    """The seconds of a processor that a process had."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def wait_for(moment: Callable[[Path, float], bool], server: Served) -> None:
    """Return once it has come; making the company takes some seconds."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not moment(server.home, worked(server.process.pid)):
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.timeout(300)
def test_killed_while_it_is_made_for_the_first_time(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for moment in MOMENTS:
        server = start(home)
        wait_for(moment, server)
        server.kill()
        assert "End with Ctrl-C." not in server.printed()
    with running(home) as server:
        assert calls(server) == 200
        with server.client() as client:
            assert client.get("/Workcenter/v1/Workcenters?limit=1").json()["total"] == 42
    assert not list(home.glob("*.making*"))


def test_killed_right_after_the_console_acknowledged_a_change(home: Path) -> None:
    server = start(home)
    wait_until_ready(server)
    with Console(server) as console:
        page = console.row("/console/clients/clientapplication/", "Sample Integration")
        console.send(page, {"enabled": None}, having="display_name").raise_for_status()
    server.kill()

    with running(home) as again:
        form = {"grant_type": "client_credentials", "client_id": again.env["CLIENT_ID"], "client_secret": "x"}
        answer = httpx.post(f"{again.origin}/oauth2/v1/token", data=form)
        assert answer.json()["error_codes"] == [70001]


def test_quotas_go_on_counting_after_a_kill(home: Path) -> None:
    server = start(home)
    wait_until_ready(server)
    headers = server.headers()
    for _ in range(20):
        httpx.get(f"{server.origin}/test/PartList/v1/Parts?limit=1", headers=headers)
    until = time.monotonic() + 20
    while counted(home) < 20:
        assert time.monotonic() < until, "the counts are not written"
        time.sleep(0.05)
    server.kill()
    before = counted(home)

    with running(home) as again:
        assert calls(again) == 200
    assert counted(home) == before + 1


def test_a_lost_demo_env_is_made_anew_with_credentials_that_work(home: Path) -> None:
    (home / "demo.env").unlink()

    with running(home) as server:
        assert calls(server) == 200


@pytest.mark.parametrize("name", ["plant.db", "plant_test.db"])
def test_a_lost_plant_is_made_anew(home: Path, name: str) -> None:
    (home / name).unlink()

    with running(home) as server:
        tier = "/test" if "test" in name else ""
        with server.client() as client:
            assert client.get(f"{tier}/Workcenter/v1/Workcenters?limit=1").json()["total"] == 42


def test_what_was_acknowledged_is_there_after_a_kill_and_is_not_written_twice(home: Path) -> None:
    part = {"partNo": "KILLED-1", "revision": "A", "name": "Written just before the end"}
    key = {"Idempotency-Key": "once-and-for-all"}
    server = start(home)
    wait_until_ready(server)
    with server.client() as client:
        made = client.post("/test/PartList/v1/Parts", json=part, headers=key)
    assert made.status_code == 201, made.text
    server.kill()

    with running(home) as again, again.client() as client:
        repeated = client.post("/test/PartList/v1/Parts", json=part, headers=key)
        found = client.get("/test/PartList/v1/Parts?PartNo=KILLED-1").json()
        gone = client.delete(made.headers["location"])
        empty = client.get("/test/PartList/v1/Parts?PartNo=KILLED-1")

    assert (repeated.status_code, repeated.headers["idempotent-replayed"]) == (201, "true")
    assert repeated.json()["embedded"] == made.json()["embedded"] == found["embedded"]
    assert (gone.status_code, gone.content, "content-length" in gone.headers) == (204, b"", False)
    assert empty.status_code == 404
