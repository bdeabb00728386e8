"""The authorization_code and refresh_token grants: what they give, every documented error, and what ends them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from millgate.core.values import Principal
from millgate.stores.memory import MemoryGrants
from millgate.stores.ports import StoreUnreachable
from support.exchange import Answer, ask
from support.world import (
    CLIENT,
    NOW,
    ORIGIN,
    PUBLIC_CLIENT,
    REDIRECT,
    RESOURCE,
    SECRET,
    STRICT_RESOURCE,
    TENANT,
    TEST_ONLY_CLIENT,
    World,
)

VERIFIER = "a" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
LIVE = "/test/PartList/v1/Parts"


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def token_of(world: World, text: str) -> jwt.Token:
    published = run(ask(world.authority, "GET", f"/{TENANT}/discovery/keys")).json
    return jwt.decode(text, KeySet.import_key_set(published))


def told(answer: Answer) -> tuple[int, str, list[int], str]:
    """Status, error, numbers and text of an error, which repeats its ids and time."""
    body = answer.json
    text, *rest = body["error_description"].split("\r\n")
    assert rest == [
        f"Trace ID: {body['trace_id']}",
        f"Correlation ID: {body['correlation_id']}",
        f"Timestamp: {body['timestamp']}",
    ]
    return answer.status, body["error"], body["error_codes"], text


# What is given


def test_a_code_gives_the_members_of_v1_in_order_and_all_strings() -> None:
    world = World()
    world.code()
    answer = run(world.redeem())

    assert answer.status == 200
    assert list(answer.json) == [
        "token_type",
        "scope",
        "expires_in",
        "ext_expires_in",
        "expires_on",
        "not_before",
        "resource",
        "access_token",
        "refresh_token",
        "id_token",
    ]
    assert all(isinstance(value, str) for value in answer.json.values())
    assert (answer.json["scope"], answer.json["resource"]) == ("user_impersonation", RESOURCE)
    assert answer.headers["cache-control"] == "no-store, no-cache"


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_scope_that_stood_in_for_the_resource_is_told_as_it_came(slash: str) -> None:
    """By it libraries that asked so find the token again that they keep; refreshing is no different."""
    world, scope = World(), f"{RESOURCE.rstrip('/')}{slash}/.default"
    world.code()
    first = run(world.redeem(resource=None, scope=f"openid profile {scope}")).json
    second = run(world.refresh(first["refresh_token"], scope=scope)).json

    assert first["scope"] == second["scope"] == f"user_impersonation {scope}"
    assert token_of(world, second["access_token"]).claims["scp"] == "user_impersonation"


def test_a_scope_beside_a_resource_is_ignored() -> None:
    world = World()
    world.code()
    answer = run(world.redeem(resource=RESOURCE, scope=f"{STRICT_RESOURCE}/.default"))
    assert (answer.json["resource"], answer.json["scope"]) == (RESOURCE, "user_impersonation")


def test_who_asks_for_client_info_is_told_of_the_account_what_its_tokens_tell() -> None:
    world = World()
    world.code()
    first = run(world.redeem(client_info="1")).json
    second = run(world.refresh(first["refresh_token"], client_info="1")).json
    claims = token_of(world, first["access_token"]).claims

    told = base64.urlsafe_b64decode(first["client_info"] + "==")
    assert msgspec.json.decode(told) == {"uid": claims["oid"], "utid": TENANT}
    assert second["client_info"] == first["client_info"]
    assert list(first)[-1] == "client_info"


def test_the_access_token_tells_of_the_person_and_of_the_program() -> None:
    world = World()
    world.code()
    claims = token_of(world, run(world.redeem()).json["access_token"]).claims

    assert claims["uti"]
    assert claims["oid"] != claims["sub"]
    assert {name: value for name, value in claims.items() if name not in {"uti", "oid", "sub"}} == {
        "acr": "1",
        "amr": ["pwd"],
        "aud": RESOURCE,
        "iss": f"{ORIGIN}/{TENANT}/",
        "iat": NOW - 300,
        "nbf": NOW - 300,
        "exp": NOW + 3600,
        "appid": CLIENT,
        "appidacr": "1",
        "idp": f"{ORIGIN}/{TENANT}/",
        "upn": "mia@example.com",
        "unique_name": "mia@example.com",
        "name": "Mia Müller",
        "given_name": "Mia",
        "family_name": "Müller",
        "pun": "mia",
        "scp": "user_impersonation",
        "tid": TENANT,
        "ver": "1.0",
    }


def test_the_id_token_is_for_the_program_and_repeats_its_nonce() -> None:
    world = World()
    world.code(nonce="n-1")
    body = run(world.redeem()).json
    claims, access = token_of(world, body["id_token"]).claims, token_of(world, body["access_token"]).claims

    assert (claims["aud"], claims["iss"], claims["nonce"]) == (CLIENT, f"{ORIGIN}/{TENANT}/", "n-1")
    assert (claims["name"], claims["oid"], claims["sub"]) == ("Mia Müller", access["oid"], access["sub"])
    assert (claims["iat"], claims["exp"], claims["auth_time"]) == (NOW, NOW + 3600, NOW)


def test_two_programs_know_one_person_by_two_subjects_and_one_object() -> None:
    world = World()
    world.code("one")
    world.code("two", client_id=PUBLIC_CLIENT)
    tokens = [
        token_of(world, run(world.redeem("one")).json["access_token"]).claims,
        token_of(
            world,
            run(world.redeem("two", client_id=PUBLIC_CLIENT, client_secret=None)).json["access_token"],
        ).claims,
    ]
    assert tokens[0]["sub"] != tokens[1]["sub"]
    assert tokens[0]["oid"] == tokens[1]["oid"]
    assert [token["appidacr"] for token in tokens] == ["1", "0"]


def test_a_call_with_the_token_reaches_the_backend_as_the_person() -> None:
    world = World()
    world.code()
    token = run(world.redeem()).json["access_token"]

    assert run(world.get(LIVE, token=token)).status == 200
    assert world.calls[-1].principal == Principal(
        CLIENT, "mia", 1, frozenset({"Parts", "Jobs"}), frozenset({"Jobs"})
    )
    assert run(world.get(LIVE, token=run(world.token()))).status == 200
    assert world.calls[-1].principal == Principal(CLIENT, "svc", 1, frozenset({"Parts"}), frozenset())


def test_a_person_who_may_not_be_acted_for_any_more_resolves_to_nobody() -> None:
    world = World()
    world.code()
    token = run(world.redeem()).json["access_token"]
    put_account(world, active=False)

    assert run(world.get(LIVE, token=token)).status == 200
    assert world.calls[-1].principal is None


def put_account(world: World, **changes: Any) -> None:
    """Publish another state of the person's account."""
    directory = world.document.directory
    accounts = tuple(
        msgspec.structs.replace(item, **changes) if item.key == "mia" else item for item in directory.accounts
    )
    world.publish(
        msgspec.structs.replace(
            world.document, directory=msgspec.structs.replace(directory, accounts=accounts)
        )
    )


