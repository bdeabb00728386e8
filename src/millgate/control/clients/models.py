"""Client applications and their secrets, subscriptions and their keys, and the keys that sign tokens."""

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company, Person
from millgate.control.audit.rows import Audited
from millgate.control.catalogue.models import Adapter, Api
from millgate.snapshot.document import TokenProfile
from millgate.snapshot.redirects import redirect_faults
from millgate.snapshot.signing import KEYS_KEPT_SECONDS, TOKEN_SECONDS

SIGNING_KEY_KEPT: Final = timedelta(seconds=TOKEN_SECONDS + KEYS_KEPT_SECONDS)
"""How long a key stays published after the last token that it signed."""


class ClientType(models.TextChoices):
    """Whether a program can keep a secret (RFC 6749 section 2.1)."""

    CONFIDENTIAL = "confidential", _("Confidential: a service that keeps its secret")
    PUBLIC = "public", _("Public: runs on the devices of its users")


def redirect_uris_validate(uris: object) -> None:
    """Refuse a list of redirect URIs that is none, or has one that no code may be sent to."""
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise ValidationError(_("Expected a list of texts."))
    faults = redirect_faults(uris)
    if faults:
        raise ValidationError(faults)


class ClientApplication(Audited):
    """A program that gets tokens, and the account as which it acts."""

    client_id = models.UUIDField(_("client ID"), default=uuid.uuid4, unique=True, editable=False)
    display_name = models.CharField(_("display name"), max_length=200)
    homepage_uri = models.CharField(
        _("homepage URI"),
        max_length=300,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
    )
    identifier_uri = models.CharField(_("unique identifier URI"), max_length=300, blank=True)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="applications", verbose_name=_("PCN")
    )
    account = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="applications",
        verbose_name=_("PUN"),
        help_text=_("The account that it acts as. Without one it gets tokens that open no data."),
    )
    owner = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_applications",
        verbose_name=_("owner"),
        help_text=_("Who looks after it."),
    )
    client_type = models.CharField(
        _("client type"), max_length=12, choices=ClientType.choices, default=ClientType.CONFIDENTIAL
    )
    redirect_uris = models.JSONField(
        _("redirect URIs"), default=list, blank=True, validators=[redirect_uris_validate]
    )
    test_only = models.BooleanField(
        _("test only"), default=False, help_text=_("Keeps it out of the production tier.")
    )
    enabled = models.BooleanField(
        _("enabled"), default=True, help_text=_("Off: it gets no tokens, and those it has are refused.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("client application")
        verbose_name_plural = _("client applications")
        ordering = ("display_name",)
        constraints = [
            models.UniqueConstraint(
                fields=("identifier_uri",),
                condition=~Q(identifier_uri=""),
                name="clients_identifier_uri_once",
                violation_error_message=_("Another application has this identifier."),
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    def clean(self) -> None:
        """Refuse an account that may not act in the application's company."""
        if self.account is not None and self.company_id and not self.account.acts_in(self.company):
            raise ValidationError({"account": _("This account does not act in the chosen company.")})


class ClientSecret(Audited):
    """What is kept of a secret: its digest and its last four characters."""

    application = models.ForeignKey(
        ClientApplication,
        on_delete=models.CASCADE,
        related_name="secrets",
        verbose_name=_("client application"),
    )
    description = models.CharField(_("description"), max_length=200, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    hint = models.CharField(_("ends in"), max_length=4, editable=False)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("expired by hand"), null=True, blank=True)

    class Meta:
        verbose_name = _("client secret")
        verbose_name_plural = _("client secrets")
        ordering = ("-created_at", "-pk")

    def __str__(self) -> str:
        return f"…{self.hint}"

    @property
    def live(self) -> bool:
        """Whether it still proves anything."""
        now = settings.CLOCK.utc()
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


class ClientCertificate(Audited):
    """A certificate with whose key an application signs assertions, in place of a secret (RFC 7523)."""

    application = models.ForeignKey(
        ClientApplication,
        on_delete=models.CASCADE,
        related_name="certificates",
        verbose_name=_("client application"),
    )
    thumbprint = models.CharField(
        _("thumbprint"), max_length=27, editable=False, help_text=_("Base64url of the SHA-1 of its DER form.")
    )
    description = models.CharField(_("description"), max_length=200, blank=True)
    certificate = models.TextField(_("certificate"), help_text=_("Base64 of its DER form."))
    n = models.TextField(_("modulus"), editable=False)
    e = models.TextField(_("exponent"), editable=False)
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("client certificate")
        verbose_name_plural = _("client certificates")
        ordering = ("-created_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=("application", "thumbprint"),
                name="clients_certificate_once",
                violation_error_message=_("The application has this certificate already."),
            )
        ]

    def __str__(self) -> str:
        return self.thumbprint

    @property
    def live(self) -> bool:
        """Whether what it signs still proves anything."""
        return self.expires_at > settings.CLOCK.utc()


class ProtectedResource(Audited):
    """An audience that tokens can be asked for, besides the one of the settings (RFC 8707)."""

    identifier = models.CharField(
        _("identifier"),
        max_length=300,
        unique=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text=_("What programs send as resource, and find in tokens as aud: compared to the letter."),
    )
    name = models.CharField(_("name"), max_length=200)
    profile = models.CharField(
        _("token profile"),
        max_length=10,
        choices=[
            (TokenProfile.V1.value, _("v1: as the 2017 manual has it")),
            (TokenProfile.AT_JWT.value, _("at+jwt: RFC 9068, numbers as numbers")),
        ],
        default=TokenProfile.AT_JWT.value,
    )

    class Meta:
        db_table = "clients_protected_resource"
        verbose_name = _("protected resource")
        verbose_name_plural = _("protected resources")
        ordering = ("identifier",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse the resource that the settings name: it is there already."""
        if self.identifier == settings.MILLGATE.resource:
            raise ValidationError({"identifier": _("The settings name this resource already.")})


class Consent(Audited):
    """What somebody allowed an application: to act as them, in a company, towards a resource."""

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="consents", verbose_name=_("person")
    )
    application = models.ForeignKey(
        ClientApplication,
        on_delete=models.CASCADE,
        related_name="consents",
        verbose_name=_("client application"),
    )
    resource = models.CharField(_("resource"), max_length=300)
    given_at = models.DateTimeField(_("given"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-given_at",)
        constraints = [
            models.UniqueConstraint(fields=("person", "application", "resource"), name="clients_consent_once")
        ]

    def __str__(self) -> str:
        return str(self.application)


class SubscriptionState(models.TextChoices):
    """How far a subscription has come."""

    SUBMITTED = "submitted", _("Requested")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class Subscription(Audited):
    """A person's right to call an adapter, one API, or all of them, proved by either of two keys."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=200)
    owner = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="subscriptions", verbose_name=_("owner")
    )
    adapter = models.ForeignKey(
        Adapter,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("adapter"),
    )
    api = models.ForeignKey(
        Api,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="subscriptions",
        verbose_name=_("API"),
    )
    all_apis = models.BooleanField(_("all APIs"), default=False)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=SubscriptionState.choices,
        default=SubscriptionState.SUBMITTED,
        editable=False,
    )
    state_comment = models.CharField(_("comment"), max_length=500, blank=True)
    primary_sealed = models.BinaryField()
    primary_digest = models.CharField(max_length=64, unique=True, editable=False)
    secondary_sealed = models.BinaryField()
    secondary_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True, blank=True)
    terms_fingerprint = models.CharField(
        _("terms accepted, by fingerprint"),
        max_length=64,
        blank=True,
        help_text=_("The SHA-256 of the text, in hexadecimal."),
    )

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ("name", "created_at")
        indexes = [models.Index(fields=["state", "created_at"], name="clients_subscription_state")]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(adapter__isnull=False, api__isnull=True, all_apis=False)
                    | Q(adapter__isnull=True, api__isnull=False, all_apis=False)
                    | Q(adapter__isnull=True, api__isnull=True, all_apis=True)
                ),
                name="clients_subscription_opens_one_thing",
                violation_error_message=_("Choose an adapter, or one API, or all APIs."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class SigningKey(Audited):
    """A key that signs tokens: the public half in the clear, the private half sealed.

    Its life: published to follow the one that signs; signing; published still, until nobody has a token
    that it signed. Made means published, since both are one transaction.
    """

    kid = models.TextField(_("key ID"), primary_key=True)
    sealed = models.BinaryField()
    certificate = models.TextField(_("certificate"), help_text=_("Base64 of its DER form."))
    n = models.TextField(_("modulus"))
    e = models.TextField(_("exponent"))
    signs = models.BooleanField(_("signs new tokens"), default=False)
    created_at = models.DateTimeField(_("published since"))
    signs_since = models.DateTimeField(_("signs since"), null=True, blank=True)
    signed_until = models.DateTimeField(_("signed until"), null=True, blank=True)

    class Meta:
        db_table = "clients_signing_key"
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("-created_at",)
        constraints = [
            models.UniqueConstraint(fields=("signs",), condition=Q(signs=True), name="clients_one_key_signs")
        ]

    def __str__(self) -> str:
        return self.kid

    @property
    def verifies_until(self) -> datetime | None:
        """When it goes by itself; None while it signs, or has not begun to."""
        return self.signed_until and self.signed_until + SIGNING_KEY_KEPT

    @property
    def standing(self) -> str:
        """Where in its life it is, in a word."""
        if self.signs:
            return gettext("signs")
        return gettext("verifies") if self.signed_until else gettext("follows")
