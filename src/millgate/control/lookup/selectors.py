"""Who the pane acts as: its application in each company, and the identity of Demo Mode."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from millgate.control.accounts.models import PersonState
from millgate.control.clients.models import ClientApplication, Subscription, SubscriptionState
from millgate.control.clients.vault import digester
from millgate.plant.modules import WORKCENTER
from millgate.snapshot.document import PRODUCTION, TEST

if TYPE_CHECKING:
    from millgate.control.accounts.models import Company
    from millgate.describe.model import Api
    from millgate.snapshot import document
    from millgate.snapshot.model import AdapterPolicies, Snapshot

DEMO_ACCOUNT: Final = "svc-lookup-demo"
"""The user ID of the service account as which Demo Mode reads."""
_APPLICATIONS: Final = uuid.UUID("2f7f2f56-8d1e-4a53-9a0e-5d4b1f4f3d0a")


@dataclass(frozen=True, slots=True)
class DemoIdentity:
    """What everybody in Demo Mode shares.

    Attributes:
        application: whose tokens are given out.
        subscription: whose key is.
    """

    application: ClientApplication
    subscription: Subscription


def application_id(company: Company) -> uuid.UUID:
    """The client ID of the pane's application in a company, the same for ever."""
    return uuid.uuid5(_APPLICATIONS, str(company.tenant_id))


def application_of(company: Company) -> ClientApplication | None:
    """The pane's application in a company; None before anybody of it has signed in."""
    return ClientApplication.objects.filter(client_id=application_id(company)).first()


def demo_identity() -> DemoIdentity | None:
    """The identity of Demo Mode; None on an installation without."""
    active = {"enabled": True, "account__state": PersonState.ACTIVE, "company__active": True}
    applications = ClientApplication.objects.filter(account__user_id=DEMO_ACCOUNT, **active)
    application = applications.select_related("company").order_by("created_at").first()
    subscriptions = Subscription.objects.filter(
        owner__user_id=DEMO_ACCOUNT, state=SubscriptionState.ACTIVE
    ).select_related("owner")
    subscription = subscriptions.order_by("created_at").first()
    return DemoIdentity(application, subscription) if application and subscription else None


def published(snapshot: Snapshot) -> bool:
    """Whether anything answers for workcenters."""
    return _api(snapshot) is not None


def key_needed(snapshot: Snapshot) -> bool:
    """Whether the APIs of the pane want a subscription key."""
    api = _api(snapshot)
    return api is not None and api.subscription_required and WORKCENTER.key not in snapshot.open_adapters


def subscription_of(snapshot: Snapshot, key: str) -> document.Subscription | None:
    """The subscription that a key belongs to."""
    return snapshot.subscriptions.get(digester().digest(key))


def tier_for(snapshot: Snapshot, subscription: document.Subscription | None) -> str | None:
    """The tier on which a subscription opens workcenters, production first; None where it opens none."""
    api = _api(snapshot)
    tiers = api.tiers if api is not None else ()
    return next(
        (tier for tier in (PRODUCTION, TEST) if tier in tiers and _opens(snapshot, subscription, tier)), None
    )


def _opens(snapshot: Snapshot, subscription: document.Subscription | None, tier: str) -> bool:
    if subscription is None:
        adapter = snapshot.open_adapters.get(WORKCENTER.key)
        return adapter is None or _adapter_opens(adapter, tier)
    if subscription.all_apis or subscription.api == WORKCENTER.key:
        return True
    found = snapshot.adapters.get(subscription.adapter) if subscription.adapter else None
    return found is not None and _adapter_opens(found, tier)


def _adapter_opens(found: AdapterPolicies, tier: str) -> bool:
    if found.adapter.all_apis_on_test and tier == TEST:
        return True
    return WORKCENTER.key in found.apis and tier in found.adapter.tiers


def _api(snapshot: Snapshot) -> Api | None:
    apis = (api for api in snapshot.document.catalogue.apis if api.key == WORKCENTER.key)
    return next((api for api in apis if api.current and api.online), None)
