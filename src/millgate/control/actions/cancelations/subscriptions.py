"""What a cancelation does to a subscription, whose keys open nothing as soon as it is committed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError

from millgate.control.actions.pipeline.refusals import invalid, not_found
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.clients.services import subscription_cancel, subscription_restore

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.actions.cancelation_models import Cancelation
    from millgate.control.actions.cancelations.asked import Caller

RESOURCE: Final = "Subscriptions"


def may_cancel_all(caller: Caller) -> bool:
    """Whether somebody administers the subscriptions of everybody."""
    return bool(caller.person.has_perm("clients.change_subscription"))


def subscriptions_of(caller: Caller) -> QuerySet[Subscription]:
    """Those that somebody may cancel: their own, or all where they administer them."""
    rows = Subscription.objects.select_related("owner", "adapter")
    return rows if may_cancel_all(caller) else rows.filter(owner=caller.person)


def subscription_found(caller: Caller, cancelable_id: str) -> Subscription:
    """The subscription of this ID.

    Raises:
        Refused: there is none that they may cancel.
    """
    try:
        row = subscriptions_of(caller).filter(pk=uuid.UUID(cancelable_id)).first()
    except ValueError:
        raise invalid(
            "cancelable_id", "A subscription's ID is a UUID; its page in the portal shows it."
        ) from None
    if row is None:
        raise not_found("cancelable_id", "subscription")
    return row


def cancel(subscription: Subscription, comment: str) -> list[Any]:
    """Cancel it; returns what it was, as a cancelation keeps it.

    Raises:
        Refused: it has come to its end already.
    """
    before = subscription.state
    try:
        subscription_cancel(subscription=subscription, comment=comment)
    except ValidationError as why:
        raise invalid("cancelable_id", " ".join(why.messages)) from why
    return [
        {"resource": RESOURCE, "key": str(subscription.pk), "name": subscription.name, "status": str(before)}
    ]


def reinstate(row: Cancelation) -> None:
    """Give the subscription back what it was; one that has left the cancelation otherwise stays as it is.

    Raises:
        Refused: its owner has meanwhile as many as one person may have.
    """
    (stopped,) = row.stopped
    rows = Subscription.objects.select_related("owner", "adapter").filter(state=SubscriptionState.CANCELLED)
    subscription = rows.filter(pk=stopped["key"]).first()
    if subscription is None:
        return
    try:
        subscription_restore(subscription=subscription, state=SubscriptionState(stopped["status"]))
    except ValidationError as why:
        raise invalid("id", " ".join(why.messages)) from why
