"""Reading applications, subscriptions and signing keys as machines see them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Coalesce

from millgate.control.accounts.models import PersonState
from millgate.control.clients.models import (
    ClientApplication,
    ClientCertificate,
    ClientSecret,
    ClientType,
    ProtectedResource,
    SigningKey,
    Subscription,
    SubscriptionState,
)
from millgate.snapshot import document

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from millgate.control.accounts.models import Person

ENDED_DAYS: Final = 90
"""For how many days machines can tell that a secret which arrives is one that ended."""
MOST_LEFT: Final = 10
"""How many applications stand as the reason why a company stays."""
MOST_ENDED: Final = 5
"""Of how many secrets of an application, the newest first, so that a document stays small."""


def applications_document() -> tuple[document.Application, ...]:
    """All applications with the secrets that are live now, and those that ended lately, by client ID."""
    secrets, ended, certificates = _secrets_live(), _secrets_ended(), _certificates_live()
    rows = ClientApplication.objects.order_by("client_id").values_list(
        *("pk", "client_id", "display_name", "company__pcn", "account__user_id", "test_only", "enabled"),
        *("client_type", "redirect_uris"),
    )
    return tuple(
        document.Application(
            client_id=str(client_id),
            name=name,
            pcn=pcn,
            account=account,
            secrets=secrets.get(pk, ()),
            test_only=test_only,
            enabled=enabled,
            public=kind == ClientType.PUBLIC,
            redirect_uris=tuple(uris),
            certificates=certificates.get(pk, ()),
            ended=ended.get(pk, ()),
        )
        for pk, client_id, name, pcn, account, test_only, enabled, kind, uris in rows.iterator()
    )


def subscriptions_document() -> tuple[document.Subscription, ...]:
    """All subscriptions, in the order in which they were requested."""
    rows = Subscription.objects.order_by("created_at", "id").values_list(
        *("pk", "name", "primary_digest", "secondary_digest", Coalesce("started_at", "created_at")),
        *("adapter__key", "api__key", "all_apis", "state", "owner__state"),
    )
    return tuple(
        document.Subscription(
            key=str(pk),
            name=name,
            digests=(first, second),
            started_at=_epoch(started),
            adapter=adapter,
            api=api,
            all_apis=all_apis,
            active=state == SubscriptionState.ACTIVE and owner == PersonState.ACTIVE,
        )
        for pk, name, first, second, started, adapter, api, all_apis, state, owner in rows.iterator()
    )


def signing_keys_document() -> tuple[document.SigningKey, ...]:
    """The public halves of all signing keys, oldest first."""
    rows = SigningKey.objects.defer("sealed").order_by("created_at", "kid")
    return tuple(_signing_key(row) for row in rows)


def resources_document() -> tuple[document.ProtectedResource, ...]:
    """All protected resources besides the one of the settings."""
    return tuple(
        document.ProtectedResource(row.identifier, row.name, document.TokenProfile(row.profile))
        for row in ProtectedResource.objects.order_by("identifier")
    )


def applications_left(person: Person, companies: Iterable[int]) -> list[ClientApplication]:
    """The applications that act as an account in a company that is not among these; the first of them."""
    rows = ClientApplication.objects.filter(account=person).exclude(company__in=list(companies))
    return list(rows.select_related("company")[:MOST_LEFT])


def secrets_live() -> QuerySet[ClientSecret]:
    """The secrets that prove something now."""
    later = Q(expires_at=None) | Q(expires_at__gt=settings.CLOCK.utc())
    return ClientSecret.objects.filter(later, revoked_at=None)


def _certificates_live() -> dict[int, tuple[document.ClientCertificate, ...]]:
    """By the application's row, in the order in which they were added."""
    found: dict[int, tuple[document.ClientCertificate, ...]] = {}
    for row in ClientCertificate.objects.filter(expires_at__gt=settings.CLOCK.utc()).order_by("pk"):
        item = document.ClientCertificate(row.thumbprint, row.n, row.e, _epoch(row.expires_at))
        found[row.application_id] = (*found.get(row.application_id, ()), item)
    return found


def _secrets_live() -> dict[int, tuple[document.ClientSecret, ...]]:
    """By the application's row, in the order in which they were made."""
    now = settings.CLOCK.utc()
    found: dict[int, tuple[document.ClientSecret, ...]] = {}
    unrevoked = ClientSecret.objects.filter(revoked_at=None).order_by("pk")
    rows = unrevoked.values_list("application_id", "pk", "digest", "expires_at")
    for application, pk, digest, end in rows.iterator():
        if end is None or end > now:
            secret = document.ClientSecret(str(pk), digest, _epoch(end) if end else None)
            found[application] = (*found.get(application, ()), secret)
    return found


def _secrets_ended() -> dict[int, tuple[document.EndedSecret, ...]]:
    """By the application's row, the newest first."""
    now = settings.CLOCK.utc()
    since = now - timedelta(days=ENDED_DAYS)
    lately = Q(revoked_at__gt=since) | Q(revoked_at=None, expires_at__gt=since, expires_at__lte=now)
    rows = ClientSecret.objects.filter(lately).order_by("-created_at", "-pk")
    found: dict[int, tuple[document.EndedSecret, ...]] = {}
    for application, pk, digest, revoked in rows.values_list(
        "application_id", "pk", "digest", "revoked_at"
    ).iterator():
        known = found.get(application, ())
        if len(known) < MOST_ENDED:
            found[application] = (*known, document.EndedSecret(str(pk), digest, revoked is not None))
    return found


def _signing_key(row: SigningKey) -> document.SigningKey:
    return document.SigningKey(kid=row.kid, n=row.n, e=row.e, x5c=row.certificate, signs=row.signs)


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())
