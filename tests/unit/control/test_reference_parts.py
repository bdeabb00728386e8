"""What pages of the reference are made of: groups, anchors, schemas and prose, within bounds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from millgate.control.catalogue.markdown import prose
from millgate.control.portal.reference.grouping import Anchors, groups_of
from millgate.control.portal.reference.schemas import DEEPEST, MOST_ROWS, schema_tree, type_words
from millgate.describe.model import Operation

if TYPE_CHECKING:
    from millgate.control.portal.reference.schemas import SchemaRow


def test_operations_are_grouped_by_what_their_paths_do_not_share() -> None:
    def named(*templates: str, tags: tuple[str, ...] = ()) -> list[str]:
        made = [
            Operation(key="x", method="GET", template=template, name="x", target="x", tags=tags)
            for template in templates
        ]
        return [group.name for group in groups_of(made)]

    assert named("/Parts", "/Parts/{Key}", "/Jobs") == ["Parts", "Jobs"]
    assert named("/api/v2/pets", "/api/v2/pets/{id}", "/api/v2/users") == ["pets", "users"]
    assert named("/{Key}", "/") == ["/"]
    assert named("/a", "/b", tags=("Both",)) == ["Both"]


def test_anchors_are_safe_and_come_once() -> None:
    anchors = Anchors()
    assert [anchors.take("query", name) for name in ("a b", "a-b", "A-B", "\u4e2d")] == [
        "query-a-b",
        "query-a-b-2",
        "query-A-B-3",
        "query--",
    ]


def rows_of(row: SchemaRow) -> int:
    return 1 + sum(rows_of(inner) for inner in row.rows)


def test_a_schema_that_contains_itself_ends_in_a_link() -> None:
    node = {
        "type": "object",
        "properties": {
            "next": {"$ref": "#/components/schemas/Node"},
            "all": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    tree = schema_tree({"$ref": "#/components/schemas/Node"}, {"Node": node})
    assert tree is not None
    assert [(row.name, row.type, row.definition, row.rows) for row in tree.rows] == [
        ("next", "Node", "Node", ()),
        ("all", "list of Node", "Node", ()),
    ]
    loop = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    assert schema_tree({"$ref": "#/components/schemas/A"}, loop) is not None
    itself = {"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"x": {"type": "null"}}}]}}
    shown = schema_tree({"$ref": "#/components/schemas/A"}, itself)
    assert shown
    assert [row.name for row in shown.rows] == ["x"]


def test_a_schema_of_any_size_is_shown_within_bounds() -> None:
    wide = {"properties": {f"p{number}": {"type": "string"} for number in range(10_000)}}
    tree = schema_tree(wide, {})
    assert tree
    assert rows_of(tree) == MOST_ROWS + 1
    assert tree.rows[-1].type == "and more, which the API definition tells"
    deep: dict[str, object] = {"type": "string"}
    for _ in range(30):
        deep = {"type": "object", "properties": {"a": deep, "b": deep}}
    tree = schema_tree(deep, {})
    assert tree
    assert rows_of(tree) <= MOST_ROWS + DEEPEST
    assert schema_tree(None, {}) is None


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": ["integer", "null"]}, "integer or null"),
        ({"type": "array", "items": {"type": "number"}}, "list of number"),
        ({"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/P"}]}, "string or P"),
        ({"properties": {}}, "object"),
        ({}, "any"),
    ],
)
def test_types_are_said_in_words(schema: dict[str, object], words: str) -> None:
    assert type_words(schema) == words


def test_descriptions_hold_no_markup_of_their_own() -> None:
    shown = prose(
        "[x](javascript:alert(1)) <b onclick=x>b</b> ![p](http://x/p.png) [ok](https://x.example) `c`"
    )
    assert "javascript:" not in re.sub(r">[^<]*<", "><", shown)
    assert "onclick" not in re.sub(r"&lt;.*?&gt;", "", shown)
    assert "<img" not in shown
    assert '<a href="https://x.example" rel="noopener noreferrer">ok</a>' in shown
    assert "<code>c</code>" in shown


def test_every_way_of_saying_what_a_body_holds_becomes_a_row() -> None:
    schema = {
        "allOf": [
            {"$ref": "#/components/schemas/Base"},
            {"required": ["b"], "properties": {"b": {"type": "integer"}}},
        ],
        "additionalProperties": {"type": "string"},
        "oneOf": [{"type": "null"}, {"properties": {"c": {"enum": list(range(40)), "readOnly": True}}}],
    }
    base = {"properties": {"a": {"type": "string", "maxLength": 5, "writeOnly": True, "default": "x"}}}
    tree = schema_tree(schema, {"Base": base}, "Thing")
    assert tree
    assert [(row.name, row.type, row.required, row.facts) for row in tree.rows] == [
        ("a", "string", False, ("at most 5 characters", "default x", "write only")),
        ("b", "integer", True, ()),
        ("any other name", "string", False, ()),
        ("choice 2", "object", False, ()),
    ]
    (chosen,) = tree.rows[-1].rows
    assert chosen.facts == (f"one of {', '.join(map(str, range(30)))} …", "read only")
