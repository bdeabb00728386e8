"""Schemas of OpenAPI 3.1 in the words of Swagger 2.0.

Sound: whatever a schema lets pass, its downgrade lets pass too. What Swagger 2.0 cannot say is left out,
and a choice between schemas is told in the description.
"""

from __future__ import annotations

import json
from typing import Any, Final

from millgate.describe.model import Schema
from millgate.describe.writing.parameters import Json
from millgate.describe.writing.schemas import Renamed, referred

DEFINITIONS: Final = "#/definitions/"
_NULL: Final = "null"
_NULLABLE: Final = "x-nullable"
_KEPT: Final = frozenset(
    {
        *("title", "description", "default", "format", "pattern", "uniqueItems", "readOnly", "example"),
        *("multipleOf", "maximum", "minimum", "maxLength", "minLength", "maxItems", "minItems"),
        *("maxProperties", "minProperties", "xml", "externalDocs"),
    }
)
_AS_EXTENSION: Final = {"deprecated": "x-deprecated", "writeOnly": "x-writeOnly"}
_SIMPLE: Final = frozenset(
    {
        *(
            "format",
            "default",
            "pattern",
            "uniqueItems",
            "multipleOf",
            "maximum",
            "exclusiveMaximum",
            "minimum",
        ),
        *("exclusiveMinimum", "maxLength", "minLength", "maxItems", "minItems", "enum"),
    }
)
_SCALARS: Final = frozenset({"string", "integer", "number", "boolean"})


def downgraded(schema: Any, renamed: Renamed) -> Schema:  # noqa: ANN401 - a schema may be a truth value
    """A schema that Swagger 2.0 has."""
    if not isinstance(schema, dict):
        return {}
    name = referred(schema)
    if name is None:
        return _plain(schema, renamed)
    # Beside a reference, Swagger 2.0 looks at nothing.
    reference = {"$ref": DEFINITIONS + renamed.get(name, name)}
    rest = _plain({keyword: value for keyword, value in schema.items() if keyword != "$ref"}, renamed)
    return {"allOf": [reference, *rest.pop("allOf", [])], **rest} if rest else reference


def simple(schema: Schema) -> Json:
    """What a parameter beside a body, or a header, can say of its values: no objects, no references."""
    made = downgraded(schema, {})
    kind = made.get("type")
    rules = {keyword: value for keyword, value in made.items() if keyword in _SIMPLE}
    if kind == "array":
        return {"type": "array", "items": simple(made["items"]), **rules}
    return {"type": kind, **rules} if kind in _SCALARS else {"type": "string"}


def _plain(schema: Schema, renamed: Renamed) -> Schema:
    made = {keyword: value for keyword, value in schema.items() if keyword in _KEPT}
    made |= {word: schema[keyword] for keyword, word in _AS_EXTENSION.items() if schema.get(keyword)}
    made |= {keyword: value for keyword, value in schema.items() if keyword.startswith("x-")}
    _values(schema, made)
    _bounds(schema, made)
    _inner(schema, made, renamed)
    _type(schema, made)
    _choice(schema, made, renamed)
    if made.get("type") == "array":
        made.setdefault("items", {})
    return made


def _values(schema: Schema, made: Schema) -> None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list):
        told = {json.dumps(value): value for value in values if value is not None}
        if None in values:
            made[_NULLABLE] = True
        if told:
            made["enum"] = list(told.values())
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        made.setdefault("example", examples[0])
    required = schema.get("required")
    if isinstance(required, list) and required:
        made["required"] = list(dict.fromkeys(required))


def _bounds(schema: Schema, made: Schema) -> None:
    """A number that is itself outside: in Swagger 2.0 a flag beside the bound."""
    for bound, exclusive, tighter in (
        ("minimum", "exclusiveMinimum", max),
        ("maximum", "exclusiveMaximum", min),
    ):
        limit = schema.get(exclusive)
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            continue
        both = [limit, *([made[bound]] if bound in made else [])]
        made[bound] = tighter(both)
        if made[bound] == limit:
            made[exclusive] = True


def _inner(schema: Schema, made: Schema, renamed: Renamed) -> None:
    if isinstance(schema.get("items"), dict) and "prefixItems" not in schema:
        made["items"] = downgraded(schema["items"], renamed)
    if isinstance(schema.get("properties"), dict):
        made["properties"] = {name: downgraded(item, renamed) for name, item in schema["properties"].items()}
    if isinstance(schema.get("allOf"), list) and schema["allOf"]:
        made["allOf"] = [downgraded(item, renamed) for item in schema["allOf"]]
    additional = schema.get("additionalProperties")
    if isinstance(additional, dict):
        made["additionalProperties"] = downgraded(additional, renamed)
    elif isinstance(additional, bool) and not (additional is False and "patternProperties" in schema):
        made["additionalProperties"] = additional


def _type(schema: Schema, made: Schema) -> None:
    kinds = schema.get("type")
    if isinstance(kinds, str):
        kinds = [kinds]
    if not isinstance(kinds, list):
        return
    if _NULL in kinds:
        made[_NULLABLE] = True
    others = [kind for kind in kinds if kind != _NULL]
    if len(others) == 1:
        made["type"] = others[0]
    elif others:
        _tell(made, f"One of the types {', '.join(others)}.")


def _choice(schema: Schema, made: Schema, renamed: Renamed) -> None:
    for keyword in ("anyOf", "oneOf"):
        choices = schema.get(keyword)
        if not isinstance(choices, list):
            continue
        real = [item for item in choices if item != {"type": _NULL}]
        if len(real) < len(choices):
            made[_NULLABLE] = True
        if len(real) == 1:
            made["allOf"] = [*made.get("allOf", []), downgraded(real[0], renamed)]
        elif real:
            _tell(made, f"One of: {', '.join(_named(item) for item in real)}.")


def _named(schema: Any) -> str:  # noqa: ANN401 - a schema may be a truth value
    """A schema in a few words."""
    if not isinstance(schema, dict):
        return "anything" if schema else "nothing"
    kind = schema.get("type")
    if kind == "array":
        return f"an array of {_named(schema.get('items', True))}"
    return referred(schema) or schema.get("title") or (kind if isinstance(kind, str) else "another form")


def _tell(made: Schema, sentence: str) -> None:
    made["description"] = f"{made.get('description', '')} {sentence}".strip()
