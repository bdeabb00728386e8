"""Schemas for OpenAPI 3.1: as they are, under names that components may have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from millgate.describe.model import SCHEMA_REFERENCE, Schema
from millgate.describe.writing.parameters import Json
from millgate.describe.writing.sharing import free_name, plain_name

Renamed: TypeAlias = dict[str, str]
"""New names of definitions, by the old."""

ONE: Final = frozenset(
    {
        "additionalProperties",
        "contains",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
"""Keywords that hold a schema."""
MANY: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Keywords that hold a list of schemas."""
NAMED: Final = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
"""Keywords that hold schemas by name."""


def names_for(definitions: Mapping[str, Schema]) -> Renamed:
    """The name of each definition in a document: its own, wherever components may be called so."""
    found: Renamed = {}
    for name in sorted(definitions, key=lambda name: plain_name(name) != name):
        found[name] = free_name(plain_name(name), found.values())
    return found


def inside(schema: Json, change: Callable[[Any], Any]) -> Json:
    """A copy in which every schema right inside this one is changed; values such as examples stay."""
    return {keyword: _changed(keyword, value, change) for keyword, value in schema.items()}


def _changed(keyword: str, value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - JSON
    if keyword in ONE:
        return change(value)
    if keyword in MANY and isinstance(value, list):
        return [change(item) for item in value]
    if keyword in NAMED and isinstance(value, dict):
        return {name: change(item) for name, item in value.items()}
    return value


def referring(schema: Any, renamed: Renamed) -> Any:  # noqa: ANN401 - a schema may be a truth value
    """A schema whose references have the definitions' new names."""
    if not isinstance(schema, dict) or all(old == new for old, new in renamed.items()):
        return schema
    made = inside(schema, lambda item: referring(item, renamed))
    name = referred(schema)
    return made if name is None else {**made, "$ref": SCHEMA_REFERENCE + renamed.get(name, name)}


def referred(schema: Json) -> str | None:
    """The definition that a schema refers to; None where it refers to none."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(SCHEMA_REFERENCE):
        return None
    return reference.removeprefix(SCHEMA_REFERENCE)
