"""Examples made from schemas: always the same, valid where that can be told, and small."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.describe.examples import MOST_VALUES, example_of
from support.fuzzing import bounded

REF = "#/components/schemas/"


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "string", "enum": ["b", "a"]}, "b"),
        ({"const": 7}, 7),
        ({"type": "string", "default": "d"}, "d"),
        ({"type": "string", "example": "e"}, "e"),
        ({"type": "string", "examples": ["f"]}, "f"),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "number", "exclusiveMinimum": 0}, 0.5),
        ({"type": "boolean"}, True),
        ({"type": ["null", "string"]}, "text"),
        ({"type": "null"}, None),
        ({}, None),
        (None, None),
        ({"type": "array", "items": {"type": "integer"}}, [1]),
        ({"type": "array", "minItems": 3, "items": {"type": "integer"}}, [1, 1, 1]),
        ({"type": "array", "maxItems": 0, "items": {"type": "integer"}}, []),
        ({"properties": {"a": {"type": "integer"}}}, {"a": 1}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"name": 1}),
        ({"oneOf": [{"type": "null"}, {"type": "integer"}]}, 1),
        ({"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]}, {"a": 1, "b": 2}),
        ({"$ref": REF + "Part"}, {"no": "text"}),
        ({"$ref": REF + "Nothing"}, None),
        ({"$ref": "https://example.com/elsewhere"}, None),
    ],
)  # fmt: skip
def test_a_schema_has_this_example(schema: Any, example: Any) -> None:
    definitions = {"Part": {"type": "object", "properties": {"no": {"type": "string"}}}}

    assert example_of(schema, definitions) == example


def test_what_is_only_read_is_not_sent_and_the_other_way_round() -> None:
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "secret": {"type": "string", "writeOnly": True},
        },
    }

    assert example_of(schema, {}) == {"id": 1}
    assert example_of(schema, {}, sent=True) == {"secret": "text"}


def test_recursion_ends_after_one_turn() -> None:
    node = {
        "type": "object",
        "required": ["parent"],
        "properties": {
            "id": {"type": "integer"},
            "parent": {"$ref": REF + "Node"},
            "next": {"$ref": REF + "Node"},
            "children": {"type": "array", "items": {"$ref": REF + "Node"}},
        },
    }

    assert example_of({"$ref": REF + "Node"}, {"Node": node}) == {"id": 1, "parent": None, "children": []}


@pytest.mark.parametrize(
    "definitions",
    [
        {"A": {"$ref": REF + "A"}},
        {"A": {"$ref": REF + "B"}, "B": {"allOf": [{"$ref": REF + "A"}, {"$ref": REF + "B"}]}},
        {"A": {"oneOf": [{"$ref": REF + "A"}], "anyOf": [{"$ref": REF + "A"}]}},
        {f"{letter}": {"type": "object", "required": ["a", "b", "c", "d"], "properties": {
            name: {"$ref": REF + following} for name in "abcd"}} for letter, following in zip("ABCDEFGHIJ", "BCDEFGHIJA", strict=True)},
        {"A": {"type": "array", "minItems": 10**9, "items": {"type": "array", "minItems": 10**9, "items": {"type": "string", "minLength": 10**9}}}},
    ],
    ids=["itself", "a circle of allOf", "alternatives", "four to the tenth", "endless arrays"],
)  # fmt: skip
def test_a_hostile_schema_costs_little(definitions: dict[str, Any]) -> None:
    example = example_of({"$ref": REF + "A"}, definitions)

    assert len(json.dumps(example)) < 100 * MOST_VALUES


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["type", "properties", "items", "allOf", "oneOf", "$ref", "required", "minimum", "multipleOf",
                             "minLength", "format", "enum", "additionalProperties", "prefixItems", "minItems"]),
            inner, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["A", "B"]), JSON.filter(lambda value: isinstance(value, dict))), JSON)
@bounded(100)
def test_no_schema_makes_it_fail(definitions: dict[str, Any], schema: Any) -> None:
    assert example_of(schema, definitions) == example_of(schema, definitions) or "NaN" in str(
        json.dumps(example_of(schema, definitions))
    )
