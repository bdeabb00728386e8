"""What a person may put into a call: keys of their own subscriptions, and applications to get tokens for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from millgate.control.clients.models import ClientApplication, ClientType, Subscription, SubscriptionState
from millgate.control.portal import selectors
from millgate.control.publish.selectors import snapshot_current
from millgate.snapshot.document import TEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.accounts.models import Person
    from millgate.control.portal.selectors import AdapterPage
    from millgate.describe.model import Api
    from millgate.snapshot.document import Adapter

MOST_CHOICES: Final = 100
"""Of subscriptions and of applications, by name."""
_OFFERED: Final = (SubscriptionState.ACTIVE, SubscriptionState.SUBMITTED, SubscriptionState.SUSPENDED)


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """A subscription whose keys open an API.

    Attributes:
        subscription: the row.
        tiers: those on which its keys open the API.
    """

    subscription: Subscription
    tiers: tuple[str, ...]

    @property
    def usable(self) -> bool:
        """Whether its keys open anything now."""
        return self.subscription.state == SubscriptionState.ACTIVE

    @property
    def waiting(self) -> bool:
        """Whether it has been requested, and nobody has decided yet."""
        return self.subscription.state == SubscriptionState.SUBMITTED


def key_choices(person: Person, api: Api) -> tuple[KeyChoice, ...]:
    """The person's subscriptions that cover an API, by name; ended ones are left out."""
    rows = Subscription.objects.filter(owner=person, state__in=_OFFERED).select_related("adapter", "api")
    found = (KeyChoice(row, _tiers_opened(row, api)) for row in rows.order_by("name", "created_at"))
    return tuple(choice for choice in found if choice.tiers)[:MOST_CHOICES]


def application_choices(person: Person) -> list[ClientApplication]:
    """Those of the person that can get a token by a secret, by name."""
    mine = Q(owner=person) | Q(account=person)
    rows = ClientApplication.objects.filter(mine, enabled=True, client_type=ClientType.CONFIDENTIAL)
    return list(rows.order_by("display_name", "created_at")[:MOST_CHOICES])


def adapters_opening(api: Api) -> tuple[AdapterPage, ...]:
    """The adapters that the portal shows and that open an API on any tier, by name."""
    return tuple(page for page in selectors.adapters_shown() if _tiers_of(page.adapter, api))


def _tiers_opened(row: Subscription, api: Api) -> tuple[str, ...]:
    if row.all_apis or (row.api is not None and row.api.key == api.key):
        return api.tiers
    adapter = snapshot_current().adapters.get(row.adapter.key) if row.adapter else None
    return _tiers_of(adapter.adapter, api) if adapter else ()


def _tiers_of(adapter: Adapter, api: Api) -> tuple[str, ...]:
    """As the gateway decides it: on these tiers a subscription to the adapter covers the API."""
    opened: Iterable[str] = adapter.tiers if api.key in adapter.apis else ()
    return tuple(tier for tier in api.tiers if tier in opened or (tier == TEST and adapter.all_apis_on_test))
