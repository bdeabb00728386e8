"""Which refused calls are somebody's.

The gateway names a subscription whose key it refused in the reason alone, so that calls with a key that is
not active are not counted as the subscription's; here they are found by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.db.models.functions import Substr

from millgate.control.clients.models import Subscription
from millgate.control.portal.own import owned
from millgate.control.usage.models import Refusal
from millgate.core.values import GUID

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.accounts.models import Person
    from millgate.control.clients.models import ClientApplication

MOST_OWNED: Final = 500
"""Of how many subscriptions and applications of a person refused calls are looked for, the newest."""
_NAMES: Final = "subscription "
"""With this a reason begins that names one."""
_LENGTH: Final = 36


def refused_rows() -> QuerySet[Refusal]:
    """All refused calls, with the key of the subscription that a reason may begin with."""
    return Refusal.objects.alias(named=Substr("reason", len(_NAMES) + 1, _LENGTH))


def refused_of(person: Person, subscription: str = "") -> Q:
    """Which of `refused_rows` are a person's, or of one of their subscriptions."""
    mine = Subscription.objects.filter(owner=person).order_by("-created_at")
    if subscription:
        mine = mine.filter(pk=subscription) if GUID.fullmatch(subscription) else mine.none()
    keys = [str(pk) for pk in mine.values_list("pk", flat=True)[:MOST_OWNED]]
    by_key = Q(subscription__in=keys) | Q(subscription="", code="MG202", named__in=keys)
    if subscription:
        return by_key
    return by_key | Q(application__in=[str(row.client_id) for row in newest_owned(person)])


def newest_owned(person: Person) -> list[ClientApplication]:
    """A person's applications; of very many, the newest."""
    return list(owned(person).order_by("-created_at")[:MOST_OWNED])


def subscription_of(row: Refusal) -> str:
    """The key of the subscription with whose key a call came; empty where there is none that is known."""
    if row.subscription or not row.reason.startswith(_NAMES):
        return row.subscription
    return row.reason.removeprefix(_NAMES)[:_LENGTH]
