"""Introspection (RFC 7662) and revocation (RFC 7009), and that the gateway honours the latter."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from support.exchange import Answer, ask
from support.tokens import signed
from support.world import (
    CLIENT,
    NOW,
    ORIGIN,
    OTHER_TENANT,
    PUBLIC_CLIENT,
    RESOURCE,
    SECRET,
    STRICT_RESOURCE,
    TENANT,
    TEST_ONLY_CLIENT,
    World,
    application,
    document,
)

LIVE = "/test/PartList/v1/Parts"
INACTIVE = {"active": False}
STRANGER = "0d5f8f8a-5a42-4c35-8f43-6c7d3b0e9999"


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


async def about(world: World, what: str, token: str | None, **changes: str | None) -> Answer:
    given = {"client_id": CLIENT, "client_secret": SECRET, "token": token} | changes
    body = urlencode({name: value for name, value in given.items() if value is not None}).encode()
    return await world.post(f"/oauth2/v1/{what}", body)


def introspected(world: World, token: str, **changes: str | None) -> Any:
    answer = run(about(world, "introspect", token, **changes))
    assert answer.status == 200, answer.body
    return answer.json


@pytest.fixture
def world() -> World:
    """The world, with an application of the other company."""
    made = document()
    applications = (*made.directory.applications, application(STRANGER, pcn=2, account=None))
    directory = msgspec.structs.replace(made.directory, applications=applications)
    return World(msgspec.structs.replace(made, directory=directory))


def given(world: World, **changes: Any) -> dict[str, str]:
    world.code(**changes)
    answer: dict[str, str] = run(world.redeem()).json
    return answer


# Introspection


def test_a_token_of_an_application_is_told_of(world: World) -> None:
    token = run(world.token())
    told = introspected(world, token)
    assert told.pop("sub")
    assert told == {
        "active": True,
        "client_id": CLIENT,
        "token_type": "Bearer",
        "exp": NOW + 3600,
        "iat": NOW - 300,
        "nbf": NOW - 300,
        "aud": RESOURCE,
        "iss": f"{ORIGIN}/{TENANT}/",
    }


def test_a_token_of_a_person_tells_of_them_and_a_refresh_token_to_its_own_program_alone(world: World) -> None:
    body = given(world)
    told = introspected(world, body["access_token"], client_id=TEST_ONLY_CLIENT)
    assert (told["active"], told["username"], told["scope"]) == (True, "mia", "user_impersonation")
    own = introspected(world, body["refresh_token"])
    assert own == {
        "active": True,
        "scope": "user_impersonation",
        "client_id": CLIENT,
        "username": "mia",
        "exp": NOW + 14 * 24 * 3600,
        "iat": NOW,
    }
    assert introspected(world, body["refresh_token"], client_id=TEST_ONLY_CLIENT) == INACTIVE


def test_a_strict_token_tells_its_own_id(world: World) -> None:
    told = introspected(world, run(world.token(resource=STRICT_RESOURCE)))
    assert told["jti"]
    assert told["aud"] == STRICT_RESOURCE
    assert "nbf" not in told


def test_of_tokens_of_another_tenant_nothing_is_told(world: World) -> None:
    assert introspected(world, run(world.token()), client_id=STRANGER) == INACTIVE


def test_what_is_no_token_or_is_good_no_more_is_inactive_and_nothing_else(world: World) -> None:
    token, body = run(world.token()), given(world)
    world.code("waiting")
    refreshed = run(world.refresh(body["refresh_token"])).json
    spent = [
        "x",
        "a.b.c",
        token[:-4] + "AAAA",
        signed(number=3),
        signed(exp=int(NOW)),
        signed(nbf=int(NOW) + 1),
        signed(aud="http://other.example/"),
        signed(appid="0d5f8f8a-5a42-4c35-8f43-6c7d3b0e0000"),
        body["id_token"],
        body["refresh_token"],
        "waiting",
    ]
    assert [introspected(world, item) for item in spent] == [INACTIVE] * len(spent)
    assert introspected(world, refreshed["refresh_token"])["active"]
    world.clock.jump(3600)
    assert introspected(world, token) == INACTIVE
    assert introspected(world, refreshed["refresh_token"])["active"]


def test_a_person_or_program_that_is_blocked_makes_its_tokens_inactive(world: World) -> None:
    body, own = given(world), run(world.token())
    directory = world.document.directory
    blocked = tuple(msgspec.structs.replace(item, active=item.key != "mia") for item in directory.accounts)
    world.publish(
        msgspec.structs.replace(
            world.document, directory=msgspec.structs.replace(directory, accounts=blocked)
        )
    )
    assert introspected(world, body["access_token"]) == INACTIVE
    assert introspected(world, body["refresh_token"]) == INACTIVE
    assert introspected(world, own)["active"]
    disabled = tuple(
        msgspec.structs.replace(item, enabled=item.client_id != CLIENT) for item in directory.applications
    )
    world.publish(
        msgspec.structs.replace(
            world.document, directory=msgspec.structs.replace(directory, applications=disabled)
        )
    )
    assert introspected(world, own, client_id=TEST_ONLY_CLIENT) == INACTIVE


@pytest.mark.parametrize("what", ["introspect", "revoke"])
def test_who_asks_proves_to_be_an_application(world: World, what: str) -> None:
    token = run(world.token())
    assert run(about(world, what, token, client_secret=None)).status == 401
    wrong = run(about(world, what, token, client_secret="wrong"))
    assert (wrong.status, wrong.json["error_codes"]) == (401, [70002, 50012])
    assert run(about(world, what, token, client_id="nobody")).json["error_codes"] == [70001]


def test_a_public_client_may_not_introspect(world: World) -> None:
    answer = run(about(world, "introspect", "x", client_id=PUBLIC_CLIENT, client_secret=None))
    assert (answer.status, answer.json["error_codes"]) == (401, [90014])


@pytest.mark.parametrize("what", ["introspect", "revoke"])
@pytest.mark.parametrize("token", [None, ""])
def test_a_request_without_a_token_names_the_parameter(world: World, what: str, token: str | None) -> None:
    answer = run(about(world, what, token))
    assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    text = "AADSTS90014: The request body must contain the following parameter: 'token'."
    assert answer.json["error_description"].startswith(text)


@pytest.mark.parametrize("what", ["introspect", "revoke"])
@pytest.mark.parametrize("place", ["oauth2/v1", f"{TENANT}/oauth2", "common/oauth2"])
def test_both_endpoints_answer_at_every_address_and_to_posts_alone(
    world: World, what: str, place: str
) -> None:
    body = urlencode({"client_id": CLIENT, "client_secret": SECRET, "token": "x"}).encode()
    assert run(world.post(f"/{place}/{what}", body)).status == 200
    assert run(ask(world.authority, "GET", f"/{place}/{what}")).status == 405
    assert run(world.post(f"/{place}/{what}/more", body)).status == 404


def test_an_address_of_another_tenant_knows_no_application_of_this_one(world: World) -> None:
    body = urlencode({"client_id": CLIENT, "client_secret": SECRET, "token": "x"}).encode()
    answer = run(world.post(f"/{OTHER_TENANT}/oauth2/introspect", body))
    assert answer.json["error_codes"] == [70001]


# Revocation


def test_a_revoked_access_token_is_refused_by_the_gateway_and_inactive(world: World) -> None:
    token, other = run(world.token()), run(world.token(client_id=TEST_ONLY_CLIENT))
    assert run(world.get(LIVE, token=token)).status == 200
    answer = run(about(world, "revoke", token))
    assert (answer.status, answer.json) == (200, {})
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store, no-cache"
    assert introspected(world, token) == INACTIVE

    assert run(world.revocations.follow())
    refused = run(world.get(LIVE, token=token))
    assert (refused.status, list(refused.json)) == (401, ["status", "Message"])
    assert world.usage.calls[-1].reason == "the token has been revoked"
    assert run(world.get(LIVE, token=other)).status == 200


def test_a_revoked_token_stays_so_however_it_is_spelled(world: World) -> None:
    token = run(world.token())
    run(about(world, "revoke", token))
    run(world.revocations.follow())
    for authorization in (f"bearer {token}", f"Bearer  {token}", f"BEARER {token}"):
        assert run(world.get(LIVE, authorization=authorization)).status == 401


def test_a_refresh_token_is_revoked_with_all_that_came_of_the_same_consent(world: World) -> None:
    body = given(world)
    assert run(about(world, "revoke", body["refresh_token"], token_type_hint="access_token")).status == 200
    assert run(world.refresh(body["refresh_token"])).json["error_codes"] == [70002, 50173]
    run(world.revocations.follow())
    assert run(world.get(LIVE, token=body["access_token"])).status == 401


def test_revoking_again_or_what_is_no_token_succeeds(world: World) -> None:
    """RFC 7009 section 2.2."""
    token = run(world.token())
    answers = [run(about(world, "revoke", item)) for item in (token, token, "x", "a.b.c", signed(number=3))]
    assert [(answer.status, answer.json) for answer in answers] == [(200, {})] * 5


def test_a_token_of_another_application_is_refused_and_stays_good(world: World) -> None:
    token, body = run(world.token()), given(world)
    for item in (token, body["access_token"], body["refresh_token"]):
        answer = run(about(world, "revoke", item, client_id=TEST_ONLY_CLIENT))
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
        text = "AADSTS70002: Error validating credentials. AADSTS70000: The token was not issued to this application."
        assert answer.json["error_description"].startswith(text)
    assert introspected(world, token)["active"]
    assert run(world.refresh(body["refresh_token"])).status == 200


def test_a_code_is_not_revoked(world: World) -> None:
    world.code()
    answer = run(about(world, "revoke", "code"))
    assert (answer.status, answer.json["error"]) == (400, "unsupported_token_type")
    text = "AADSTS90023: Only access tokens and refresh tokens can be revoked."
    assert answer.json["error_description"].startswith(text)
    assert run(world.redeem()).status == 200


def test_a_public_client_revokes_its_own_without_a_secret(world: World) -> None:
    world.code(client_id=PUBLIC_CLIENT)
    own: dict[str, str | None] = {"client_id": PUBLIC_CLIENT, "client_secret": None}
    body = run(world.redeem("code", **own)).json
    assert run(about(world, "revoke", body["refresh_token"], **own)).status == 200
    assert run(world.refresh(body["refresh_token"], **own)).json["error_codes"] == [70002, 50173]


def test_what_expired_is_forgotten_by_the_gateway(world: World) -> None:
    token = run(world.token())
    run(about(world, "revoke", token))
    run(world.revocations.follow())
    assert not run(world.revocations.follow())
    world.clock.jump(3601)
    run(about(world, "revoke", run(world.token())))
    assert run(world.revocations.follow())
    assert len(world.revocations._until) == 1


# The strict profile (RFC 9068)


def test_a_token_for_a_strict_resource_is_taken_in_its_own_profile_alone(world: World) -> None:
    strict = run(world.ask_token(resource=STRICT_RESOURCE))
    assert strict.json["expires_in"] == 3600
    assert list(strict.json) == ["token_type", "expires_in", "access_token"]
    assert run(world.get(LIVE, token=strict.json["access_token"])).status == 200

    whole: dict[str, Any] = {
        "aud": STRICT_RESOURCE,
        "client_id": CLIENT,
        "sub": "s",
        "iat": int(NOW),
        "jti": "j",
    }
    at_jwt = {"typ": "at+jwt"}
    statuses = {
        "whole": run(world.get(LIVE, token=signed(header=at_jwt, **whole))).status,
        "long name": run(world.get(LIVE, token=signed(header={"typ": "application/AT+JWT"}, **whole))).status,
        "typ of v1": run(world.get(LIVE, token=signed(**whole))).status,
        "v1's audience": run(
            world.get(LIVE, token=signed(header=at_jwt, **whole | {"aud": RESOURCE}))
        ).status,
        **{
            f"no {name}": run(
                world.get(LIVE, token=signed(header=at_jwt, **{k: v for k, v in whole.items() if k != name}))
            ).status
            for name in ("client_id", "sub", "iat", "jti")
        },
    }
    assert statuses.pop("whole") == statuses.pop("long name") == 200
    assert set(statuses.values()) == {401}


def test_a_resource_that_is_taken_away_takes_its_tokens_with_it(world: World) -> None:
    token = run(world.token(resource=STRICT_RESOURCE))
    directory = msgspec.structs.replace(world.document.directory, resources=())
    world.publish(msgspec.structs.replace(world.document, directory=directory))
    assert run(world.get(LIVE, token=token)).status == 401
    assert run(world.ask_token(resource=STRICT_RESOURCE)).json["error_codes"] == [50001]
