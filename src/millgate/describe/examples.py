"""An example made from a schema: always the same one, and small however large or recursive the schema is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from millgate.describe.model import SCHEMA_REFERENCE, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

DEEPEST: Final = 8
"""Levels below which only what is required is filled in, and one further down nothing."""

MOST_VALUES: Final = 2_000
"""Values in one example; beyond them, what is left is empty."""

LONGEST_TEXT: Final = 1_000
MOST_ITEMS: Final = 10
LARGEST_FIGURE: Final = 10**15
"""From here on a bound is not reckoned with: a float would not be exact."""

_FORMATS: Final = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "uuid": "3f2b8c1e-5d47-4a6b-9c0d-1e2f3a4b5c6d",
    "email": "person@example.com",
    "idn-email": "person@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uri-reference": "/example",
    "byte": "ZXhhbXBsZQ==",
    "json-pointer": "/example",
}


def example_of(schema: Schema | None, definitions: Mapping[str, Schema], *, sent: bool = False) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value that the schema allows, as far as it can be told without solving patterns.

    What the schema itself gives comes first: `example`, `examples`, `const`, `default`, `enum`.

    Args:
        schema: in the dialect of OpenAPI 3.1; anything goes where there is none.
        definitions: schemas by name, for references.
        sent: whether it is for a request, which leaves out what is only read; else what is only written.
    """
    return _Maker(definitions, "readOnly" if sent else "writeOnly").value(schema, 0)


class _Maker:
    """Makes one example, within its bounds."""

    def __init__(self, definitions: Mapping[str, Schema], left_out: str) -> None:
        self._definitions = definitions
        self._left_out = left_out
        self._values = 0
        self._open: list[str] = []

    def value(self, schema: object, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        self._values += 1
        if not isinstance(schema, dict) or self._values > MOST_VALUES or depth > DEEPEST + 1:
            return None
        if self._recurs(schema):
            return None
        self._open.append(_name(schema))
        whole = self._whole(schema, 0)
        given, value = _given(whole)
        if not given:
            value = self._made(whole, depth)
        self._open.pop()
        return value

    def _recurs(self, schema: object) -> bool:
        """Whether it is a definition within itself."""
        return isinstance(schema, dict) and bool(name := _name(schema)) and name in self._open

    def _whole(self, schema: Schema, steps: int) -> Schema:
        """The schema with its reference, `allOf` and the first of its alternatives taken into it."""
        if steps > DEEPEST:
            return {}
        found: Schema = {key: value for key, value in schema.items() if key not in {"$ref", "allOf"}}
        parts = [self._referred(schema), *_schemas(schema.get("allOf"))]
        if not _given(schema)[0]:
            for word in ("oneOf", "anyOf"):
                alternatives = _schemas(schema.get(word))
                plain = [item for item in alternatives if item.get("type") != "null"]
                parts += (plain or alternatives)[:1]
        for part in parts:
            found = _merged(self._whole(part, steps + 1), found)
        return found

    def _referred(self, schema: Schema) -> Schema:
        found = self._definitions.get(_name(schema))
        return found if isinstance(found, dict) else {}

    def _made(self, schema: Schema, depth: int) -> Any:  # noqa: ANN401 - any JSON value
        kind = _type(schema)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return _text(schema)
        if kind in {"integer", "number"}:
            return _number(schema, whole=kind == "integer")
        return True if kind == "boolean" else None

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        properties = schema.get("properties")
        required = schema.get("required")
        needed = set(map(str, required)) if isinstance(required, list) else set()
        found: dict[str, Any] = {}
        for name, item in properties.items() if isinstance(properties, dict) else ():
            wanted = name in needed or (depth < DEEPEST and not self._recurs(item))
            if wanted and not (isinstance(item, dict) and item.get(self._left_out) is True):
                found[name] = self.value(item, depth + 1)
        more = schema.get("additionalProperties")
        if not found and isinstance(more, dict) and more and depth < DEEPEST:
            found["name"] = self.value(more, depth + 1)
        return found

    def _array(self, schema: Schema, depth: int) -> list[Any]:
        if depth >= DEEPEST:
            return []
        first = [self.value(item, depth + 1) for item in _schemas(schema.get("prefixItems"))[:MOST_ITEMS]]
        items = schema.get("items")
        if not isinstance(items, dict) or self._recurs(items):
            return first
        if _whole_number(schema.get("maxItems"), 1) == 0:
            return []
        least = min(max(_whole_number(schema.get("minItems"), 1), 1), MOST_ITEMS)
        return first + [self.value(items, depth + 1) for _ in range(least - len(first))]


def _name(schema: Schema) -> str:
    """The definition that a schema refers to; empty when it is none of ours."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(SCHEMA_REFERENCE):
        return ""
    return reference.removeprefix(SCHEMA_REFERENCE).replace("~1", "/").replace("~0", "~")


def _given(schema: Schema) -> tuple[bool, Any]:
    """What the schema gives itself."""
    for word in ("example", "const", "default"):
        if word in schema:
            return True, schema[word]
    for word in ("examples", "enum"):
        values = schema.get(word)
        if isinstance(values, list) and values:
            return True, values[0]
    return False, None


def _merged(under: Schema, over: Schema) -> Schema:
    """Two schemas that both hold."""
    merged = under | over
    if isinstance(under.get("properties"), dict) and isinstance(over.get("properties"), dict):
        merged["properties"] = under["properties"] | over["properties"]
    if isinstance(under.get("required"), list) and isinstance(over.get("required"), list):
        merged["required"] = [*under["required"], *over["required"]]
    return merged


def _schemas(value: object) -> list[Schema]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _type(schema: Schema) -> str:
    """The type, or the one that the other words speak of."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    if "minimum" in schema or "maximum" in schema:
        return "number"
    return "string" if {"format", "pattern", "minLength", "maxLength"} & set(schema) else "null"


def _text(schema: Schema) -> str:
    text = _FORMATS.get(str(schema.get("format")), "text")
    least = min(_whole_number(schema.get("minLength"), 0), LONGEST_TEXT)
    most = _whole_number(schema.get("maxLength"), LONGEST_TEXT)
    return text.ljust(least, "x")[:most]


def _number(schema: Schema, *, whole: bool) -> int | float:
    """The smallest number that is allowed, or 1."""
    low, high = _bound(schema, "inimum", 1, whole=whole), _bound(schema, "aximum", -1, whole=whole)
    number: float = 1.0
    if low is not None:
        number = low
    elif high is not None and high < number:
        number = high
    step = _figure(schema.get("multipleOf"))
    if step is not None and step > 0:
        number = math.ceil(number / step) * step
    number = math.ceil(number) if whole else number
    return int(number) if float(number).is_integer() else number


def _bound(schema: Schema, word: str, towards: int, *, whole: bool) -> float | None:
    exclusive = _figure(schema.get("exclusiveM" + word))
    if exclusive is not None:
        return exclusive + towards * (1 if whole else 0.5)
    return _figure(schema.get("m" + word))


def _figure(value: object) -> float | None:
    """A number that can be reckoned with."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < LARGEST_FIGURE:
        return None
    return float(value)


def _whole_number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else otherwise
