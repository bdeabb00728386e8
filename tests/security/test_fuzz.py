"""Whatever is sent, a plane answers: no exception, no 500, and JSON of the documented shape."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from millgate.core.errors import Refusal
from millgate.wire.messages import Request
from millgate.wire.target import segments_of
from support.exchange import Answer, seen
from support.fuzzing import bounded
from support.tokens import signed
from support.world import (
    ALL_KEY,
    API_KEY,
    CLIENT,
    KEY,
    RESOURCE,
    SECRET,
    SUSPENDED_KEY,
    TENANT,
    TEST_ONLY_CLIENT,
    TEST_TIER_KEY,
    World,
)

GUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TOKEN_MEMBERS: Final = [
    "token_type",
    "expires_in",
    "ext_expires_in",
    "expires_on",
    "not_before",
    "resource",
    "access_token",
]
ERROR_MEMBERS: Final = [
    "error",
    "error_description",
    "error_codes",
    "timestamp",
    "trace_id",
    "correlation_id",
]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="module", autouse=True)
def _quiet() -> Iterator[None]:
    """No log lines: where an example fails, writing them would take longer than finding the next one."""
    with capture_logs():
        yield


@cache
def world() -> World:
    """One world for all examples: no call changes what another is answered."""
    return World()


@cache
def tokens() -> tuple[str, ...]:
    """A good token, and some that are not."""
    return signed(), signed(appid=TEST_ONLY_CLIENT), signed(exp=1), signed()[:-6], "e30.e30.e30"


def asked(
    plane: Any, method: str, target: str, headers: list[tuple[str, str]], body: bytes = b""
) -> Answer | None:
    """The answer to a request whose path is sane; None when its path is refused before any plane."""
    path, _, query = target.partition("?")
    segments = segments_of(path.encode("utf-8", "surrogatepass"))
    if isinstance(segments, Refusal):
        return None

    async def read() -> AsyncIterator[bytes]:
        yield body

    request = Request(
        method=method, raw_path=path, segments=segments, query=query, headers=tuple(headers), reader=read
    )

    async def main() -> Answer:
        return await seen(await plane(request))

    return asyncio.run(main())


# What headers can hold on the wire: visible characters, spaces and the upper half of Latin-1
HEADER_VALUES: Final = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30
)
METHODS: Final = st.one_of(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get"]),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ-!#$%&'*+.^_`|~", min_size=1, max_size=8),
)
NAMES: Final = st.sampled_from(
    [
        "ocp-apim-subscription-key",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "accept",
        "x-forwarded-for",
        "client-request-id",
        "return-client-request-id",
        "ocp_apim_subscription_key",
        "expect",
    ]
)
GOOD_HEADERS: Final = st.one_of(
    st.sampled_from([KEY, ALL_KEY, API_KEY, TEST_TIER_KEY, SUSPENDED_KEY, ""]).map(
        lambda key: ("ocp-apim-subscription-key", key)
    ),
    st.deferred(lambda: st.sampled_from(tokens())).map(lambda token: ("authorization", f"Bearer {token}")),
    st.tuples(NAMES, HEADER_VALUES),
)
SEGMENTS: Final = st.one_of(
    st.sampled_from(
        ["test", "PartList", "v1", "Parts", "Free", "Ping", "12", "", "..", "%2e", "%C3%A9", "oauth2"]
    ),
    st.text(max_size=8).map(lambda text: quote(text, safe="", errors="replace")),
)
PATHS: Final = st.one_of(
    st.sampled_from(["/PartList/v1/Parts", "/test/PartList/v1/Parts/1", "/Free/v1/Ping", "/test", "/"]),
    st.lists(SEGMENTS, max_size=6).map(lambda segments: "/" + "/".join(segments)),
)
QUERIES: Final = st.one_of(
    st.just(""),
    st.sampled_from([f"subscription-key={KEY}", "subscription-key=", "subscription-key=%FF", "&" * 300]),
    st.text(max_size=30),
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4).map(urlencode),
)


def assert_managed(answer: Answer) -> None:
    """The echo's answer, or a refusal in one of the two managed shapes."""
    assert answer.status in {200, 400, 401, 403, 404}
    assert GUID.fullmatch(answer.headers["x-request-id"])
    assert answer.headers["content-type"] == "application/json"
    if answer.status == 200:
        assert set(answer.json) == {"target", "tier", "parameters"}
        return
    names = ("status", "Message") if b'"Message"' in answer.body else ("statusCode", "message")
    told = answer.json
    assert list(told) == list(names)
    assert told[names[0]] == answer.status
    text = json.dumps(told[names[1]], ensure_ascii=False)
    assert answer.body.decode() == f'{{ "{names[0]}": {answer.status}, "{names[1]}": {text} }}'
    if answer.status == 401:
        assert answer.headers["www-authenticate"].startswith(("AzureApiManagementKey ", "Bearer"))


