"""Changes to companies, people and roles.

A change that the rules forbid raises Django's `ValidationError`, which pages show beside their form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts.models import (
    EVERYONE,
    Company,
    Person,
    PersonState,
    Role,
    RoleAssignment,
    RoleGrant,
)

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

_Grants: TypeAlias = "tuple[tuple[str, ...], tuple[str, ...]]"

_VIEW: Final = (
    "Workcenters",
    "WorkcenterSetups",
    "WorkcenterStatuses",
    "WorkcenterProductionLogs",
    "WorkcenterScrapLogs",
    "WorkcenterStatusLogs",
    "WorkcenterPerformance",
    "DcJobs",
    "DcJobOperations",
    "Containers",
    "ProductionSummary",
    "ScrapByReason",
    "DowntimeByReason",
    "SetupHistory",
    "DailyPerformance",
    "JobProgress",
)
_VIEW_AND_AUDIT: Final = (*_VIEW, "AuditLogs")
_RUN: Final = ("WorkcenterProductionLogs", "WorkcenterScrapLogs", "WorkcenterStatusLogs")
_DESIGN: Final = ("Parts", "PartOperations", "ApprovedWorkcenters")

BUILT_IN_ROLES: Final[dict[str, tuple[str, str, _Grants]]] = {
    EVERYONE: (
        "Everyone",
        "What every active account may read.",
        (("CompanyProfile", "Buildings", "Shifts", "Parts", "PartOperations"), ()),
    ),
    "production-viewer": ("Production Viewer", "Reads workcenters, jobs and their logs.", (_VIEW, ())),
    "operator": ("Operator", "Also records production, scrap and status.", (_VIEW, _RUN)),
    "production-planner": ("Production Planner", "Also plans jobs.", (_VIEW_AND_AUDIT, ("DcJobs",))),
    "engineer": ("Engineer", "Also maintains parts and how they are made.", (_VIEW_AND_AUDIT, _DESIGN)),
    "quality": (
        "Quality",
        "Also records scrap and sets the status of containers.",
        (_VIEW_AND_AUDIT, ("WorkcenterScrapLogs", "Containers")),
    ),
}
"""By key: name, description, and the controllers opened for reading and for writing."""


def company_create(
    *,
    pcn: int,
    code: str,
    name: str,
    time_zone: str = "UTC",
    tenant_id: uuid.UUID | None = None,
    active: bool = True,
) -> Company:
    """Add a company; without a tenant id it gets a new one."""
    company = Company(pcn=pcn, code=code, name=name, time_zone=time_zone, active=active)
    if tenant_id is not None:
        company.tenant_id = tenant_id
    company.full_clean()
    company.save()
    return company


def roles_ensure() -> None:
    """Add the built-in roles that are missing; those that stand are left as somebody may have set them."""
    standing = set(Role.objects.values_list("key", flat=True))
    for key, (name, description, (reads, writes)) in BUILT_IN_ROLES.items():
        if key not in standing:
            role_create(key=key, name=name, description=description, reads=reads, writes=writes)


def role_create(
    *, key: str, name: str, description: str = "", reads: Iterable[str] = (), writes: Iterable[str] = ()
) -> Role:
    """Add a role. What it opens for writing it opens for reading too."""
    role = Role(key=key, name=name, description=description)
    role.full_clean()
    role.save()
    changing = frozenset(writes)
    RoleGrant.objects.bulk_create(
        RoleGrant(role=role, controller=controller, read=True, write=controller in changing)
        for controller in sorted(changing.union(reads))
    )
    return role


def person_create(
    *,
    email: str,
    user_id: str = "",
    password: str | None = None,
    first_name: str = "",
    last_name: str = "",
    position: str = "",
    department: str = "",
    company: Company | None = None,
    companies: Iterable[Company] = (),
    roles: Sequence[str] = (),
    is_staff: bool = False,
    is_superuser: bool = False,
) -> Person:
    """Add somebody who may sign in; without a password they cannot, until one is set.

    The user ID is the e-mail unless given.
    """
    person = Person(
        email=email.lower(),
        user_id=user_id or email.lower(),
        first_name=first_name,
        last_name=last_name,
        position=position,
        department=department,
        company=company,
        is_staff=is_staff,
        is_superuser=is_superuser,
    )
    return _person_add(person, password, companies, roles)


def service_account_create(
    *,
    user_id: str,
    company: Company,
    companies: Iterable[Company] = (),
    roles: Sequence[str] = (),
    first_name: str = "",
    last_name: str = "",
    email: str = "",
) -> Person:
    """Add an account that only applications act as: active, and without a usable password."""
    person = Person(
        email=(email or f"{user_id}@service-account.invalid").lower(),
        user_id=user_id,
        first_name=first_name,
        last_name=last_name,
        company=company,
        is_service_account=True,
    )
    return _person_add(person, None, companies, roles)


def person_register(*, person: Person, password: str | None) -> None:
    """Save somebody new, active, with a password that satisfies the rules or none at all."""
    person.state = PersonState.ACTIVE
    if password is not None:
        validate_password(password, person)
    person.set_password(password)
    person.full_clean()
    person.save()


def person_roles_set(*, person: Person, roles: Sequence[str]) -> None:
    """Make a person a member of exactly these roles, given by key."""
    found = {role.key: role for role in Role.objects.filter(key__in=roles)}
    missing = [key for key in roles if key not in found]
    if missing:
        raise ValidationError(_("There is no role %(keys)s."), params={"keys": ", ".join(missing)})
    RoleAssignment.objects.filter(person=person).exclude(role__key__in=roles).delete()
    for role in found.values():
        RoleAssignment.objects.update_or_create(person=person, role=role, defaults={"member": True})


def person_password_set(*, person: Person, password: str) -> None:
    """Give a person a new password, which must satisfy the rules."""
    if person.is_service_account:
        raise ValidationError(_("A service account has no password."))
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])


def person_activate(*, person: Person) -> None:
    """Let a pending or blocked person in."""
    if person.state == PersonState.CLOSED:
        raise ValidationError(_("%(person)s is closed and stays so."), params={"person": str(person)})
    _person_state_set(person, PersonState.ACTIVE)


def person_block(*, person: Person) -> None:
    """Keep a person out: no sign-in, and none of their keys works, until they are let in again."""
    if person.state == PersonState.CLOSED:
        raise ValidationError(_("%(person)s is closed and stays so."), params={"person": str(person)})
    _keep_one_administrator(person)
    _person_state_set(person, PersonState.BLOCKED)


def person_close(*, person: Person) -> None:
    """Close an account for good. It stays as a row, because records name it; its password is gone."""
    _keep_one_administrator(person)
    person.set_unusable_password()
    person.state = PersonState.CLOSED
    person.save(update_fields=["state", "password"])


def _person_add(
    person: Person, password: str | None, companies: Iterable[Company], roles: Sequence[str]
) -> Person:
    person_register(person=person, password=password)
    person.companies.set(companies)
    person_roles_set(person=person, roles=roles)
    return person


def _person_state_set(person: Person, state: PersonState) -> None:
    person.state = state
    person.save(update_fields=["state"])


def _keep_one_administrator(person: Person) -> None:
    others = Person.objects.filter(is_superuser=True, state=PersonState.ACTIVE).exclude(pk=person.pk)
    if person.is_superuser and not others.exists():
        raise ValidationError(_("The last administrator cannot be shut out."))
