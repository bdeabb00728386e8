"""Sample calls and answers of routes, made from the examples of the registry."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final

from millgate.control.actions.registry.model import TEXT, Type
from millgate.control.actions.registry.statuses import CLIENT_REQUIRED, SUCCESSFUL
from millgate.control.actions.registry.table import parameters_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.control.actions.registry.model import Parameter, Route, Status

SESSION: Final[Mapping[str, Any]] = {
    "id": 1,
    "role": "client",
    "expires_at": "2026-03-09T06:00:00Z",
    "user": {"id": 7, "user_id": "jsample", "email": "user@example.com", "name": "Jo Sample"},
    "roles": ["client"],
    "remember_me": False,
    "application": "planoorder",
    "created_at": "2026-03-02T06:00:00Z",
    "last_used_at": "2026-03-02T06:00:00Z",
}
APPLICATION: Final[Mapping[str, Any]] = {"slug": "planoorder", "name": "Planoorder"}
_ROLELESS: Final[Mapping[str, Any]] = {"role": None, "roles": []}
_VALUES: Final[Mapping[Type, Any]] = {
    Type.INTEGER: 1,
    Type.FLOAT: 1.5,
    Type.BOOLEAN: True,
    Type.ARRAY: [],
    Type.HASH: {},
    Type.PARENT: {},
    Type.JSON: {},
}


def params_example(route: Route, *, sensitive: bool = True) -> dict[str, Any]:
    """The parameters of a sample call: those that are required, and those that have an example.

    Args:
        route: what is called.
        sensitive: whether those are among them that only a body of `text/plain` may hold.
    """
    shown = [item for item in parameters_of(route) if sensitive or not item.sensitive]
    found: dict[str, Any] = {}
    for parameter in shown:
        if parameter.parent:
            continue
        members = [item for item in shown if item.parent == parameter.name]
        if parameter.required or parameter.example is not None or _worth_showing(members):
            found[parameter.name] = _value(parameter, members)
    return found


def body_example(route: Route, media_type: str) -> str:
    """A sample body as it is sent in one of the route's content types."""
    text = json.dumps(params_example(route, sensitive=media_type == TEXT), ensure_ascii=False, indent=2)
    return base64.b64encode(text.encode()).decode() if media_type == TEXT else text


def answer_example(route: Route, status: Status) -> dict[str, Any]:
    """The envelope of an answer."""
    done = status is SUCCESSFUL
    session = dict(SESSION) if done and not route.anonymous else None
    if status is CLIENT_REQUIRED:
        session = {**SESSION, **_ROLELESS}
    counted = {"count": 1} if done and route.attributes else {}
    return {
        "status": status.slug,
        "code": status.code,
        "message": status.description,
        "data": ([] if route.attributes else {}) if done else None,
        "session": session,
        "application": dict(APPLICATION) if session else None,
        **counted,
    }


def _worth_showing(members: list[Parameter]) -> bool:
    return any(item.example is not None for item in members)


def _value(parameter: Parameter, members: list[Parameter]) -> Any:  # noqa: ANN401 - any JSON value
    inside = {item.name: _single(item) for item in members if item.required or item.example is not None}
    if not members:
        return _single(parameter)
    return [inside] if parameter.type is Type.ARRAY else inside


def _single(parameter: Parameter) -> Any:  # noqa: ANN401 - any JSON value
    if parameter.example is not None:
        return parameter.example
    if parameter.possible_values:
        return parameter.possible_values[0]
    return _VALUES.get(parameter.type, f"sample {parameter.name}")
