"""Every sample sends what is documented, and nothing that a description holds runs."""

from __future__ import annotations

import ast
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from millgate.control.actions.registry.model import State, Verb
from millgate.control.actions.registry.table import ROUTES
from millgate.describe.model import Body as RequestBody
from millgate.describe.model import Operation, Parameter, Payload, Place, VersionScheme
from millgate.describe.samples import LANGUAGES, Secret, call_of, language_named
from millgate.describe.samples.building import BOUNDARY
from support.sample_apis import HOSTILE, SITE, api_of, built_in_calls, calls, header_texts, hostile_call
from support.sample_literals import RULES, literals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.describe.samples import SampleCall

NASTY = st.text(
    alphabet="'\"`$\\{}()#;|&<>%@\n\r\t\0 \u202e\u2028\u2019\u00e9\U0001f600abBODY_u", max_size=40
)
GET = Operation(key="x", method="GET", template="/Things", name="x", target="x")


def test_there_are_ten_languages_and_an_unknown_one_is_the_first() -> None:
    assert [language.name for language in LANGUAGES] == [
        "curl", "Python", "JavaScript", "C#", "Java", "PHP", "Ruby", "Go", "PowerShell", "HTTP",
    ]  # fmt: skip
    assert language_named("cobol") is LANGUAGES[0]


# What is sent


def test_a_call_sends_what_is_required_and_nothing_else() -> None:
    operation = replace(
        GET,
        template="/Things/{ThingKey}",
        parameters=(
            Parameter("ThingKey", Place.PATH, "integer", example="47/11", required=True),
            Parameter("Since", Place.QUERY, "date-time", required=True),
            Parameter("Status", Place.QUERY, values=("Open", "Closed"), required=True),
            Parameter("Name", Place.QUERY, required=True),
            Parameter("Other", Place.QUERY, example="left out"),
            Parameter("X-Trace", Place.HEADER, example="a", required=True),
            Parameter("Authorization", Place.HEADER, example="theirs", required=True),
            Parameter("Session", Place.COOKIE, example="s 1", required=True),
        ),
    )
    call = call_of(api_of(operation), operation, SITE)
    assert call.url == (
        "https://mill.example/test/Hostile/v1/Things/47%2F11"
        "?Since=2026-01-31T12%3A00%3A00Z&Status=Open&Name=NAME"
    )
    assert [(item.name, item.text, item.secret) for item in call.headers] == [
        ("Ocp-Apim-Subscription-Key", "", Secret.KEY),
        ("Authorization", "Bearer ", Secret.TOKEN),
        ("X-Trace", "a", Secret.NONE),
        ("Cookie", "Session=s%201", Secret.NONE),
    ]
    assert not call.body


def test_an_api_for_everybody_is_called_without_credentials_on_the_tier_it_has() -> None:
    api = api_of(
        GET,
        subscription_required=False,
        bearer_required=False,
        tiers=("production",),
        version_scheme=VersionScheme.HEADER,
        version_name="X-Version",
    )
    call = call_of(api, GET, SITE)
    assert call.url == "https://mill.example/Hostile/Things"
    assert [(item.name, item.text) for item in call.headers] == [("X-Version", "v1")]
    assert call.token is None
    for language in LANGUAGES:
        assert "oauth2" not in language.text(call)
        assert "KEY" not in language.text(call).upper().replace("NO KEY", "")


def test_a_body_is_json_before_a_form_and_a_form_before_the_rest() -> None:
    form, json_body, text = (
        Payload(media, example=example)
        for media, example in (
            ("application/x-www-form-urlencoded", {"a b": "c&d"}),
            ("application/vnd.mill+json", {"a": 1}),
            ("text/plain", "plain"),
        )
    )
    shown = []
    for payloads in ((form, json_body, text), (text, form), (text,)):
        operation = replace(GET, method="PUT", body=RequestBody(payloads))
        call = call_of(api_of(operation), operation, SITE)
        shown.append((call.content_type, call.body))
    assert shown == [
        ("application/vnd.mill+json", '{\n  "a": 1\n}'),
        ("application/x-www-form-urlencoded", "a+b=c%26d"),
        ("text/plain", "plain"),
    ]


def test_members_that_are_parameters_make_a_body() -> None:
    members = (Parameter("Quantity", Place.BODY, "integer", example="5"), Parameter("Note", Place.BODY))
    operation = replace(GET, method="POST", parameters=members)
    call = call_of(api_of(operation), operation, SITE)
    assert (call.content_type, call.body) == ("application/json", '{\n  "Quantity": 5\n}')