# PKCE (RFC 7636)


@pytest.mark.parametrize(("method", "challenge"), [("S256", CHALLENGE), ("plain", VERIFIER), ("", VERIFIER)])
def test_a_verifier_that_fits_its_challenge_is_taken(method: str, challenge: str) -> None:
    world = World()
    world.code(challenge=challenge, method=method)
    assert run(world.redeem(code_verifier=VERIFIER)).status == 200


@pytest.mark.parametrize("verifier", [None, "b" * 43, VERIFIER[:42], VERIFIER + "=", VERIFIER * 3, CHALLENGE])
def test_a_verifier_that_does_not_fit_is_refused_and_the_code_stays(verifier: str | None) -> None:
    world = World()
    world.code(challenge=CHALLENGE, method="S256")
    assert told(run(world.redeem(code_verifier=verifier))) == (
        400,
        "invalid_grant",
        [50148],
        "AADSTS50148: The code_verifier does not match the code_challenge supplied in the authorization request for PKCE.",
    )
    assert run(world.redeem(code_verifier=VERIFIER)).status == 200


def test_a_verifier_for_a_code_without_a_challenge_is_refused() -> None:
    """RFC 9700 section 2.1.1: somebody may have taken the challenge out of the request."""
    world = World()
    world.code()
    assert told(run(world.redeem(code_verifier=VERIFIER)))[:3] == (400, "invalid_grant", [50148])


