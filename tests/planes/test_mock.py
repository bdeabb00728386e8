"""The mock answers an operation with its own examples, through the whole managed layer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from millgate.describe.model import Answer, Body, Operation, Parameter, Payload, Place
from millgate.snapshot.upstreams import MOCK
from support.exchange import Answer as Answered
from support.exchange import ask
from support.upstreams import proxied, upstream
from support.world import KEY, World

PART = {
    "type": "object",
    "properties": {"no": {"type": "string", "example": "TP-1"}, "price": {"type": "number"}},
}
GET = Operation(
    "get-part",
    "GET",
    "/Parts/{PartKey}",
    "One part",
    "/items/{PartKey}",
    parameters=(
        Parameter("PartKey", Place.PATH, required=True),
        Parameter("Plant", Place.QUERY, required=True),
        Parameter("X-Shift", Place.HEADER),
    ),
    answers=(
        Answer("404", payloads=(Payload("application/problem+json", example={"title": "No such part"}),)),
        Answer(
            "200",
            payloads=(
                Payload("application/json", schema={"$ref": "#/components/schemas/Part"}),
                Payload("text/csv", example="no,price\nTP-1,1\n"),
            ),
            headers=(Parameter("X-Total", Place.HEADER, example="12"), Parameter("X-Nothing", Place.HEADER)),
        ),
        Answer("5XX", payloads=(Payload("application/json", example="down"),)),
        Answer("204"),
    ),
)
ADD = Operation(
    "add-part",
    "POST",
    "/Parts",
    "Add a part",
    "/items",
    parameters=(Parameter("partNo", Place.BODY, required=True),),
    body=Body((Payload("application/json"),), required=True),
    answers=(Answer("201"),),
)
QUIET = Operation("list-parts", "GET", "/Parts", "List parts", "/items")


def mocked() -> World:
    return proxied(upstream("http://127.0.0.1:1"), QUIET, GET, ADD, upstream=MOCK, definitions={"Part": PART})


def answer(target: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answered:
    async def run() -> Answered:
        world = mocked()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        credentials = {"Ocp-Apim-Subscription-Key": KEY, "Authorization": f"Bearer {await world.token()}"}
        return await ask(
            world.managed, method, "/PartList/v1" + target, headers=sent | credentials, body=body
        )

    return asyncio.run(run())


def test_the_first_good_answer_is_given_with_an_example_made_from_its_schema() -> None:
    given = answer("/Parts/1?Plant=2")

    assert (given.status, given.json) == (200, {"no": "TP-1", "price": 1})
    assert given.headers["content-type"] == "application/json"
    assert given.headers["x-total"] == "12"
    assert "x-nothing" not in given.headers
    assert len(given.headers["x-request-id"]) == 36


def test_accept_chooses_among_the_payloads() -> None:
    given = answer("/Parts/1?plant=2", accept="application/xml, text/csv;q=0.5")

    assert given.headers["content-type"] == "text/csv"
    assert given.body == b"no,price\nTP-1,1\n"


@pytest.mark.parametrize(
    ("prefer", "status", "body"),
    [
        ("code=404", 404, b'{"title":"No such part"}'),
        ("status=404", 404, b'{"title":"No such part"}'),
        ('respond-async, code="404"; x=1', 404, b'{"title":"No such part"}'),
        ("code=503", 503, b'"down"'),
        ("code=204", 204, b""),
        ("return=minimal", 200, b'{"no":"TP-1","price":1}'),
    ],
)
def test_prefer_chooses_the_answer(prefer: str, status: int, body: bytes) -> None:
    given = answer("/Parts/1?Plant=2", prefer=prefer)

    assert (given.status, given.body) == (status, body)
    assert given.headers.get("preference-applied") == (None if status == 200 else f"code={status}")


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"target": "/Parts/1"}, "Plant is missing; send a value of type string in the query."),
        ({"target": "/Parts", "method": "POST"}, "The body is missing."),
        ({"target": "/Parts", "method": "POST", "body": b"{}"}, "partNo is missing; send a value of type string in the body."),
        ({"target": "/Parts", "method": "POST", "body": b"{"}, "The request body cannot be read: it is not JSON."),
        ({"target": "/Parts", "method": "POST", "body": b"[]"}, "The request body cannot be read: it is not a JSON object."),
        ({"target": "/Parts/1?Plant=2", "prefer": "code=418"},
         "Prefer asks for 418, which the operation does not declare; declared are 404, 200, 5XX, 204."),
    ],
)  # fmt: skip
def test_what_the_operation_requires_is_asked_for_as_a_backend_does(
    asked: dict[str, Any], detail: str
) -> None:
    given = answer(**asked)

    assert given.status == 400
    assert given.json["title"] == "Bad Request"
    assert given.json["detail"] == detail
    assert given.json["instance"].startswith("/PartList/v1/Parts")


def test_an_operation_that_declares_nothing_has_nothing_to_say() -> None:
    assert (answer("/Parts").status, answer("/Parts").body) == (204, b"")


def test_a_complete_request_is_answered() -> None:
    assert answer("/Parts", "POST", b'{"partNo": "A"}').status == 201
