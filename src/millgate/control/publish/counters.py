"""What subscriptions have used of their limits, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from millgate.control.catalogue.models import Limit
from millgate.control.publish.selectors import snapshot_current
from millgate.snapshot.policies.limits import KilobyteQuota, RateLimit
from millgate.stores.counting import scope_of, standing_of, window_start
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

    from millgate.control.clients.models import Subscription
    from millgate.snapshot import document
    from millgate.stores.ports import CounterDesk, Standing


@dataclass(frozen=True, slots=True)
class Used:
    """What is used of one limit, as people read it.

    Attributes:
        scope: by which the counter is reset.
        kind: what is counted.
        covers: the calls that count, in words.
        used: so many, in `unit`.
        amount: of how many; None when the limit is not published any more.
        unit: calls or kilobytes.
        window: the length of the window, in words.
        until: the end of a fixed window; None where there is none.
    """

    scope: str
    kind: str | Promise
    covers: str
    used: float
    amount: int | None
    unit: str | Promise
    window: str
    until: datetime | None

    @property
    def share(self) -> float:
        """The used part of the amount, at most 1."""
        return min(1.0, self.used / self.amount) if self.amount else 0.0

    @property
    def left(self) -> float:
        """How much may still be used; 0 when the limit is not published any more."""
        return max(0.0, self.amount - self.used) if self.amount is not None else 0.0

    @property
    def slides(self) -> bool:
        """Whether its window slides, so that it begins anew bit by bit."""
        return standing_of(self.scope, 0, None).kind == RateLimit.kind

    @property
    def full(self) -> bool:
        """Whether further calls are refused."""
        return self.amount is not None and self.used >= self.amount


def desk() -> CounterDesk | None:
    """The desk of the counters; None where the pages are served apart from the gateway."""
    found: CounterDesk | None = settings.COUNTER_DESK
    return found


def used_by(subscription: Subscription, counters: CounterDesk) -> list[Used]:
    """What a subscription has used of each limit, those that it never met included.

    Raises:
        StoreUnreachable: the counts cannot be read.
    """
    now = settings.CLOCK.now()
    met = {item.scope: item for item in counters.standing(str(subscription.pk), now)}
    amounts = _amounts(subscription.adapter.key) if subscription.adapter else {}
    return [
        _used(met.get(scope) or _unmet(scope, subscription, now), amounts.get(scope))
        for scope in dict.fromkeys((*amounts, *met))
    ]


def _unmet(scope: str, subscription: Subscription, now: float) -> Standing:
    """A limit of which nothing is used."""
    item = standing_of(scope, 0, None)
    if item.kind == RateLimit.kind or subscription.started_at is None:
        return item
    return standing_of(scope, 0, window_start(int(subscription.started_at.timestamp()), item.period, now))


def _amounts(adapter: str) -> Mapping[str, int]:
    """By scope, the amounts of the limits in force of an adapter."""
    policies = snapshot_current().adapters.get(adapter)
    limits: tuple[document.Limit, ...] = policies.adapter.limits if policies else ()
    return {
        scope_of(item.kind, adapter, item.api, item.operation, item.period): item.amount for item in limits
    }


def _used(item: Standing, amount: int | None) -> Used:
    kilobytes = item.kind == KilobyteQuota.kind
    kind = Limit.Kind(item.kind).label if item.kind in Limit.Kind.values else item.kind
    return Used(
        scope=item.scope,
        kind=kind,
        covers=_covers(item),
        used=item.used / 1024 if kilobytes else item.used,
        amount=amount,
        unit=gettext_lazy("kilobytes") if kilobytes else gettext_lazy("calls"),
        window=_length(item.period),
        until=None if item.end is None else datetime.fromtimestamp(item.end, UTC),
    )


def _length(seconds: int) -> str:
    """How long a window is, in the largest unit that says it whole."""
    if not seconds:
        return _("for life")
    units = (
        (86_400, ngettext("%(n)s day", "%(n)s days", seconds // 86_400)),
        (3600, ngettext("%(n)s hour", "%(n)s hours", seconds // 3600)),
        (60, ngettext("%(n)s minute", "%(n)s minutes", seconds // 60)),
        (1, ngettext("%(n)s second", "%(n)s seconds", seconds)),
    )
    length, words = next(unit for unit in units if seconds % unit[0] == 0)
    return words % {"n": seconds // length}


def _covers(item: Standing) -> str:
    if item.api is None:
        return _("all APIs of %(adapter)s") % {"adapter": item.adapter}
    if item.operation is None:
        return _("API %(api)s") % {"api": item.api}
    return _("API %(api)s, operation %(operation)s") % {"api": item.api, "operation": item.operation}


@dataclass(frozen=True, slots=True)
class Read:
    """What could be read of counters.

    Attributes:
        used: what is used of each limit.
        why_not: why nothing could be read; empty when it could.
    """

    used: list[Used]
    why_not: str = ""


def read(subscription: Subscription) -> Read:
    """What a subscription has used, or why that cannot be said."""
    counters = desk()
    if counters is None:
        return Read([], _("Counters cannot be read here: these pages are served apart from the gateway."))
    try:
        return Read(used_by(subscription, counters))
    except StoreUnreachable:
        return Read([], _("Counters cannot be read just now: their store does not answer."))
