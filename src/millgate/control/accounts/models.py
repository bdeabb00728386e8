"""Companies, people, and what their roles open."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import sign_in_models
from millgate.control.accounts.time_zones import time_zones
from millgate.control.audit.rows import Audited, AuditedManager

__all__ = ["sign_in_models"]

EVERYONE = "everyone"
"""The role that every active account has without being given it."""

key_validator = RegexValidator(
    r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", _("Use lower case letters, digits and single dashes.")
)


def languages() -> list[tuple[str, str | Promise]]:
    """The languages that mails are written in, beginning with whichever is the installation's."""
    return [("", _("As the installation")), *settings.LANGUAGES]


def time_zone_validate(value: str) -> None:
    """Refuse a name that is not in the time zone database."""
    if value not in time_zones():
        raise ValidationError(_("There is no time zone of this name, as in “America/Detroit”."))


class Company(Audited):
    """A company (PCN), which is also a tenant of the token service."""

    tenant_id = models.UUIDField(_("tenant ID"), default=uuid.uuid4, unique=True, editable=False)
    pcn = models.PositiveIntegerField(_("PCN"), unique=True, help_text=_("The number of the company."))
    code = models.CharField(_("company code"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=200)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[time_zone_validate]
    )
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Applications of an inactive company get no tokens.")
    )

    class Meta:
        verbose_name = _("company (PCN)")
        verbose_name_plural = _("companies (PCN)")
        ordering = ("pcn",)

    def __str__(self) -> str:
        return f"{self.name} ({self.pcn})"


class Role(Audited):
    """A security role: which controllers it opens."""

    key = models.CharField(_("key"), max_length=50, unique=True, validators=[key_validator])
    name = models.CharField(_("name"), max_length=100, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("security role")
        verbose_name_plural = _("security roles")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class RoleGrant(Audited):
    """What a role may do with one controller."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="grants", verbose_name=_("role"))
    controller = models.CharField(_("controller"), max_length=100)
    read = models.BooleanField(_("read"), default=True)
    write = models.BooleanField(_("write"), default=False)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering = ("controller",)
        constraints = [
            models.UniqueConstraint(
                fields=("role", "controller"),
                name="accounts_grant_once",
                violation_error_message=_("The role names this controller already."),
            )
        ]

    def __str__(self) -> str:
        return self.controller


class PersonState(models.TextChoices):
    """Whether a person may do anything."""

    PENDING = "pending", _("Pending")
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")
    CLOSED = "closed", _("Closed")
    REJECTED = "rejected", _("Rejected")


class PersonManager(AuditedManager["Person"], BaseUserManager["Person"]):
    """Finds people by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person who signs in with this e-mail."""
        return self.get(email__iexact=username)


class Person(Audited, AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in, or a service account that applications act as (PUN)."""

    email = models.EmailField(
        _("e-mail"),
        unique=True,
        error_messages={"unique": _("Another account has this e-mail.")},
    )
    user_id = models.CharField(
        _("user ID (PUN)"),
        max_length=100,
        unique=True,
        help_text=_("Names the account for good, in tokens and in the plant's records."),
    )
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    position = models.CharField(_("position"), max_length=100, blank=True)
    department = models.CharField(_("department"), max_length=100, blank=True)
    company = models.ForeignKey(
        Company,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("default customer (PCN)"),
    )
    companies = models.ManyToManyField(
        Company, blank=True, related_name="visitors", verbose_name=_("further companies")
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[time_zone_validate]
    )
    language = models.CharField(_("language of mails"), max_length=10, blank=True, choices=languages)
    asked_company = models.CharField(
        _("company asked for"),
        max_length=200,
        blank=True,
        help_text=_("As the person wrote it when signing up."),
    )
    state = models.CharField(
        _("state"), max_length=10, choices=PersonState.choices, default=PersonState.PENDING
    )
    state_comment = models.CharField(
        _("comment"), max_length=500, blank=True, help_text=_("Why a request for an account was rejected.")
    )
    confirmed_at = models.DateTimeField(
        _("address confirmed"), null=True, blank=True, help_text=_("When the person showed to read its mail.")
    )
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True, blank=True)
    is_staff = models.BooleanField(
        _("administrator"), default=False, help_text=_("May sign in to this console.")
    )
    is_service_account = models.BooleanField(
        _("service account"), default=False, help_text=_("Only applications act as it; it cannot sign in.")
    )
    roles = models.ManyToManyField(Role, through="RoleAssignment", related_name="people")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects: ClassVar[PersonManager] = PersonManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["user_id"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("last_name", "first_name", "email")
        indexes = [
            models.Index(fields=["last_name", "first_name", "email"], name="accounts_person_name"),
            models.Index(fields=["state", "created_at"], name="accounts_person_state"),
            models.Index(fields=["last_login"], name="accounts_person_last_login"),
        ]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_person_email_any_case",
                violation_error_message=_("Another account has this e-mail."),
            )
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Whether Django lets this person sign in."""
        return self.state == PersonState.ACTIVE and not self.is_service_account

    def get_full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        """What a greeting says."""
        return self.first_name or self.email

    def acts_in(self, company: Company) -> bool:
        """Whether a company is this person's Default Customer or among the further ones."""
        return self.company_id == company.pk or self.companies.filter(pk=company.pk).exists()


