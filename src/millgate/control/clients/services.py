"""Changes to client applications and subscriptions.

A change that the rules forbid raises Django's `ValidationError`. Machines see a change when the caller
makes it inside `publish.services.directory_change`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded
from millgate.control.audit.services import note
from millgate.control.clients import mails
from millgate.control.clients.certificates import certificate_read
from millgate.control.clients.models import (
    ClientApplication,
    ClientCertificate,
    ClientSecret,
    ClientType,
    ProtectedResource,
    Subscription,
    SubscriptionState,
)
from millgate.control.clients.vault import digester, sealer
from millgate.core.secrets import Secret, new_client_secret, new_subscription_key

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from millgate.control.accounts.models import Company, Person
    from millgate.control.catalogue.models import Adapter, Api

Which: TypeAlias = Literal["primary", "secondary"]
_COUNTED: Final = (SubscriptionState.ACTIVE, SubscriptionState.SUBMITTED)
"""The states that count against how many subscriptions one person may have."""


# Applications


def application_create(
    *,
    display_name: str,
    company: Company,
    account: Person | None,
    owner: Person | None = None,
    homepage_uri: str = "",
    identifier_uri: str = "",
    test_only: bool = False,
    client_type: ClientType = ClientType.CONFIDENTIAL,
    redirect_uris: Iterable[str] = (),
    client_id: uuid.UUID | None = None,
) -> ClientApplication:
    """Register a program. It has no secret yet."""
    application = ClientApplication(
        display_name=display_name,
        company=company,
        account=account,
        owner=owner,
        homepage_uri=homepage_uri,
        identifier_uri=identifier_uri,
        test_only=test_only,
        client_type=client_type,
        redirect_uris=list(redirect_uris),
    )
    if client_id is not None:
        application.client_id = client_id
    application.full_clean()
    application.save()
    return application


def application_secret_add(
    *, application: ClientApplication, description: str = "", expires_at: datetime | None = None
) -> tuple[ClientSecret, Secret]:
    """Give an application one more secret. Only here is the secret itself ever seen."""
    now = settings.CLOCK.utc()
    if expires_at is not None and expires_at <= now:
        raise ValidationError({"expires_at": _("This time has passed already.")})
    plain = new_client_secret()
    row = ClientSecret(
        application=application,
        description=description,
        digest=digester().digest(plain),
        hint=plain[-4:],
        created_at=now,
        expires_at=expires_at,
    )
    row.full_clean()
    row.save()
    return row, Secret(plain)


def secret_expire_now(*, secret: ClientSecret) -> None:
    """End a secret. Tokens that were got with it stay good until they expire."""
    if secret.revoked_at is None:
        secret.revoked_at = settings.CLOCK.utc()
        secret.save(update_fields=["revoked_at"])


def secret_end_set(*, secret: ClientSecret, expires_at: datetime) -> None:
    """Let a live secret end at a time to come, sooner than it would have.

    No end is put off: whoever needs more time adds another secret.
    """
    if not secret.live:
        raise ValidationError({"expires_at": _("This secret has expired already.")})
    if expires_at <= settings.CLOCK.utc():
        raise ValidationError({"expires_at": _("This time has passed already.")})
    if secret.expires_at is not None and expires_at > secret.expires_at:
        raise ValidationError(
            {
                "expires_at": _(
                    "It expires sooner already. Its end can be brought forward; add another secret."
                )
            }
        )
    secret.expires_at = expires_at
    secret.save(update_fields=["expires_at"])


def application_certificate_add(
    *, application: ClientApplication, certificate: str, description: str = ""
) -> ClientCertificate:
    """Let an application prove itself by the private key of a certificate, given in PEM form."""
    row = _certificate_row(application, certificate, description, settings.CLOCK.utc())
    if not row.live:
        raise ValidationError({"certificate": _("This certificate has expired already.")})
    row.full_clean()
    row.save()
    return row


def application_certificate_remove(*, certificate: ClientCertificate) -> None:
    """Let it prove nothing any more. Tokens that were got with it stay good until they expire."""
    certificate.delete()


def _certificate_row(
    application: ClientApplication, certificate: str, description: str, created_at: datetime
) -> ClientCertificate:
    try:
        found = certificate_read(certificate)
    except ValueError as wrong:
        raise ValidationError({"certificate": str(wrong)}) from None
    return ClientCertificate(
        application=application,
        thumbprint=found.thumbprint,
        description=description,
        certificate=found.certificate,
        n=found.n,
        e=found.e,
        created_at=created_at,
        expires_at=found.expires_at,
    )


# Subscriptions


@dataclass(frozen=True, slots=True)
class SubscriptionKeys:
    """Both keys of a subscription."""

    primary: Secret
    secondary: Secret


@recorded()
@transaction.atomic
def subscription_create(
    *,
    owner: Person,
    adapter: Adapter | None = None,
    api: Api | None = None,
    all_apis: bool = False,
    name: str = "",
    approved: bool = False,
    keys: SubscriptionKeys | None = None,
    terms: str = "",
) -> Subscription:
    """Ask for a subscription to one adapter, one API or all APIs.

    It is active at once when the adapter needs no approval or the caller may approve; otherwise it is
    submitted, and those who may approve it are told by mail. Keys are made unless given. `terms` is the
    fingerprint of the terms to which the owner agreed.
    """
    if adapter is not None and not approved:
        _subscriptions_limit_keep(owner, adapter)
    now = settings.CLOCK.utc()
    subscription = Subscription(
        name=name or str(adapter or api or _("All APIs")),
        owner=owner,
        adapter=adapter,
        api=api,
        all_apis=all_apis,
        created_at=now,
        terms_accepted_at=now if terms else None,
        terms_fingerprint=terms,
    )
    pair = keys or SubscriptionKeys(Secret(new_subscription_key()), Secret(new_subscription_key()))
    _key_put(subscription, "primary", pair.primary)
    _key_put(subscription, "secondary", pair.secondary)
    if approved or (adapter is not None and not adapter.approval_required):
        _start(subscription)
    subscription.full_clean()
    subscription.save(force_insert=True)
    if not approved:
        asked = subscription.state == SubscriptionState.SUBMITTED
        (mails.request_tell if asked else mails.approval_tell)(subscription)
    return subscription


@transaction.atomic
def subscription_approve(*, subscription: Subscription) -> None:
    """Let a requested subscription call; its owner is told by mail."""
    _expect(subscription, SubscriptionState.SUBMITTED)
    _start(subscription)
    subscription.save()
    mails.approval_tell(subscription)


@transaction.atomic
def subscription_reject(*, subscription: Subscription, comment: str = "") -> None:
    """Turn a requested subscription down, saying why; its owner is told by mail."""
    _expect(subscription, SubscriptionState.SUBMITTED)
    _state_set(subscription, SubscriptionState.REJECTED, comment)
    mails.rejection_tell(subscription)


def subscription_suspend(*, subscription: Subscription, comment: str = "") -> None:
    """Stop an active subscription for a while."""
    _expect(subscription, SubscriptionState.ACTIVE)
    _state_set(subscription, SubscriptionState.SUSPENDED, comment)


def subscription_reinstate(*, subscription: Subscription) -> None:
    """Let a suspended subscription call again; its quota's windows go on as before."""
    _expect(subscription, SubscriptionState.SUSPENDED)
    _state_set(subscription, SubscriptionState.ACTIVE, "")