# Errors of the documented table

MALFORMED = (
    400,
    "invalid_grant",
    [70002, 70000],
    "AADSTS70002: Error validating credentials. AADSTS70000: The provided access grant is invalid or malformed.",
)
EXPIRED = (
    400,
    "invalid_grant",
    [70002, 70008],
    "AADSTS70002: Error validating credentials. AADSTS70008: The provided authorization code or refresh token is expired. Send a new interactive authorization request for this user and resource.",
)
REUSED = (
    400,
    "invalid_grant",
    [70002, 54005],
    "AADSTS70002: Error validating credentials. AADSTS54005: OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
)
REVOKED = (
    400,
    "invalid_grant",
    [70002, 50173],
    "AADSTS70002: Error validating credentials. AADSTS50173: The provided grant has expired due to it being revoked.",
)


@pytest.mark.parametrize("parameter", ["code", "refresh_token"])
def test_a_grant_without_what_it_exchanges_names_the_parameter(parameter: str) -> None:
    grant_type = "authorization_code" if parameter == "code" else parameter
    answer = run(World().ask_token(grant_type=grant_type))
    text = f"AADSTS90014: The request body must contain the following parameter: '{parameter}'."
    assert told(answer) == (400, "invalid_request", [90014], text)


def test_what_is_no_code_of_ours_is_malformed() -> None:
    assert told(run(World().redeem("AQAB"))) == MALFORMED
    assert told(run(World().refresh("AQAB"))) == MALFORMED


def test_a_code_is_no_refresh_token_and_a_refresh_token_no_code() -> None:
    world = World()
    world.code()
    assert told(run(world.refresh("code"))) == MALFORMED
    refresh = run(world.redeem()).json["refresh_token"]
    assert told(run(world.redeem(refresh))) == MALFORMED
    assert run(world.refresh(refresh)).status == 200


def test_a_code_of_another_program_is_malformed_and_stays_good() -> None:
    world = World()
    world.code()
    assert told(run(world.redeem(client_id=TEST_ONLY_CLIENT))) == MALFORMED
    assert run(world.redeem()).status == 200


def test_a_code_lasts_ten_minutes() -> None:
    world = World()
    world.code("one")
    world.code("two")
    world.clock.jump(599)
    assert run(world.redeem("one")).status == 200
    world.clock.jump(1)
    assert told(run(world.redeem("two"))) == EXPIRED


def test_a_code_is_redeemed_once_and_a_second_time_revokes_what_it_gave() -> None:
    """RFC 6749 section 4.1.2."""
    world = World()
    world.code()
    first = run(world.redeem()).json
    assert run(world.get(LIVE, token=first["access_token"])).status == 200

    assert told(run(world.redeem())) == REUSED
    assert told(run(world.refresh(first["refresh_token"]))) == REVOKED
    assert run(world.revocations.follow())
    assert run(world.get(LIVE, token=first["access_token"])).status == 401
    assert told(run(world.redeem())) == REUSED


def test_of_fifty_redemptions_at_once_one_is_given_tokens() -> None:
    world = World()
    world.code()

    async def fifty() -> list[Answer]:
        return list(await asyncio.gather(*(world.redeem() for _ in range(50))))

    answers = run(fifty())
    assert sorted(answer.status for answer in answers) == [200, *[400] * 49]
    assert {tuple(told(answer)[2]) for answer in answers if answer.status == 400} == {(70002, 54005)}
    token = next(answer.json["access_token"] for answer in answers if answer.status == 200)
    run(world.revocations.follow())
    assert run(world.get(LIVE, token=token)).status == 401


@pytest.mark.parametrize("given", [None, f"{REDIRECT}/", "https://other.example/cb"])
def test_another_address_than_the_code_was_sent_to_is_refused(given: str | None) -> None:
    world = World()
    world.code()
    text = f"AADSTS70002: Error validating credentials. AADSTS50011: The reply address '{given or ''}' does not match the reply address '{REDIRECT}' provided when requesting Authorization code."
    assert told(run(world.redeem(redirect_uri=given))) == (400, "invalid_grant", [70002, 50011], text)