class RoleAssignment(Audited):
    """A person's standing in a role."""

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="assignments", verbose_name=_("person")
    )
    role = models.ForeignKey(
        Role, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("security role")
    )
    member = models.BooleanField(_("member"), default=True, help_text=_("Has what the role opens."))
    admin = models.BooleanField(_("admin"), default=False, help_text=_("May give the role to others."))

    class Meta:
        verbose_name = _("security role")
        verbose_name_plural = _("security roles")
        ordering = ("role__name",)
        constraints = [
            models.UniqueConstraint(
                fields=("person", "role"),
                name="accounts_assignment_once",
                violation_error_message=_("The person has this role already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.role)


class HatKind(models.TextChoices):
    """What somebody is to the installation, besides being a person."""

    COMPANY_USER = "company-user", _("Company user")
    DEVELOPER = "developer", _("Developer")
    CLIENT = "client", _("Client")
    EMPLOYEE = "employee", _("Employee")
    LIAISON = "liaison", _("Liaison")


class Hat(Audited):
    """One of the things that a person is; a person may be several. It opens nothing by itself."""

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="hats", verbose_name=_("person")
    )
    kind = models.CharField(_("hat"), max_length=20, choices=HatKind.choices)

    class Meta:
        verbose_name = _("hat")
        verbose_name_plural = _("hats")
        ordering = ("kind",)
        constraints = [
            models.UniqueConstraint(
                fields=("person", "kind"),
                name="accounts_hat_once",
                violation_error_message=_("The person wears this hat already."),
            )
        ]

    def __str__(self) -> str:
        return str(HatKind(self.kind).label)


class SignUpPolicy(models.TextChoices):
    """What becomes of somebody who signs up and confirms their address."""

    APPROVAL = "approval", _("An administrator approves each account")
    AT_ONCE = "at-once", _("A confirmed account is active at once")
    CLOSED = "closed", _("Nobody can sign up; administrators add accounts")


class AccountSettings(Audited):
    """What the installation decided about accounts: one row, or none while all are the defaults."""

    key = models.CharField(max_length=10, unique=True, default="accounts", editable=False)
    sign_up = models.CharField(
        _("sign up"), max_length=10, choices=SignUpPolicy.choices, default=SignUpPolicy.APPROVAL
    )
    administrators_need_second_factor = models.BooleanField(
        _("administrators need a second factor"),
        default=False,
        help_text=_("Whoever has none sets it up at the next sign-in, before anything else."),
    )
    terms = models.TextField(
        _("terms of use"), blank=True, max_length=100_000, help_text=_("Markdown. Empty: there are none.")
    )
    terms_required = models.BooleanField(
        _("terms must be accepted"), default=True, help_text=_("Whoever signs up accepts them first.")
    )

    class Meta:
        verbose_name = _("accounts settings")
        verbose_name_plural = _("accounts settings")

    def __str__(self) -> str:
        return str(_("Accounts settings"))


class ServiceRequestState(models.TextChoices):
    """How far a service request has come."""

    RECEIVED = "received", _("Received")
    IN_PROGRESS = "in-progress", _("In progress")
    DONE = "done", _("Done")
    DECLINED = "declined", _("Declined")


SERVICE_REQUESTS_OPEN = (ServiceRequestState.RECEIVED, ServiceRequestState.IN_PROGRESS)
"""The states in which a service request waits for an administrator."""


class ServiceRequest(Audited):
    """A company asks for a developer account (USR). Its number is the number of the row."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="service_requests", verbose_name=_("company (PCN)")
    )
    requester_name = models.CharField(_("requester"), max_length=200)
    requester_email = models.EmailField(_("e-mail"), help_text=_("Where they are told what becomes of it."))
    requester_phone = models.CharField(_("phone"), max_length=40, blank=True)
    requested_by = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="service_requests",
        verbose_name=_("asked in the portal by"),
    )
    purpose = models.TextField(
        _("purpose"), max_length=2000, help_text=_("What will be built, and which data it needs.")
    )
    wanted_user_id = models.CharField(
        _("wanted user ID"), max_length=100, blank=True, help_text=_("Empty: the administrator chooses one.")
    )
    wanted_companies = models.ManyToManyField(
        Company, blank=True, related_name="wanted_by", verbose_name=_("further companies wanted")
    )
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=ServiceRequestState.choices,
        default=ServiceRequestState.RECEIVED,
        editable=False,
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True, editable=False)
    created_at = models.DateTimeField(_("received"), editable=False)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("done or declined"), null=True, blank=True, editable=False)
    handled_by = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="handled_service_requests",
        verbose_name=_("handled by"),
    )
    account = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="produced_by",
        verbose_name=_("developer account"),
    )
    service_account = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="produced_as_service_account_by",
        verbose_name=_("service account"),
    )

    class Meta:
        db_table = "accounts_service_request"
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        ordering = ("-created_at", "-pk")
        indexes = [
            models.Index(fields=["state", "created_at"], name="accounts_usr_state"),
            models.Index(fields=["created_at"], name="accounts_usr_received"),
        ]

    def __str__(self) -> str:
        return f"USR-{self.pk}" if self.pk else str(_("a new service request"))

    @property
    def open(self) -> bool:
        """Whether it waits for an administrator."""
        return self.state in SERVICE_REQUESTS_OPEN
