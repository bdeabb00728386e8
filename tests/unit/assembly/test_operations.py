"""Live and ready, of one worker and of several, and the front door's last word."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from millgate.assembly.following import Follower
from millgate.assembly.front import FrontDoor
from millgate.assembly.operations import OperationsPlane
from millgate.assembly.reports import Reports
from millgate.assembly.worker_reports import SILENT_SECONDS, ReportFiles, WorkerReport
from millgate.core.clock import StillClock
from millgate.core.errors import BODY_TOO_LARGE, Refusal, Refused
from millgate.snapshot.document import encode
from millgate.stores.memory import MemoryVersions
from millgate.wire.messages import Plane, Request, Response
from support.exchange import Answer, ask
from support.world import NOW, document

if TYPE_CHECKING:
    from pathlib import Path


def put(plane: Plane, target: str, method: str = "GET") -> Answer:
    return asyncio.run(ask(plane, method, target))


def published(count: int = 1) -> MemoryVersions:
    versions = MemoryVersions()
    for _ in range(count):
        versions.add(encode(document()))
    return versions


def plane_of(versions: MemoryVersions) -> OperationsPlane:
    return OperationsPlane(Reports(Follower(versions, {"echo": None}), StillClock(NOW)))


def test_it_lives_before_it_is_ready_and_is_ready_with_the_first_version() -> None:
    versions = MemoryVersions()
    follower = Follower(versions, {"echo": None})
    plane = OperationsPlane(Reports(follower, StillClock(NOW)))

    assert put(plane, "/-/live").json["status"] == "live"
    waiting = put(plane, "/-/ready")
    assert (waiting.status, waiting.headers["retry-after"]) == (503, "1")

    versions.add(encode(document()))
    assert follower.refresh()
    ready = put(plane, "/-/ready")
    assert (ready.status, ready.json["number"]) == (200, 1)
    assert ready.json["version"] == follower.holder.current.version
    assert ready.json["summary"] == "1 of 1 workers on version 1"


def test_a_worker_that_stops_is_not_ready_but_lives() -> None:
    plane = plane_of(published())
    plane.drain()

    stopping = put(plane, "/-/ready")
    assert (stopping.status, stopping.json["status"]) == (503, "stopping")
    assert stopping.json["summary"] == "0 of 1 workers on version 1"
    assert put(plane, "/-/live").status == 200


def test_any_worker_tells_which_version_each_serves(tmp_path: Path) -> None:
    clock = StillClock(NOW)
    reports = [
        Reports(Follower(published(count), {"echo": None}), clock, worker=worker, workers=4, home=tmp_path)
        for worker, count in ((1, 12), (2, 12), (3, 11), (4, 12))
    ]
    reports[3].stopping = True
    for item in reports:
        item.write(item.own())

    for item in reports[:3]:
        told = put(OperationsPlane(item), "/-/ready")
        assert told.status == 200
        assert told.json["summary"] == "2 of 4 workers on version 12"
        assert [(one["worker"], one["status"], one["number"]) for one in told.json["workers"]] == [
            (1, "ready", 12),
            (2, "ready", 12),
            (3, "ready", 11),
            (4, "stopping", 12),
        ]


def test_a_worker_that_is_gone_or_silent_does_not_count_as_serving(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait(20)
    files = ReportFiles(tmp_path)
    files.write(WorkerReport(worker=2, pid=gone.pid, at=NOW, number=1))
    files.write(WorkerReport(worker=3, pid=os.getpid(), at=NOW - SILENT_SECONDS, number=1))
    files.write(WorkerReport(worker=4, pid=os.getpid(), at=NOW, number=1))
    (tmp_path / "run" / "worker-5.json").write_bytes(b'{"worker": 5, "pi')
    own = Reports(Follower(published(), {"echo": None}), StillClock(NOW), worker=1, workers=5, home=tmp_path)

    told = put(OperationsPlane(own), "/-/ready").json
    assert told["summary"] == "2 of 5 workers on version 1"
    assert [one["worker"] for one in told["workers"]] == [1, 4]


@pytest.mark.parametrize(
    ("target", "method"),
    [
        ("/-/nothing", "GET"),
        ("/-/live", "POST"),
        ("/-/metrics", "POST"),
        ("/-/ready/x", "GET"),
        ("/-", "GET"),
    ],
)
def test_other_addresses_of_operations_are_not_found(target: str, method: str) -> None:
    assert put(plane_of(MemoryVersions()), target, method).status == 404


def named(name: str) -> Plane:
    async def plane(request: Request) -> Response:  # noqa: ARG001 - a plane
        return Response(200, (), name.encode())

    return plane


async def refuse(request: Request) -> Response:  # noqa: ARG001 - a plane
    raise Refused(Refusal(BODY_TOO_LARGE, {"limit": 5}))


async def fail(request: Request) -> Response:  # noqa: ARG001 - a plane
    raise RuntimeError("a cause that stays inside")


def door(pages: Plane) -> FrontDoor:
    planes = {name: named(name) for name in ("managed", "authority", "operations")}
    return FrontDoor(pages=pages, **planes)


@pytest.mark.parametrize(
    ("target", "plane"),
    [
        ("/", "pages"),
        ("/portal/", "pages"),
        ("/console/x", "pages"),
        ("/static/a.css", "pages"),
        ("/-/live", "operations"),
        ("/oauth2/v1/token", "authority"),
        ("/common/oauth2/token", "authority"),
        ("/x/v2.0/.well-known/openid-configuration", "authority"),
        ("/.well-known/oauth-authorization-server/x", "authority"),
        ("/test/PartList/v1/Parts", "managed"),
        ("/PartList/v1/Parts", "managed"),
        ("/portals", "managed"),
    ],
)
def test_each_address_has_one_plane(target: str, plane: str) -> None:
    assert put(door(named("pages")), target).body == plane.encode()


def test_a_refusal_that_a_plane_lets_through_is_answered() -> None:
    assert put(door(refuse), "/portal/").status == 413


def test_a_failure_that_a_plane_lets_through_is_the_managed_500_and_its_cause_is_logged() -> None:
    with capture_logs() as logged:
        answer = put(door(fail), "/portal/")

    assert (answer.status, answer.json["message"]) == (500, "Internal server error")
    assert answer.json["activityId"] == logged[0]["activity_id"]
    assert b"cause" not in answer.body
