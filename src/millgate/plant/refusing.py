"""Refusals of the plant without their cause, for calls that are refused on demand: its own words for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.core.errors import (
    CONTROLLER_REFUSED,
    DATA_NOT_FOUND,
    DATABASE_CONNECT_TIMEOUT,
    DATABASE_UNREACHABLE,
    PARAMETER_WRONG,
    PROPERTY_FAILED,
    QUERY_TIMEOUT,
    ROWS_CONFLICT,
    ROWS_WRONG,
    Refusal,
)
from millgate.core.on_demand import EXAMPLES
from millgate.plant.plan import not_found, unknown_parameter
from millgate.plant.writing.faults import Fault, refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from millgate.core.errors import Problem
    from millgate.describe.calls import BackendCall
    from millgate.plant.resource import Action, Resource

UNPLACED: Final = frozenset({DATABASE_CONNECT_TIMEOUT, DATABASE_UNREACHABLE, QUERY_TIMEOUT, PROPERTY_FAILED})
"""What is answered without an `instance`."""


def refusal_without_cause(problem: Problem, resource: Resource, action: Action, call: BackendCall) -> Refusal:
    """How the plant refuses a call of a resource for a reason that the call does not give."""
    if problem is PARAMETER_WRONG:
        return unknown_parameter(resource, action, call, "X")
    made = _MADE.get(problem)
    return made(resource) if made is not None else Refusal(problem, EXAMPLES.get(problem.code, {}))


def _controller(resource: Resource) -> Refusal:
    return Refusal(CONTROLLER_REFUSED, {"controller": resource.controller})


def _property(resource: Resource) -> Refusal:
    return Refusal(PROPERTY_FAILED, {"column": legacy_column(_snake(resource.fields[0].name))})


def _rows(_resource: Resource) -> Refusal:
    return refusal_of([Fault("", "must be a JSON object", 1)])


def _conflict(resource: Resource) -> Refusal:
    return refusal_of([Fault(resource.fields[0].name, "is taken by another row", conflict=True)])


_MADE: Final[Mapping[Problem, Callable[[Resource], Refusal]]] = {
    DATA_NOT_FOUND: not_found,
    CONTROLLER_REFUSED: _controller,
    PROPERTY_FAILED: _property,
    ROWS_WRONG: _rows,
    ROWS_CONFLICT: _conflict,
}


def legacy_column(column: str) -> str:
    """A column in the manual's spelling: `Part_No`."""
    return "_".join(word.capitalize() for word in column.split("_"))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
