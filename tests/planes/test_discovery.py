"""Discovery and keys, clause by clause: RFC 8414, OpenID Connect Discovery 1.0, RFC 7517."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from support.exchange import Answer, ask
from support.world import ORIGIN, OTHER_TENANT, TENANT, World

ISSUER: Final = f"{ORIGIN}/{TENANT}/"
RFC_8414: Final = "/.well-known/oauth-authorization-server"
TENANTS_OWN: Final = (
    f"/{TENANT}/.well-known/openid-configuration",
    f"/{TENANT}/v2.0/.well-known/openid-configuration",
    f"{RFC_8414}/{TENANT}",
)


def get(path: str, method: str = "GET") -> Answer:
    answer: Answer = asyncio.run(ask(World().authority, method, path))
    return answer


def token() -> str:
    made: str = asyncio.run(World().token())
    return made


@pytest.mark.parametrize("path", TENANTS_OWN)
def test_rfc_8414_section_3_2_the_answer_is_200_and_json(path: str) -> None:
    answer = get(path)

    assert answer.status == 200
    assert answer.headers["content-type"].partition(";")[0] == "application/json"
    assert isinstance(answer.json, dict)


def test_rfc_8414_section_3_1_the_address_is_inserted_between_host_and_path_of_the_issuer() -> None:
    """Any terminating slash of the issuer must be removed before."""
    path = RFC_8414 + urlsplit(ISSUER).path.removesuffix("/")

    assert get(path).json["issuer"] == ISSUER


def test_a_client_that_keeps_the_issuers_last_slash_finds_the_same_document() -> None:
    assert get(f"{RFC_8414}/{TENANT}/").body == get(f"{RFC_8414}/{TENANT}").body


def test_openid_discovery_section_4_the_address_is_appended_to_the_issuer() -> None:
    """Any terminating slash must be removed before appending."""
    path = urlsplit(ISSUER).path.removesuffix("/") + "/.well-known/openid-configuration"

    assert get(path).json["issuer"] == ISSUER


@pytest.mark.parametrize("path", TENANTS_OWN)
def test_rfc_8414_section_3_3_the_issuer_is_that_of_the_tokens_to_the_byte(path: str) -> None:
    decoded = jwt.decode(token(), KeySet.import_key_set(get(f"/{TENANT}/discovery/keys").json))

    assert get(path).json["issuer"] == decoded.claims["iss"] == ISSUER


def test_rfc_9207_section_3_answers_tell_their_issuer_where_the_address_names_a_tenant() -> None:
    member = "authorization_response_iss_parameter_supported"
    assert {get(path).json[member] for path in TENANTS_OWN} == {True}
    assert get("/common/.well-known/openid-configuration").json[member] is False


@pytest.mark.parametrize("path", TENANTS_OWN)
def test_rfc_8414_section_2_the_issuer_has_neither_query_nor_fragment(path: str) -> None:
    url = urlsplit(get(path).json["issuer"])

    assert (url.scheme, url.netloc, url.query, url.fragment) == ("http", "127.0.0.1:8080", "", "")


@pytest.mark.parametrize("path", TENANTS_OWN)
def test_rfc_8414_section_2_and_openid_discovery_section_3_the_required_members_are_there(path: str) -> None:
    told = get(path).json

    assert {"issuer", "authorization_endpoint", "token_endpoint", "response_types_supported"} <= told.keys()
    assert {"jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported"} <= told.keys()
    assert "RS256" in told["id_token_signing_alg_values_supported"]


def test_rfc_8414_section_3_2_members_without_a_value_are_left_out() -> None:
    assert [name for name, value in get(TENANTS_OWN[0]).json.items() if value in ([], "", None)] == []


def test_rfc_8414_section_2_algorithms_of_assertions_stand_beside_a_method_by_assertion_alone() -> None:
    told = get(TENANTS_OWN[0]).json
    by_assertion = {"private_key_jwt", "client_secret_jwt"} & set(
        told["token_endpoint_auth_methods_supported"]
    )

    assert ("token_endpoint_auth_signing_alg_values_supported" in told) == bool(by_assertion)


@pytest.mark.parametrize("path", TENANTS_OWN)
def test_every_address_in_the_document_is_the_tenants_and_is_answered(path: str) -> None:
    told = get(path).json
    world = World()

    assert told["token_endpoint"] == f"{ORIGIN}/{TENANT}/oauth2/token"
    assert told["jwks_uri"] == f"{ORIGIN}/{TENANT}/discovery/keys"
    assert get(told["jwks_uri"].removeprefix(ORIGIN)).status == 200
    assert asyncio.run(world.ask_token(told["token_endpoint"].removeprefix(ORIGIN))).status == 200


def test_each_offered_grant_and_way_to_authenticate_is_taken() -> None:
    """Whatever the document offers must not be refused as unsupported."""
    told = get(TENANTS_OWN[0]).json
    for grant in told["grant_types_supported"]:
        answer = asyncio.run(World().ask_token(grant_type=grant))
        assert answer.json.get("error") != "unsupported_grant_type", grant
    assert {"client_secret_post", "client_secret_basic"} <= set(told["token_endpoint_auth_methods_supported"])


@pytest.mark.parametrize("version", ["", "v2.0/"])
def test_common_has_the_issuer_of_the_tenant_that_a_token_names(version: str) -> None:
    """As the documented service has it: the reader puts the token's `tid` in place of {tenantid}."""
    told = get(f"/common/{version}.well-known/openid-configuration").json

    assert told["issuer"].replace("{tenantid}", TENANT) == ISSUER
    assert told["token_endpoint"] == f"{ORIGIN}/common/oauth2/token"
    assert told["jwks_uri"] == f"{ORIGIN}/common/discovery/keys"
    assert get("/common/discovery/keys").body == get(f"/{TENANT}/discovery/keys").body


