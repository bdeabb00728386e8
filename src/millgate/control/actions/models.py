"""Applications, sessions, what is deployed, and notifications of trouble."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Person
from millgate.control.actions import cancelation_models
from millgate.control.audit.rows import Audited

__all__ = ["cancelation_models"]

LONGEST_PATH: Final = 100


class DeployState(models.TextChoices):
    """How far a service or route has come. Only what is deployed answers."""

    PLANNED = "planned", _("Planned")
    DEPLOYED = "deployed", _("Deployed")
    RETIRED = "retired", _("Retired")


class Application(Audited):
    """What calls are made in. It decides as what somebody acts who has several records."""

    slug = models.SlugField(_("slug"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=100)
    roles = models.JSONField(
        _("order of roles"),
        default=list,
        help_text=_("The roles that it admits; somebody acts in the first that they have."),
    )
    active = models.BooleanField(_("active"), default=True)
    account = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="action_applications",
        verbose_name=_("acts as"),
        help_text=_("As which service account it acts by itself; without one it sees the registry alone."),
    )
    token_digest = models.CharField(max_length=64, null=True, blank=True, unique=True, editable=False)
    token_made_at = models.DateTimeField(_("token made"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.name


class ServiceRecord(Audited):
    """A service of the registry as this installation runs it."""

    slug = models.SlugField(_("slug"), max_length=50, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=DeployState.choices, default=DeployState.PLANNED
    )
    deployed_at = models.DateTimeField(_("deployed"), null=True, blank=True, editable=False)
    version = models.CharField(_("version"), max_length=20, blank=True)
    owner = models.CharField(_("owner"), max_length=100, blank=True)

    class Meta:
        db_table = "actions_service"
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug


class RouteRecord(Audited):
    """A route of the registry as this installation runs it."""

    path = models.CharField(_("path"), max_length=LONGEST_PATH, unique=True, editable=False)
    service = models.ForeignKey(
        ServiceRecord, on_delete=models.PROTECT, related_name="routes", verbose_name=_("service")
    )
    state = models.CharField(
        _("state"), max_length=10, choices=DeployState.choices, default=DeployState.PLANNED
    )
    deployed_at = models.DateTimeField(_("deployed"), null=True, blank=True, editable=False)

    class Meta:
        db_table = "actions_route"
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ("path",)

    def __str__(self) -> str:
        return self.path


class Preference(Audited):
    """What a user saved for all of their sessions."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, related_name="action_preference", verbose_name=_("person")
    )
    remember_me = models.BooleanField(
        _("remember me"), default=False, help_text=_("Sessions stay however old and unused they are.")
    )

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return str(self.person)


class Session(models.Model):
    """A user signed in to an application. Its beginning and end have audit entries; its use has none."""

    token_digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="action_sessions", verbose_name=_("person")
    )
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("application")
    )
    role = models.CharField(
        _("role"), max_length=20, blank=True, help_text=_("As what the user acted when it was made.")
    )
    mark = models.CharField(max_length=128, help_text="Changes with the password.")
    created_at = models.DateTimeField(_("made"))
    last_used_at = models.DateTimeField(_("last used"))
    expired_at = models.DateTimeField(_("found expired"), null=True)
    destroyed_at = models.DateTimeField(_("ended"), null=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    user_agent = models.CharField(_("program"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        default_permissions = ("view", "change")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=("person", "destroyed_at"), name="actions_session_person"),
            models.Index(fields=("last_used_at",), name="actions_session_used"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.application}"


class Severity(models.TextChoices):
    """How bad it is."""

    WARNING = "warning", _("Warning")
    ERROR = "error", _("Error")


class Notification(models.Model):
    """Trouble that somebody should look at. What is alike and not resolved is one, counted."""

    kind = models.CharField(_("kind"), max_length=40)
    severity = models.CharField(
        _("severity"), max_length=10, choices=Severity.choices, default=Severity.ERROR
    )
    route = models.CharField(_("route"), max_length=LONGEST_PATH)
    request_id = models.CharField(_("request ID"), max_length=40, help_text=_("Of the last call."))
    record_type = models.CharField(_("record"), max_length=50, blank=True)
    record_id = models.CharField(_("record ID"), max_length=50, blank=True)
    recipient = models.CharField(_("recipient"), max_length=320, blank=True, help_text=_("Masked."))
    provider = models.CharField(_("provider"), max_length=40, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    mail_id = models.BigIntegerField(_("mail"), null=True, blank=True)
    count = models.PositiveIntegerField(_("times"), default=1)
    first_seen = models.DateTimeField(_("first"))
    last_seen = models.DateTimeField(_("last"))
    seen_at = models.DateTimeField(_("seen"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    resolved_by = models.CharField(_("resolved by"), max_length=200, blank=True)
    fingerprint = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        default_permissions = ("view", "change")
        ordering = ("-last_seen", "-pk")
        indexes = [models.Index(fields=("last_seen",), name="actions_notification_last")]
        constraints = [
            models.UniqueConstraint(
                fields=("fingerprint",),
                condition=models.Q(resolved_at=None),
                name="actions_notification_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.route}"
