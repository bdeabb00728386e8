"""What somebody sees of their own subscriptions, and of nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import BooleanField, Case, Value, When
from django.utils.translation import gettext as _

from millgate.control.catalogue.models import Adapter
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.clients.moments import ago
from millgate.control.clients.requests import OPEN, asking_of
from millgate.control.portal.own_refusals import MOST_OWNED
from millgate.control.publish.counters import Read, read
from millgate.control.usage.selectors import last_called

if TYPE_CHECKING:
    from uuid import UUID

    from django.core.paginator import Page
    from django.db.models import QuerySet

    from millgate.control.accounts.models import Person
    from millgate.control.clients.requests import Asking

PER_PAGE: Final = 10
_TONES: Final = {
    SubscriptionState.ACTIVE: "good",
    SubscriptionState.SUBMITTED: "warn",
    SubscriptionState.SUSPENDED: "bad",
}


@dataclass(frozen=True, slots=True)
class OwnSubscription:
    """A subscription as its owner sees it.

    Attributes:
        row: the subscription.
        what: what it opens, in words.
        tone: how its state is marked.
        counters: what is used of its limits; None while it is not active.
        last: when it was last called, to the minute or as precisely as counts are kept; None if never.
        last_words: the same as people say it.
    """

    row: Subscription
    what: str
    tone: str
    counters: Read | None
    last: datetime | None
    last_words: str

    @property
    def is_active(self) -> bool:
        """Whether its keys work, and may be shown."""
        return self.row.state == SubscriptionState.ACTIVE

    @property
    def can_end(self) -> bool:
        """Whether there is something to cancel."""
        return self.row.state in OPEN


def own_rows(person: Person) -> QuerySet[Subscription]:
    """The subscriptions of a person, those that can be used or wait first, then the newest first."""
    usable = Case(When(state__in=OPEN, then=Value(value=False)), default=True, output_field=BooleanField())
    rows = Subscription.objects.filter(owner=person).select_related("adapter", "api", "owner")
    return rows.order_by(usable, "-created_at", "pk")


def own_row(person: Person, pk: UUID) -> Subscription | None:
    """One of them; None when it is none of theirs."""
    return own_rows(person).filter(pk=pk).first()


def own_keys(person: Person) -> list[str]:
    """The keys of a person's subscriptions, ended ones too: of many, those that can be used or are newest."""
    return [str(pk) for pk in own_rows(person).values_list("pk", flat=True)[:MOST_OWNED]]


def own_page(person: Person, number: str) -> Page[Subscription]:
    """A page of them."""
    return Paginator(own_rows(person), PER_PAGE).get_page(number)


def shown(rows: list[Subscription]) -> list[OwnSubscription]:
    """How some of them are doing."""
    called, now = last_called(str(row.pk) for row in rows), settings.CLOCK.utc()
    return [_shown(row, called.get(str(row.pk)), now) for row in rows]


def to_adapters(person: Person) -> dict[str, list[Subscription]]:
    """The subscriptions of a person that can be used or wait, by the adapter's key."""
    found: dict[str, list[Subscription]] = {}
    for row in own_rows(person).filter(state__in=OPEN, adapter__isnull=False):
        if row.adapter is not None:
            found.setdefault(row.adapter.key, []).append(row)
    return found


def asking(person: Person, adapter: str) -> tuple[Adapter, Asking] | None:
    """An adapter by its key, and how a person stands with it; None where nobody subscribes to such a one."""
    row = Adapter.objects.filter(key=adapter, subscription_required=True).first()
    return (row, asking_of(person, row)) if row else None


def _shown(row: Subscription, at: float | None, now: datetime) -> OwnSubscription:
    last = None if at is None else datetime.fromtimestamp(at, UTC)
    return OwnSubscription(
        row=row,
        what=str(row.adapter or row.api or _("All APIs")),
        tone=_TONES.get(SubscriptionState(row.state), ""),
        counters=read(row) if row.state == SubscriptionState.ACTIVE else None,
        last=last,
        last_words=ago(last, now) if last else _("never"),
    )
