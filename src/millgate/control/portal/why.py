"""Why calls and token requests were refused, for those whose subscriptions and applications they were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from millgate.control.clients.mending import refused_requests
from millgate.control.clients.models import ClientApplication, Subscription
from millgate.control.portal.own import owned
from millgate.control.portal.own_refusals import (
    newest_owned,
    refused_of,
    refused_rows,
    subscription_of,
)
from millgate.control.portal.reference.causes import CAUSES, CHECKS, check_of
from millgate.control.usage.models import Refusal, TokenRefusal
from millgate.core.errors import CATALOGUE
from millgate.core.values import GUID
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from millgate.control.accounts.models import Person

SHOWN_DAYS: Final = 14
"""For how many days back refused calls are listed; by its id one is found as long as it is kept."""
EVERYBODYS: Final = "usage.view_refusal"
"""The right to see why anybody was refused."""
TOKENS: Final = "token"
"""Stands for the token service where a check is chosen."""
FAILURES: Final = 500
LONGEST_ID: Final = 100
_TOKEN_CHECK: Final = gettext_lazy("The token request")
_KEPT_FROM_DEVELOPERS: Final = gettext_lazy("An administrator finds the reason under the request ID.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What an error means, whoever met it.

    Attributes:
        code: of the catalogue.
        status: of the answer.
        check: which check answers with it, in words; empty where that is not known.
        check_number: its place in the order of checks; 0 of the token service.
        cause: why it comes.
        remedy: what to do.
    """

    code: str
    status: int
    check: str
    check_number: int
    cause: str
    remedy: str

    @property
    def has_page(self) -> bool:
        """Whether there is a page of the error."""
        return self.code in CATALOGUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """One refused call or token request, and why.

    Attributes:
        request_id: that the answer carried.
        at: when; of token requests that were refused alike, the last one.
        method, path: as sent, without the query; empty of a token request.
        tier, api, operation: of the route, by key; empty where none matched.
        meaning: of the error.
        reason: what the check found.
        limit: the limit that was used up, in words; empty where it was none.
        allowed_at: when the next call may pass; None where no limit says so.
        waits: whether that is still to come.
        subscription: with whose key it came; None where it had none, or one of nobody's.
        application: whose token it brought or asked for; None where that is not known.
        times: how often it happened alike, as far as that is kept; 1 of a call.
    """

    request_id: str
    at: datetime
    method: str
    path: str
    tier: str
    api: str
    operation: str
    meaning: Explained
    reason: str
    limit: str
    allowed_at: datetime | None
    waits: bool
    subscription: Subscription | None
    application: ClientApplication | None
    times: int = 1

    @property
    def headline(self) -> str:
        """What happened, in a line."""
        return self.reason or self.meaning.cause or self.meaning.code

    @property
    def is_token_request(self) -> bool:
        """Whether a token was asked for, rather than an operation called."""
        return not self.method


def explained(code: str, status: int = 0) -> Explained:
    """What an error means; of a code that the catalogue does not have, as little as can be said.

    Args:
        code: as a record of a refusal has it.
        status: of the answer, where the catalogue does not say it.
    """
    problem, check = CATALOGUE.get(code), check_of(code)
    cause = CAUSES.get(code)
    token = problem is not None and code.startswith("MG7")
    return Explained(
        code=code,
        status=problem.status if problem else status,
        check=str(check.name) if check else str(_TOKEN_CHECK) if token else "",
        check_number=check.number if check else 0,
        cause=str(cause) if cause else "",
        remedy=_(problem.remedy) if problem else "",
    )


def why(request_id: str, person: Person, *, sent: bool = False) -> Why | None:
    """Why one request was refused.

    Recording takes up to about a second, and of many that are refused alike a few are kept, so a request
    that was refused just now may not be found; `explained` says what its error means nevertheless.

    Args:
        request_id: as the answer carried it; anybody may have typed it.
        person: who asks.
        sent: whether it is known that the person sent it: then they are told of a call without a key too,
            which is nobody's.

    Returns:
        None where no refusal of that id is kept, or it is none of theirs.
    """
    request_id = request_id[:LONGEST_ID]
    everybodys = person.has_perm(EVERYBODYS)
    rows = refused_rows().filter(request_id=request_id)
    if not everybodys:
        nobodys = Q(subscription="", application="") if sent else Q(pk=None)
        rows = rows.filter(refused_of(person) | nobodys)
    row = rows.order_by("-at", "-id").first()
    if row is not None:
        return next(iter(told([row], inside=everybodys)))
    return _token_why(request_id, None if everybodys else person)


