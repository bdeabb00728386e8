"""Asking for a subscription oneself: whether one may have one more, and on which terms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.accounts.models import Person
from millgate.control.audit.collecting import recorded
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.clients.services import subscription_create

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.catalogue.models import Adapter

OPEN: Final = (SubscriptionState.SUBMITTED, SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED)
"""The states of a subscription that is or may become usable."""
COUNTED: Final = (SubscriptionState.SUBMITTED, SubscriptionState.ACTIVE)
"""The states that count for the limit of an adapter."""
MOST_A_DAY: Final = 20
"""How many subscriptions one person may ask for within a day: administrators are told of each."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asking:
    """Whether a person may ask for one more subscription to an adapter.

    Attributes:
        own: those that they have or wait for, the oldest first.
        name: what a new one is called, unless they say so.
        why_not: why none can be asked for just now; empty when one can.
    """

    own: list[Subscription]
    name: str
    why_not: str


def terms_fingerprint(text: str) -> str:
    """What names a text of terms for good: the SHA-256 of its UTF-8, in hexadecimal. No text has none."""
    return sha256(text.encode()).hexdigest() if text.strip() else ""


def asking_of(person: Person, adapter: Adapter) -> Asking:
    """How a person stands with an adapter."""
    rows = list(Subscription.objects.filter(owner=person, adapter=adapter).order_by("created_at"))
    own = [row for row in rows if row.state in OPEN]
    return Asking(own, _name_free(person, len(rows) + 1), _why_not(person, adapter, own))


@recorded()
@transaction.atomic
def subscription_request(
    *, owner: Person, adapter: Adapter, name: str, terms: str = "", agreed: str = ""
) -> Subscription:
    """Ask for a subscription to an adapter; it waits for an administrator where the adapter says so.

    Args:
        owner: who asks.
        adapter: to what.
        name: under which they know it.
        terms: the adapter's terms as they are in force.
        agreed: the fingerprint of the terms to which they agreed.

    Raises:
        ValidationError: they have as many as they may, wait for one already, have another of that name, or
            did not agree to the terms as they are now.
    """
    # One request of a person at a time, so that two at once cannot both be within the limit.
    Person.objects.select_for_update().get(pk=owner.pk)
    asking = asking_of(owner, adapter)
    if asking.why_not:
        raise ValidationError(asking.why_not)
    if _open(owner).filter(name=name).exists():
        raise ValidationError({"name": _("You have a subscription of this name. Choose another.")})
    fingerprint = terms_fingerprint(terms)
    if agreed != fingerprint:
        raise ValidationError({"agreed": _("The terms have changed since. Read them again.")})
    return subscription_create(owner=owner, adapter=adapter, name=name, terms=fingerprint)


def subscription_rename(*, subscription: Subscription, name: str) -> None:
    """Give a subscription another name, by which no other of its owner's is known."""
    if _open(subscription.owner).filter(name=name).exclude(pk=subscription.pk).exists():
        raise ValidationError({"name": _("You have a subscription of this name. Choose another.")})
    subscription.name = name
    subscription.full_clean()
    subscription.save(update_fields=["name"])


def _why_not(person: Person, adapter: Adapter, own: list[Subscription]) -> str:
    waiting = next((row for row in own if row.state == SubscriptionState.SUBMITTED), None)
    if waiting is not None:
        words = _("You asked for “%(name)s” on %(day)s, and an administrator has not decided yet.")
        return words % {"name": waiting.name, "day": f"{waiting.created_at:%Y-%m-%d}"}
    limit, counted = adapter.subscriptions_limit, sum(row.state in COUNTED for row in own)
    if limit == 0:
        return _("Nobody can subscribe to this adapter.")
    if limit is not None and counted >= limit:
        words = _("Subscriptions limit reached: one person may have %(n)s to this adapter.")
        return words % {"n": limit} + " " + _("Use one that you have, or cancel one that you do not need.")
    since = settings.CLOCK.utc() - _DAY
    if Subscription.objects.filter(owner=person, created_at__gt=since).count() >= MOST_A_DAY:
        return _("You asked for very many subscriptions today. Ask again tomorrow.")
    return ""


def _name_free(person: Person, number: int) -> str:
    taken = set(_open(person).values_list("name", flat=True))
    while (name := _("Developer access #%(n)s") % {"n": number}) in taken:
        number += 1
    return name


def _open(person: Person) -> QuerySet[Subscription]:
    return Subscription.objects.filter(owner=person, state__in=OPEN)
