"""What the plant's operations are said to take and answer is what they take and answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has no stubs

from millgate.core.errors import Refusal
from millgate.describe.model import Api, Operation, Parameter, Place
from millgate.plant.registry import FORMS, apis
from millgate.plant.resource import Action
from millgate.plant.sources.describe import api_of
from millgate.plant.sources.reading import read_source
from millgate.plant.writing.bodies import read_body
from millgate.plant.writing.inputs import Form, Input
from support.own_database import ORDERS
from support.plant_database import Plant, principal, small_plant

APIS = apis()
OPERATIONS = [pytest.param(api, item, id=item.key) for api in APIS for item in api.operations]
READS = [
    pytest.param(api, item, id=item.key) for api in APIS for item in api.operations if item.method == "GET"
]
WINDOW: Final = {"StartDate": "2025-12-31T00:00:00Z", "EndDate": "2026-01-31T00:00:00Z"}
"""All rows of the small plant lie between them."""


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    made = Plant(small_plant(tmp_path_factory.mktemp("plant") / "plant.db"))
    yield made
    made.reader.close()


def faults(api: Api, schema: dict[str, Any], value: object) -> list[str]:
    """What a value has against a schema of an API."""
    whole = {**schema, "components": {"schemas": api.definitions}}
    return [fault.message for fault in Draft202012Validator(whole).iter_errors(value)]


def schema_of(operation: Operation, status: str, media_type: str = "application/json") -> dict[str, Any]:
    """The schema of one body of an answer."""
    (answer,) = [item for item in operation.answers if item.status == status]
    (payload,) = [item for item in answer.payloads if item.media_type == media_type]
    assert payload.schema is not None
    return payload.schema


def sent(operation: Operation) -> tuple[str, dict[str, str]]:
    """The query and the key of a call that finds rows of the small plant."""
    keys = {item.name: _key(item) for item in operation.parameters if item.place is Place.PATH}
    groups = [value for item in operation.parameters if item.name == "GroupBy" for value in item.values[:-1]]
    query: dict[str, Any] = {
        item.name: WINDOW.get(item.name, item.example)
        for item in operation.parameters
        if item.required and item.place is Place.QUERY
    }
    return urlencode(query | ({"GroupBy": groups} if groups else {}), doseq=True), keys


def _key(parameter: Parameter) -> str:
    return "SN100A" if parameter.type == "string" else "101"


@pytest.mark.parametrize(("api", "operation"), READS)
def test_rows_are_as_their_schema_says(plant: Plant, api: Api, operation: Operation) -> None:
    query, keys = sent(operation)
    answer = plant.ask(operation.target, query, **keys)
    told = f"{answer.status}"

    assert told in {"200", "404"}, answer.json
    assert faults(api, schema_of(operation, told), answer.json) == []
    if told == "200" and answer.json["embedded"]:
        row = dict(answer.json["embedded"][0])
        row.popitem()
        assert faults(api, schema_of(operation, told), answer.json | {"embedded": [row]})


def test_most_reads_of_that_test_find_rows(plant: Plant) -> None:
    operations = [item for api in APIS for item in api.operations if item.method == "GET"]
    found = [
        item for item in operations if plant.ask(item.target, *sent(item)[:1], **sent(item)[1]).status == 200
    ]

    assert len(found) > 0.8 * len(operations)


@pytest.mark.parametrize(("api", "operation"), READS)
def test_refusals_are_as_their_schema_says(plant: Plant, api: Api, operation: Operation) -> None:
    nobody = plant.ask(operation.target, by=principal(reads=frozenset()))
    strange = plant.ask(operation.target, "Surprise=1", **sent(operation)[1])

    assert (nobody.status, strange.status) == (403, 400)
    assert faults(api, schema_of(operation, "403"), nobody.json) == []
    assert faults(api, schema_of(operation, "400"), strange.json) == []


@pytest.mark.parametrize(("api", "operation"), OPERATIONS)
def test_every_operation_says_what_it_answers(api: Api, operation: Operation) -> None:
    told = [item.status for item in operation.answers]

    assert told == sorted(told)
    assert any(status[0] == "2" for status in told)
    assert {"400", "403", "404", "500"} <= set(told)
    assert all(item.description for item in operation.answers)
    for answer in operation.answers:
        for payload in answer.payloads:
            assert payload.schema is not None
            if payload.example is not None:
                assert faults(api, payload.schema, payload.example) == []


@pytest.mark.parametrize("api", [*APIS, api_of(read_source(ORDERS, "toml"))], ids=lambda api: api.key)
def test_every_schema_is_referred_to_and_there(api: Api) -> None:
    text = json.dumps([_builtins(api), api.definitions])
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert referred == set(api.definitions)
    for schema in api.definitions.values():
        Draft202012Validator.check_schema(schema)


def _builtins(api: Api) -> list[Any]:
    return [
        payload.schema
        for item in api.operations
        for payload in (
            *(item.body.payloads if item.body else ()),
            *(payload for answer in item.answers for payload in answer.payloads),
        )
    ]


# Bodies

MEMBERS = [
    pytest.param(target, member, id=f"{target}-{member.name}")
    for target, form in FORMS.items()
    for member in form.inputs
]
TRIED: Final[tuple[object, ...]] = (
    None,
    True,
    -1,
    0,
    1,
    2.5,
    10**6,
    "",
    "x",
    "x" * 51,
    "x" * 501,
    [],
    {},
    "2026-01-05T06:00:00Z",
)


def body_of(form: Form) -> dict[str, Any]:
    """The least that the form takes."""
    return {
        item.name: json.loads(item.example) if item.kind.wire_type in {"integer", "number"} else item.example
        for item in form.inputs
        if item.required and form.action is Action.CREATE
    }


def described(target: str) -> tuple[Api, Operation]:
    return next((api, item) for api in APIS for item in api.operations if item.target == target)


@pytest.mark.parametrize(("target", "member"), MEMBERS)
def test_a_body_passes_its_schema_when_it_is_taken(target: str, member: Input) -> None:
    form = FORMS[target]
    api, operation = described(target)
    assert operation.body is not None
    schema = operation.body.payloads[0].schema
    assert schema is not None
    key = {form.key: 101} if form.key and "{" not in operation.template else {}
    for value in TRIED:
        if member.kind.wire_type == "date-time" and isinstance(value, str):
            continue  # a format is a remark to validators, not a rule
        body = body_of(form) | key | {member.name: value}
        taken = not isinstance(read_body(form, json.dumps(body).encode(), None), Refusal)
        assert (faults(api, schema, body) == []) == taken, value


@pytest.mark.parametrize("target", [target for target in FORMS if target.endswith(".create")])
def test_many_rows_may_be_made_at_once_and_none_with_a_member_of_its_own(target: str) -> None:
    api, operation = described(target)
    assert operation.body is not None
    schema = operation.body.payloads[0].schema
    assert schema is not None
    row = body_of(FORMS[target])

    assert faults(api, schema, [row] * 1000) == []
    assert faults(api, schema, [row] * 1001)
    assert faults(api, schema, [])
    assert faults(api, schema, row | {"surprise": 1})
