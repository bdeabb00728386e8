from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.errors import BODY_TOO_LARGE, QUERY_NOT_SANE, Refused
from millgate.wire.messages import MOST_QUERY_FIELDS, Request, Response
from support.exchange import request_of
from support.fuzzing import bounded


def asked(query: str) -> Request:
    return Request(method="GET", raw_path="/", segments=("",), query=query)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", []),
        ("a=1", [("a", "1")]),
        ("a=1&a=2&A=3", [("a", "1"), ("a", "2"), ("A", "3")]),
        ("a=&b", [("a", ""), ("b", "")]),
        ("a=1&&b=2", [("a", "1"), ("b", "2")]),
        ("a=b=c", [("a", "b=c")]),
        ("a=x+y%20z%2Bz", [("a", "x y z+z")]),
        ("%C3%A9=%F0%90%8D%88", [("é", "𐍈")]),
        ("StartDate=2026-01-01T00%3A00%3A00Z", [("StartDate", "2026-01-01T00:00:00Z")]),
        ("a=1;b=2", [("a", "1;b=2")]),
        ("a=%zz", [("a", "%zz")]),
    ],
)
def test_query_fields_are_decoded_in_order(query: str, fields: list[tuple[str, str]]) -> None:
    assert asked(query).query_fields() == fields


@pytest.mark.parametrize("query", ["a=%FF", "%C3=1", "a=%ED%A0%80"])
def test_a_query_that_is_not_utf_8_is_refused(query: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(query).query_fields()

    assert refused.value.refusal.problem is QUERY_NOT_SANE
    assert refused.value.refusal.message == "The query string is not valid: it is not UTF-8."


def test_so_many_query_fields_and_no_more() -> None:
    assert len(asked("&".join(["a=1"] * MOST_QUERY_FIELDS)).query_fields()) == MOST_QUERY_FIELDS

    with pytest.raises(Refused) as refused:
        asked("&".join(["a=1"] * (MOST_QUERY_FIELDS + 1))).query_fields()

    assert refused.value.refusal.problem is QUERY_NOT_SANE
    assert "more than 200 fields" in refused.value.refusal.message


@bounded(200)
@given(st.text(max_size=60))
def test_any_query_is_read_or_refused(query: str) -> None:
    try:
        fields = asked(query).query_fields()
    except Refused as refused:
        assert refused.refusal.problem is QUERY_NOT_SANE  # noqa: PT017 - either outcome is fine
    else:
        assert len(fields) <= MOST_QUERY_FIELDS


def test_the_first_header_of_a_name_and_all_of_them() -> None:
    request = Request(
        method="GET", raw_path="/", segments=("",), headers=(("x", "1"), ("y", "2"), ("x", "3"), ("z", ""))
    )

    assert request.header("x") == "1"
    assert request.header("z") == ""
    assert request.header("X") is None
    assert request.header_values("x") == ["1", "3"]
    assert request.header_values("nothing") == []


def test_a_body_up_to_its_bound_is_read_and_one_beyond_is_refused() -> None:
    request = request_of("POST", "/", body=b"12345")

    assert asyncio.run(request.body(5)) == b"12345"
    with pytest.raises(Refused) as refused:
        asyncio.run(request.body(4))
    assert refused.value.refusal.problem is BODY_TOO_LARGE
    assert refused.value.refusal.message == "The request body is larger than 4 bytes."


def test_a_request_without_a_body_has_an_empty_one() -> None:
    assert asyncio.run(asked("").body(0)) == b""


def test_requests_and_responses_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        asked("").method = "PUT"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        Response(200).status = 500  # type: ignore[misc]
