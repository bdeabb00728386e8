"""Canceling, reinstating, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from millgate.control.actions.cancelation_models import Stage
from millgate.control.actions.cancelations.asked import Caller, CancelAsked, ChangeAsked
from millgate.control.actions.cancelations.changing import cancelation_change
from millgate.control.actions.cancelations.creating import cancelation_create
from millgate.control.actions.cancelations.finding import cancelation_found
from millgate.control.actions.cancelations.selectors import cancelations_seen
from millgate.control.actions.handlers.cancelation_mails import cancelation_tell
from millgate.control.actions.pipeline.calls import Outcome
from millgate.control.actions.pipeline.listing import index as listed
from millgate.control.actions.pipeline.refusals import denied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.actions.cancelation_models import Cancelation
    from millgate.control.actions.pipeline.calls import ActionCall

_CREATE: Final = CancelAsked.__dataclass_fields__
_CHANGE: Final = ChangeAsked.__dataclass_fields__
_MEMBERS: Final = (
    *("key", "tier", "reason_id", "reason_slug", "reason_text", "reason_note"),
    *("canceled_at", "canceled_by", "canceled_in", "reinstated_at", "reinstated_by", "reinstated_note"),
)


def create(call: ActionCall) -> Outcome:
    """`cancelations/create`."""
    row = cancelation_create(caller=_caller(call), asked=CancelAsked(**_given(call, _CREATE)))
    cancelation_tell(row, call)
    return _outcome(row)


def read(call: ActionCall) -> Outcome:
    """`cancelations/read`."""
    return _outcome(cancelation_found(_caller(call), call.params["id"]))


def update(call: ActionCall) -> Outcome:
    """`cancelations/update`."""
    return _changed(call, ChangeAsked(**_given(call, _CHANGE)))


def reinstate(call: ActionCall) -> Outcome:
    """`cancelations/reinstate`: an update that says that it is active no more."""
    return _changed(call, ChangeAsked(**_given(call, _CHANGE) | {"active": False}))


def index(call: ActionCall) -> Outcome:
    """`cancelations/index`. What is only begun is no cancelation yet."""
    rows = cancelations_seen(_caller(call)).exclude(stage=Stage.CANCELING)
    return listed(call, rows, lambda row: cancelation_shown(row, call.view))


def _changed(call: ActionCall, asked: ChangeAsked) -> Outcome:
    caller = _caller(call)
    stood = cancelation_found(caller, call.params["id"]).active
    row = cancelation_change(caller=caller, cancelation_id=call.params["id"], asked=asked)
    if stood and not row.active:
        cancelation_tell(row, call)
    return _outcome(row)


def _given(call: ActionCall, names: Iterable[str]) -> dict[str, Any]:
    return {name: call.params[name] for name in names if name in call.params}


def _caller(call: ActionCall) -> Caller:
    company = call.user.company
    if company is None:
        raise denied("Your account belongs to no company; an administrator can give it one.")
    application = call.application.slug if call.application else ""
    return Caller(person=call.user, company=company, application=application)


def _outcome(row: Cancelation) -> Outcome:
    return Outcome(data=cancelation_shown(row), record=("cancelation", str(row.pk)))


def cancelation_shown(row: Cancelation, view: str = "default") -> dict[str, Any]:
    """A cancelation in an answer."""
    shown = {
        "id": row.pk,
        "cancelable_type": row.cancelable_type,
        "cancelable_id": row.cancelable_id,
        "active": row.active,
    }
    if view == "minimal":
        return shown
    return shown | {
        **{name: getattr(row, name) or None for name in _MEMBERS},
        "stopped": row.stopped,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
