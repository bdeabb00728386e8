"""Schemathesis over the exported definition of the action API: whatever it sends, each 5xx is a documented one."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import given
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance

from millgate.control.actions.registry.statuses import IDENTIFY_ERROR
from millgate.control.actions.registry.table import ROUTES, statuses_of
from support.fuzzing import bounded
from support.served import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemathesis import Case

    from support.served import Served
EXAMPLES: Final = 4
"""For each operation; all of them together take some twenty seconds."""
_CRASHED: Final = {"application-crash", IDENTIFY_ERROR.slug}
"""Documented, and the sign of a fault of ours."""


@pytest.fixture
def demo(home: Path) -> Iterator[Served]:
    """A demo of one's own, for sessions end and passwords change; without a limit of calls."""
    with running(home, MILLGATE_ACTION_CALLS="0") as server:
        yield server


@pytest.mark.timeout(240)
def test_no_call_is_answered_with_a_failure_that_is_not_documented(demo: Served) -> None:
    token = session_of(demo)
    definition = json.loads(httpx.get(f"{demo.origin}/documentation/openapi.json", timeout=60).content)
    schema = schemathesis.openapi.from_dict(definition)
    schema.config.update(base_url=f"{demo.origin}/api/v1")
    called = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        called.add(operation.path.removeprefix("/"))

        @bounded(EXAMPLES)
        @given(case=operation.as_strategy())
        def answered(case: Case[Any]) -> None:
            documented(case, token)

        answered()
    assert called == set(ROUTES), "every route was called"


def documented(case: Case[Any], token: str) -> None:
    """The answer to a call is one that its route documents, in its form."""
    with_token(case, token)
    answer = case.call(timeout=60)
    route = ROUTES[case.operation.path.removeprefix("/")]
    told = answer.json()
    known = {item.slug: item.code for item in statuses_of(route)}
    assert known.get(told["status"]) == answer.status_code, told
    assert told["status"] not in _CRASHED, told
    case.validate_response(answer, checks=[response_schema_conformance])


def with_token(case: Case[Any], token: str) -> None:
    """Put a token that is good into a call that carries one, so that it comes further than the first check."""
    if case.operation.path == "/sessions/destroy":
        return  # the session is needed for the others
    if isinstance(case.body, dict) and isinstance(case.body.get("token"), str):
        case.body["token"] = token
    if case.media_type == "text/plain" and case.body:
        # A text that is no base64 ends at the first check, too: half of them are made to hold what they are.
        text = str(case.body)
        if len(text) % 2:
            held = {"token": token, "email": text, "password": text, "application": "planoauth"}
            case.body = base64.b64encode(json.dumps(held).encode("utf-8", "replace")).decode()


def session_of(demo: Served) -> str:
    """The token of a session that has rights to nearly everything."""
    given: dict[str, Any] = {
        "email": demo.env["ADMIN_EMAIL"],
        "password": demo.env["ADMIN_PASSWORD"],
        "application": "planoauth",
    }
    body = base64.b64encode(json.dumps(given).encode())
    answer = httpx.post(
        f"{demo.origin}/api/v1/sessions/create",
        content=body,
        headers={"content-type": "text/plain"},
        timeout=60,
    )
    return str(answer.json()["data"]["token"])
