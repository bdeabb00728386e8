"""Authorization requests (RFC 6749 section 4.1.1) as a table: what they ask for, and all that can be wrong."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from millgate.control.authorize import requests, responses
from millgate.control.authorize.requests import KNOWN, Program, Prompt, ResponseMode, Target
from millgate.core.errors import (
    AUTHORIZE_PARAMETER_MISSING,
    AUTHORIZE_UNREADABLE,
    AUTHORIZE_VALUE_WRONG,
    CHALLENGE_METHOD_WRONG,
    CHALLENGE_MISSING,
    CHALLENGE_SIZE_WRONG,
    CONSENT_DECLINED,
    PROMPT_UNSUPPORTED,
    REPLY_ADDRESS_MISSING,
    REPLY_ADDRESS_UNKNOWN,
    RESPONSE_MODE_UNSUPPORTED,
    RESPONSE_TYPE_UNSUPPORTED,
    TOKEN_PARAMETER_REPEATED,
    TOKEN_RESOURCE_UNKNOWN,
    Problem,
    Refusal,
    Refused,
)

CLIENT = "0d5f8f8a-5a42-4c35-8f43-6c7d3b0e1111"
REDIRECT = "https://mes.example/cb"
RESOURCE = "http://api.plex.com/"
PLANT = "https://plant.example/api"
RESOURCES = frozenset({RESOURCE, PLANT})
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PROGRAM = Program(CLIENT, "tenant", (REDIRECT,), public=False)
PUBLIC = Program(CLIENT, "tenant", ("http://127.0.0.1/cb", "com.example.mes:/cb"), public=True)
GOOD = {"client_id": CLIENT, "response_type": "code", "redirect_uri": REDIRECT, "resource": RESOURCE}


def query(**changes: str | None) -> str:
    return urlencode({name: value for name, value in (GOOD | changes).items() if value is not None})


def check(text: str, program: Program = PROGRAM) -> requests.Asked:
    sent = requests.read(text)
    requests.target(sent, program)
    return requests.check(sent, program, RESOURCES)


def refusal_of(text: str | bytes, program: Program = PROGRAM) -> Refusal:
    """Why a request is refused whose redirect URI holds."""
    sent = requests.read(text)
    requests.target(sent, program)
    with pytest.raises(Refused) as refused:
        requests.check(sent, program, RESOURCES)
    return refused.value.refusal


def told_on_a_page(text: str | bytes, program: Program = PROGRAM) -> Refusal:
    """Why a request is refused of which nothing may be sent anywhere."""

    def where() -> None:
        sent = requests.read(text)
        requests.client_id(sent)
        requests.target(sent, program)

    with pytest.raises(Refused) as refused:
        where()
    return refused.value.refusal


def test_a_whole_request() -> None:
    asked = check(
        query(
            state="s",
            nonce="n",
            prompt="login consent",
            login_hint="mia@example.com",
            code_challenge=CHALLENGE,
            code_challenge_method="S256",
            domain_hint="organizations",
        )
    )
    assert asked == requests.Asked(
        redirect_uri=REDIRECT,
        resource=RESOURCE,
        prompts=frozenset({Prompt.LOGIN, Prompt.CONSENT}),
        login_hint="mia@example.com",
        nonce="n",
        challenge=CHALLENGE,
        method="S256",
    )


def test_the_shortest_request() -> None:
    """RFC 6749 section 3.1.2.3: one registered redirect URI need not be named. v1 takes the resource later."""
    asked = check(query(redirect_uri=None, resource=None))
    assert asked == requests.Asked(
        redirect_uri="", resource="", prompts=frozenset(), login_hint="", nonce="", challenge="", method=""
    )


def test_empty_parameters_count_as_left_out_and_unknown_ones_are_ignored() -> None:
    asked = check(query(resource="", prompt="", code_challenge="", code_challenge_method="", x="1") + "&x=2")
    assert (asked.resource, asked.challenge, asked.prompts) == ("", "", frozenset())
    assert check(query(state="") + "&state=s").resource == RESOURCE


@pytest.mark.parametrize(
    ("given", "resource"),
    [
        ({"resource": PLANT}, PLANT),
        ({"resource": None, "scope": f"{PLANT}/.default"}, PLANT),
        ({"resource": None, "scope": f"openid {RESOURCE}/.default offline_access"}, RESOURCE),
        ({"resource": None, "scope": "http://api.plex.com/.default"}, RESOURCE),
        ({"resource": RESOURCE, "scope": f"{PLANT}/.default"}, RESOURCE),
        ({"resource": None, "scope": "openid profile"}, ""),
    ],
)
def test_the_resource_comes_from_either_parameter(given: dict[str, str | None], resource: str) -> None:
    assert check(query(**given)).resource == resource


@pytest.mark.parametrize(("method", "kept"), [(None, "plain"), ("plain", "plain"), ("S256", "S256")])
def test_a_challenge_without_a_method_is_plain(method: str | None, kept: str) -> None:
    """RFC 7636 section 4.3."""
    for challenge in ("a" * 43, "-._~" * 32):
        asked = check(query(code_challenge=challenge, code_challenge_method=method))
        assert (asked.challenge, asked.method) == (challenge, kept)


# What only the person is told


@pytest.mark.parametrize(
    ("text", "program", "problem"),
    [
        (query(client_id=None), PROGRAM, AUTHORIZE_PARAMETER_MISSING),
        (query() + "&client_id=other", PROGRAM, TOKEN_PARAMETER_REPEATED),
        (query() + f"&redirect_uri={REDIRECT}", PROGRAM, TOKEN_PARAMETER_REPEATED),
        (query() + "&redirect_uri=https://evil.example/", PROGRAM, TOKEN_PARAMETER_REPEATED),
        (query(redirect_uri=None), PUBLIC, AUTHORIZE_PARAMETER_MISSING),
        (query(redirect_uri=None), Program(CLIENT, "t", (), public=False), REPLY_ADDRESS_MISSING),
        (query(), Program(CLIENT, "t", (), public=False), REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri=REDIRECT + "/"), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri=REDIRECT + "?a=1"), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri="HTTPS://MES.example/cb"), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri="https://mes.example.evil/cb"), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri="https://mes.example@evil.example/cb"), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri="https://mes.example/cb\r\nx: y"), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri="javascript:alert(1)"), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri="x" * 3000), PROGRAM, REPLY_ADDRESS_UNKNOWN),
        (query(redirect_uri="http://127.0.0.1:8000/other"), PUBLIC, REPLY_ADDRESS_UNKNOWN),
        (query() + "&state=%ff", PROGRAM, AUTHORIZE_UNREADABLE),
        (query().encode() + b"&state=\xff", PROGRAM, AUTHORIZE_UNREADABLE),
        ("&".join(f"p{number}=1" for number in range(200)), PROGRAM, AUTHORIZE_UNREADABLE),
        ("state=" + "x" * 30_000, PROGRAM, AUTHORIZE_UNREADABLE),
        (f"{query()}&state={'ä' * 2000}", PROGRAM, AUTHORIZE_UNREADABLE),
        ("", PROGRAM, AUTHORIZE_PARAMETER_MISSING),
    ],
)
def test_what_may_not_be_sent_anywhere(text: str | bytes, program: Program, problem: Problem) -> None:
    """RFC 6749 section 4.1.2.1: no redirect while it is not known where to."""
    assert told_on_a_page(text, program).problem is problem


def test_the_text_for_a_reply_address_is_the_documented_one() -> None:
    assert told_on_a_page(query(redirect_uri="https://evil.example/")).message == (
        "AADSTS50011: The reply address 'https://evil.example/' does not match the reply addresses configured "
        f"for the application: '{CLIENT}'. More details: not specified"
    )


@pytest.mark.parametrize("uri", ["http://127.0.0.1:49152/cb", "http://127.0.0.1/cb", "com.example.mes:/cb"])
def test_a_program_on_a_device_takes_any_port(uri: str) -> None:
    """RFC 8252 section 7.3."""
    sent = requests.read(query(redirect_uri=uri))
    assert requests.target(sent, PUBLIC).uri == uri


# What the program is told


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"response_type": None}, AUTHORIZE_PARAMETER_MISSING),
        ({"response_type": "token"}, RESPONSE_TYPE_UNSUPPORTED),
        ({"response_type": "code id_token"}, RESPONSE_TYPE_UNSUPPORTED),
        ({"response_type": "Code"}, RESPONSE_TYPE_UNSUPPORTED),
        ({"response_mode": "web_message"}, RESPONSE_MODE_UNSUPPORTED),
        ({"code_challenge": "a" * 42}, CHALLENGE_SIZE_WRONG),
        ({"code_challenge": "a" * 129}, CHALLENGE_SIZE_WRONG),
        ({"code_challenge": "a" * 42 + "="}, CHALLENGE_SIZE_WRONG),
        ({"code_challenge": "a" * 42 + "ä"}, CHALLENGE_SIZE_WRONG),
        ({"code_challenge": None, "code_challenge_method": "S256"}, CHALLENGE_SIZE_WRONG),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "s256"}, CHALLENGE_METHOD_WRONG),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "S512"}, CHALLENGE_METHOD_WRONG),
        ({"resource": "http://api.plex.com"}, TOKEN_RESOURCE_UNKNOWN),
        ({"resource": None, "scope": "https://other/.default"}, TOKEN_RESOURCE_UNKNOWN),
        ({"prompt": "enforce"}, PROMPT_UNSUPPORTED),
        ({"prompt": "none login"}, PROMPT_UNSUPPORTED),
        ({"nonce": "n" * 1001}, AUTHORIZE_VALUE_WRONG),
        ({"state": "s" * 4097}, AUTHORIZE_VALUE_WRONG),
        ({"state": "a\r\nb"}, AUTHORIZE_VALUE_WRONG),
        ({"state": "a\0"}, AUTHORIZE_VALUE_WRONG),
    ],
)
def test_what_is_wrong_behind_a_redirect_uri_that_holds(
    changes: dict[str, str | None], problem: Problem
) -> None:
    assert refusal_of(query(**changes)).problem is problem


@pytest.mark.parametrize("name", sorted(set(KNOWN) - {"client_id", "redirect_uri"}))
def test_each_parameter_comes_once(name: str) -> None:
    assert refusal_of(query(**{name: GOOD.get(name, "x")}) + f"&{name}=x").problem is TOKEN_PARAMETER_REPEATED


def test_a_public_client_brings_a_challenge() -> None:
    """RFC 9700 section 2.1.1."""
    given = query(redirect_uri="http://127.0.0.1:1/cb")
    assert refusal_of(given, PUBLIC).problem is CHALLENGE_MISSING
    assert check(f"{given}&code_challenge={CHALLENGE}", PUBLIC).challenge == CHALLENGE


def test_a_form_cannot_be_posted_to_a_scheme_of_a_program() -> None:
    given = query(redirect_uri="com.example.mes:/cb", response_mode="form_post", code_challenge=CHALLENGE)
    assert refusal_of(given, PUBLIC).problem is RESPONSE_MODE_UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "state", "mode"),
    [
        (query(state="s p+ä&=", response_mode="fragment"), "s p+ä&=", ResponseMode.FRAGMENT),
        (query(state="s", response_mode="what"), "s", ResponseMode.QUERY),
        (query(state="s") + "&state=t", "", ResponseMode.QUERY),
        (query(state="s" * 5000), "", ResponseMode.QUERY),
        (query(state="a\nb", response_mode="form_post"), "", ResponseMode.FORM_POST),
    ],
)
def test_faults_are_told_with_the_state_that_came_unless_that_is_the_fault(
    text: str, state: str, mode: ResponseMode
) -> None:
    assert requests.target(requests.read(text), PROGRAM) == Target(REDIRECT, mode, state)


# Answers


@pytest.mark.parametrize(
    ("uri", "mode", "address"),
    [
        (REDIRECT, "query", f"{REDIRECT}?code=c%2Fd&state=a%20b%26"),
        (f"{REDIRECT}?", "query", f"{REDIRECT}?code=c%2Fd&state=a%20b%26"),
        (f"{REDIRECT}?a=1", "query", f"{REDIRECT}?a=1&code=c%2Fd&state=a%20b%26"),
        (f"{REDIRECT}?a=1&", "query", f"{REDIRECT}?a=1&code=c%2Fd&state=a%20b%26"),
        (f"{REDIRECT}?a=1", "fragment", f"{REDIRECT}?a=1#code=c%2Fd&state=a%20b%26"),
        ("com.example.mes:/cb", "query", "com.example.mes:/cb?code=c%2Fd&state=a%20b%26"),
    ],
)
def test_an_answer_is_put_behind_what_the_redirect_uri_holds(uri: str, mode: str, address: str) -> None:
    target = Target(uri, ResponseMode(mode), "")
    assert responses.address(target, {"code": "c/d", "state": "a b&"}) == address


@pytest.mark.parametrize("state", ["a b+c", "ä€😀", "100%25", "a=b&c=d", "#?/", '"<>\\', "~-._"])
def test_a_state_comes_back_as_it_was_sent(state: str) -> None:
    sent = requests.read(f"{query()}&state={quote(state, safe='')}")
    target = requests.target(sent, PROGRAM)
    assert target.state == state
    back = urlsplit(responses.address(target, {"state": target.state})).query
    assert parse_qsl(back) == [("state", state)]
    assert requests.read(sent.query) == sent


def test_a_description_holds_only_what_the_standard_lets_it() -> None:
    """RFC 6749 section 4.1.2.1: no line breaks, quotation marks, backslashes, nor anything beyond ASCII."""
    refusal = Refusal(TOKEN_RESOURCE_UNKNOWN, {"resource": 'a"b\\c\r\näd', "tenant": "t"})
    said = responses.error_members(refusal, "trace", "correlation", 0.0)
    assert said["error"] == "invalid_resource"
    assert said["error_description"].startswith("AADSTS50001: The application named a?b?c???d was not found")
    assert said["error_description"].endswith(
        " Trace ID: trace Correlation ID: correlation Timestamp: 1970-01-01 00:00:00Z"
    )
    declined = responses.error_members(Refusal(CONSENT_DECLINED), "t", "c", 0.0)
    assert declined["error"] == "access_denied"
    assert declined["error_description"].startswith(
        "AADSTS65004: User declined to consent to access the app. Trace"
    )


@pytest.mark.parametrize(
    ("uri", "source"),
    [
        (REDIRECT, REDIRECT),
        (f"{REDIRECT}?a=1;b", REDIRECT),
        ("http://127.0.0.1:8000/cb", "http://127.0.0.1:8000/cb"),
        ("https://mes.example/a;script-src%20*", "https://mes.example"),
        ("https://mes.example;script-src/cb", "https:"),
        ("http://[::1]:8000/cb", "http:"),
        ("com.example.mes:/cb", "com.example.mes:"),
    ],
)
def test_a_policy_names_where_a_form_goes_and_cannot_be_added_to(uri: str, source: str) -> None:
    assert responses.form_source(uri) == source


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        (REDIRECT, ("web", "mes.example")),
        ("https://mes.example:8443/cb", ("web", "mes.example:8443")),
        ("http://127.0.0.1:49152/cb", ("here", "127.0.0.1:49152")),
        ("http://[::1]:1/cb", ("here", "[::1]:1")),
        ("http://localhost/cb", ("here", "localhost")),
        ("com.example.mes:/cb", ("app", "com.example.mes")),
    ],
)
def test_people_are_told_where_a_code_goes(uri: str, told: tuple[str, str]) -> None:
    assert responses.destination(uri) == told


def test_nothing_that_was_sent_is_taken_for_a_format() -> None:
    refusal = told_on_a_page(query(redirect_uri="{client_id}{0}%s"))
    assert "'{client_id}{0}%s'" in refusal.message