def test_a_request_without_an_address_is_redeemed_without_one() -> None:
    world = World()
    world.code(redirect_uri="")
    assert told(run(world.redeem()))[2] == [70002, 50011]
    assert run(world.redeem(redirect_uri=None)).status == 200


def test_the_resource_may_be_named_in_either_request_and_must_be_the_same() -> None:
    world = World()
    for name, at_first in (("one", RESOURCE), ("two", RESOURCE), ("three", "")):
        world.code(name, resource=at_first)
    assert run(world.redeem("one", resource=None)).status == 200
    other = run(world.redeem("two", resource=STRICT_RESOURCE))
    text = f"AADSTS50001: The resource '{STRICT_RESOURCE}' does not match the resource '{RESOURCE}' for which the person was asked."
    assert told(other) == (400, "invalid_resource", [50001], text)
    missing = run(world.redeem("three", resource=None))
    assert told(missing) == (
        400,
        "invalid_resource",
        [50001],
        "AADSTS50001: Resource identifier is not provided.",
    )
    assert told(run(world.redeem("three", resource=STRICT_RESOURCE)))[2] == [50001]
    assert run(world.redeem("three")).json["resource"] == RESOURCE


def test_a_person_who_was_blocked_meanwhile_is_not_acted_for() -> None:
    world = World()
    world.code("one")
    world.code("two")
    refresh = run(world.redeem("one")).json["refresh_token"]
    expected = (
        400,
        "invalid_grant",
        [70002, 50057],
        "AADSTS70002: Error validating credentials. AADSTS50057: The user account is disabled.",
    )
    for changes in ({"active": False}, {"pcns": (2,)}):
        put_account(world, **changes)
        assert told(run(world.redeem("two"))) == expected
        assert told(run(world.refresh(refresh))) == expected
    put_account(world)
    assert run(world.refresh(refresh)).status == 200


def test_a_program_that_moved_to_another_company_does_not_act_in_the_old_one() -> None:
    world = World()
    world.code()
    directory = world.document.directory
    moved = tuple(
        msgspec.structs.replace(item, pcn=2) if item.client_id == CLIENT else item
        for item in directory.applications
    )
    world.publish(
        msgspec.structs.replace(
            world.document, directory=msgspec.structs.replace(directory, applications=moved)
        )
    )
    assert told(run(world.redeem()))[2] == [70002, 50057]


# Public clients


def test_a_public_client_redeems_without_a_secret_and_is_refused_with_one() -> None:
    world = World()
    world.code(client_id=PUBLIC_CLIENT, challenge=CHALLENGE, method="S256")
    asked = {"client_id": PUBLIC_CLIENT, "code_verifier": VERIFIER}
    text = (
        "AADSTS70002: Error validating credentials. AADSTS90023: Public clients can't send a client secret."
    )
    assert told(run(world.redeem(**asked))) == (401, "invalid_client", [70002, 90023], text)
    given = run(world.redeem(**asked, client_secret=None))
    assert given.status == 200
    again = run(world.refresh(given.json["refresh_token"], client_id=PUBLIC_CLIENT, client_secret=None))
    assert again.status == 200


def test_a_public_client_acts_for_nobody_but_people() -> None:
    """RFC 6749 section 4.4."""
    answer = run(World().ask_token(client_id=PUBLIC_CLIENT, client_secret=None))
    assert told(answer)[:3] == (401, "invalid_client", [90014])


def test_a_confidential_client_redeems_with_its_secret_alone() -> None:
    world = World()
    world.code()
    assert told(run(world.redeem(client_secret=None)))[:3] == (401, "invalid_client", [90014])
    assert told(run(world.redeem(client_secret="wrong")))[2] == [70002, 50012]
    assert run(world.redeem(client_secret=SECRET)).status == 200


# Refreshing (RFC 9700 section 4.14)


def test_a_refresh_token_is_rotated_and_the_person_stays_the_same() -> None:
    world = World()
    world.code()
    first = run(world.redeem()).json
    world.clock.jump(3600)
    second = run(world.refresh(first["refresh_token"])).json
    assert list(second) == list(first)
    assert second["refresh_token"] != first["refresh_token"]
    assert second["expires_on"] == str(int(NOW) + 7200)
    claims = [token_of(world, body["access_token"]).claims for body in (first, second)]
    assert claims[0]["pun"] == claims[1]["pun"] == "mia"
    assert run(world.refresh(second["refresh_token"], resource=RESOURCE)).status == 200


