"""Completing and correcting a cancelation while it stands, and reinstating what it cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from millgate.control.actions.cancelation_models import CancelableType, Cancelation, Stage
from millgate.control.actions.cancelations import plants, subscriptions
from millgate.control.actions.cancelations.finding import cancelation_found
from millgate.control.actions.cancelations.finishing import finish, over
from millgate.control.actions.cancelations.moments import moment_of
from millgate.control.actions.cancelations.origins import kept_origin
from millgate.control.actions.cancelations.places import application_named
from millgate.control.actions.cancelations.reasons import item_chosen, reason_made
from millgate.control.actions.pipeline.refusals import invalid
from millgate.control.actions.sessions import now
from millgate.control.audit.collecting import recorded
from millgate.control.publish.services import directory_change
from millgate.plant.writing.cancelation_desk import PlantUnanswered

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from millgate.control.actions.cancelations.asked import Caller, ChangeAsked
    from millgate.control.actions.cancelations.origins import Kept

_FIXED: Final = ("cancelable_type", "cancelable_id", "key")
_REINSTATED: Final = ("reinstated_by", "reinstated_note")


def cancelation_change(*, caller: Caller, cancelation_id: int, asked: ChangeAsked) -> Cancelation:
    """Change a cancelation that stands, or reinstate what it cancelled; what is over stays as it was.

    Reinstating is asked for by `reinstated_at` or by `active` false. Not to be called in a transaction: what
    is to be done must be written down before the plant is changed.

    Raises:
        Refused: something of it cannot be had; or the plant gave no answer, and then it is reinstated as soon
            as the plant answers.
    """
    row = cancelation_found(caller, cancelation_id)
    if row.cancelable_type == CancelableType.ADAPTER_SUBSCRIPTION:
        return _subscription_change(row, caller, asked)
    plants.may_cancel(caller)
    with recorded():
        row = _locked(row)
        if _changed(row, caller, asked):
            row.pending = _pending(row, caller, asked) | {"origin": kept_origin(caller)}
            row.stage = Stage.REINSTATING
        row.save()
    return _finished(row)


def _subscription_change(row: Cancelation, caller: Caller, asked: ChangeAsked) -> Cancelation:
    with directory_change(by=caller.person.user_id):
        row = _locked(row)
        if _changed(row, caller, asked):
            subscriptions.reinstate(row)
            over(row, _pending(row, caller, asked))
        row.save()
    return row


def _finished(row: Cancelation) -> Cancelation:
    try:
        finish(row)
    except PlantUnanswered as why:
        raise plants.away(
            f"That cancelation {row.pk} ends is written down and is carried out as soon as the plant answers."
        ) from why
    row.refresh_from_db()
    return row


def _locked(row: Cancelation) -> Cancelation:
    """The same as it is now, for nobody else to change; settled, for nothing else changes while it is not.

    Raises:
        Refused: somebody has just begun to reinstate it.
    """
    mine = Cancelation.objects.select_for_update().select_related("company", "reason").get(pk=row.pk)
    if mine.stage != Stage.SETTLED:
        raise invalid("id", "Somebody is reinstating it at the same time; look what has become of it.")
    return mine


# What changes


def _changed(row: Cancelation, caller: Caller, asked: ChangeAsked) -> bool:
    """Take over what was asked for; whether it is to be reinstated besides.

    Raises:
        Refused: something cannot be had.
    """
    _fixed_check(row, asked)
    changes = _reason_columns(row, asked) | _canceled_columns(row, caller, asked)
    if not row.active:
        _over_check(row, asked, changes)
        return False
    ends = asked.active is False or bool(asked.reinstated_at)
    _reinstated_check(asked, ends=ends)
    if any(getattr(row, name) != value for name, value in changes.items()):
        for name, value in changes.items():
            setattr(row, name, value)
        row.updated_at = now()
    return ends


def _reinstated_check(asked: ChangeAsked, *, ends: bool) -> None:
    if ends and asked.active is True:
        raise invalid("active", "It cannot be active and have reinstated_at; leave one of them out.")
    for name in () if ends else _REINSTATED:
        if getattr(asked, name):
            raise invalid(name, "It is not being reinstated; send active false or reinstated_at with it.")


def _fixed_check(row: Cancelation, asked: ChangeAsked) -> None:
    for name in _FIXED:
        sent = getattr(asked, name)
        if sent is not None and sent != getattr(row, name):
            raise invalid(
                name,
                f"It stays {getattr(row, name)}; cancelations/create cancels something else. Leave it out.",
            )


def _reason_columns(row: Cancelation, asked: ChangeAsked) -> dict[str, Any]:
    """The columns of the reason, where something of it was sent."""
    if {asked.reason_id, asked.reason_slug, asked.reason_text, asked.reason_note} == {None}:
        return {}
    named = {asked.reason_id, asked.reason_slug or None} != {None}
    same = asked.reason_id in {None, row.reason_id} and asked.reason_slug in {None, "", row.reason_slug}
    item = (
        item_chosen(row.key, asked.reason_id, asked.reason_slug or "") if named and not same else row.reason
    )
    text = asked.reason_text if asked.reason_text is not None else (row.reason_text if same else "")
    note = asked.reason_note if asked.reason_note is not None else row.reason_note
    return reason_made(item, text, note).columns


def _canceled_columns(row: Cancelation, caller: Caller, asked: ChangeAsked) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if asked.canceled_at is not None:
        changes["canceled_at"] = moment_of("canceled_at", asked.canceled_at)
    if asked.canceled_by is not None:
        changes["canceled_by"] = asked.canceled_by or caller.name
    if asked.canceled_in is not None:
        changes["canceled_in"] = application_named("canceled_in", asked.canceled_in) or row.canceled_in
    return changes


def _over_check(row: Cancelation, asked: ChangeAsked, changes: Mapping[str, Any]) -> None:
    """See to it that nothing of a cancelation that is over becomes another.

    Raises:
        Refused: it would.
    """
    if asked.active is True:
        raise invalid("active", "It was reinstated and stays so; cancelations/create cancels the same again.")
    different = [name for name, value in changes.items() if value != getattr(row, name)]
    sent = {name: getattr(asked, name) for name in _REINSTATED if getattr(asked, name) is not None}
    different += [name for name, value in sent.items() if value != getattr(row, name)]
    if asked.reinstated_at and _reinstated_at(row, asked) != row.reinstated_at:
        different.append("reinstated_at")
    if different:
        raise invalid(different[0], "The cancelation is over and stays as it was; leave it out.")


# Reinstating


def _pending(row: Cancelation, caller: Caller, asked: ChangeAsked) -> Kept:
    return {
        "reinstated_at": _reinstated_at(row, asked).isoformat(),
        "reinstated_by": asked.reinstated_by or caller.name,
        "reinstated_note": asked.reinstated_note or "",
    }


def _reinstated_at(row: Cancelation, asked: ChangeAsked) -> datetime:
    moment = moment_of("reinstated_at", asked.reinstated_at)
    if moment < row.canceled_at:
        raise invalid(
            "reinstated_at", "It lies before canceled_at; what was not cancelled cannot be reinstated."
        )
    return moment
