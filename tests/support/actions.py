"""Calls of the action API through Django's own client."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from django.test import Client

from support.accounts import PASSWORD, person_make

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from millgate.control.accounts.models import Person

EMPLOYEE = "edna@example.com"


def actions_make() -> None:
    """The registry, as the first start makes it."""
    from millgate.control.actions.deployment import actions_ensure  # noqa: PLC0415 - Django must be ready

    actions_ensure()


def worker_make(email: str = EMPLOYEE, *, hats: Iterable[str] = ("employee",), **members: Any) -> Person:
    """Somebody active with records, of the one company that there is unless it is named."""
    from millgate.control.accounts.models import Company  # noqa: PLC0415 - Django must be ready
    from millgate.control.accounts.services import company_create, person_hats_set  # noqa: PLC0415

    company = Company.objects.first() or company_create(pcn=7001, code="MILL", name="Example Mill (Sample)")
    person = person_make(email, **{"company": company} | members)
    person_hats_set(person=person, hats=hats)
    return person


def encoded(params: object) -> str:
    """The body of a sensitive route."""
    return base64.b64encode(json.dumps(params).encode()).decode()


def send(
    path: str,
    body: str | bytes = b"",
    *,
    verb: str = "POST",
    content_type: str = "application/json",
    client: Client | None = None,
    **extra: Any,
) -> Response:
    """Anything at all to a route."""
    # Django's client leaves the type of an empty body out; browsers and curl do not.
    typed: dict[str, Any] = {"CONTENT_TYPE": content_type} if content_type else {}
    return (client or Client()).generic(verb, f"/api/v1/{path}", body, content_type, **typed, **extra)


def call(path: str, token: str = "", /, *, verb: str = "POST", **params: Any) -> dict[str, Any]:
    """The envelope of a call as the route takes it."""
    from millgate.control.actions.registry.table import ROUTES  # noqa: PLC0415 - Django must be ready

    given = ({"token": token} if token else {}) | params
    route = ROUTES[path]
    secret = route.sensitive or any(item.sensitive and item.name in params for item in route.own_parameters)
    body = encoded(given) if secret else json.dumps(given)
    return envelope(send(path, body, verb=verb, content_type="text/plain" if secret else "application/json"))


def envelope(answer: Response) -> dict[str, Any]:
    """An answer that has the members of every envelope."""
    found: dict[str, Any] = json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/json"
    assert list(found)[:4] == ["status", "code", "message", "data"]
    assert {"session", "application"} <= found.keys()
    assert found["code"] == answer.status_code
    assert "Set-Cookie" not in answer.headers
    return found


def signed_in(email: str = EMPLOYEE, *, application: str = "planoauth", **params: Any) -> str:
    """The token of a new session."""
    params = {"email": email, "password": PASSWORD, "application": application} | params
    answer = call("sessions/create", **params)
    assert answer["status"] == "action-successful", answer
    return str(answer["data"]["token"])