def test_rfc_8414_section_3_3_common_issues_nothing_and_has_no_document_by_issuer() -> None:
    """The issuer in the document would not be the one that the address was made from."""
    assert get(f"{RFC_8414}/common").status == 404


def test_a_tenant_is_found_in_any_case_and_told_as_tokens_have_it() -> None:
    for path in TENANTS_OWN:
        assert get(path.replace(TENANT, TENANT.upper())).json["issuer"] == ISSUER
    assert get(f"/{TENANT.upper()}/discovery/keys").status == 200


def test_each_tenant_has_a_document_of_its_own() -> None:
    assert get(f"{RFC_8414}/{OTHER_TENANT}").json["issuer"] == f"{ORIGIN}/{OTHER_TENANT}/"


@pytest.mark.parametrize(
    "path",
    [
        "/nobody/.well-known/openid-configuration",
        "/nobody/v2.0/.well-known/openid-configuration",
        "/nobody/discovery/keys",
        f"{RFC_8414}/nobody",
        f"{RFC_8414}/nobody/",
        RFC_8414,
        f"{RFC_8414}/",
        f"{RFC_8414}/{TENANT}/x",
        f"{RFC_8414}/{TENANT}/v2.0",
        f"/{TENANT}/.well-known/openid-configuration/",
        "/.well-known/openid-configuration",
        f"/{TENANT[:-1]}/discovery/keys",
    ],
)
def test_what_is_no_tenants_is_not_found(path: str) -> None:
    assert get(path).status == 404


@pytest.mark.parametrize("path", [*TENANTS_OWN, f"/{TENANT}/discovery/keys", "/nobody/discovery/keys"])
def test_rfc_9110_section_9_3_2_head_answers_as_get_does(path: str) -> None:
    """The server leaves the body out; `test_rotation.py` sees that it does."""
    get_, head = get(path), get(path, "HEAD")

    assert (head.status, head.headers) == (get_.status, get_.headers)


@pytest.mark.parametrize("path", [*TENANTS_OWN, f"/{TENANT}/discovery/keys"])
def test_verifiers_may_keep_documents_and_keys_for_an_hour(path: str) -> None:
    """A key is published for at least so long before it signs."""
    assert get(path).headers["cache-control"] == "private, max-age=3600"


def test_rfc_7517_section_5_the_keys_are_a_set_with_unique_ids() -> None:
    published = get(f"/{TENANT}/discovery/keys").json["keys"]

    assert len(published) >= 2
    assert len({key["kid"] for key in published}) == len(published)
    assert {key["kid"] for key in published} == {key["x5t"] for key in published}
    assert {(key["kty"], key["use"]) for key in published} == {("RSA", "sig")}


def test_rfc_7517_section_9_nothing_private_is_published() -> None:
    private: Any = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
    text = get(f"/{TENANT}/discovery/keys").body.decode()

    assert not any(private & key.keys() for key in json.loads(text)["keys"])
    assert "PRIVATE" not in text
