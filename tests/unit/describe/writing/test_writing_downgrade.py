"""Schemas of OpenAPI 3.1 in the words of Swagger 2.0: fewer words, and never a stricter rule."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import (  # type: ignore[import-untyped] # it has no stubs
    Draft4Validator,
    Draft202012Validator,
)

from millgate.describe.writing.downgrade import downgraded, simple


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "x-nullable": True}),
        ({"type": "null"}, {"x-nullable": True}),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"enum": ["a", None, "a"]}, {"x-nullable": True, "enum": ["a"]}),
        ({"exclusiveMinimum": 0}, {"minimum": 0, "exclusiveMinimum": True}),
        ({"minimum": 5, "exclusiveMinimum": 0}, {"minimum": 5}),
        ({"maximum": 5, "exclusiveMaximum": 5}, {"maximum": 5, "exclusiveMaximum": True}),
        ({"examples": [1, 2]}, {"example": 1}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"type": "array", "prefixItems": [{}], "items": False}, {"type": "array", "items": {}}),
        ({"type": "object", "required": []}, {"type": "object"}),
        ({"deprecated": True, "not": {}, "if": {}}, {"x-deprecated": True}),
        ({"$ref": "#/components/schemas/Row"}, {"$ref": "#/definitions/Row"}),
        (
            {"$ref": "#/components/schemas/Row", "description": "The row."},
            {"allOf": [{"$ref": "#/definitions/Row"}], "description": "The row."},
        ),
        (
            {"anyOf": [{"$ref": "#/components/schemas/Row"}, {"type": "null"}]},
            {"x-nullable": True, "allOf": [{"$ref": "#/definitions/Row"}]},
        ),
        (
            {"oneOf": [{"$ref": "#/components/schemas/Row"}, {"type": "array", "items": {"type": "string"}}]},
            {"description": "One of: Row, an array of string."},
        ),
        (
            {"type": ["string", "integer"], "description": "Who."},
            {"description": "Who. One of the types string, integer."},
        ),
        (True, {}),
        (False, {}),
    ],
)
def test_each_word_has_its_counterpart(schema: Any, expected: dict[str, Any]) -> None:
    assert downgraded(schema, {"Row": "Row"}) == expected


def test_a_parameter_keeps_what_simple_values_can_say() -> None:
    array = {"type": "array", "items": {"type": "integer", "minimum": 1, "title": "No"}, "maxItems": 3}

    assert simple(array) == {"type": "array", "items": {"type": "integer", "minimum": 1}, "maxItems": 3}
    assert simple({"type": "object"}) == {"type": "string"}


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b", "ab"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
    several = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "const": VALUES,
            "minimum": st.integers(-2, 2),
            "exclusiveMinimum": st.integers(-2, 2),
            "exclusiveMaximum": st.integers(-2, 2),
            "maxLength": st.integers(0, 2),
            "minItems": st.integers(0, 2),
            "required": st.lists(st.sampled_from("ab"), max_size=2),
            "properties": named,
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), inner, max_size=1),
            "additionalProperties": inner | st.booleans(),
            "items": inner | st.booleans(),
            "prefixItems": several,
            "anyOf": several,
            "oneOf": several,
            "allOf": several,
            "not": inner,
        },
    )


SCHEMAS = st.recursive(st.booleans() | _schemas(st.just({})), _schemas, max_leaves=3)


def as_draft_4(schema: Any) -> Any:
    """A schema of Swagger 2.0 as JSON Schema draft 4, which has other words for null."""
    if isinstance(schema, list):
        return [as_draft_4(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {
        word: value if word in {"enum", "example", "default"} else as_draft_4(value)
        for word, value in schema.items()
        if word != "x-nullable"
    }
    return {"anyOf": [{"type": "null"}, rest]} if schema.get("x-nullable") is True else rest


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(schema=SCHEMAS, value=VALUES)
def test_what_passes_a_schema_passes_its_downgrade(schema: Any, value: Any) -> None:
    if Draft202012Validator(schema).is_valid(value):
        assert Draft4Validator(as_draft_4(downgraded(schema, {}))).is_valid(value)
