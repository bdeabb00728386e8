"""The envelope: what every answer looks like, whatever it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from millgate.control.actions.registry import common
from millgate.control.actions.registry.statuses import SUCCESSFUL
from millgate.control.actions.shown import application_shown, session_shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.control.actions.models import Application, Session
    from millgate.control.actions.pipeline.calls import ActionCall, Outcome
    from millgate.control.actions.registry.model import Status


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back.

    Attributes:
        status: of the registry.
        body: the envelope as JSON.
        headers: besides the usual ones.
    """

    status: Status
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def successful(call: ActionCall, outcome: Outcome) -> Answer:
    """The action was done."""
    message = outcome.message or SUCCESSFUL.description
    return Answer(SUCCESSFUL, _encoded(SUCCESSFUL, message, outcome.data, _context(call, outcome)))


def refused(
    status: Status,
    message: str,
    *,
    data: Any = None,  # noqa: ANN401 - whatever an envelope holds
    headers: Mapping[str, str] | None = None,
    session: Mapping[str, Any] | None = None,
    application: Mapping[str, Any] | None = None,
) -> Answer:
    """The action was not done, or not all of it."""
    context = {"session": session, "application": application}
    return Answer(status, _encoded(status, message, data, context), headers or {})


def context_of(
    session: Session | None, application: Application | None, params: Mapping[str, Any]
) -> dict[str, Any]:
    """Session and application as the caller asked to see them."""
    view = _known(params.get("session_view"), common.SESSION_VIEWS)
    application_view = _known(params.get("application_view"), common.APPLICATION_VIEWS)
    return {
        "session": session_shown(session, application, view) if session and application else None,
        "application": application_shown(application, application_view) if application else None,
    }


def _context(call: ActionCall, outcome: Outcome) -> dict[str, Any]:
    session = outcome.session or call.session
    application = outcome.application or call.application
    counted = {} if outcome.count is None else {"count": outcome.count}
    return context_of(session, application, call.params) | counted


def _known(view: object, views: tuple[str, ...]) -> str:
    """A view that is none stands for the first: where it is read, checks may not have come to it."""
    return view if isinstance(view, str) and view in views else views[0]


def _encoded(status: Status, message: str, data: Any, context: dict[str, Any]) -> bytes:  # noqa: ANN401
    envelope = {"status": status.slug, "code": status.code, "message": message, "data": data} | context
    return msgspec.json.encode(envelope, enc_hook=str)
