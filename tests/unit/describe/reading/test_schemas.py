"""Schemas of every dialect become those of OpenAPI 3.1; references lead to named definitions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millgate.describe.reading import Imported, read_description

SWAGGER, OLD, NEW = "2.0", "3.0.3", "3.1.0"


def described(dialect: str, schemas: dict[str, Any]) -> Imported:
    named = {"definitions": schemas} if dialect == SWAGGER else {"components": {"schemas": schemas}}
    word = "swagger" if dialect == SWAGGER else "openapi"
    document = {word: dialect, "info": {"title": "a", "version": "1"}, "paths": {"/a": {"get": {}}}}
    return read_description(json.dumps(document | named))


def definitions(dialect: str, schemas: dict[str, Any]) -> dict[str, Any]:
    imported = described(dialect, schemas)
    assert imported.api is not None
    return imported.api.definitions


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("dialect", "schema", "expected"),
    [
        (OLD, {"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (OLD, {"type": "string", "nullable": False}, {"type": "string"}),
        (SWAGGER, {"type": "string", "x-nullable": True}, {"type": ["string", "null"]}),
        (
            OLD,
            {"type": "string", "enum": ["a"], "nullable": True},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            OLD,
            {"allOf": [{"type": "object"}], "nullable": True},
            {"anyOf": [{"allOf": [{"type": "object"}]}, {"type": "null"}]},
        ),
        (OLD, {"maximum": 5, "exclusiveMaximum": True}, {"exclusiveMaximum": 5}),
        (OLD, {"maximum": 5, "exclusiveMaximum": False}, {"maximum": 5}),
        (OLD, {"exclusiveMaximum": True}, {}),
        (OLD, {"example": [1]}, {"examples": [[1]]}),
        (
            SWAGGER,
            {"type": "object", "discriminator": "kind"},
            {"type": "object", "discriminator": {"propertyName": "kind"}},
        ),
        (
            NEW,
            {"type": ["string", "null"], "examples": ["a"]},
            {"type": ["string", "null"], "examples": ["a"]},
        ),
        (NEW, {"const": {"$ref": "#/nowhere"}}, {"const": {"$ref": "#/nowhere"}}),
        (NEW, {"properties": {"x-a": True, "b": False}}, {"properties": {"x-a": True, "b": False}}),
        (NEW, True, {}),
        (NEW, False, {"not": {}}),
        (OLD, {"additionalProperties": False}, {"additionalProperties": False}),
        (OLD, {"items": [{"type": "string"}]}, {"prefixItems": [{"type": "string"}]}),
        (OLD, {"default": None, "x-unit": "kg"}, {"default": None, "x-unit": "kg"}),
        # What is of the wrong type is left out, because whoever reads schemas counts on it.
        (OLD, {"type": "banana", "required": True, "enum": 5, "pattern": 7}, {}),
        (OLD, {"properties": {"a": 5}}, {"properties": {"a": {}}}),
        (OLD, {"properties": [], "allOf": {}}, {}),
        (NEW, {"$id": "https://a.example", "$anchor": "b", "type": "string"}, {"type": "string"}),
    ],
)
def test_a_schema_becomes_one_of_3_1(dialect: str, schema: Any, expected: Any) -> None:
    assert definitions(dialect, {"A": schema})["A"] == expected


def test_recursion_stays_a_reference() -> None:
    found = definitions(OLD, {"A": {"properties": {"b": ref("B")}}, "B": {"items": ref("A")}})

    assert found == {"A": {"properties": {"b": ref("B")}}, "B": {"items": ref("A")}}


def test_what_stands_beside_a_reference_counts_since_3_1() -> None:
    schemas = {"A": {**ref("B"), "description": "A kind of B."}, "B": {"type": "object"}}

    assert definitions(OLD, schemas)["A"] == ref("B")
    assert definitions(NEW, schemas)["A"] == {**ref("B"), "description": "A kind of B."}


def test_a_reference_into_a_schema_gives_that_part_a_name() -> None:
    inner = {"$ref": "#/components/schemas/A/properties/size"}
    found = definitions(OLD, {"A": {"properties": {"size": {"type": "integer"}}}, "B": {"items": inner}})

    assert found["B"] == {"items": ref("A-size")}
    assert found["A-size"] == {"type": "integer"}


def test_a_reference_to_what_is_no_named_schema_gives_it_a_name() -> None:
    document = {
        "openapi": OLD,
        "info": {"title": "a", "version": "1"},
        "paths": {
            "/a": {"get": {"responses": {"200": {"content": {"text/plain": {"schema": {"type": "string"}}}}}}}
        },
        "components": {
            "schemas": {"A": {"$ref": "#/paths/~1a/get/responses/200/content/text~1plain/schema"}}
        },
    }
    imported = read_description(json.dumps(document))

    assert imported.problems == ()
    assert imported.api is not None
    (name,) = set(imported.api.definitions) - {"A"}
    assert imported.api.definitions == {"A": ref(name), name: {"type": "string"}}


def test_names_are_made_such_as_components_may_have() -> None:
    schemas = {
        "Page«Part»": {"type": "object"},
        "Page Part": {},
        "A": {"$ref": "#/definitions/Page%C2%ABPart%C2%BB"},
    }
    imported = described(SWAGGER, schemas)

    assert imported.api is not None
    assert list(imported.api.definitions) == ["Page-Part", "Page-Part-1", "A"]
    assert imported.api.definitions["A"] == ref("Page-Part")
    assert [problem.why for problem in imported.remarks] == [
        "it is called 'Page-Part'",
        "it is called 'Page-Part-1'",
    ]


def test_a_discriminator_maps_to_the_names_as_they_are() -> None:
    kind = {"propertyName": "kind", "mapping": {"b": "#/components/schemas/B", "c": "C"}}
    found = definitions(OLD, {"A": {"discriminator": kind}, "B": {}})

    assert found["A"]["discriminator"]["mapping"] == {"b": "#/components/schemas/B", "c": "C"}


@pytest.mark.parametrize(
    "schemas",
    [
        {"A": {"$ref": "#/components/schemas/A"}},
        {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}},
    ],
)
def test_references_in_a_circle_that_describe_nothing_are_an_error(schemas: dict[str, Any]) -> None:
    imported = described(OLD, schemas)

    assert [problem.why for problem in imported.errors] == [
        "its references lead in a circle and describe nothing"
    ]
    assert imported.api is not None
    assert "$ref" not in imported.api.definitions["A"]


@pytest.mark.parametrize("reference", ["#/components/schemas/B", "#/info/title", 5])
def test_a_reference_that_leads_nowhere_is_an_error(reference: Any) -> None:
    imported = described(OLD, {"A": {"properties": {"b": {"$ref": reference}}}})

    assert len(imported.errors) == 1
    assert imported.api is not None
    assert imported.api.definitions["A"] == {"properties": {"b": {}}}
