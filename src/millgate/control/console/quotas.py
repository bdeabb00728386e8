"""Telling owners of subscriptions that most of a quota is used, once in each of its windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.clients.mails import quota_tell
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.console.counters import desk, used_by
from millgate.snapshot.policies.limits import RateLimit
from millgate.stores.counting import standing_of
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from millgate.control.console.counters import Used
    from millgate.stores.ports import CounterDesk

NEARLY: Final = 0.8
"""The used part of a quota from which its owner is told."""
MOST_SUBSCRIPTIONS: Final = 2000
"""How many subscriptions are looked at in one turn; the next turn goes on behind the last of them."""


class _Place:
    """Where the next look begins."""

    after: Subscription | None = None


def quotas_look(*, most: int = MOST_SUBSCRIPTIONS) -> int:
    """Look at the next subscriptions and tell of quotas nearly used up; returns how many mails were written.

    Nothing is told where counters cannot be read.
    """
    counters = desk()
    if counters is None:
        return 0
    rows = _next(most)
    _Place.after = rows[-1] if len(rows) == most else None
    try:
        return sum(_look_at(row, counters) for row in rows)
    except StoreUnreachable:
        return 0


def _next(most: int) -> list[Subscription]:
    rows = Subscription.objects.filter(state=SubscriptionState.ACTIVE, adapter__isnull=False)
    if _Place.after is not None:
        rows = rows.filter(pk__gt=_Place.after.pk)
    return list(rows.select_related("adapter", "owner").order_by("pk")[:most])


def _look_at(subscription: Subscription, counters: CounterDesk) -> int:
    nearly = [item for item in used_by(subscription, counters) if item.share >= NEARLY and _is_quota(item)]
    with transaction.atomic():
        return sum(_told(subscription, item) for item in nearly)


def _is_quota(item: Used) -> bool:
    return standing_of(item.scope, 0, None).kind != RateLimit.kind


def _told(subscription: Subscription, item: Used) -> bool:
    window = "life" if item.until is None else str(int(item.until.timestamp()))
    return quota_tell(
        subscription,
        occasion=f"{item.scope}:{window}",
        percent=int(item.share * 100),
        used=item.used,
        amount=item.amount or 0,
        unit=item.unit,
        until=_("an administrator resets it") if item.until is None else f"{item.until:%Y-%m-%d %H:%M} UTC",
    )
