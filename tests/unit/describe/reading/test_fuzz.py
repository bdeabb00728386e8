"""Whatever stands in a document, reading it ends with an answer that can be stored, and never raises."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.describe.model import Api
from millgate.describe.names import KEY, PARAMETER, SEGMENT
from millgate.describe.reading import read_description
from millgate.describe.reading.yaml_tree import yaml_tree
from support.fuzzing import bounded

FILES = Path(__file__).parents[3] / "data" / "descriptions"
DOCUMENTS: list[dict[str, Any]] = [
    json.loads((FILES / "toolroom-3.1.json").read_text()),
    *(yaml_tree((FILES / name).read_text()) for name in ("toolroom-2.0.yaml", "toolroom-3.0.yaml")),
]
WORDS = st.sampled_from(
    [
        *(
            "$ref",
            "#/components/schemas/Tool",
            "#/definitions/Tool",
            "#/paths",
            "#",
            "#/",
            "x-millgate",
            "object",
        ),
        *("x-millgate-key", "x-millgate-parameter", "x-millgate-own", "x-millgate-template", "enum", "array"),
        *(
            "in",
            "path",
            "query",
            "body",
            "formData",
            "schema",
            "content",
            "type",
            "items",
            "allOf",
            "__proto__",
        ),
        *(
            "examples",
            "example",
            "value",
            "nullable",
            "discriminator",
            "mapping",
            "parameters",
            "properties",
            "name",
        ),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    entries = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in entries:
        found += places(inner, (*path, name))
    return found


PLACES = [places(document) for document in DOCUMENTS]


def sound(text: str | bytes) -> None:
    """Read a text, and look at what was made of it."""
    imported = read_description(text)
    assert imported.api is not None or imported.errors
    if imported.api is None:
        return
    api = imported.api
    assert msgspec.json.decode(msgspec.json.encode(api), type=Api) == api
    assert len({item.key for item in api.operations}) == len(api.operations)
    assert set(imported.paths) == {item.key for item in api.operations}
    for item in api.operations:
        assert KEY.fullmatch(item.key)
        assert all(
            PARAMETER.fullmatch(part) or SEGMENT.fullmatch(part) for part in item.template[1:].split("/")
        )
        assert all(parameter.name.isprintable() for parameter in item.parameters)


@bounded(150)
@given(VALUES)
def test_any_value_is_answered(value: Any) -> None:
    sound(json.dumps(value))
    sound(
        json.dumps({"openapi": "3.1.0", "info": value, "paths": value, "components": value, "servers": value})
    )
    sound(json.dumps({"swagger": "2.0", "info": value, "paths": {"/a/{b}": value}, "definitions": value}))


@bounded(300)
@given(st.data())
def test_a_description_of_which_parts_are_something_else_is_answered(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(DOCUMENTS) - 1))
    document = copy.deepcopy(DOCUMENTS[which])
    for path in data.draw(st.lists(st.sampled_from(PLACES[which]), min_size=1, max_size=3)):
        within: Any = document
        for name in path[:-1]:
            within = within[name] if isinstance(within, dict) and name in within else {}
        if isinstance(within, dict):
            if data.draw(st.booleans()):
                within[path[-1]] = data.draw(VALUES)
            else:
                within[data.draw(WORDS)] = within.pop(path[-1], None)
    sound(json.dumps(document))


@bounded(150)
@given(st.text(alphabet=st.sampled_from("{}[]:,-&*!|>?'\"#%@ \n\tab0~"), max_size=60))
def test_any_text_is_answered(text: str) -> None:
    sound(text)


@bounded(100)
@given(st.binary(max_size=40))
def test_any_bytes_are_answered(data: bytes) -> None:
    sound(data)


@pytest.mark.parametrize("name", ["toolroom-2.0.yaml", "toolroom-3.0.yaml", "toolroom-3.1.json"])
def test_a_description_that_was_cut_off_anywhere_is_answered(name: str) -> None:
    text = (FILES / name).read_bytes()
    for end in range(0, len(text), 97):
        sound(text[:end])
