"""Reading applications, subscriptions and signing keys as machines see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.control.accounts.models import PersonState
from millgate.control.clients.models import (
    ClientApplication,
    ClientSecret,
    SigningKey,
    Subscription,
    SubscriptionState,
)
from millgate.snapshot import document

if TYPE_CHECKING:
    from datetime import datetime


def applications_document() -> tuple[document.Application, ...]:
    """All applications with the secrets that are live now, by client ID."""
    rows = ClientApplication.objects.select_related("company", "account").prefetch_related("secrets")
    return tuple(_application(row) for row in rows.order_by("client_id"))


def subscriptions_document() -> tuple[document.Subscription, ...]:
    """All subscriptions, in the order in which they were requested."""
    rows = Subscription.objects.select_related("owner", "adapter", "api")
    return tuple(_subscription(row) for row in rows.order_by("created_at", "id"))


def signing_keys_document() -> tuple[document.SigningKey, ...]:
    """The public halves of all signing keys, oldest first."""
    rows = SigningKey.objects.defer("sealed").order_by("created_at", "kid")
    return tuple(_signing_key(row) for row in rows)


def _application(row: ClientApplication) -> document.Application:
    secrets = sorted(row.secrets.all(), key=lambda secret: secret.pk)
    return document.Application(
        client_id=str(row.client_id),
        name=row.display_name,
        pcn=row.company.pcn,
        account=row.account.user_id if row.account else None,
        secrets=tuple(_secret(secret) for secret in secrets if secret.live),
        test_only=row.test_only,
        enabled=row.enabled,
    )


def _secret(row: ClientSecret) -> document.ClientSecret:
    return document.ClientSecret(str(row.pk), row.digest, _epoch(row.expires_at) if row.expires_at else None)


def _subscription(row: Subscription) -> document.Subscription:
    in_good_standing = row.owner.state == PersonState.ACTIVE
    return document.Subscription(
        key=str(row.pk),
        name=row.name,
        digests=(row.primary_digest, row.secondary_digest),
        started_at=_epoch(row.started_at or row.created_at),
        adapter=row.adapter.key if row.adapter else None,
        api=row.api.key if row.api else None,
        all_apis=row.all_apis,
        active=row.state == SubscriptionState.ACTIVE and in_good_standing,
    )


def _signing_key(row: SigningKey) -> document.SigningKey:
    return document.SigningKey(kid=row.kid, n=row.n, e=row.e, x5c=row.certificate, signs=row.signs)


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())
