"""How a refusal is written: to the byte where client programs match on it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millgate.core.errors import (
    BEARER_REFUSED,
    BODY_TOO_LARGE,
    CONTROLLER_REFUSED,
    DATA_NOT_FOUND,
    DATABASE_CONNECT_TIMEOUT,
    MANAGED_FAILURE,
    PARAMETER_WRONG,
    PATH_NOT_SANE,
    PROPERTY_FAILED,
    RATE_EXCEEDED,
    ROWS_WRONG,
    UPGRADE_UNSUPPORTED,
    Refusal,
)
from millgate.wire import refusals
from millgate.wire.messages import Response
from millgate.wire.refusals import Answers, answer, failure


def body_of(response: Response) -> bytes:
    assert isinstance(response.body, bytes)
    return response.body


def test_the_managed_form_has_one_space_within_braces_and_behind_colon_and_comma() -> None:
    written = answer(Refusal(RATE_EXCEEDED, {"seconds": 46}, (("retry-after", "46"),), cause="hidden"))

    assert written.status == 429
    assert written.headers == (("content-type", "application/json"), ("retry-after", "46"))
    assert written.body == (
        b'{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 46 seconds." }'
    )


def test_the_bearer_form_has_the_other_pair_of_names() -> None:
    body = body_of(answer(Refusal(BEARER_REFUSED)))

    assert body.startswith(b'{ "status": 401, "Message": "Unauthorized. Access token is missing or invalid. ')
    assert body.endswith(b'with resource http://api.plex.com/." }')


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (Refusal(UPGRADE_UNSUPPORTED), '501, "message": "WebSocket connections are not supported."'),
        (Refusal(BODY_TOO_LARGE, {"limit": 7}), '413, "message": "The request body is larger than 7 bytes."'),
        (
            Refusal(PATH_NOT_SANE, {"reason": 'é "quoted" \\ \n'}),
            r'400, "message": "The request path is not valid: é \"quoted\" \\ \n."',
        ),
    ],
)
def test_the_managed_form_is_json_in_utf_8(refusal: Refusal, text: str) -> None:
    assert body_of(answer(refusal)).decode() == f'{{ "statusCode": {text} }}'


def test_our_own_failure_carries_the_activity_id() -> None:
    written = failure(MANAGED_FAILURE, "1b4e28ba-2fa1-41d2-883f-0016d3cca427")

    assert written.status == 500
    assert written.headers == (("content-type", "application/json"),)
    assert written.body == (
        b'{ "statusCode": 500, "message": "Internal server error", '
        b'"activityId": "1b4e28ba-2fa1-41d2-883f-0016d3cca427" }'
    )


def test_the_backend_form_has_a_type_of_null_and_its_members_in_order() -> None:
    written = answer(
        Refusal(DATA_NOT_FOUND, {"resource": "Workcenters"}),
        instance="/ProductionTracking/WorkcenterList/Workcenters",
    )

    assert written.status == 404
    assert written.headers == (("content-type", "application/json; charset=utf-8"),)
    assert body_of(written) == (
        b'{"type": null, "title": "Resource Not Found", "status": 404, "detail": "Resource not found. Workcenters", '
        b'"instance": "/ProductionTracking/WorkcenterList/Workcenters"}'
    )


@pytest.mark.parametrize(
    ("refusal", "members"),
    [
        (
            Refusal(CONTROLLER_REFUSED, {"controller": "Parts"}),
            {
                "title": "Access Restricted Resource",
                "status": 403,
                "detail": "PCN does not have access to Controller 'Parts'",
            },
        ),
        (
            Refusal(DATABASE_CONNECT_TIMEOUT),
            {
                "title": "Unknown Error",
                "status": 500,
                "detail": "An attempt to establish a SQL connection has timed out.  Connection Timeout Expired.",
            },
        ),
        (
            Refusal(PROPERTY_FAILED, {"column": "Part_No"}),
            {"title": "Unknown Error", "status": 500, "detail": "Part_No"},
        ),
    ],
)
def test_the_backend_form_has_no_instance_where_none_is_shown(
    refusal: Refusal, members: dict[str, Any]
) -> None:
    told = json.loads(body_of(answer(refusal)))

    assert told == {"type": None} | members
    assert list(told) == ["type", "title", "status", "detail"]


@pytest.mark.parametrize(
    "accept",
    ["application/problem+json", "application/json, application/problem+json;q=0.9"],
)
def test_the_strict_form_of_rfc_9457_is_written_when_it_is_asked_for(accept: str) -> None:
    written = answer(
        Refusal(PARAMETER_WRONG, {"faults": "Limit: expected 1 to 1000"}), instance="/a", accept=accept
    )

    assert written.headers == (("content-type", "application/problem+json"),)
    assert json.loads(body_of(written)) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "Limit: expected 1 to 1000",
        "instance": "/a",
    }


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/hal+json"])
def test_the_strict_form_is_for_those_who_ask(accept: str | None) -> None:
    assert (
        json.loads(body_of(answer(Refusal(DATA_NOT_FOUND, {"resource": "x"}), accept=accept)))["type"] is None
    )


def test_what_is_no_text_in_a_backends_detail_still_becomes_bytes() -> None:
    body = body_of(answer(Refusal(PARAMETER_WRONG, {"faults": "\udcff"})))

    assert json.loads(body)["detail"] == "\udcff"


def test_the_managed_form_is_not_changed_by_an_accept_header() -> None:
    written = answer(Refusal(UPGRADE_UNSUPPORTED), accept="application/problem+json")

    assert written.headers == (("content-type", "application/json"),)


def test_extension_members_stand_behind_the_others_and_replace_none() -> None:
    told = [{"field": "quantity", "detail": "must be more than 0"}]
    refusal = Refusal(
        ROWS_WRONG, {"faults": "quantity"}, members={"errors": told, "status": 200, "type": "x"}
    )

    members = json.loads(body_of(answer(refusal, instance="/Here")))

    assert list(members) == ["type", "title", "status", "detail", "instance", "errors"]
    assert (members["status"], members["type"], members["errors"]) == (400, None, told)


def test_extension_members_are_the_backends_alone() -> None:
    refusal = Refusal(RATE_EXCEEDED, {"seconds": 1}, members={"errors": ["shown nowhere"]})

    assert b"errors" not in body_of(answer(refusal))


def test_the_answer_to_the_same_refusal_is_kept_and_no_other_one_gets_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "_MOST_KEPT", 5)
    answers, kept = Answers(), Refusal(RATE_EXCEEDED, {"seconds": 1})

    assert answers.to(kept) == answer(kept)
    assert answers.to(kept) is answers.to(kept)
    for seconds in range(100):
        # Each takes the place in memory, and so the identity, of the one before.
        assert answers.to(Refusal(RATE_EXCEEDED, {"seconds": seconds})) == answer(
            Refusal(RATE_EXCEEDED, {"seconds": seconds})
        )
        assert len(answers._kept) <= 5
