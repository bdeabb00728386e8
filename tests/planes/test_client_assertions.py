"""Clients that prove themselves by an assertion (RFC 7523): what is taken, and every way in which one is refused."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import msgspec
import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet, RSAKey

from millgate.authority.assertions import BEARER
from millgate.snapshot.document import ClientCertificate
from support.exchange import Answer, ask
from support.world import (
    CLIENT,
    NOW,
    ORIGIN,
    OTHER_TENANT,
    PUBLIC_CLIENT,
    TENANT,
    TEST_ONLY_CLIENT,
    World,
    document,
    pem,
    private_key,
    published,
)

OWN = 7
"""The number of the client's key."""
EXPIRED = 8
"""The number of a key whose certificate has expired."""
STRANGE = 9


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def certificate(number: int, expires_at: int) -> ClientCertificate:
    key = published(number, signs=False)
    return ClientCertificate(f"thumbprint-{number}", key.n, key.e, expires_at)


@pytest.fixture
def world() -> World:
    made = document()
    certificates = (certificate(EXPIRED, int(NOW)), certificate(OWN, int(NOW) + 86_400))
    applications = tuple(
        msgspec.structs.replace(item, certificates=certificates) for item in made.directory.applications
    )
    directory = msgspec.structs.replace(made.directory, applications=applications)
    return World(msgspec.structs.replace(made, directory=directory))


def assertion(
    *, key: int = OWN, alg: str = "RS256", header: dict[str, Any] | None = None, **changes: Any
) -> str:
    claims = {
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": f"{ORIGIN}/{TENANT}/oauth2/token",
        "exp": int(NOW) + 600,
        "nbf": int(NOW),
        "jti": "1",
    } | changes
    payload = json.dumps({name: value for name, value in claims.items() if value is not None}).encode()
    registry = jws.JWSRegistry(algorithms=["RS256", "PS256", "RS512"], strict_check_header=False)
    protected = {"alg": alg, "x5t": "anything"} | (header or {})
    return jws.serialize_compact(
        protected, payload, RSAKey.import_key(pem(private_key(key))), registry=registry
    )


async def asked(world: World, text: str, **changes: str | None) -> Answer:
    given: dict[str, str | None] = {
        "client_id": None,
        "client_secret": None,
        "client_assertion_type": BEARER,
        "client_assertion": text,
    }
    return await world.ask_token(f"/{TENANT}/oauth2/token", **given | changes)


def told(answer: Answer) -> tuple[int, str, list[int], str]:
    body = answer.json
    return answer.status, body["error"], body["error_codes"], body["error_description"].split("\r\n")[0]


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
@pytest.mark.parametrize("client_id", [None, CLIENT, CLIENT.upper()])
def test_an_assertion_stands_in_for_id_and_secret(world: World, alg: str, client_id: str | None) -> None:
    answer = run(asked(world, assertion(alg=alg), client_id=client_id))
    assert answer.status == 200
    keys = run(ask(world.authority, "GET", f"/{TENANT}/discovery/keys")).json
    claims = jwt.decode(answer.json["access_token"], KeySet.import_key_set(keys)).claims
    assert (claims["appid"], claims["appidacr"]) == (CLIENT, "2")


@pytest.mark.parametrize(
    "audience",
    [
        f"{ORIGIN}/oauth2/v1/token",
        f"{ORIGIN}/common/oauth2/token",
        f"{ORIGIN}/{TENANT}/",
        [f"{ORIGIN}/{TENANT}/oauth2/token"],
    ],
)
def test_an_assertion_may_be_for_any_address_of_the_endpoint(world: World, audience: Any) -> None:
    assert run(asked(world, assertion(aud=audience))).status == 200


def test_a_header_may_carry_its_chain_of_certificates(world: World) -> None:
    """A chain is sent by msal and azure-identity, with the line breaks of PEM."""
    chain = ["\n".join(["A" * 64] * 20)] * 4
    text = assertion(alg="PS256", header={"x5c": chain, "x5t#S256": "anything"})

    assert run(asked(world, text)).status == 200


def test_an_assertion_is_taken_again_while_it_lasts(world: World) -> None:
    """Common client libraries send one for several requests; RFC 7523 section 3 leaves the choice."""
    text = assertion()
    assert [run(asked(world, text)).status for _ in range(2)] == [200, 200]
    world.clock.jump(600 + 300)
    assert run(asked(world, text)).status == 401


TIMES = (
    401,
    "invalid_client",
    [70002, 50012],
    "AADSTS70002: Error validating credentials. AADSTS50012: Client assertion is not within its valid time range.",
)
SIGNATURE = (
    401,
    "invalid_client",
    [70002, 50012],
    "AADSTS70002: Error validating credentials. AADSTS50012: Client assertion contains an invalid signature.",
)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 300},
        {"exp": NOW + 86_401},
        {"nbf": NOW + 301},
        {"iat": NOW + 301},
        {"exp": 10**300},
    ],
)
def test_an_assertion_out_of_its_time_is_refused(world: World, changes: dict[str, Any]) -> None:
    assert told(run(asked(world, assertion(**changes)))) == TIMES


