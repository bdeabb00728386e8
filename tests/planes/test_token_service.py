"""The token service: the success answer, every error row of client_credentials, discovery and keys."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from millgate.snapshot.document import ClientSecret
from support.exchange import Answer, ask
from support.world import (
    CLIENT,
    DIGESTER,
    NOW,
    ORIGIN,
    OTHER_TENANT,
    RESOURCE,
    SECRET,
    TENANT,
    World,
    application,
)

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def test_success_has_the_members_in_order_and_all_strings() -> None:
    answer = run(World().ask_token())

    assert answer.status == 200
    assert list(answer.json) == [
        "token_type",
        "expires_in",
        "ext_expires_in",
        "expires_on",
        "not_before",
        "resource",
        "access_token",
    ]
    assert all(isinstance(value, str) for value in answer.json.values())
    assert (answer.json["token_type"], answer.json["resource"]) == ("Bearer", RESOURCE)
    assert (answer.json["expires_in"], answer.json["ext_expires_in"]) == ("3600", "3600")
    assert int(answer.json["expires_on"]) == NOW + 3600
    assert int(answer.json["not_before"]) == NOW - 300


def test_success_has_the_documented_headers() -> None:
    answer = run(World().ask_token())

    assert answer.headers["cache-control"] == "no-store, no-cache"
    assert answer.headers["pragma"] == "no-cache"
    assert answer.headers["expires"] == "-1"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert GUID.fullmatch(answer.headers["x-ms-request-id"])
    assert "client-request-id" not in answer.headers


def test_the_token_has_the_documented_header_and_claims() -> None:
    world = World()
    token = run(world.token())
    published = run(ask(world.authority, "GET", f"/{TENANT}/discovery/keys")).json
    decoded = jwt.decode(token, KeySet.import_key_set(published))

    assert decoded.header == {"typ": "JWT", "alg": "RS256", "x5t": "kid-1", "kid": "kid-1"}
    own = decoded.claims.pop("oid")
    assert decoded.claims.pop("sub") == own
    assert decoded.claims == {
        "aud": RESOURCE,
        "iss": f"{ORIGIN}/{TENANT}/",
        "iat": NOW - 300,
        "nbf": NOW - 300,
        "exp": NOW + 3600,
        "appid": CLIENT,
        "appidacr": "1",
        "idp": f"{ORIGIN}/{TENANT}/",
        "tid": TENANT,
        "ver": "1.0",
    }


@pytest.mark.parametrize("path", ["/oauth2/v1/token", f"/{TENANT}/oauth2/token", "/common/oauth2/token"])
def test_every_address_of_the_endpoint_gives_a_token(path: str) -> None:
    assert run(World().ask_token(path)).status == 200


@pytest.mark.parametrize("scope", [f"{RESOURCE}/.default", f"{RESOURCE}.default"])
def test_scope_stands_in_for_the_resource(scope: str) -> None:
    answer = run(World().ask_token(resource=None, scope=scope))

    assert answer.json["resource"] == RESOURCE


ROWS: dict[str, tuple[dict[str, str | None], int, str, list[int], str]] = {
    "grant_type missing": (
        {"grant_type": None},
        400,
        "invalid_request",
        [90014],
        "AADSTS90014: The request body must contain the following parameter: 'grant_type'.",
    ),
    "grant_type empty": (
        {"grant_type": ""},
        400,
        "invalid_request",
        [90014],
        "AADSTS90014: The request body must contain the following parameter: 'grant_type'.",
    ),
    "grant_type unsupported": (
        {"grant_type": "client_credentials1"},
        400,
        "unsupported_grant_type",
        [70003],
        "AADSTS70003: The access grant 'client_credentials1' is not supported.",
    ),
    "password is no grant here": (
        {"grant_type": "password"},
        400,
        "unsupported_grant_type",
        [70003],
        "AADSTS70003: The access grant 'password' is not supported.",
    ),
    "client_id missing": (
        {"client_id": None},
        400,
        "invalid_request",
        [90014],
        "AADSTS90014: The request body must contain the following parameter: 'client_id'.",
    ),
    "client_id unknown": (
        {"client_id": "nobody"},
        400,
        "unauthorized_client",
        [70001],
        "AADSTS70001: Application with identifier nobody was not found in the directory common",
    ),
    "client_secret missing": (
        {"client_secret": None},
        401,
        "invalid_client",
        [90014],
        "AADSTS90014: The request body must contain the following parameter: 'client_secret or client_assertion'.",
    ),
    "client_secret wrong": (
        {"client_secret": SECRET.replace("+", " ")},
        401,
        "invalid_client",
        [70002, 50012],
        "AADSTS70002: Error validating credentials. AADSTS50012: Invalid client secret is provided.",
    ),
    "resource missing": (
        {"resource": None},
        400,
        "invalid_resource",
        [50001],
        "AADSTS50001: Resource identifier is not provided.",
    ),
    "resource unknown": (
        {"resource": "http://api.plex.com"},
        400,
        "invalid_resource",
        [50001],
        (
            f"AADSTS50001: The application named http://api.plex.com was not found in the tenant named {TENANT}. This can "
            "happen if the application has not been installed by the administrator of the tenant or consented to by any "
            "user in the tenant. You might have sent your authentication request to the wrong tenant."
        ),
    ),
}


def assert_error(answer: Answer, status: int, error: str, codes: list[int], text: str) -> None:
    """The members of an error, and that its description repeats ids and time."""
    told = answer.json
    assert answer.status == status
    assert list(told) == [
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
    ]
    assert (told["error"], told["error_codes"]) == (error, codes)
    assert told["timestamp"] == "2023-11-14 22:13:20Z"
    assert told["error_description"] == (
        f"{text}\r\nTrace ID: {told['trace_id']}\r\nCorrelation ID: {told['correlation_id']}\r\n"
        f"Timestamp: {told['timestamp']}"
    )
    assert answer.headers["x-ms-request-id"] == told["trace_id"]
    assert answer.headers["cache-control"] == "no-store, no-cache"


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_error_table(row: str) -> None:
    changes, status, error, codes, text = ROWS[row]

    assert_error(run(World().ask_token("/oauth2/v1/token", **changes)), status, error, codes, text)


def test_an_unknown_tenant() -> None:
    answer = run(World().ask_token("/9b0c5f3e-94f5-4a3e-9f60-0d6f35a0a009/oauth2/token"))

    text = "AADSTS90002: Requested tenant identifier '9b0c5f3e-94f5-4a3e-9f60-0d6f35a0a009' was not found."
    assert_error(answer, 400, "invalid_request", [90002], text)


def test_an_application_of_one_tenant_is_not_found_in_another() -> None:
    answer = run(World().ask_token(f"/{OTHER_TENANT}/oauth2/token"))

    text = f"AADSTS70001: Application with identifier {CLIENT} was not found in the directory {OTHER_TENANT}"
    assert_error(answer, 400, "unauthorized_client", [70001], text)


@pytest.mark.parametrize("body", [b"", b'{"grant_type": "client_credentials"}', b"&&&"])
def test_a_body_without_parameters_is_told_which_is_looked_for(body: bytes) -> None:
    answer = run(World().post("/oauth2/v1/token", body))

    text = "AADSTS90014: The request body must contain the following parameter: 'grant_type'."
    assert_error(answer, 400, "invalid_request", [90014], text)


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "", "multipart/form-data; boundary=x"]
)
def test_an_empty_body_and_one_of_another_type_have_no_parameters(content_type: str) -> None:
    body = b"" if content_type.startswith("multipart") else b'{"grant_type": "client_credentials"}'
    answer = run(World().post("/oauth2/v1/token", body, content_type=content_type))

    text = "AADSTS90014: The request body must contain the following parameter: 'grant_type'."
    assert_error(answer, 400, "invalid_request", [90014], text)


def multipart(fields: list[tuple[str, str]], *, also: str = "") -> bytes:
    """A body as `curl -F` sends it, with more in the head of its last part."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ]
    last = parts[-1].replace("\r\n\r\n", f"{also}\r\n\r\n")
    return "".join([*parts[:-1], last, "--x--\r\n"]).encode()


