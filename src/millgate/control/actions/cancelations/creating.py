"""Canceling."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from django.db import IntegrityError, transaction

from millgate.control.actions.cancelation_models import CancelableType, Cancelation, Stage
from millgate.control.actions.cancelations import plants, subscriptions
from millgate.control.actions.cancelations.finishing import finish, left_behind_finish
from millgate.control.actions.cancelations.moments import moment_of
from millgate.control.actions.cancelations.origins import kept_origin
from millgate.control.actions.cancelations.places import application_named
from millgate.control.actions.cancelations.reasons import item_chosen, key_of, reason_made
from millgate.control.actions.pipeline.refusals import invalid
from millgate.control.actions.sessions import now
from millgate.control.publish.services import directory_change
from millgate.plant.writing.cancelation_desk import PlantUnanswered
from millgate.snapshot.document import PRODUCTION

if TYPE_CHECKING:
    from millgate.control.actions.cancelations.asked import Caller, CancelAsked

_ONE_OF_WHICH: Final = ("company", "tier", "cancelable_type", "cancelable_id", "key")
_TRIES: Final = 3
"""How often it is begun anew because what stood against it turned out never to have been."""
_LONGEST_COMMENT: Final = 500


def cancelation_create(*, caller: Caller, asked: CancelAsked) -> Cancelation:
    """Cancel something, and keep who, why, when and from where.

    Not to be called in a transaction: what is to be done must be written down before the plant is changed.

    Raises:
        Refused: it cannot be cancelled, or not by this caller; or the plant gave no answer, and the message
            says whether the cancelation will come about when it does.
    """
    columns = _columns(caller, asked)
    if asked.cancelable_type == CancelableType.ADAPTER_SUBSCRIPTION:
        return _subscription_cancel(caller, asked, columns)
    plants.may_cancel(caller)
    where = kept_origin(caller)
    left_behind_finish(company=caller.company, cancelable_type=asked.cancelable_type)
    thing = plants.thing_found(caller, asked.tier, asked.cancelable_type, asked.cancelable_id, where)
    columns |= {"tier": asked.tier, "cancelable_id": thing, "pending": {"origin": where}}
    row = _begun(columns | {"stage": Stage.CANCELING})
    try:
        decision = finish(row)
    except PlantUnanswered as why:
        raise plants.away(
            f"Cancelation {row.pk} is written down and is carried out as soon as the plant answers."
        ) from why
    assert decision is not None  # noqa: S101 - it was under way
    plants.refuse(decision)
    return Cancelation.objects.get(pk=row.pk)


def _columns(caller: Caller, asked: CancelAsked) -> dict[str, Any]:
    at = now()
    key = key_of(asked.cancelable_type, asked.key)
    item = item_chosen(key, asked.reason_id, asked.reason_slug)
    return {
        "company": caller.company,
        "cancelable_type": asked.cancelable_type,
        "key": key,
        **reason_made(item, asked.reason_text, asked.reason_note).columns,
        "canceled_at": moment_of("canceled_at", asked.canceled_at),
        "canceled_by": asked.canceled_by or caller.name,
        "canceled_in": application_named("canceled_in", asked.canceled_in) or caller.application,
        "created_at": at,
        "updated_at": at,
    }


def _subscription_cancel(caller: Caller, asked: CancelAsked, columns: dict[str, Any]) -> Cancelation:
    subscription = subscriptions.subscription_found(caller, asked.cancelable_id)
    comment = f"{columns['reason_text']}. {columns['reason_note']}".strip()[:_LONGEST_COMMENT]
    company = subscription.owner.company or caller.company
    columns |= {"company": company, "tier": PRODUCTION, "cancelable_id": str(subscription.pk)}
    with directory_change(by=caller.person.user_id):
        stopped = subscriptions.cancel(subscription, comment)
        return _begun(columns | {"stopped": stopped})


def _begun(columns: dict[str, Any]) -> Cancelation:
    """The row, unless the same is cancelled already.

    Raises:
        Refused: it is.
    """
    for _ in range(_TRIES):
        with suppress(IntegrityError), transaction.atomic():
            return Cancelation.objects.create(**columns)
        other = _standing({name: columns[name] for name in _ONE_OF_WHICH})
        if other is not None:
            raise invalid("cancelable_id", f"Cancelation {other.pk} has cancelled it; reinstate that first.")
    raise invalid("cancelable_id", "Others are canceling it at the same time; look what has become of it.")


def _standing(same: dict[str, Any]) -> Cancelation | None:
    """The cancelation that stands; one that somebody has only begun shows first whether it comes to stand."""
    rows = Cancelation.objects.select_related("company").filter(active=True, **same)
    other = rows.first()
    if other is None or other.stage != Stage.CANCELING:
        return other
    with suppress(PlantUnanswered):
        finish(other)
    return rows.first()
