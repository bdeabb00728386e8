"""Parameters: their places, types, values and repetition, in every way in which formats say them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millgate.describe.model import Body, Parameter, Payload, Place
from millgate.describe.reading import Imported, read_description

SCHEMA = "schema"


def described(parameters: list[Any], *, swagger: bool = False, **operation: Any) -> Imported:
    document = {
        **({"swagger": "2.0"} if swagger else {"openapi": "3.1.0"}),
        "info": {"title": "a", "version": "1"},
        "paths": {"/a": {"post": {"parameters": parameters, **operation}}},
    }
    return read_description(json.dumps(document))


def only(imported: Imported) -> Parameter:
    assert imported.errors == ()
    assert imported.api is not None
    (parameter,) = imported.api.operations[0].parameters
    return parameter


def array(**items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


QUERY: dict[str, Any] = {"name": "q", "in": "query"}


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({}, {}),
        ({"required": True, "deprecated": True}, {"required": True, "deprecated": True}),
        ({SCHEMA: {"type": "integer", "enum": [1, 2]}}, {"type": "integer", "values": ("1", "2")}),
        ({SCHEMA: {"type": "boolean"}, "example": True}, {"type": "boolean", "example": "true"}),
        (
            {SCHEMA: {"type": "number"}, "examples": {"a": {"value": 1.5}}},
            {"type": "number", "example": "1.5"},
        ),
        ({SCHEMA: {"type": "string", "format": "date"}}, {"type": "date"}),
        ({SCHEMA: {"type": "string", "examples": ["x"]}}, {"example": "x"}),
        ({SCHEMA: {"type": "string", "format": "uuid"}}, {"schema": {"type": "string", "format": "uuid"}}),
        (
            {SCHEMA: {"type": ["integer", "null"]}},
            {"type": "integer", "schema": {"type": ["integer", "null"]}},
        ),
        (
            {SCHEMA: array(type="integer"), "example": [4, 5]},
            {"type": "integer", "repeatable": True, "example": "4"},
        ),
        ({SCHEMA: array(type="string"), "explode": False, "example": ["a", "b"]}, {"example": "a,b"}),
        ({SCHEMA: array(type="string"), "style": "pipeDelimited", "example": ["a", "b"]}, {"example": "a|b"}),
        (
            {"content": {"application/json": {SCHEMA: {"type": "object"}}}},
            {
                "schema": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"type": "object"},
                }
            },
        ),
    ],
)
def test_a_parameter_of_openapi(said: dict[str, Any], read: dict[str, Any]) -> None:
    assert only(described([QUERY | said])) == Parameter("q", Place.QUERY, **read)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"type": "string"}, {}),
        ({"type": "string", "format": "date-time"}, {"type": "date-time"}),
        ({"type": "integer", "maximum": 9}, {"type": "integer", "schema": {"type": "integer", "maximum": 9}}),
        (
            {**array(type="string", enum=["a"]), "collectionFormat": "multi"},
            {"repeatable": True, "values": ("a",)},
        ),
        ({**array(type="string"), "x-example": ["a", "b"]}, {"example": "a,b"}),
        ({**array(type="string"), "collectionFormat": "pipes", "x-example": ["a", "b"]}, {"example": "a|b"}),
    ],
)
def test_a_parameter_of_swagger(said: dict[str, Any], read: dict[str, Any]) -> None:
    assert only(described([QUERY | said], swagger=True)) == Parameter("q", Place.QUERY, **read)


def test_a_list_in_one_text_is_told() -> None:
    remarks = described([QUERY | {SCHEMA: array(type="string"), "explode": False}]).remarks

    assert [problem.why for problem in remarks] == [
        "it takes several values in one text, separated by ','; it is described as a text"
    ]


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_places_stay_and_required_ones_in_the_query_stay_there(place: str) -> None:
    parameter = only(described([{"name": "q", "in": place, "required": True}]))

    assert (parameter.place, parameter.required) == (Place(place), True)


def test_an_operation_says_its_paths_parameters_otherwise() -> None:
    document = {
        "openapi": "3.0.0",
        "info": {"title": "a", "version": "1"},
        "paths": {
            "/a": {
                "parameters": [QUERY | {"description": "of the path"}, {"name": "r", "in": "query"}],
                "get": {"parameters": [QUERY | {"description": "of its own"}]},
            }
        },
    }
    imported = read_description(json.dumps(document))

    assert imported.api is not None
    assert [(item.name, item.description) for item in imported.api.operations[0].parameters] == [
        ("r", ""),
        ("q", "of its own"),
    ]


def test_a_parameter_of_the_path_that_nobody_describes_is_a_text() -> None:
    document = {
        "openapi": "3.0.0",
        "info": {"title": "a", "version": "1"},
        "paths": {"/{2nd-key}": {"get": {}}},
    }
    imported = read_description(json.dumps(document))

    assert only(imported) == Parameter("p2ndKey", Place.PATH, required=True)
    assert imported.paths == {"get-p2ndkey": "/{p2ndKey}"}


def test_a_form_of_swagger_goes_by_what_the_operation_consumes() -> None:
    fields = [{"name": "a", "in": "formData", "type": "integer", "required": True}]
    form = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}

    plain = described(fields, swagger=True).api
    both = described(
        fields, swagger=True, consumes=["multipart/form-data", "application/x-www-form-urlencoded"]
    ).api

    assert plain is not None
    assert plain.operations[0].body == Body(
        (Payload("application/x-www-form-urlencoded", form),), required=True
    )
    assert both is not None
    assert both.operations[0].body is not None
    assert [payload.media_type for payload in both.operations[0].body.payloads] == [
        "multipart/form-data",
        "application/x-www-form-urlencoded",
    ]


def test_a_form_and_another_body_do_not_go_together() -> None:
    fields = [{"name": "a", "in": "formData", "type": "string"}, {"name": "b", "in": "body"}]

    assert [problem.why for problem in described(fields, swagger=True).errors] == [
        "it has both a form and another body"
    ]
