"""Everything that waits for an administrator, in one list: accounts, subscriptions and service requests.

Each kind is read, and decided, by whoever has the right to it, and by nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import service_requests
from millgate.control.accounts import services as accounts
from millgate.control.accounts.models import SERVICE_REQUESTS_OPEN, Person, ServiceRequest
from millgate.control.accounts.selectors import accounts_waiting
from millgate.control.accounts.standings import CHANGES_PEOPLE
from millgate.control.clients import services as clients
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.console.rights import CHANGES_SERVICE_REQUESTS, CHANGES_SUBSCRIPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits.

    Attributes:
        kind: which, as in `subscription`.
        key: names it among those of its kind.
        row: it.
        since: when it was asked for.
        who: asks, by name.
        email: of who asks.
        company: for which, or empty.
        what: is asked for.
        says: what they say about it, or empty.
        page: its address.
        handled_by: whoever has taken it, or empty.
    """

    kind: Kind
    key: str
    row: Any
    since: datetime
    who: str
    email: str
    company: str
    what: str
    says: str
    page: str
    handled_by: str = ""

    @property
    def name(self) -> str:
        """Names it among everything that waits."""
        return f"{self.kind.name}:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of things that wait.

    Attributes:
        name: in addresses and forms.
        plural: of several.
        right: of whoever sees and decides them.
        rows: those that wait, the longest waiting first.
        shown: one of them as the list has it.
        approve: lets one have what it asks for.
        reject: turns one down, with a reason.
    """

    name: str
    plural: str | Promise
    right: str
    rows: Callable[[], QuerySet[Any]]
    shown: Callable[[Kind, Any], Waiting]
    approve: Callable[[HttpRequest, Any], None]
    reject: Callable[[HttpRequest, Any, str], None]


def kinds_open_to(request: HttpRequest) -> list[Kind]:
    """The kinds that somebody may decide."""
    return [kind for kind in KINDS if request.user.has_perm(kind.right)]


def waiting_page(kinds: list[Kind], start: int, count: int) -> list[Waiting]:
    """A part of the list, the longest waiting first: one query for each kind, however many wait."""
    parts: list[Iterator[Waiting]] = [
        iter([kind.shown(kind, row) for row in kind.rows()[: start + count]]) for kind in kinds
    ]
    return list(islice(merge(*parts, key=lambda item: item.since), start, start + count))


def waiting_named(request: HttpRequest, name: str) -> Waiting | None:
    """What a page named, if it waits and somebody may decide it."""
    kind_name, _colon, key = name.partition(":")
    for kind in kinds_open_to(request):
        if kind.name == kind_name:
            try:
                row = kind.rows().filter(pk=key).first()
            except (ValueError, ValidationError, OverflowError):
                return None
            return kind.shown(kind, row) if row is not None else None
    return None


# Accounts


def _account(kind: Kind, person: Person) -> Waiting:
    return Waiting(
        kind=kind,
        key=str(person.pk),
        row=person,
        since=cast("datetime", person.confirmed_at),
        who=str(person),
        email=person.email,
        company=str(person.company or person.asked_company),
        what=_now("An account"),
        says="",
        page=reverse("admin:accounts_person_change", args=(person.pk,)),
    )


def _account_approve(_request: HttpRequest, person: Person) -> None:
    accounts.account_approve(person=person)


def _account_reject(_request: HttpRequest, person: Person, reason: str) -> None:
    accounts.account_reject(person=person, reason=reason)


# Subscriptions


def _subscriptions() -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(state=SubscriptionState.SUBMITTED)
    return rows.select_related("owner__company", "adapter", "api").order_by("created_at", "pk")


def _subscription(kind: Kind, row: Subscription) -> Waiting:
    return Waiting(
        kind=kind,
        key=str(row.pk),
        row=row,
        since=row.created_at,
        who=str(row.owner),
        email=row.owner.email,
        company=str(row.owner.company or ""),
        what=_now("Subscription to %(what)s") % {"what": row.adapter or row.api or _now("all APIs")},
        says=row.name,
        page=reverse("admin:clients_subscription_change", args=(row.pk,)),
    )


def _subscription_approve(_request: HttpRequest, row: Subscription) -> None:
    clients.subscription_approve(subscription=row)


def _subscription_reject(_request: HttpRequest, row: Subscription, reason: str) -> None:
    clients.subscription_reject(subscription=row, comment=reason)


# Service requests


def _requests() -> QuerySet[ServiceRequest]:
    rows = ServiceRequest.objects.filter(state__in=SERVICE_REQUESTS_OPEN)
    return rows.select_related("company", "handled_by").order_by("created_at", "pk")


def _request(kind: Kind, row: ServiceRequest) -> Waiting:
    return Waiting(
        kind=kind,
        key=str(row.pk),
        row=row,
        since=row.created_at,
        who=row.requester_name,
        email=row.requester_email,
        company=str(row.company),
        what=_now("A developer account (%(number)s)") % {"number": row},
        says=row.purpose,
        page=reverse("admin:accounts_servicerequest_change", args=(row.pk,)),
        handled_by=str(row.handled_by or ""),
    )


def _request_approve(request: HttpRequest, row: ServiceRequest) -> None:
    """Taken: its account is produced on its page, because somebody must say what the account may do."""
    service_requests.service_request_take(request=row, by=cast("Person", request.user))


def _request_reject(request: HttpRequest, row: ServiceRequest, reason: str) -> None:
    service_requests.service_request_decline(request=row, by=cast("Person", request.user), reason=reason)


KINDS: Final = (
    Kind(
        name="account",
        plural=_("Accounts"),
        right=CHANGES_PEOPLE,
        rows=lambda: accounts_waiting().select_related("company"),
        shown=_account,
        approve=_account_approve,
        reject=_account_reject,
    ),
    Kind(
        name="subscription",
        plural=_("Subscriptions"),
        right=CHANGES_SUBSCRIPTIONS,
        rows=_subscriptions,
        shown=_subscription,
        approve=_subscription_approve,
        reject=_subscription_reject,
    ),
    Kind(
        name="service-request",
        plural=_("Service Requests"),
        right=CHANGES_SERVICE_REQUESTS,
        rows=_requests,
        shown=_request,
        approve=_request_approve,
        reject=_request_reject,
    ),
)
