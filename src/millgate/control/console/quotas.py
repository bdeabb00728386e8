"""Telling owners of subscriptions that most of a quota is used, once in each of its windows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from millgate.control.clients.mails import quota_tell
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.publish.counters import desk, used_by
from millgate.snapshot.policies.limits import RateLimit
from millgate.stores.counting import standing_of
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    import uuid

    from millgate.control.publish.counters import Used
    from millgate.stores.ports import CounterDesk

NEARLY: Final = 0.8
"""The used part of a quota from which its owner is told."""
MOST_SUBSCRIPTIONS: Final = 2000
"""How many subscriptions are looked at in one turn; the next turn goes on behind the last of them."""


def quotas_look(*, after: uuid.UUID | None = None, most: int = MOST_SUBSCRIPTIONS) -> uuid.UUID | None:
    """Tell of quotas nearly used up of the next subscriptions.

    Nothing is told where counters cannot be read.

    Args:
        after: the subscription behind which to go on; None to begin.
        most: how many to look at.

    Returns:
        The last one that was looked at; None when there are no more.
    """
    counters = desk()
    if counters is None:
        return None
    rows = _next(after, most)
    with suppress(StoreUnreachable):
        for row in rows:
            _look_at(row, counters)
    return rows[-1].pk if len(rows) == most else None


def _next(after: uuid.UUID | None, most: int) -> list[Subscription]:
    rows = Subscription.objects.filter(state=SubscriptionState.ACTIVE, adapter__isnull=False)
    if after is not None:
        rows = rows.filter(pk__gt=after)
    return list(rows.select_related("adapter", "owner").order_by("pk")[:most])


def _look_at(subscription: Subscription, counters: CounterDesk) -> None:
    nearly = [item for item in used_by(subscription, counters) if item.share >= NEARLY and _is_quota(item)]
    with transaction.atomic():
        for item in nearly:
            _tell(subscription, item)


def _is_quota(item: Used) -> bool:
    return standing_of(item.scope, 0, None).kind != RateLimit.kind


def _tell(subscription: Subscription, item: Used) -> None:
    window = "life" if item.until is None else str(int(item.until.timestamp()))
    quota_tell(
        subscription,
        occasion=f"{item.scope}:{window}",
        percent=int(item.share * 100),
        used=item.used,
        amount=item.amount or 0,
        unit=item.unit,
        until=_("an administrator resets it") if item.until is None else f"{item.until:%Y-%m-%d %H:%M} UTC",
    )
