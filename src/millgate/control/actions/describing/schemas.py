"""What bodies and answers of routes must be, as JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from millgate.control.actions.pipeline.validating import LONGEST
from millgate.control.actions.registry.model import Type
from millgate.control.actions.registry.table import parameters_of
from millgate.describe.model import SCHEMA_REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.actions.registry.model import Parameter, Route, Status
    from millgate.describe.model import Schema

POSITION: Final = "x-position"
"""Where a parameter stands in the documentation."""

_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_ROLE: Final[Schema] = {"type": ["string", "null"], "description": "As what the user acts; null for nothing."}
_USER: Final[Schema] = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "user_id": {"type": "string"},
        "email": {"type": "string"},
        "name": {"type": "string"},
    },
}
DEFINITIONS: Final[dict[str, Schema]] = {
    "Session": {
        "type": "object",
        "description": "The session of the token, in the view that session_view names. Never its token.",
        "required": ["id", "role", "expires_at"],
        "properties": {
            "id": {"type": "integer"},
            "role": _ROLE,
            "expires_at": {**_INSTANT, "type": ["string", "null"], "description": "Null while remembered."},
            "user": _USER,
            "roles": {"type": "array", "items": {"type": "string"}},
            "remember_me": {"type": "boolean"},
            "application": {"type": "string"},
            "created_at": _INSTANT,
            "last_used_at": _INSTANT,
        },
    },
    "Application": {
        "type": "object",
        "description": "The application in which the call was made.",
        "required": ["slug", "name"],
        "properties": {"slug": {"type": "string"}, "name": {"type": "string"}},
    },
}
"""What every envelope refers to, by name."""

_TYPES: Final = {
    Type.STRING: "string",
    Type.TEXT: "string",
    Type.INTEGER: "integer",
    Type.FLOAT: "number",
    Type.BOOLEAN: "boolean",
    Type.ARRAY: "array",
    Type.HASH: "object",
    Type.PARENT: "object",
}


def body_schema(route: Route, *, sensitive: bool = True) -> Schema:
    """The object that holds the parameters of a call.

    Args:
        route: what is called.
        sensitive: whether it may hold what only a body of `text/plain` may.
    """
    return _object([item for item in parameters_of(route) if sensitive or not item.sensitive], "")


def encoded_schema(route: Route) -> Schema:
    """A body of `text/plain`: the base64 of the object."""
    return {
        "type": "string",
        "description": "The base64 of a JSON object with the parameters.",
        "contentEncoding": "base64",
        "contentMediaType": "application/json",
        "contentSchema": body_schema(route),
    }


def envelope_schema(route: Route, statuses: Iterable[Status]) -> Schema:
    """The body of an answer that comes under one HTTP status, whatever it says."""
    told = tuple(statuses)
    counted: Schema = {"count": {"type": "integer", "description": "How many records there are, when asked."}}
    return {
        "type": "object",
        "required": ["status", "code", "message", "data", "session", "application"],
        "properties": {
            "status": {"type": "string", "enum": [item.slug for item in told]},
            "code": {"type": "integer", "const": told[0].code},
            "message": {"type": "string", "description": "What happened, for people."},
            "data": {"description": "What was asked for; null where there is nothing."},
            "session": _or_null("Session"),
            "application": _or_null("Application"),
            **(counted if route.attributes else {}),
        },
    }


def parameter_schema(parameter: Parameter, members: Iterable[Parameter] = ()) -> Schema:
    """What a value must be for the pipeline to take it."""
    inside = list(members)
    made: Schema = {
        **_kind(parameter),
        "description": parameter.description,
        POSITION: parameter.position,
        **_bounds(parameter),
    }
    if parameter.type is Type.ARRAY:
        made["items"] = _object(inside, parameter.name) if inside else _item(parameter)
    elif inside:
        made |= _object(inside, parameter.name)
    elif parameter.possible_values:
        made["enum"] = list(parameter.possible_values)
    return made


def _object(parameters: list[Parameter], parent: str) -> Schema:
    mine = [item for item in parameters if item.parent == parent]
    required = [item.name for item in mine if item.required]
    made: Schema = {
        "type": "object",
        "properties": {
            item.name: parameter_schema(item, [one for one in parameters if one.parent == item.name])
            for item in mine
        },
        "additionalProperties": False,
    }
    return {**made, "required": required} if required else made


def _kind(parameter: Parameter) -> Schema:
    if parameter.also_integer:
        return {"type": ["string", "integer"]}
    return {"type": _TYPES[parameter.type]} if parameter.type in _TYPES else {}


def _bounds(parameter: Parameter) -> dict[str, Any]:
    if parameter.type in {Type.INTEGER, Type.FLOAT}:
        ends = {"minimum": parameter.least, "maximum": parameter.most}
        return {word: end for word, end in ends.items() if end is not None}
    if parameter.type not in LONGEST:
        return {}
    most = parameter.max_length or LONGEST[parameter.type]
    if parameter.type is Type.ARRAY:
        return {"maxItems": most}
    # An empty text counts as missing.
    return {"minLength": 1, "maxLength": most} if parameter.required else {"maxLength": most}


def _item(parameter: Parameter) -> Schema:
    values = {"enum": list(parameter.possible_values)} if parameter.possible_values else {}
    return {"type": "string", "maxLength": LONGEST[Type.STRING], **values}


def _or_null(name: str) -> Schema:
    return {"anyOf": [{"$ref": SCHEMA_REFERENCE + name}, {"type": "null"}]}