def refusals(
    person: Person, *, subscription: str = "", check: int = 0, request_id: str = ""
) -> QuerySet[Refusal]:
    """The refused calls of a person's subscriptions and applications in the last days, the last first.

    Args:
        person: whose.
        subscription: of one subscription alone, by its key.
        check: by one check alone, by its number.
        request_id: one request alone, however long ago.
    """
    mine = refused_of(person, subscription)
    if request_id:
        return refused_rows().filter(mine, request_id=request_id[:LONGEST_ID]).order_by("-at", "-id")
    rows = refused_rows().filter(mine, at__gte=settings.CLOCK.now() - SHOWN_DAYS * DAY)
    if check:
        rows = rows.filter(code__in=[code for item in CHECKS if item.number == check for code in item.codes])
    return rows.order_by("-at", "-id")


def token_refusals_of(person: Person, request_id: str = "") -> list[Why]:
    """The refused token requests of a person's applications, those that were alike as one, the last first."""
    found = [item for application in newest_owned(person) for item in _token_whys(application)]
    wanted = [item for item in found if request_id in {"", item.request_id}]
    return sorted(wanted, key=lambda item: item.at, reverse=True)


def told(rows: Iterable[Refusal], *, inside: bool) -> list[Why]:
    """What records of refused calls say, with the rows that they name.

    Args:
        rows: of refused calls.
        inside: whether the reader may know what failed inside; it may name hosts and columns.
    """
    rows = list(rows)
    keys, client_ids = _guids(map(subscription_of, rows)), _guids(row.application for row in rows)
    subscriptions = {str(row.pk): row for row in Subscription.objects.filter(pk__in=keys)}
    found = ClientApplication.objects.filter(client_id__in=client_ids)
    applications = {str(row.client_id): row for row in found}
    return [_told(row, subscriptions, applications, inside=inside) for row in rows]


def _told(
    row: Refusal,
    subscriptions: Mapping[str, Subscription],
    applications: Mapping[str, ClientApplication],
    *,
    inside: bool,
) -> Why:
    subscription = subscriptions.get(subscription_of(row))
    hidden = row.status >= FAILURES and not inside
    allowed_at = None if row.allowed_at is None else datetime.fromtimestamp(row.allowed_at, UTC)
    return Why(
        request_id=row.request_id,
        at=datetime.fromtimestamp(row.at, UTC),
        method=row.method or "?",
        path=row.path,
        tier=row.tier,
        api=row.api,
        operation=row.operation,
        meaning=explained(row.code, row.status),
        reason=str(_KEPT_FROM_DEVELOPERS) if hidden else _reason(row.reason, subscription),
        limit=row.limit,
        allowed_at=allowed_at,
        waits=allowed_at is not None and allowed_at > settings.CLOCK.utc(),
        subscription=subscription,
        application=applications.get(row.application),
    )


def _reason(text: str, subscription: Subscription | None) -> str:
    """What a check found, with the subscription by its name."""
    if subscription is None:
        return text
    return text.replace(str(subscription.pk), _("“%(name)s”") % {"name": subscription.name})


def _guids(keys: Iterable[str]) -> set[str]:
    return {key for key in keys if GUID.fullmatch(key)}


# Token requests


def _token_why(request_id: str, person: Person | None) -> Why | None:
    """Of one token request; of a person's applications, or of everybody's."""
    row = TokenRefusal.objects.filter(request_id=request_id).first()
    if row is None or not GUID.fullmatch(row.application):
        return None
    rows = ClientApplication.objects.all() if person is None else owned(person)
    named = rows.filter(client_id=row.application)
    found = (item for application in named for item in _token_whys(application))
    return next((item for item in found if item.request_id == request_id), None)


def _token_whys(application: ClientApplication) -> Iterable[Why]:
    for row in refused_requests(application):
        meaning = explained(row.code)
        yield Why(
            request_id=row.request_id,
            at=row.last,
            method="",
            path="",
            tier="",
            api="",
            operation="",
            meaning=replace(meaning, cause=row.said, remedy=row.remedy),
            reason=row.cause,
            limit="",
            allowed_at=None,
            waits=False,
            subscription=None,
            application=application,
            times=row.times,
        )