def subscription_cancel(*, subscription: Subscription, comment: str = "") -> None:
    """End a subscription for good."""
    _expect(subscription, SubscriptionState.SUBMITTED, SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED)
    _state_set(subscription, SubscriptionState.CANCELLED, comment)


def subscription_restore(*, subscription: Subscription, state: SubscriptionState) -> None:
    """Take a cancelation back: the subscription is again what it was when it was cancelled.

    Its keys are the same, and its quota's windows go on as before.

    Args:
        subscription: a cancelled one.
        state: what it was.
    """
    _expect(subscription, SubscriptionState.CANCELLED)
    if subscription.adapter is not None and state in _COUNTED:
        _subscriptions_limit_keep(subscription.owner, subscription.adapter)
    _state_set(subscription, state, "")


def subscription_key_regenerate(*, subscription: Subscription, which: Which) -> None:
    """Replace one key; the other keeps working."""
    _expect(subscription, SubscriptionState.ACTIVE)
    _key_put(subscription, which, Secret(new_subscription_key()))
    subscription.save()


def subscription_keys_reveal(*, subscription: Subscription) -> SubscriptionKeys:
    """The keys of an active subscription; those of any other stay hidden. The audit log has who saw them.

    Raises:
        SealBroken: they were sealed under another master key.
    """
    _expect(subscription, SubscriptionState.ACTIVE)
    note("keys shown", kind="subscription", key=str(subscription.pk), name=subscription.name)
    return SubscriptionKeys(_key_open(subscription, "primary"), _key_open(subscription, "secondary"))


