"""The action API through the gateway: no key and no access token, and limits for whoever sends a key."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from msgspec.structs import replace

from millgate.assembly.actions_backend import ActionsBackend
from millgate.control.actions.describing.api import api_managed
from millgate.core.clock import StillClock
from millgate.snapshot.document import Catalogue, Limit
from millgate.snapshot.upstreams import ACTIONS
from millgate.wire.messages import Response
from millgate.wire.wsgi import WsgiPlane
from support.accounts import PASSWORD
from support.actions import EMPLOYEE, actions_make, encoded, send, worker_make
from support.exchange import Answer, ask
from support.world import KEY, PRODUCT, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from millgate.wire.messages import Plane, Request

CREATE = "/actions/v1/sessions/create"
SIGN_IN = {"email": EMPLOYEE, "password": PASSWORD, "application": "planoauth"}


def published(pages: Plane, *limits: Limit) -> World:
    """A world in which the product opens the action API, within limits."""
    world = World()
    catalogue = Catalogue((api_managed(),), (replace(PRODUCT, apis=("actions",), limits=limits),))
    directory = replace(
        world.document.directory,
        subscriptions=tuple(item for item in world.document.directory.subscriptions if item.key == "sub"),
    )
    world.publish(replace(world.document, catalogue=catalogue, directory=directory))
    world.managed._backends = {ACTIONS: ActionsBackend(pages)}
    return world


def called(world: World, target: str, body: bytes, method: str = "POST", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(ask(world.managed, method, target, headers=named, body=body))


class Told:
    """Pages that only note what they are asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return Response(200, (("content-type", "application/json"), ("x-request-id", "own")), b"{}")


@pytest.fixture
def pages(committed: None) -> Iterator[WsgiPlane]:  # noqa: ARG001 - its threads have connections of their own
    actions_make()
    worker_make()
    application = get_wsgi_application()

    def closing(environ: dict[str, Any], start: Any) -> Any:
        try:
            return list(application(environ, start))
        finally:
            connections.close_all()

    plane = WsgiPlane(closing, threads=1, body_limit=1_000_000, origin_host="testserver")
    yield plane
    plane.close()


def test_a_session_begins_through_the_gateway_as_at_the_direct_address(
    pages: WsgiPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each read renews the session, and a second may end between two.
    monkeypatch.setattr(settings, "CLOCK", StillClock(1_800_000_000.4))
    world = published(pages)

    answer = called(world, CREATE, encoded(SIGN_IN).encode(), content_type="text/plain")

    assert answer.status == 200
    token = answer.json["data"]["token"]
    assert answer.json["session"]["application"] == "planoauth"
    read = json.dumps({"token": token}).encode()
    managed = called(world, "/actions/v1/sessions/read", read, content_type="application/json")
    direct = send("sessions/read", read)
    assert managed.json["data"] == json.loads(direct.content)["data"]
    ended = called(world, "/actions/v1/sessions/destroy", read, "DELETE", content_type="application/json")
    assert ended.json["status"] == "action-successful"
    again = called(world, "/actions/v1/sessions/read", read, content_type="application/json")
    assert (again.status, again.json["status"]) == (401, "invalid-token")


def test_the_call_has_one_id_in_the_gateway_and_in_the_log_of_what_changed(pages: WsgiPlane) -> None:
    from millgate.control.audit.models import Entry  # noqa: PLC0415 - Django must be ready

    answer = called(published(pages), CREATE, encoded(SIGN_IN).encode(), content_type="text/plain")

    entry = Entry.objects.latest("pk")
    assert entry.request_id == answer.headers["x-request-id"]


def test_credentials_of_the_gateway_and_of_the_browser_stay_outside() -> None:
    told = Told()
    world = published(told)

    answer = called(
        world,
        f"{CREATE}?subscription-key={KEY}",
        b"e30=",
        content_type="text/plain",
        user_agent="desk/1",
        cookie="millgate_session=x",
        authorization="Bearer x",
    )

    (request,) = told.requests
    assert (request.method, request.raw_path, request.query) == ("POST", "/api/v1/sessions/create", "")
    assert dict(request.headers) == {"content-type": "text/plain", "user-agent": "desk/1"}
    assert request.request_id == answer.headers["x-request-id"] != "own"
    assert asyncio.run(request.body(10)) == b"e30="


def test_without_a_key_it_answers_and_a_wrong_key_is_refused() -> None:
    world = published(Told())

    assert called(world, CREATE, b"e30=").status == 200
    assert called(world, CREATE, b"e30=", ocp_apim_subscription_key="wrong").status == 401


def test_a_rate_limit_refuses_with_the_managed_429_and_calls_are_recorded() -> None:
    told = Told()
    world = published(told, Limit("rate", 2, 60))

    answers = [called(world, CREATE, b"e30=", ocp_apim_subscription_key=KEY) for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[-1].json["statusCode"] == 429
    assert answers[-1].headers["retry-after"]
    assert len(told.requests) == 2
    records = list(world.usage.calls)
    assert [(item.api, item.operation, item.status) for item in records] == [
        ("actions", "sessions-create", status) for status in (200, 200, 429)
    ]


def test_a_target_that_is_no_route_leads_nowhere_else() -> None:
    told = Told()
    world = published(told)
    api = api_managed()
    astray = tuple(replace(item, target="../../console/x") for item in api.operations)
    catalogue = Catalogue((replace(api, operations=astray),))
    world.publish(replace(world.document, catalogue=catalogue))

    answer = called(world, CREATE, base64.b64encode(b"{}"))

    assert (answer.status, answer.json["message"]) == (500, "Internal server error")
    assert told.requests == []