def test_a_form_of_parts_is_written_as_its_reader_expects_it() -> None:
    payload = Payload("multipart/form-data", example={"a b": "c", "n": 1})
    operation = replace(GET, method="POST", body=RequestBody((payload,)))
    call = call_of(api_of(operation), operation, SITE)
    assert call.content_type == f"multipart/form-data; boundary={BOUNDARY}"
    assert call.body.split("\r\n") == [
        f"--{BOUNDARY}",
        'Content-Disposition: form-data; name="a%20b"',
        "",
        "c",
        f"--{BOUNDARY}",
        'Content-Disposition: form-data; name="n"',
        "",
        "1",
        f"--{BOUNDARY}--",
        "",
    ]


def test_curl_asks_for_a_head_without_waiting_for_a_body() -> None:
    operation = replace(GET, method="HEAD")
    assert "curl --head https://" in language_named("curl").text(call_of(api_of(operation), operation, SITE))


def test_what_a_read_is_described_to_send_is_left_out() -> None:
    operation = replace(GET, body=RequestBody((Payload("application/json", example={"a": 1}),)))
    assert not call_of(api_of(operation), operation, SITE).body


def test_control_characters_of_a_description_reach_neither_url_nor_header() -> None:
    for text in HOSTILE:
        call = hostile_call(text)
        assert call.url.isascii()
        assert call.url.isprintable()
        assert " " not in call.url
        for header in call.headers:
            assert header.text.isprintable(), header
            assert header.text.isascii(), header
        assert len({header.name.lower() for header in call.headers}) == len(call.headers)


# The request that each language describes


def told(language: str, call: SampleCall) -> None:
    """The literals of a program say the method, the address, the headers and the body of the call."""
    found = literals(language, language_named(language).text(call))
    wanted = [call.method, call.url, *([call.body] if call.body else [])]
    if language == "ruby":
        wanted.remove(call.method)
    for header in call.headers:
        joined = f"{header.name}: {header.text}" if language == "php" else header.name
        wanted.append(joined)
        wanted += [header.text] if header.text and language != "php" else []
    if language == "powershell":
        wanted = [item for item in wanted if item != "Content-Type"]
    if language == "csharp" and call.body:
        wanted.remove("Content-Type")
    missing = [item for item in wanted if item not in found]
    assert not missing, (language, missing, found)
    for _, value in call.form():
        assert value in found, (language, value)


@pytest.mark.parametrize("language", sorted(RULES))
def test_every_sample_says_the_request_that_is_documented(language: str) -> None:
    for call in calls():
        told(language, call)


@settings(max_examples=40)
@given(NASTY, st.sampled_from(("application/json", "text/plain", "multipart/form-data")))
def test_no_description_breaks_out_of_any_sample(text: str, media_type: str) -> None:
    call = hostile_call(text, media_type=media_type)
    for language in RULES:
        told(language, call)
    ast.parse(language_named("python").text(call))


class Answered:
    status = 200

    def __init__(self, text: str) -> None:
        self.text = text

    def read(self) -> bytes:
        return self.text.encode()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_python_really_sends_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The programs run, against a network of our own."""
    sent: list[Any] = []

    def urlopen(request: Any, data: bytes | None = None) -> Answered:
        sent.append((request, data))
        return Answered('{"access_token": "T0KEN"}')

    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    for call in calls():
        sent.clear()
        exec(compile(language_named("python").text(call), "sample", "exec"), {})  # noqa: S102 - it is the point
        *grants, (request, _) = sent
        assert [(url, parse_qsl((form or b"").decode())) for url, form in grants] == (
            [(call.token.url, list(call.form()))] if call.token else []
        )
        assert (request.full_url, request.method) == (call.url, call.method)
        assert (request.data or b"").decode() == call.body
        headers: Mapping[str, str] = {name.lower(): value for name, value in request.header_items()}
        assert headers == {name.lower(): value for name, value in header_texts(call)}
    assert "200 " in capsys.readouterr().out


def test_every_operation_of_the_action_api_is_among_the_calls_at_both_of_its_addresses() -> None:
    """What all tests of samples look at, those by the tools of languages, too."""
    known = {(call.method, call.url) for call in calls()}
    for route in ROUTES.values():
        for verb in {route.verb, Verb.POST}:
            assert (verb.value, f"https://mill.example{route.address}") in known
            managed = (verb.value, f"https://mill.example/actions/v1/{route.path}")
            assert (managed in known) is (route.state is State.DEPLOYED)


def test_http_is_the_message_itself() -> None:
    for call in built_in_calls():
        head, _, body = language_named("http").text(call).partition("\n\n")
        request_line, *headers = head.split("\n")
        assert f"https://mill.example{request_line.split()[1]}" == call.url
        assert request_line.split()[0] == call.method
        assert len(headers) == len(call.headers) + 1
        assert body == call.body