def _subscriptions_limit_keep(owner: Person, adapter: Adapter) -> None:
    counted = Subscription.objects.filter(owner=owner, adapter=adapter, state__in=_COUNTED)
    limit = adapter.subscriptions_limit
    if limit is not None and counted.count() >= limit:
        raise ValidationError(
            _("%(owner)s has as many subscriptions to %(adapter)s as one person may have: %(limit)s."),
            params={"owner": owner, "adapter": adapter, "limit": limit},
        )


def _start(subscription: Subscription) -> None:
    subscription.state = SubscriptionState.ACTIVE
    subscription.state_comment = ""
    subscription.started_at = settings.CLOCK.utc()


def _state_set(subscription: Subscription, state: SubscriptionState, comment: str) -> None:
    subscription.state = state
    subscription.state_comment = comment
    subscription.save(update_fields=["state", "state_comment"])


def _expect(subscription: Subscription, *states: SubscriptionState) -> None:
    if subscription.state not in states:
        raise ValidationError(
            _("The subscription “%(name)s” is %(state)s; this cannot be done to it."),
            params={"name": subscription.name, "state": subscription.get_state_display().lower()},
        )


def _key_put(subscription: Subscription, which: Which, key: Secret) -> None:
    sealed = sealer().seal(key.reveal().encode(), _bound_to(subscription, which))
    setattr(subscription, f"{which}_sealed", sealed)
    setattr(subscription, f"{which}_digest", digester().digest(key.reveal()))


def _key_open(subscription: Subscription, which: Which) -> Secret:
    sealed = bytes(getattr(subscription, f"{which}_sealed"))
    return Secret(sealer().unseal(sealed, _bound_to(subscription, which)).decode())


def _bound_to(subscription: Subscription, which: Which) -> str:
    return f"subscription:{subscription.pk}:{which}"


# Rows as somebody wrote them down: by the names that people know, whole, and as often as one likes


def application_put(*, client_id: uuid.UUID, **members: object) -> ClientApplication:
    """Create an application, which has no secret yet, or replace the one of the same client ID.

    `members` are the other members of the row.
    """
    row = ClientApplication.objects.filter(client_id=client_id).first()
    row = row or ClientApplication(client_id=client_id)
    for name, value in members.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row


@recorded()
@transaction.atomic
def application_certificates_put(
    *, application: ClientApplication, certificates: Iterable[tuple[str, str, datetime]]
) -> None:
    """Give an application exactly these certificates: each with its description and when it was added."""
    application.certificates.all().delete()
    for certificate, description, created_at in certificates:
        row = _certificate_row(application, certificate, description, created_at)
        row.full_clean()
        row.save()


def resource_put(*, identifier: str, **members: object) -> ProtectedResource:
    """Create a protected resource, or replace the one of the same identifier."""
    row = ProtectedResource.objects.filter(identifier=identifier).first()
    row = row or ProtectedResource(identifier=identifier)
    for name, value in members.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row


def application_secret_put(*, application: ClientApplication, digest: str, **members: object) -> ClientSecret:
    """Create a secret that is known by its digest, or replace what stands beside the digest."""
    row = ClientSecret.objects.filter(digest=digest).first() or ClientSecret(digest=digest)
    row.application = application
    for name, value in members.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row


def subscription_put(*, subscription_id: uuid.UUID, **members: object) -> Subscription:
    """Create a subscription, which gets new keys, or replace the one of the same ID; keys stay.

    `members` are the other members of the row.

    Raises:
        ValidationError: also for starting a cancelled subscription again.
    """
    row = Subscription.objects.filter(pk=subscription_id).first()
    new = row is None
    row = row or Subscription(pk=subscription_id)
    if row.state == SubscriptionState.CANCELLED and members["state"] != SubscriptionState.CANCELLED:
        raise ValidationError({"state": _("A cancelled subscription stays so.")})
    for name, value in members.items():
        setattr(row, name, value)
    if new:
        _key_put(row, "primary", Secret(new_subscription_key()))
        _key_put(row, "secondary", Secret(new_subscription_key()))
    row.full_clean()
    row.save(force_insert=new)
    return row


def subscription_keys_put(*, subscription: Subscription, keys: SubscriptionKeys) -> None:
    """Give a subscription these keys."""
    _key_put(subscription, "primary", keys.primary)
    _key_put(subscription, "secondary", keys.secondary)
    subscription.full_clean()
    subscription.save()


def subscription_keys_open(*, subscription: Subscription) -> SubscriptionKeys:
    """The keys of a subscription in any state: to be sealed again, not to be shown.

    Raises:
        SealBroken: they were sealed under another master key.
    """
    return SubscriptionKeys(_key_open(subscription, "primary"), _key_open(subscription, "secondary"))
