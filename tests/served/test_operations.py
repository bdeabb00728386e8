"""What an operator sees of a running server: its readiness, its metrics, its access log, its counts."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.served import Served, free_port, start, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PARTS = "/test/PartList/v1/Parts"
PATIENCE_SECONDS = 20.0


@pytest.fixture
def server(home: Path) -> Iterator[Served]:
    """A demo of one's own with an access log."""
    running = start(home, MILLGATE_ACCESS_LOG=str(home.parent / "access.log"))
    try:
        wait_until_ready(running)
        yield running
    finally:
        running.stop()


@pytest.fixture
def workers(home: Path) -> Iterator[Served]:
    """Three workers. The store of limits is not there; nothing here is counted against a limit."""
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    running = start(home, command="serve", MILLGATE_WORKERS="3", MILLGATE_REDIS_URL=nowhere)
    try:
        wait_until_ready(running)
        yield running
    finally:
        running.stop()


def until(true: Callable[[], bool]) -> None:
    last = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < last
        time.sleep(0.05)


def metric(server: Served, name: str, **labels: str) -> float:
    """The sum of a metric's samples that have these labels."""
    text = httpx.get(f"{server.origin}/-/metrics").raise_for_status().text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def counted(server: Served) -> dict[str, Any]:
    with closing(sqlite3.connect(server.home / "usage.db")) as connection:
        rows = connection.execute(
            "SELECT api || ' ' || status, sum(calls) FROM usage_call_count GROUP BY 1"
        ).fetchall()
    return dict(rows)


def test_calls_appear_in_metrics_in_the_access_log_and_in_the_counts(server: Served) -> None:
    key = server.env["SUBSCRIPTION_KEY"]
    token = server.token()
    bearer = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=server.origin, headers=bearer) as client:
        answered = client.get(f"{PARTS}?subscription-key={key}&limit=1")
        refused = client.get(f"{PARTS}?subscription-key=forged")
        unmatched = client.get("/test/PartList/v1/Nothing\u2028?a=b")
    assert [answered.status_code, refused.status_code, unmatched.status_code] == [200, 401, 404]

    of_api = {"tier": "test", "operation": "list-parts"}
    until(lambda: metric(server, "millgate_refusals_total", code="MG103") >= 1)
    assert metric(server, "millgate_calls_total", **{**of_api, "class": "success"}) >= 1
    assert metric(server, "millgate_refusals_total", code="MG202") >= 1
    log = server.home.parent / "access.log"
    until(lambda: log.exists() and log.read_bytes().count(b"\n") >= 3)
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    assert [line["request_id"] for line in lines[-3:]] == [
        answer.headers["x-request-id"] for answer in (answered, refused, unmatched)
    ]
    assert [(line["status"], line["class"], line["code"]) for line in lines[-3:]] == [
        (200, "success", ""),
        (401, "blocked", "MG202"),
        (404, "other", "MG103"),
    ]
    assert lines[-3]["path"] == PARTS
    written = log.read_text()
    assert key not in written
    assert token not in written
    assert "forged" not in written
    assert counted(server)[" 404"] >= 1


def test_a_server_that_was_told_to_stop_has_written_all_that_it_counted(server: Served) -> None:
    with server.client() as client:
        before = client.get(f"{PARTS}?limit=1")
        for _ in range(20):
            client.get(f"{PARTS}?limit=1")
        last = client.get(f"{PARTS}?limit=1")
    assert server.stop() == 0

    api = next(name for name in counted(server) if name.endswith(" 200"))
    assert counted(server)[api] >= 22
    written = (server.home.parent / "access.log").read_text()
    assert before.headers["x-request-id"] in written
    assert last.headers["x-request-id"] in written


def test_readiness_tells_the_version_in_force(demo: Served) -> None:
    ready = httpx.get(f"{demo.origin}/-/ready").raise_for_status().json()

    assert ready["status"] == "ready"
    assert ready["summary"] == f"1 of 1 workers on version {ready['number']}"
    assert metric(demo, "millgate_snapshot_number", worker="1") == ready["number"]


def test_metrics_are_for_the_machine_itself(demo: Served) -> None:
    refused = httpx.get(f"{demo.origin}/-/metrics", headers={"X-Forwarded-For": "203.0.113.7"})

    assert refused.status_code == 404


def test_any_of_several_workers_tells_of_all_and_their_counts_never_go_back(workers: Served) -> None:
    for _ in range(30):  # each on a connection of its own, so that they spread
        assert httpx.get(workers.origin + PARTS).status_code == 401

    # A worker that is killed loses what it has not written yet.
    until(lambda: sum(report["counted"]["codes"].get("MG201", 0) for report in reports(workers)) == 30)
    assert metric(workers, "millgate_refusals_total", code="MG201") == 30
    until(lambda: "3 of 3 workers on version" in ready(workers)["summary"])
    pids = {report["worker"]: report["pid"] for report in reports(workers)}
    os.kill(pids[2], signal.SIGKILL)
    until(lambda: {report["worker"]: report["pid"] for report in reports(workers)}[2] != pids[2])
    until(lambda: "3 of 3 workers on version" in ready(workers)["summary"])
    assert {metric(workers, "millgate_refusals_total", code="MG201") for _ in range(12)} == {30}


def ready(server: Served) -> dict[str, Any]:
    answer: dict[str, Any] = httpx.get(f"{server.origin}/-/ready").json()
    return answer


def reports(server: Served) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in (server.home / "run").glob("worker-*.json")]
