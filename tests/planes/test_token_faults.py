"""Faults on demand at the token endpoint: the genuine errors, for applications that prove to be themselves."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import msgspec
import pytest
from structlog.testing import capture_logs

from millgate.core.errors import CATALOGUE
from millgate.core.on_demand import Source, source_of
from millgate.wire.messages import NoAnswer
from support.exchange import Answer, ask, request_of
from support.striking import (
    essence,
    rule,
    run,
    statuses,
    striking,
)
from support.world import CLIENT, RESOURCE, SECRET, TEST_ONLY_CLIENT, TOKEN_PATH, World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


FORM: Final = {
    "grant_type": "client_credentials",
    "client_id": CLIENT,
    "client_secret": SECRET,
    "resource": RESOURCE,
}


def basic(text: str = f"{CLIENT}:{SECRET}") -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


async def form(
    world: World, fields: Any, path: str = TOKEN_PATH, method: str = "POST", **headers: str
) -> Answer:
    sent = {"content-type": "application/x-www-form-urlencoded"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(world.authority, method, path, headers=sent, body=urlencode(fields).encode())


def but(**changes: str | None) -> Callable[[World], Awaitable[Answer]]:
    """The good request, changed."""
    fields = {name: value for name, value in (FORM | changes).items() if value is not None}
    return lambda world: form(world, fields)


async def disabled(world: World) -> Answer:
    directory = world.document.directory
    applications = tuple(msgspec.structs.replace(item, enabled=False) for item in directory.applications)
    changed = msgspec.structs.replace(directory, applications=applications)
    world.publish(msgspec.structs.replace(world.document, directory=changed))
    return await form(world, FORM)


GENUINE_TOKENS: Final[dict[str, Callable[[World], Awaitable[Answer]]]] = {
    "MG701": but(grant_type=None),
    "MG702": but(grant_type="password"),
    "MG703": disabled,
    "MG704": lambda world: form(
        world,
        {"grant_type": "client_credentials", "client_id": "00000000-0000-0000-0000-000000000000"},
        authorization=basic(),
    ),
    "MG705": but(client_secret=None),
    "MG706": but(client_secret="wrong"),
    "MG707": but(resource=None),
    "MG708": but(resource="http://elsewhere.example/"),
    "MG709": lambda world: form(world, FORM, method="GET"),
    "MG710": lambda world: form(world, {}),
    "MG711": lambda world: form(world, FORM, "/00000000-0000-0000-0000-000000000000/oauth2/token"),
    "MG712": lambda world: form(world, [*FORM.items(), ("grant_type", "x")]),
    "MG713": lambda world: form(world, FORM, authorization=basic()),
    "MG714": lambda world: form(world, {"grant_type": "client_credentials"}, authorization="Basic !"),
    "MG721": but(grant_type="refresh_token", refresh_token="unknown"),
}


@pytest.mark.parametrize("code", GENUINE_TOKENS)
def test_an_error_of_the_token_endpoint_on_demand_is_the_genuine_one_but_for_its_ids(code: str) -> None:
    genuine = run(GENUINE_TOKENS[code](World()))
    sent = {"authorization": basic()} if code in {"MG704", "MG713", "MG714"} else {}
    fields = {name: value for name, value in FORM.items() if not sent or name != "client_secret"}
    on_demand = run(form(World(fault_header=True), fields, x_millgate_fault=code, **sent))

    assert genuine.json["error_codes"] == list(CATALOGUE[code].numbers)
    ids = essence(genuine, ids=True)[2].replace(CLIENT.encode(), b"id")
    assert essence(on_demand, ids=True)[2] == ids
    assert essence(on_demand)[:2] == essence(genuine)[:2]
    assert on_demand.headers["x-millgate-fault"] == code


@pytest.mark.parametrize(
    "code", [code for code, problem in CATALOGUE.items() if source_of(problem) is Source.TOKEN]
)
def test_every_error_of_the_token_endpoint_can_be_had_with_all_its_text_filled_in(code: str) -> None:
    problem = CATALOGUE[code]
    answer = run(form(World(fault_header=True), FORM, x_millgate_fault=code))

    assert (answer.status, answer.json["error"]) == (problem.status, problem.title)
    described = answer.json["error_description"]
    assert "{" not in described
    assert described.startswith(problem.message.partition("{")[0])


def test_the_owner_of_an_application_is_told_that_an_error_was_on_demand() -> None:
    world = World(fault_header=True)
    with capture_logs() as logs:
        run(form(world, FORM, x_millgate_fault="MG706"))
    (line,) = (line for line in logs if line["event"] == "token_refused")
    assert (line["hint"], line["cause"]) == ("on-demand", "fault asked for by header")


def test_the_token_endpoint_tells_a_code_that_it_has_not() -> None:
    answer = run(form(World(fault_header=True), FORM, x_millgate_fault="MG401"))
    assert (answer.status, answer.json["statusCode"]) == (400, 400)
    assert "MG401" in answer.json["message"]


def test_who_does_not_prove_to_be_an_application_is_not_struck() -> None:
    wrong = FORM | {"client_secret": "wrong"}
    answer = run(form(World(fault_header=True), wrong, x_millgate_fault="MG702"))
    assert answer.json["error"] == "invalid_client"
    assert run(form(World(), FORM, x_millgate_fault="MG702")).status == 200, "it is not allowed here"


def test_a_token_rule_strikes_test_only_applications_unless_production_is_allowed() -> None:
    tokens = rule("tok", place="token", code="MG706")
    test_only = FORM | {"client_id": TEST_ONLY_CLIENT}

    async def call(fields: dict[str, str], **given: Any) -> int:
        return (await form(striking(tokens, **given), fields)).status

    assert run(call(FORM)) == 200
    assert run(call(test_only)) == 401
    assert run(call(FORM, production_faults=True)) == 401
    assert run(call(test_only | {"client_id": TEST_ONLY_CLIENT})) == 401


def test_a_token_rule_of_another_application_does_not_strike_and_others_hold_back_or_drop() -> None:
    other = rule("other", place="token", code="MG706", application=CLIENT)
    slow = rule("slow", place="token", effect="delay", code="", delay_to=1)
    gone = rule("gone", place="token", effect="drop", code="")
    fields = FORM | {"client_id": TEST_ONLY_CLIENT}

    held = run(form(striking(other, slow), fields))
    assert (held.status, held.headers["x-millgate-fault"]) == (200, "slow")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    request = request_of("POST", TOKEN_PATH, headers=headers, body=urlencode(fields).encode())
    dropped = run(striking(gone).authority(request))
    assert isinstance(dropped.body, NoAnswer)


def test_rules_of_managed_calls_and_of_tokens_leave_each_other_alone() -> None:
    world = striking(rule(place="token", code="MG706"), rule("managed"), production_faults=True)
    assert run(statuses(world, 1)) == [429]
    assert run(form(world, FORM)).status == 401
