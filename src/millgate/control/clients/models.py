"""Client applications and their secrets, subscriptions and their keys, and the keys that sign tokens."""

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company, Person
from millgate.control.catalogue.models import Adapter, Api


class ClientApplication(models.Model):
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


class ClientSecret(models.Model):
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


class SubscriptionState(models.TextChoices):
    """How far a subscription has come."""

    SUBMITTED = "submitted", _("Requested")
    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    REJECTED = "rejected", _("Rejected")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Expired")


class Subscription(models.Model):
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

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ("name", "created_at")
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


class SigningKey(models.Model):
    """A key that signs tokens: the public half in the clear, the private half sealed."""

    kid = models.TextField(_("key ID"), primary_key=True)
    sealed = models.BinaryField()
    certificate = models.TextField(_("certificate"), help_text=_("Base64 of its DER form."))
    n = models.TextField(_("modulus"))
    e = models.TextField(_("exponent"))
    signs = models.BooleanField(_("signs new tokens"), default=False)
    created_at = models.DateTimeField(_("created"))

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
