"""The refusals that actions need most."""

from __future__ import annotations

from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.registry import statuses


def invalid(name: str, why: str) -> Refused:
    """A parameter is not what it must be.

    Args:
        name: of the parameter, with what it is a member of, as in `client.email`.
        why: a sentence that says what to do.
    """
    return Refused(statuses.INVALID_PARAM, f"The parameter {name} is invalid. {why}")


def missing(name: str, hint: str = "") -> Refused:
    """A parameter is not there."""
    return Refused(statuses.MISSING_PARAM, f"The parameter {name} is missing. {hint}".strip())


def denied(why: str) -> Refused:
    """The caller may not do this."""
    return Refused(statuses.PERMISSION_DENIED, why)


def not_found(name: str, what: str) -> Refused:
    """A parameter names no record that there is, or none that the caller may see."""
    return invalid(name, f"There is no such {what}, or you may not see it.")
