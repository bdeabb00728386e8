"""Checks 5 and 6: from the bytes of a body, or a query string, to parameters by name."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.registry import statuses
from millgate.control.actions.registry.model import JSON, TEXT, Type, Verb
from millgate.control.actions.registry.table import parameters_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.control.actions.pipeline.calls import Incoming
    from millgate.control.actions.registry.model import Parameter, Route

LONGEST_BODY: Final = 262_144
MOST_FIELDS: Final = 200
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_QUOTED: Final = {Type.ARRAY, Type.HASH, Type.JSON, Type.PARENT}


def decode(route: Route, incoming: Incoming) -> dict[str, Any]:
    """The parameters of a request.

    Raises:
        Refused: the body is not of the type that the route takes, cannot be read, or holds no parameter.
    """
    if incoming.verb == Verb.GET and not incoming.body:
        params = _of_query(route, incoming.query)
    else:
        params = _of_body(route, incoming)
    if not params:
        raise Refused(statuses.NO_PARAMS, f"Send the parameters as {_form(route)}; none was found.")
    return params


def _of_body(route: Route, incoming: Incoming) -> dict[str, Any]:
    given = incoming.content_type.partition(";")[0].strip().lower()
    if given not in route.content_types:
        raise Refused(
            statuses.INVALID_CONTENT_TYPE,
            f"Send the body as {_form(route)}, and say so in Content-Type; {_named(given)} was sent.",
        )
    body = incoming.body
    if len(body) > LONGEST_BODY:
        raise _unreadable(f"The body is longer than {LONGEST_BODY} bytes.")
    params = _object(_unwrapped(body) if given == TEXT else body)
    secret = sorted(item.name for item in route.own_parameters if item.sensitive and item.name in params)
    if given == JSON and secret:
        raise Refused(
            statuses.INVALID_CONTENT_TYPE,
            f"With {secret[0]} the body is {TEXT}: the base64 of the JSON object.",
        )
    return params


def _form(route: Route) -> str:
    if route.content_types == (TEXT,):
        return f"{TEXT}, the base64 of a JSON object"
    return f"{JSON}, an object"


def _named(given: str) -> str:
    return given[:100] if given else "nothing"


def _unreadable(why: str) -> Refused:
    return Refused(statuses.INVALID_ENCODED, why)


def _unwrapped(body: bytes) -> bytes:
    """What base64 holds: of either alphabet, with or without padding and line ends."""
    text = b"".join(body.split()).translate(_URL_SAFE).rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable("The body is not base64. Send the base64 of a JSON object.") from None


def _object(data: bytes) -> dict[str, Any]:
    if not data.strip():
        return {}
    try:
        found = json.loads(data, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise _unreadable("The JSON of the body is nested too deeply.") from None
    except ValueError as wrong:
        raise _unreadable(f"The body holds no JSON that can be read: {wrong}.") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _unreadable("The JSON of the body must be an object with the parameters by name.")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return members


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


# Query strings


def _of_query(route: Route, query: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise _unreadable(
            f"The query string cannot be read, or has more than {MOST_FIELDS} members."
        ) from None
    declared = {item.full_name: item for item in parameters_of(route)}
    params: dict[str, Any] = {}
    for name, text in pairs:
        _put(params, name, text, declared)
    return params


def _put(params: dict[str, Any], name: str, text: str, declared: Mapping[str, Parameter]) -> None:
    """Put one member of a query string where its name says: `page.size=10`, and an array repeated."""
    parameter = declared.get(name)
    parent, _dot, member = name.partition(".")
    within = params
    if member and parent in declared and isinstance(params.setdefault(parent, {}), dict):
        within, name = params[parent], member
    value = _typed(parameter, text)
    if parameter is not None and parameter.type is Type.ARRAY and not isinstance(value, list):
        within.setdefault(name, []).append(value)
    elif name in within:
        raise _unreadable(f"The parameter {name} stands twice in the query string.")
    else:
        within[name] = value


def _typed(parameter: Parameter | None, text: str) -> Any:  # noqa: ANN401 - of whatever type it is
    """A text of a query string as the type of its parameter; what is none is refused later."""
    if parameter is None:
        return text
    if parameter.type is Type.BOOLEAN:
        return _BOOLEANS.get(text.lower(), text)
    if parameter.type in _QUOTED and text[:1] in {"{", "["}:
        return _quoted(text)
    try:
        if parameter.type is Type.INTEGER:
            return int(text) if text.isascii() else text
        return float(text) if parameter.type is Type.FLOAT else text
    except ValueError:
        return text


def _quoted(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _unreadable("A value of the query string begins as JSON and cannot be read as such.") from None