FIELDS = [
    ("grant_type", "client_credentials"),
    ("client_id", CLIENT),
    ("resource", RESOURCE),
    ("client_secret", SECRET),
]


def test_a_multipart_form_is_taken_as_the_documented_service_took_it() -> None:
    answer = run(
        World().post("/oauth2/v1/token", multipart(FIELDS), content_type="multipart/form-data; boundary=x")
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (multipart(FIELDS)[:-9], "multipart/form-data; boundary=x", "it is no multipart form"),
        (multipart(FIELDS), "multipart/form-data", "it is no multipart form"),
        (multipart(FIELDS), "multipart/form-data; boundary=y", "it is no multipart form"),
        (b"--x\r\n" * 10_000, "multipart/form-data; boundary=x", "it is no multipart form"),
        (b"--x\r\n\r\nv\r\n--x--", "multipart/form-data; boundary=x", "a part of it is no field"),
        (
            multipart(FIELDS, also='; filename="f"'),
            "multipart/form-data; boundary=x",
            "a part of it is no field",
        ),
        (
            multipart(FIELDS, also="\r\nContent-Transfer-Encoding: base64"),
            "multipart/form-data; boundary=x",
            "a part of it is encoded once more",
        ),
        (multipart(FIELDS * 26), "multipart/form-data; boundary=x", "it has more than 100 parameters"),
    ],
)
def test_a_multipart_form_that_cannot_be_read_is_told(body: bytes, content_type: str, reason: str) -> None:
    answer = run(World().post("/oauth2/v1/token", body, content_type=content_type))
    text = f"AADSTS90023: The request body cannot be read: {reason}."
    assert_error(answer, 400, "invalid_request", [90023], text)