@bounded(700)
@given(METHODS, PATHS, QUERIES, st.lists(GOOD_HEADERS, max_size=4))
@example("GET", "/Free/v1/Ping", "", [("authorization", ""), ("content-length", "x")])
@example("GET", "/PartList/v1/Parts", "subscription-key=%FF", [])
def test_the_managed_plane_answers_whatever_is_sent(
    method: str, path: str, query: str, headers: list[tuple[str, str]]
) -> None:
    answer = asked(world().managed, method, f"{path}?{query}", headers)

    if answer is not None:
        assert_managed(answer)


@bounded(150)
@given(st.lists(GOOD_HEADERS, max_size=3), st.text("0123456789+-_. x", max_size=25))
def test_a_good_call_is_good_whatever_length_it_claims(headers: list[tuple[str, str]], length: str) -> None:
    """Its bytes are counted when they are a number; else the server has refused it long before."""
    kept = [item for item in headers if item[0] not in {"authorization", "ocp-apim-subscription-key"}]
    sent = [*kept, ("content-length", length), ("ocp-apim-subscription-key", KEY)]
    answer = asked(
        world().managed, "GET", "/PartList/v1/Parts", [*sent, ("authorization", f"Bearer {tokens()[0]}")]
    )

    assert answer is not None
    assert answer.status == 200


@bounded(300)
@given(
    st.lists(
        st.one_of(st.text("AQgw-_.=ei0{}", max_size=12), st.binary(max_size=24).map(b64)),
        min_size=1,
        max_size=5,
    )
)
@example(
    [base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"kid-1","crit":5}').decode().rstrip("="), "e30", "AAAA"]
)
def test_no_bearer_token_is_too_strange(parts: list[str]) -> None:
    headers = [("ocp-apim-subscription-key", KEY), ("authorization", "Bearer " + ".".join(parts))]
    answer = asked(world().managed, "GET", "/PartList/v1/Parts", headers)

    assert answer is not None
    assert answer.status == 401
    assert_managed(answer)


JSON_VALUES: Final = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["RS256", "kid-1", "none", "b64", ""])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "kid"]), inner, max_size=2)
    ),
    max_leaves=4,
)
HEADS: Final = st.one_of(
    JSON_VALUES,
    st.fixed_dictionaries(
        {"alg": st.one_of(st.just("RS256"), JSON_VALUES)},
        optional={
            name: st.one_of(st.just("kid-1"), JSON_VALUES)
            for name in ("kid", "crit", "b64", "typ", "jwk", "jku", "x5u", "x5c", "x5t", "zip", "cty")
        },
    ),
)


@bounded(400)
@given(HEADS, JSON_VALUES)
def test_no_header_of_a_token_is_too_strange(head: Any, claims: Any) -> None:
    token = f"{b64(json.dumps(head).encode())}.{b64(json.dumps(claims).encode())}.{b64(b'x' * 256)}"
    headers = [("ocp-apim-subscription-key", KEY), ("authorization", f"Bearer {token}")]
    answer = asked(world().managed, "GET", "/PartList/v1/Parts", headers)

    assert answer is not None
    assert answer.status == 401
    assert_managed(answer)


# The token service


