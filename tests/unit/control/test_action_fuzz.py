"""Whatever is sent to a route of the action API, it answers a status that the route documents, and never crashes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.control.actions.handlers.table import HANDLERS
from millgate.control.actions.pipeline import limiting
from millgate.control.actions.pipeline.answering import answer
from millgate.control.actions.pipeline.calls import Incoming
from millgate.control.actions.registry.model import Type
from millgate.control.actions.registry.table import ROUTES, parameters_of, statuses_of
from support.actions import actions_make, encoded, signed_in, worker_make

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from millgate.control.actions.registry.model import Parameter, Route

pytestmark = pytest.mark.usefixtures("rows")

PATHS = [
    path for path in sorted(HANDLERS) if not path.startswith("cancelations/") and path != "sessions/destroy"
]
"""Cancelations have a state machine of their own, and the session is needed until the end."""
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
FITTING: dict[Type, SearchStrategy[Any]] = {
    Type.STRING: st.text(max_size=30)
    | st.sampled_from(["edna@example.com", "nobody@example.com", "2026-11-30"]),
    Type.TEXT: st.text(max_size=30),
    Type.INTEGER: st.integers(min_value=-1, max_value=50),
    Type.FLOAT: st.floats(),
    Type.BOOLEAN: st.booleans(),
    Type.JSON: ANYTHING,
    Type.HASH: st.dictionaries(st.text(max_size=8), ANYTHING, max_size=3),
}


def _value(route: Route, parameter: Parameter) -> SearchStrategy[Any]:
    members = [item for item in parameters_of(route) if item.parent == parameter.name]
    if parameter.type in {Type.PARENT, Type.HASH} and members:
        return _params(route, members)
    if parameter.type is Type.ARRAY:
        inner = _params(route, members) if members else st.sampled_from(parameter.possible_values or ("x",))
        return st.lists(inner, max_size=3)
    if parameter.possible_values:
        return st.sampled_from(parameter.possible_values)
    return FITTING[parameter.type]


def _params(route: Route, parameters: list[Parameter]) -> SearchStrategy[dict[str, Any]]:
    """Mostly what is declared and of its type; now and then anything, and now and then nothing."""
    values = {item.name: _value(route, item) | ANYTHING for item in parameters if item.name != "token"}
    required = {name: values[name] for item in parameters if item.required and (name := item.name) in values}
    optional = {name: value for name, value in values.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


@st.composite
def calls(draw: st.DrawFn) -> tuple[Route, dict[str, Any]]:
    route = ROUTES[draw(st.sampled_from(PATHS))]
    return route, draw(_params(route, [item for item in parameters_of(route) if not item.parent]))


def test_no_call_is_answered_by_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    actions_make()
    limiting.LIMITER.forget()
    monkeypatch.setattr(limiting.LIMITER, "take", lambda *_given: None)
    monkeypatch.setattr("millgate.control.actions.handlers.users.tries.try_begin", lambda *_given: None)
    token = signed_in(worker_make(is_staff=True, is_superuser=True).email)

    @settings(max_examples=60, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(calls())
    def answered(drawn: tuple[Route, dict[str, Any]]) -> None:
        route, params = drawn
        params |= {} if route.anonymous else {"token": token}
        secret = route.sensitive or any(
            item.sensitive and item.name in params for item in route.own_parameters
        )
        body = encoded(params) if secret else json.dumps(params)
        kind = "text/plain" if secret else "application/json"
        incoming = Incoming(verb="POST", address=route.address, content_type=kind, body=body.encode())
        found = json.loads(answer(incoming, HANDLERS).body)
        assert found["status"] in {item.slug for item in statuses_of(route)}, found
        assert found["status"] != "application-crash", (route.path, params)
        assert found["status"] not in {"session-expired", "invalid-token"}, (route.path, params)

    answered()