def test_a_field_that_stands_twice_in_a_multipart_form_is_refused() -> None:
    body = multipart([*FIELDS, FIELDS[0]])
    answer = run(World().post("/oauth2/v1/token", body, content_type="multipart/form-data; boundary=x"))
    text = "AADSTS90023: The parameter 'grant_type' is given more than once."
    assert_error(answer, 400, "invalid_request", [90023], text)


def test_parameters_in_the_address_do_not_count() -> None:
    answer = run(World().post("/oauth2/v1/token?grant_type=client_credentials", b""))

    assert answer.json["error_codes"] == [90014]


def test_an_api_version_in_the_address_and_unknown_parameters_are_ignored() -> None:
    assert run(World().ask_token("/oauth2/v1/token?api-version=1.0", foo="bar")).status == 200


def test_get_is_told_to_post() -> None:
    answer = run(ask(World().authority, "GET", "/oauth2/v1/token"))

    text = "AADSTS900561: The endpoint only accepts POST requests. Received a GET request."
    assert_error(answer, 405, "invalid_request", [900561], text)
    assert answer.headers["allow"] == "POST"


def test_a_repeated_parameter_is_refused() -> None:
    answer = run(
        World().post("/oauth2/v1/token", b"grant_type=client_credentials&grant_type=client_credentials")
    )

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("body", [b"grant_type=%ff", b"\xff", b"a=1&" * 200, b"x" * 70_000])
def test_a_body_that_cannot_be_read_is_refused(body: bytes) -> None:
    answer = run(World().post("/oauth2/v1/token", body))

    assert answer.status == 400
    assert answer.json["error"] == "invalid_request"


BODY = f"grant_type=client_credentials&resource={quote(RESOURCE, safe='')}".encode()


@pytest.mark.parametrize("secret", [SECRET, quote(SECRET, safe="")])
def test_basic_is_read_raw_and_form_encoded(secret: str) -> None:
    answer = run(World().post("/oauth2/v1/token", BODY, authorization=basic(CLIENT, secret)))

    assert answer.status == 200


def test_basic_beside_the_same_client_id_in_the_body() -> None:
    body = BODY + f"&client_id={CLIENT}".encode()

    assert run(World().post("/oauth2/v1/token", body, authorization=basic(CLIENT, SECRET))).status == 200


def test_basic_beside_another_client_id_is_ambiguous() -> None:
    answer = run(
        World().post("/oauth2/v1/token", BODY + b"&client_id=other", authorization=basic(CLIENT, SECRET))
    )

    text = (
        "AADSTS90011: Request is ambiguous, multiple application identifiers found. "
        f"Application identifiers: '{CLIENT}, other'."
    )
    assert_error(answer, 400, "invalid_request", [90011], text)


def test_a_wrong_secret_by_basic_is_challenged() -> None:
    answer = run(World().post("/oauth2/v1/token", BODY, authorization=basic(CLIENT, "wrong")))

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"] == f'Basic realm="{ORIGIN}"'


@pytest.mark.parametrize(
    "value", ["Basic", "Basic !!!", "Bearer abc", "Basic " + base64.b64encode(b"x").decode()]
)
def test_an_authorization_that_is_no_basic_is_refused(value: str) -> None:
    answer = run(World().post("/oauth2/v1/token", BODY, authorization=value))

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    assert "www-authenticate" in answer.headers


def test_two_ways_of_authentication_are_refused() -> None:
    body = BODY + b"&client_secret=x"
    answer = run(World().post("/oauth2/v1/token", body, authorization=basic(CLIENT, SECRET)))

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def with_application(**changes: Any) -> World:
    world = World()
    directory = msgspec.structs.replace(
        world.document.directory, applications=(application(CLIENT, **changes),)
    )
    world.publish(msgspec.structs.replace(world.document, directory=directory))
    return world