FIELDS: Final = st.one_of(
    st.tuples(
        st.sampled_from(["grant_type", "client_id", "client_secret", "resource", "scope", "code", ""]),
        st.one_of(
            st.sampled_from(
                [
                    "client_credentials",
                    CLIENT,
                    CLIENT.upper(),
                    SECRET,
                    RESOURCE,
                    f"{RESOURCE}.default",
                    "",
                    "{x}",
                ]
            ),
            st.text(max_size=10),
        ),
    ),
    st.tuples(st.text(max_size=5), st.text(max_size=5)),
)
BODIES: Final = st.one_of(
    st.binary(max_size=60),
    st.lists(FIELDS, max_size=6).map(lambda fields: urlencode(fields, errors="replace").encode()),
    st.lists(FIELDS, max_size=3).map(
        lambda fields: urlencode(
            [("grant_type", "client_credentials"), ("client_id", CLIENT), ("client_secret", SECRET), *fields],
            errors="replace",
        ).encode()
    ),
)
BASIC: Final = st.one_of(
    st.sampled_from(
        [f"{CLIENT}:{SECRET}", f"{CLIENT}:", f":{SECRET}", f"{CLIENT}:{quote(SECRET, safe='')}", "", "%:%"]
    ).map(lambda pair: "Basic " + base64.b64encode(pair.encode()).decode()),
    st.binary(max_size=20).map(lambda data: "basic " + base64.b64encode(data).decode()),
    HEADER_VALUES,
)
TOKEN_HEADERS: Final = st.lists(
    st.one_of(
        BASIC.map(lambda value: ("authorization", value)),
        st.one_of(
            st.sampled_from(
                ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8"]
            ),
            st.sampled_from(["application/json", "", "multipart/form-data; boundary=x"]),
        ).map(lambda value: ("content-type", value)),
        st.tuples(NAMES, HEADER_VALUES),
    ),
    max_size=3,
)
TOKEN_PATHS: Final = st.one_of(
    st.sampled_from(
        [
            "/oauth2/v1/token",
            f"/{TENANT}/oauth2/token",
            f"/{TENANT.upper()}/oauth2/token",
            "/common/oauth2/token",
        ]
    ),
    st.text(min_size=1, max_size=8).map(
        lambda text: f"/{quote(text, safe='', errors='replace')}/oauth2/token"
    ),
)


def assert_token_answer(answer: Answer) -> None:
    """A token, or an error whose description repeats its ids."""
    assert answer.status in {200, 400, 401, 405}
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store, no-cache"
    told = answer.json
    if answer.status == 200:
        assert list(told) == TOKEN_MEMBERS
        assert all(isinstance(value, str) for value in told.values())
        return
    assert list(told) == ERROR_MEMBERS
    assert told["trace_id"] == answer.headers["x-ms-request-id"]
    assert told["error_description"].endswith(
        f"\r\nTrace ID: {told['trace_id']}\r\nCorrelation ID: {told['correlation_id']}\r\nTimestamp: {told['timestamp']}"
    )
    assert told["error_codes"]
    assert all(isinstance(code, int) for code in told["error_codes"])
    assert told["error"]


@bounded(600)
@given(st.one_of(st.just("POST"), METHODS), TOKEN_PATHS, TOKEN_HEADERS, BODIES)
@example("POST", "/oauth2/v1/token", [("authorization", "Basic \xff")], b"grant_type=client_credentials")
@example("POST", "/oauth2/v1/token", [], b"grant_type=%ED%A0%80")
def test_the_token_endpoint_answers_whatever_is_sent(
    method: str, path: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    answer = asked(world().authority, method, path, headers, body)

    if answer is not None:
        assert_token_answer(answer)


AUTHORITY_SEGMENTS: Final = st.one_of(
    st.sampled_from(
        [".well-known", "openid-configuration", "v2.0", "discovery", "keys", "oauth2", "v1", TENANT, "common"]
    ),
    st.text(max_size=6).map(lambda text: quote(text, safe="", errors="replace")),
)


@bounded(400)
@given(METHODS, st.lists(AUTHORITY_SEGMENTS, min_size=1, max_size=5), TOKEN_HEADERS)
def test_every_other_address_of_the_authority_is_answered(
    method: str, segments: list[str], headers: list[tuple[str, str]]
) -> None:
    path = "/" + "/".join(segments)
    if path.endswith(("/token",)):
        return
    answer = asked(world().authority, method, path, headers)
    if answer is None:
        return

    assert answer.status in {200, 404}
    if answer.status == 404:
        assert answer.body == b'{ "statusCode": 404, "message": "Resource not found" }'
    else:
        assert {"issuer", "jwks_uri"} <= set(answer.json) or set(answer.json) == {"keys"}