def test_a_refresh_token_that_is_brought_again_ends_all_that_came_of_the_code() -> None:
    world = World()
    world.code("one")
    world.code("other")
    other = run(world.redeem("other")).json
    world.clock.jump(60)
    first = run(world.redeem("one")).json
    second = run(world.refresh(first["refresh_token"])).json
    assert told(run(world.refresh(first["refresh_token"]))) == REVOKED
    assert told(run(world.refresh(second["refresh_token"]))) == REVOKED

    run(world.revocations.follow())
    statuses = [run(world.get(LIVE, token=body["access_token"])).status for body in (first, second, other)]
    assert statuses == [401, 401, 200]
    assert run(world.refresh(other["refresh_token"])).status == 200


def test_a_refresh_token_that_nobody_used_for_a_fortnight_has_expired() -> None:
    world = World()
    world.code()
    refresh = run(world.redeem()).json["refresh_token"]
    world.clock.jump(14 * 24 * 3600)
    assert told(run(world.refresh(refresh))) == EXPIRED


def test_after_ninety_days_a_person_signs_in_again_however_often_tokens_were_refreshed() -> None:
    world = World()
    world.code()
    refresh = run(world.redeem()).json["refresh_token"]
    for _ in range(8):
        world.clock.jump(11 * 24 * 3600)
        refresh = run(world.refresh(refresh)).json["refresh_token"]
    world.clock.jump(2 * 24 * 3600)
    assert told(run(world.refresh(refresh))) == EXPIRED


def test_a_refresh_token_gives_no_more_than_a_person_allowed() -> None:
    world = World()
    world.code()
    refresh = run(world.redeem()).json["refresh_token"]
    text = f"AADSTS65001: The user or administrator has not consented to use the application with ID '{CLIENT}'. Send an interactive authorization request for this user and resource."
    answer = run(world.refresh(refresh, resource=STRICT_RESOURCE))
    assert told(answer) == (400, "invalid_grant", [65001], text)
    assert run(world.refresh(refresh)).status == 200


def test_a_refresh_token_of_another_program_is_malformed_and_stays_good() -> None:
    world = World()
    world.code()
    refresh = run(world.redeem()).json["refresh_token"]
    assert told(run(world.refresh(refresh, client_id=TEST_ONLY_CLIENT))) == MALFORMED
    assert run(world.refresh(refresh)).status == 200


# The strict profile (RFC 9068)


def test_a_strict_resource_gets_tokens_of_its_profile_for_people_too() -> None:
    world = World()
    world.code(resource=STRICT_RESOURCE)
    body = run(world.redeem(resource=STRICT_RESOURCE)).json
    assert list(body) == [
        "token_type",
        "scope",
        "expires_in",
        "access_token",
        "refresh_token",
        "id_token",
    ]
    assert body["expires_in"] == 3600
    token = token_of(world, body["access_token"])
    assert token.header == {"typ": "at+jwt", "alg": "RS256", "kid": "kid-1"}
    assert token.claims.pop("jti")
    assert token.claims.pop("sub")
    assert token.claims == {
        "iss": f"{ORIGIN}/{TENANT}/",
        "aud": STRICT_RESOURCE,
        "client_id": CLIENT,
        "iat": NOW,
        "exp": NOW + 3600,
        "tid": TENANT,
        "pun": "mia",
        "scope": "user_impersonation",
        "auth_time": NOW,
    }
    assert run(world.get(LIVE, token=body["access_token"])).status == 200


# The store


class Away(MemoryGrants):
    """A store that cannot be reached."""

    def find(self, handle: str) -> Any:
        raise StoreUnreachable(f"nothing knows {handle[:4]}")


def test_a_store_that_cannot_be_reached_is_a_transient_error_with_its_ids() -> None:
    world = World(grants=Away())
    answer = run(world.redeem())
    text = "AADSTS90033: A transient error has occurred. Please try again."
    assert told(answer) == (503, "temporarily_unavailable", [90033], text)
    assert run(world.ask_token()).status == 200
