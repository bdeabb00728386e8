"""Live and ready, and the front door's last word."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from millgate.assembly.following import Follower
from millgate.assembly.front import FrontDoor
from millgate.assembly.operations import OperationsPlane
from millgate.core.errors import BODY_TOO_LARGE, Refusal, Refused
from millgate.snapshot.document import encode
from millgate.stores.memory import MemoryVersions
from millgate.wire.messages import Plane, Request, Response
from support.exchange import Answer, ask
from support.world import document


def put(plane: Plane, target: str, method: str = "GET") -> Answer:
    return asyncio.run(ask(plane, method, target))


def test_it_lives_before_it_is_ready_and_is_ready_with_the_first_version() -> None:
    versions = MemoryVersions()
    follower = Follower(versions, {"echo": None})
    plane = OperationsPlane(follower)

    assert put(plane, "/-/live").json["status"] == "live"
    waiting = put(plane, "/-/ready")
    assert (waiting.status, waiting.headers["retry-after"]) == (503, "1")

    versions.add(encode(document()))
    assert follower.refresh()
    ready = put(plane, "/-/ready")
    assert (ready.status, ready.json["number"]) == (200, 1)
    assert ready.json["version"] == follower.holder.current.version


@pytest.mark.parametrize(("target", "method"), [("/-/nothing", "GET"), ("/-/live", "POST"), ("/-", "GET")])
def test_other_addresses_of_operations_are_not_found(target: str, method: str) -> None:
    assert put(OperationsPlane(Follower(MemoryVersions(), {})), target, method).status == 404


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
