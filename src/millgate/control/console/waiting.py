"""What waits for somebody: counted for the navigation, and told on the first page."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import ngettext

from millgate.control.accounts.models import SERVICE_REQUESTS_OPEN, ServiceRequest
from millgate.control.accounts.selectors import accounts_waiting
from millgate.control.accounts.standings import CHANGES_PEOPLE
from millgate.control.actions.notifications import notifications_open
from millgate.control.clients.models import ClientCertificate, Subscription, SubscriptionState
from millgate.control.clients.selectors import secrets_live
from millgate.control.clients.standing import WARN_DAYS
from millgate.control.console.database_marks import mark_of
from millgate.control.console.rights import (
    CHANGES_SERVICE_REQUESTS,
    CHANGES_SUBSCRIPTIONS,
    PUBLISHING,
    has_any,
    seeing,
)
from millgate.control.mail.selectors import mails_failed
from millgate.control.publish.selectors import draft_held
from millgate.control.usage.selectors import notices_unread
from millgate.plant.sources.reading import DeclarationFaulty

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from millgate.control.console.rights import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One kind of thing that waits.

    Attributes:
        name: by which the navigation names it.
        rights: who has one of these is told.
        count: how many wait now.
        told: the same as a sentence.
        page: the name of the address where they are dealt with, and what is added to the address.
        tone: how it is marked.
        database: where all that it counts stands.
    """

    name: str
    rights: tuple[str, ...]
    count: Callable[[], int]
    told: Callable[[int], str]
    page: tuple[str, str]
    tone: str = "warn"
    database: str = DEFAULT_DB_ALIAS


def _accounts() -> int:
    return accounts_waiting().count()


def _requests() -> int:
    return ServiceRequest.objects.filter(state__in=SERVICE_REQUESTS_OPEN).count()


def _subscriptions() -> int:
    return Subscription.objects.filter(state=SubscriptionState.SUBMITTED).count()


def _ending() -> int:
    """Applications' secrets and certificates that end within two weeks."""
    soon = settings.CLOCK.utc() + timedelta(days=WARN_DAYS)
    certificates = ClientCertificate.objects.filter(
        expires_at__gt=settings.CLOCK.utc(), expires_at__lt=soon, application__enabled=True
    )
    secrets = secrets_live().filter(expires_at__lt=soon, application__enabled=True)
    return secrets.count() + certificates.count()


def _drafts() -> int:
    """Changes of the catalogue that are not published."""
    try:
        return len(draft_held().changes)
    except DeclarationFaulty:
        return 0  # a declaration of another release, say; no reason for every page to fail


WAITING: Final = (
    Waiting(
        name="accounts",
        rights=(CHANGES_PEOPLE,),
        count=_accounts,
        told=lambda n: (
            ngettext("%(n)s account waits for approval", "%(n)s accounts wait for approval", n) % {"n": n}
        ),
        page=("console-approvals", "?kind=account"),
    ),
    Waiting(
        name="requests",
        rights=(CHANGES_SERVICE_REQUESTS,),
        count=_requests,
        told=lambda n: ngettext("%(n)s service request waits", "%(n)s service requests wait", n) % {"n": n},
        page=("console-approvals", "?kind=service-request"),
    ),
    Waiting(
        name="subscriptions",
        rights=(CHANGES_SUBSCRIPTIONS,),
        count=_subscriptions,
        told=lambda n: (
            ngettext("%(n)s subscription waits for approval", "%(n)s subscriptions wait for approval", n)
            % {"n": n}
        ),
        page=("console-approvals", "?kind=subscription"),
    ),
    Waiting(
        name="drafts",
        rights=PUBLISHING,
        count=_drafts,
        told=lambda n: (
            ngettext("%(n)s change waits to be published", "%(n)s changes wait to be published", n) % {"n": n}
        ),
        page=("console-publishing", ""),
    ),
    Waiting(
        name="ending",
        rights=seeing("clients.clientapplication"),
        count=_ending,
        told=lambda n: (
            ngettext(
                "%(n)s secret or certificate ends within two weeks",
                "%(n)s secrets and certificates end within two weeks",
                n,
            )
            % {"n": n}
        ),
        page=("admin:clients_clientapplication_changelist", "?secrets=expiring"),
    ),
    Waiting(
        name="mails",
        rights=seeing("mail.mail"),
        count=mails_failed,
        told=lambda n: ngettext("%(n)s mail failed", "%(n)s mails failed", n) % {"n": n},
        page=("admin:mail_mail_changelist", "?state__exact=failed"),
        tone="bad",
    ),
    Waiting(
        name="troubles",
        rights=seeing("actions.notification"),
        count=lambda: notifications_open().count(),
        told=lambda n: (
            ngettext("%(n)s failed action is not resolved", "%(n)s failed actions are not resolved", n)
            % {"n": n}
        ),
        page=("admin:actions_notification_changelist", "?resolved=0"),
        tone="bad",
    ),
    Waiting(
        name="notices",
        rights=seeing("usage.notice"),
        count=lambda: notices_unread().count(),
        told=lambda n: (
            ngettext("%(n)s notification is unread", "%(n)s notifications are unread", n) % {"n": n}
        ),
        page=("admin:usage_notice_changelist", "?unread=1"),
        tone="note",
        database="usage",
    ),
)
"""Everything that waits, in the order in which the first page tells it."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something that waits, as the first page tells it."""

    text: str
    address: str
    tone: str


class _Kept(threading.local):
    """What this thread counted last, each with the mark of its database from just before."""

    def __init__(self) -> None:
        self._counted: dict[str, tuple[object, int]] = {}

    def count(self, item: Waiting, mark: object) -> int:
        """How many wait, counted again only when the database is not what it was."""
        before, number = self._counted.get(item.name, (None, 0))
        if mark is None or mark != before:
            number = item.count()
            self._counted[item.name] = (mark, number)
        return number


_kept = _Kept()


class Counts:
    """What waits for one reader, each counted once and only if it is asked for."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @cached_property
    def by_name(self) -> dict[str, int]:
        """How many of each kind wait that the reader may see."""
        seen = [item for item in WAITING if has_any(self._reader, item.rights)]
        marks = {name: mark_of(name) for name in dict.fromkeys(item.database for item in seen)}
        return {item.name: _kept.count(item, marks[item.database]) for item in seen}

    def told(self) -> list[Told]:
        """What waits, in words."""
        counts = self.by_name
        return [
            Told(item.told(counts[item.name]), _address(*item.page), item.tone)
            for item in WAITING
            if counts.get(item.name)
        ]


def counts_of(request: HttpRequest) -> Counts:
    """What waits for whoever asks; the same for the whole of a request."""
    found: Counts | None = getattr(request, "_waiting", None)
    if found is None:
        found = Counts(request.user)
        request._waiting = found  # type: ignore[attr-defined]  # noqa: SLF001 - kept where it belongs
    return found


def _address(page: str, query: str) -> str:
    try:
        return reverse(page) + query
    except NoReverseMatch:
        return reverse("admin:index")
