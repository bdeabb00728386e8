"""Bodies and query strings of the action API, as documented and as nobody should send them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from support.accounts import PASSWORD
from support.actions import EMPLOYEE, actions_make, call, encoded, envelope, send, signed_in, worker_make

pytestmark = pytest.mark.usefixtures("rows")

SIGN_IN = {"email": EMPLOYEE, "password": PASSWORD, "application": "planoauth"}


@pytest.fixture(autouse=True)
def _house(rows: None) -> None:
    del rows
    actions_make()
    worker_make()


def _standard() -> bytes:
    return encoded(SIGN_IN | {"redirect_url": "/>>>???"}).encode()


@pytest.mark.parametrize(
    "shape",
    [
        lambda body: body,
        lambda body: body.rstrip(b"="),
        lambda body: body.replace(b"+", b"-").replace(b"/", b"_"),
        lambda body: b"\r\n".join(body[at : at + 76] for at in range(0, len(body), 76)) + b"\n",
    ],
    ids=["standard", "no padding", "url-safe", "in lines"],
)
def test_a_sensitive_body_is_taken_as_every_base64_tool_writes_it(shape: object) -> None:
    assert callable(shape)
    found = envelope(send("sessions/create", shape(_standard()), content_type="text/plain; charset=utf-8"))
    assert found["status"] == "action-successful"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", "no-params-decoded"),
        (base64.b64encode(b"{}"), "no-params-decoded"),
        (b"*", "invalid-encoded-params"),
        (b"A", "invalid-encoded-params"),
        (b"====", "no-params-decoded"),
        (base64.b64encode(b"[1]"), "invalid-encoded-params"),
        (base64.b64encode(b"\xff\xfe"), "invalid-encoded-params"),
        (json.dumps(SIGN_IN).encode(), "invalid-encoded-params"),
    ],
)
def test_a_sensitive_body_that_is_none_is_told_so(body: bytes, status: str) -> None:
    assert envelope(send("sessions/create", body, content_type="text/plain"))["status"] == status


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '"text"',
        "1",
        '{"token": NaN}',
        '{"token": Infinity}',
        '{"token": "a", "token": "b"}',
        "[" * 100_000,
        '{"a":' * 100_000,
        '{"token": ' + "9" * 5000 + "}",
        '{"a": "' + "x" * 300_000 + '"}',
    ],
    ids=lambda body: body[:20],
)
def test_a_json_body_that_is_no_object_is_refused_and_nothing_crashes(body: str) -> None:
    found = envelope(send("sessions/read", body.encode("utf-8", "surrogatepass")))
    assert (found["status"], found["code"]) == ("invalid-encoded-params", 400)


@pytest.mark.parametrize("content_type", ["", "text/html", "application/x-www-form-urlencoded", "text/plain"])
def test_another_content_type_is_refused_by_name(content_type: str) -> None:
    found = envelope(send("sessions/read", '{"token": "a"}', content_type=content_type))
    assert found["status"] == "invalid-content-type"
    assert "application/json" in found["message"]


def test_a_body_of_json_may_name_its_charset() -> None:
    body = json.dumps({"token": signed_in()})
    found = envelope(send("sessions/read", body, content_type="Application/JSON; charset=utf-8"))
    assert found["status"] == "action-successful"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_name", "a\x00b"),
        ("first_name", "a\ud800b"),
        ("first_name", "line\nbreak"),
        ("first_name", 5),
        ("first_name", ["a"]),
        ("first_name", "x" * 101),
        ("time_zone", "Mars/Olympus"),
        ("remember_me", True),
        ("first_nam", "Dee"),
        ("id\ud800", 1),
        ("session_view", "all"),
        ("application", "planet"),
        ("application", 7),
    ],
    ids=str,
)
def test_a_value_that_is_none_is_refused_by_its_name(name: str, value: object) -> None:
    given: dict[str, Any] = {name: value}
    found = call("users/update", signed_in(), **given)
    assert (found["status"], found["code"]) == ("invalid-param", 400)
    assert name.encode("ascii", "replace").decode() in found["message"]


@pytest.mark.parametrize("value", [0, -1, 2**63, 10**400, 1.5, True, "1", [], {}])
def test_an_id_is_a_whole_number_that_a_database_holds(value: object) -> None:
    found = call("users/read", signed_in(), id=value)
    assert found["status"] == "invalid-param"


@pytest.mark.parametrize("token", [1, [], {}, True, "\ud800", "x" * 100_000, "a\x00b"])
def test_a_token_that_is_no_text_of_ours_is_unknown(token: object) -> None:
    body = json.dumps({"token": token})
    assert envelope(send("sessions/read", body))["status"] == "invalid-token"


@pytest.mark.parametrize("token", [None, ""])
def test_a_token_that_is_empty_is_missing(token: object) -> None:
    assert envelope(send("sessions/read", json.dumps({"token": token, "id": 1})))["status"] == "missing-param"


def test_a_misspelt_parameter_is_told_what_was_probably_meant() -> None:
    assert "Did you mean first_name?" in call("users/update", signed_in(), frist_name="Dee")["message"]


def test_what_is_null_counts_as_left_out() -> None:
    assert (
        call("users/update", signed_in(), first_name=None, last_name="Porter")["data"]["first_name"] == "Dee"
    )


def test_a_password_never_travels_as_plain_json() -> None:
    given = {"token": signed_in(), "password": "ten short chimneys", "current_password": PASSWORD}
    found = envelope(send("users/update", json.dumps(given), verb="PUT"))
    assert found["status"] == "invalid-content-type"
    assert "text/plain" in found["message"]


# Query strings


def test_an_index_is_asked_by_get_with_members_written_with_dots() -> None:
    worker_make("cleo@example.com", hats=["client"])
    worker_make("carl@example.com", hats=["client"])
    query = (
        f"/api/v1/clients/index?token={signed_in()}&count=true&page.size=1&page.number=2&sort.by=email"
        "&search.term=c&search.attributes=email&search.attributes=user_id"
        '&filters=[{"attribute":"active","value":true}]'
    )
    from django.test import Client  # noqa: PLC0415 - beside the only use

    found = envelope(Client().get(query))
    assert found["count"] == 2
    assert [item["user"]["email"] for item in found["data"]] == ["cleo@example.com"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", "no-params-decoded"),
        ("token=a&token=b", "invalid-encoded-params"),
        ("token=%ff", "invalid-encoded-params"),
        ("token=x&filters=[{", "invalid-encoded-params"),
        ("token=x&" + "&".join(f"a{number}=1" for number in range(300)), "invalid-encoded-params"),
        ("token=x&page=1&page.size=2", "invalid-token"),
        ("page.size=2", "missing-param"),
    ],
)
def test_a_query_string_that_cannot_be_read_is_told_so(query: str, status: str) -> None:
    from django.test import Client  # noqa: PLC0415 - beside the only use

    assert envelope(Client().get(f"/api/v1/sessions/index?{query}"))["status"] == status


# Indexes


@pytest.mark.parametrize(
    ("params", "part"),
    [
        ({"page": {"size": 101}}, "page.size"),
        ({"page": {"number": 0}}, "page.number"),
        ({"page": {"number": 10**9}}, "page.number"),
        ({"page": [1]}, "page"),
        ({"sort": {"by": "password"}}, "sort.by"),
        ({"sort": {"by": "email", "order": "up"}}, "sort.order"),
        ({"search": {"term": "x", "attributes": ["password"]}}, "search.attributes"),
        ({"search": {"term": "x" * 201}}, "search.term"),
        ({"filters": [{"attribute": "password", "value": "x"}]}, "filters.attribute"),
        ({"filters": [{"attribute": "email", "value": 7}]}, "filters.value"),
        ({"filters": [{"attribute": "id", "value": "x"}]}, "filters.value"),
        ({"filters": [{"attribute": "id", "value": 2**70}]}, "filters.value"),
        ({"filters": [{"attribute": "active", "comparison": "gt", "value": True}]}, "filters.comparison"),
        ({"filters": [{"attribute": "id", "comparison": "contains", "value": 1}]}, "filters.comparison"),
        ({"filters": ["email"]}, "filters"),
        ({"filters": [{"attribute": "id", "value": 1}] * 21}, "filters"),
        ({"view": "everything"}, "view"),
    ],
    ids=str,
)
def test_an_index_is_bounded_and_says_which_part_is_wrong(params: dict[str, Any], part: str) -> None:
    found = call("clients/index", signed_in(), **params)
    assert (found["status"], part in found["message"]) == ("invalid-param", True), found["message"]


def test_an_index_searches_filters_sorts_and_pages() -> None:
    for name in ("cleo", "carl", "cara"):
        worker_make(f"{name}@example.com", hats=["client"], last_name=name.title())
    token = signed_in()
    every = call("clients/index", token, sort={"by": "last_name"}, view="minimal")
    assert [item["user"]["name"] for item in every["data"]] == ["Dee Cara", "Dee Carl", "Dee Cleo"]
    assert "count" not in every
    found = call(
        "clients/index", token, search={"term": "CAR"}, sort={"by": "last_name", "order": "desc"}, count=True
    )
    assert (found["count"], [item["user"]["email"] for item in found["data"]]) == (
        2,
        ["carl@example.com", "cara@example.com"],
    )
    rest = {"attribute": "email", "comparison": "is_not", "value": "carl@example.com"}
    filtered = call("clients/index", token, filters=[rest], page={"size": 1, "number": 1}, count=True)
    assert (filtered["count"], len(filtered["data"])) == (2, 1)