def test_a_disabled_application_is_not_found() -> None:
    assert run(with_application(enabled=False).ask_token()).json["error_codes"] == [70001]


def test_of_several_secrets_each_live_one_works_and_an_expired_one_is_as_good_as_wrong() -> None:
    secrets = (
        ClientSecret("old", DIGESTER.digest("old"), int(NOW)),
        ClientSecret("new", DIGESTER.digest("new"), int(NOW) + 1),
        ClientSecret("next", DIGESTER.digest("next")),
    )
    world = with_application(secrets=secrets)

    assert run(world.ask_token(client_secret="old")).json["error_codes"] == [70002, 50012]
    assert run(world.ask_token(client_secret="new")).status == 200
    assert run(world.ask_token(client_secret="next")).status == 200


def test_the_callers_request_id_comes_back_when_asked_for() -> None:
    mine = "11111111-2222-4333-8444-555555555555"
    answer = run(
        World().post("/oauth2/v1/token", b"", client_request_id=mine, return_client_request_id="true")
    )

    assert answer.headers["client-request-id"] == mine
    assert answer.json["correlation_id"] == mine


def test_a_request_id_that_is_no_guid_is_not_echoed() -> None:
    answer = run(
        World().post("/oauth2/v1/token", b"", client_request_id="x\r\ny", return_client_request_id="true")
    )

    assert "client-request-id" not in answer.headers
    assert GUID.fullmatch(answer.json["correlation_id"])


@pytest.mark.parametrize(
    "path",
    [
        f"/{TENANT}/.well-known/openid-configuration",
        f"/{TENANT}/v2.0/.well-known/openid-configuration",
        f"/.well-known/oauth-authorization-server/{TENANT}",
    ],
)
def test_discovery_at_each_address(path: str) -> None:
    answer = run(ask(World().authority, "GET", path))

    assert answer.status == 200
    assert answer.json["issuer"] == f"{ORIGIN}/{TENANT}/"
    assert answer.json["token_endpoint"] == f"{ORIGIN}/{TENANT}/oauth2/token"
    assert answer.json["jwks_uri"] == f"{ORIGIN}/{TENANT}/discovery/keys"


def test_discovery_of_an_unknown_tenant_is_not_found() -> None:
    answer = run(ask(World().authority, "GET", "/nobody/.well-known/openid-configuration"))

    assert answer.status == 404


@pytest.mark.parametrize("tenant", [TENANT, TENANT.upper(), "common"])
def test_an_authority_of_ours_is_vouched_for(tenant: str) -> None:
    query = urlencode(
        {"api-version": "1.1", "authorization_endpoint": f"{ORIGIN}/{tenant}/oauth2/v2.0/authorize"}
    )
    answer = run(ask(World().authority, "GET", f"/common/discovery/instance?{query}"))

    assert answer.status == 200
    document = f"{ORIGIN}/{tenant.lower()}/.well-known/openid-configuration"
    assert answer.json["tenant_discovery_endpoint"] == document
    assert answer.json["metadata"][0]["aliases"] == [ORIGIN.partition("//")[2]]


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "nonsense",
        ORIGIN,
        f"{ORIGIN}/",
        f"{ORIGIN}/nobody/oauth2/authorize",
        f"{ORIGIN}.attacker.example/common/oauth2/authorize",
        "https://login.attacker.example/common/oauth2/authorize",
        "https://[/common",
    ],
)
def test_nobody_elses_authority_is_vouched_for(endpoint: str) -> None:
    query = urlencode({"authorization_endpoint": endpoint})
    answer = run(ask(World().authority, "GET", f"/common/discovery/instance?{query}"))

    assert (answer.status, answer.json["error"], answer.json["error_codes"]) == (
        400,
        "invalid_instance",
        [50049],
    )
    assert answer.json["error_description"].startswith("AADSTS50049: Unknown or invalid instance.\r\n")


def test_two_keys_are_published_and_none_says_anything_private() -> None:
    answer = run(ask(World().authority, "GET", f"/{TENANT}/discovery/keys"))

    assert [key["kid"] for key in answer.json["keys"]] == ["kid-1", "kid-2"]
    for key in answer.json["keys"]:
        assert set(key) == {"kty", "use", "kid", "x5t", "n", "e", "x5c"}
        assert key["kid"] == key["x5t"]