@pytest.mark.parametrize(
    "changes", [{"exp": NOW - 299}, {"nbf": NOW + 300}, {"nbf": None}, {"exp": NOW + 86_400}]
)
def test_a_clock_may_be_five_minutes_wrong(world: World, changes: dict[str, Any]) -> None:
    assert run(asked(world, assertion(**changes))).status == 200


@pytest.mark.parametrize(
    "text",
    [
        assertion(key=STRANGE),
        assertion(key=EXPIRED),
        assertion(alg="RS512"),
        assertion()[:-2],
        assertion().rpartition(".")[0] + ".",
    ],
    ids=["a strange key", "an expired certificate", "another algorithm", "cut", "no signature"],
)
def test_what_no_live_certificate_signed_is_refused(world: World, text: str) -> None:
    assert told(run(asked(world, text))) == SIGNATURE


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_the_header_does_not_choose_how_it_is_checked(world: World, alg: str) -> None:
    _, payload, _ = assertion().split(".")
    forged = base64.urlsafe_b64encode(json.dumps({"alg": alg}).encode()).rstrip(b"=").decode()
    assert told(run(asked(world, f"{forged}.{payload}.AAAA"))) == SIGNATURE


UNREADABLE = "AADSTS70002: Error validating credentials. AADSTS50027: Invalid JWT token. "


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": f"{ORIGIN}/{OTHER_TENANT}/oauth2/token"}, "Aud is not this token endpoint."),
        ({"aud": "https://login.example/token"}, "Aud is not this token endpoint."),
        ({"aud": []}, "Aud is not this token endpoint."),
        ({"aud": [f"{ORIGIN}/{TENANT}/", "https://other.example/"]}, "Aud is not this token endpoint."),
        ({"iss": "somebody"}, "Iss and sub are not both the client ID."),
        ({"exp": None}, "It is no signed JWT with iss, sub, aud and exp."),
        ({"exp": "soon"}, "It is no signed JWT with iss, sub, aud and exp."),
        ({"aud": None}, "It is no signed JWT with iss, sub, aud and exp."),
        ({"sub": 7}, "It is no signed JWT with iss, sub, aud and exp."),
    ],
)
def test_an_assertion_says_who_it_is_of_and_for_whom(world: World, changes: dict[str, Any], why: str) -> None:
    expected = (401, "invalid_client", [70002, 50027], UNREADABLE + why)
    assert told(run(asked(world, assertion(**changes)))) == expected


@pytest.mark.parametrize("text", ["x", "a.b", "a.b.c", "..", "é.é.é", "a" * 20_000])
def test_what_is_no_assertion_is_told(world: World, text: str) -> None:
    answer = told(run(asked(world, text)))
    assert answer[:3] == (401, "invalid_client", [70002, 50027])
    assert answer[3].startswith(UNREADABLE)


@pytest.mark.parametrize("kind", [None, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_another_type_of_assertion_is_told(world: World, kind: str | None) -> None:
    text = "AADSTS90023: The 'client_assertion_type' must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'."
    answer = told(run(asked(world, assertion(), client_assertion_type=kind)))
    assert answer == (400, "invalid_request", [90023], text)


def test_an_assertion_beside_a_secret_is_one_proof_too_many(world: World) -> None:
    answer = run(asked(world, assertion(), client_secret="x"))
    assert told(answer) == (
        400,
        "invalid_request",
        [90023],
        "AADSTS90023: The client authenticates in more than one way.",
    )


def test_a_client_id_beside_another_clients_assertion_is_ambiguous(world: World) -> None:
    answer = told(run(asked(world, assertion(), client_id=TEST_ONLY_CLIENT)))
    assert answer[:3] == (400, "invalid_request", [90011])
    assert f"'{CLIENT}, {TEST_ONLY_CLIENT}'" in answer[3]


def test_an_assertion_of_another_client_with_the_same_certificate_is_its_own(world: World) -> None:
    answer = run(asked(world, assertion(iss=TEST_ONLY_CLIENT, sub=TEST_ONLY_CLIENT)))
    assert answer.status == 200


def test_a_client_nobody_knows_and_a_public_one_are_told_so(world: World) -> None:
    nobody = run(asked(world, assertion(iss="nobody", sub="nobody")))
    assert told(nobody)[:3] == (400, "unauthorized_client", [70001])
    public = run(asked(world, assertion(iss=PUBLIC_CLIENT, sub=PUBLIC_CLIENT)))
    assert told(public)[:3] == (401, "invalid_client", [70002, 90023])
