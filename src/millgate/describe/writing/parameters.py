"""Parameters as OpenAPI 3.1 writes them: beside a body, in a header of an answer, or as members of a body."""

from __future__ import annotations

import json
import re
from typing import Any, Final, TypeAlias

import msgspec

from millgate.describe.model import Parameter, Place, Schema
from millgate.describe.writing import extensions

Json: TypeAlias = dict[str, Any]

_TYPES: Final[dict[str, Json]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date-time": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
}
_LITERALS: Final = {
    "integer": re.compile(r"-?(0|[1-9][0-9]{0,30})"),
    "number": re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?"),
    "boolean": re.compile("true|false"),
}


def parameter_object(parameter: Parameter) -> Json:
    """A Parameter Object of the path, the query, a header or a cookie."""
    required = parameter.required or parameter.place is Place.PATH
    return {
        "name": parameter.name,
        "in": parameter.place.value,
        **_described(parameter, required=required),
        "schema": schema_of(parameter),
        **_example(parameter),
        **told_besides(parameter),
    }


def header_object(parameter: Parameter) -> Json:
    """A Header Object of an answer."""
    return {
        **_described(parameter, required=parameter.required),
        "schema": schema_of(parameter),
        **_example(parameter),
        **told_besides(parameter),
    }


def body_schema(parameters: tuple[Parameter, ...]) -> Schema:
    """The JSON object that parameters of the body make up."""
    required = [item.name for item in parameters if item.required]
    return {
        "type": "object",
        **({"required": list(dict.fromkeys(required))} if required else {}),
        "properties": {item.name: _member(item) for item in parameters},
    }


def body_example(parameters: tuple[Parameter, ...]) -> Json | None:
    """A JSON object of the examples; None when there are none."""
    return {item.name: _shown(item) for item in parameters if item.example} or None


def schema_of(parameter: Parameter) -> Schema:
    """What a value of a parameter must be, as a schema."""
    single = parameter.schema
    if single is None:
        values = [typed(parameter.type, text) for text in parameter.values]
        enum = {"enum": values} if values and None not in values else {}
        single = {**_TYPES.get(parameter.type, _TYPES["string"]), **enum}
    return {"type": "array", "items": single} if parameter.repeatable else single


def typed(kind: str, text: str) -> Any:  # noqa: ANN401 - a JSON value
    """A text as the JSON value of a type; None when it is none of that type."""
    literal = _LITERALS.get(kind)
    if literal is None:
        return text
    return json.loads(text) if literal.fullmatch(text) else None


def body_parameters(parameters: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """Those that are members of the body."""
    return tuple(item for item in parameters if item.place is Place.BODY)


def told_besides(parameter: Parameter) -> Json:
    """The extension with the whole parameter, where OpenAPI cannot say all of it."""
    return {} if _plain(parameter) else {extensions.PARAMETER: msgspec.to_builtins(parameter)}


def _plain(parameter: Parameter) -> bool:
    texts = [*parameter.values, *([parameter.example] if parameter.example else [])]
    return (
        parameter.schema is None
        and parameter.type in _TYPES
        and all(_faithful(parameter.type, text) for text in texts)
        and (parameter.required or parameter.place is not Place.PATH)
        and (not parameter.repeatable or parameter.place is Place.QUERY)
    )


def _faithful(kind: str, text: str) -> bool:
    value = typed(kind, text)
    return value == text if isinstance(value, str) else value is not None and json.dumps(value) == text


def _described(parameter: Parameter, *, required: bool) -> Json:
    return {
        **({"description": parameter.description} if parameter.description else {}),
        **({"required": True} if required else {}),
        **({"deprecated": True} if parameter.deprecated else {}),
    }


def _member(parameter: Parameter) -> Schema:
    deprecated = {"deprecated": True} if parameter.deprecated else {}
    described = {"description": parameter.description} if parameter.description else {}
    return {**schema_of(parameter), **described, **deprecated}


def _shown(parameter: Parameter) -> Any:  # noqa: ANN401 - a JSON value
    value = typed(parameter.type, parameter.example)
    single = parameter.example if value is None else value
    return [single] if parameter.repeatable else single


def _example(parameter: Parameter) -> Json:
    value = typed(parameter.type, parameter.example) if parameter.example else None
    return {} if value is None else {"example": _shown(parameter)}
