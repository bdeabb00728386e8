"""Changes to companies, people and roles.

A change that the rules forbid raises Django's `ValidationError`, which pages show beside their form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import identify_hasher, make_password
from django.contrib.auth.models import Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts import mails
from millgate.control.accounts.models import (
    EVERYONE,
    Company,
    Hat,
    HatKind,
    Person,
    PersonState,
    Role,
    RoleAssignment,
    RoleGrant,
)
from millgate.control.accounts.selectors import accounts_waiting
from millgate.control.accounts.sessions import sessions_end
from millgate.control.accounts.sign_in_models import AccountLink, RecoveryCode, SecondFactor
from millgate.control.audit.collecting import recorded
from millgate.control.audit.models import Entry

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Mapping, Sequence

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


@recorded()
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


@recorded()
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


@recorded()
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


@recorded()
def person_roles_set(*, person: Person, roles: Sequence[str]) -> None:
    """Make a person a member of exactly these roles, given by key."""
    found = {role.key: role for role in Role.objects.filter(key__in=roles)}
    missing = [key for key in roles if key not in found]
    if missing:
        raise ValidationError(_("There is no role %(keys)s."), params={"keys": ", ".join(missing)})
    RoleAssignment.objects.filter(person=person).exclude(role__key__in=roles).delete()
    for role in found.values():
        RoleAssignment.objects.update_or_create(person=person, role=role, defaults={"member": True})


@recorded()
def person_hats_set(*, person: Person, hats: Iterable[str]) -> None:
    """Make a person exactly these things, as in `developer`."""
    wanted = set(hats)
    unknown = sorted(wanted - set(HatKind.values))
    if unknown:
        raise ValidationError({"hats": _("There is no hat %(names)s.") % {"names": ", ".join(unknown)}})
    Hat.objects.filter(person=person).exclude(kind__in=wanted).delete()
    for kind in sorted(wanted):
        Hat.objects.get_or_create(person=person, kind=kind)


def hat_give(*, person: Person, hat: HatKind) -> tuple[Hat, bool]:
    """Make a person one more thing; returns it, and whether they were not yet.

    Raises:
        ValidationError: it is a service account, which is nobody.
    """
    if person.is_service_account:
        raise ValidationError(_("A service account wears no hat."))
    return Hat.objects.get_or_create(person=person, kind=hat)


def person_profile_set(
    *, person: Person, first_name: str, last_name: str, time_zone: str, language: str
) -> None:
    """Change how a person is called, in which time zone they read times, and in which language mails.

    Raises:
        ValidationError: a name is too long, or there is no such time zone or language.
    """
    person.first_name, person.last_name = first_name, last_name
    person.time_zone, person.language = time_zone, language
    person.full_clean(exclude=["password"])
    person.save(update_fields=["first_name", "last_name", "time_zone", "language"])


def person_password_set(*, person: Person, password: str) -> None:
    """Give a person a new password, which must satisfy the rules."""
    if person.is_service_account:
        raise ValidationError(_("A service account has no password."))
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])


@recorded()
def account_approve(*, person: Person) -> None:
    """Let in somebody who signed up and waits; they are told by mail.

    Call this inside `directory_change`, so that programs can act as them at once.

    Raises:
        ValidationError: they do not wait (any more), or have not confirmed their address.
    """
    waiting = _waiting(person)
    waiting.state, waiting.state_comment = PersonState.ACTIVE, ""
    waiting.save(update_fields=["state", "state_comment"])
    mails.approval_tell(waiting)
    person.refresh_from_db(fields=["state", "state_comment"])


@recorded()
def account_reject(*, person: Person, reason: str) -> None:
    """Turn down somebody who signed up and waits; they are told why by mail.

    Args:
        person: who.
        reason: in words for them; it may be empty.

    Raises:
        ValidationError: they do not wait (any more), or have not confirmed their address; or the reason
            is too long.
    """
    waiting = _waiting(person)
    waiting.state, waiting.state_comment = PersonState.REJECTED, reason.strip()
    Person._meta.get_field("state_comment").clean(waiting.state_comment, waiting)  # noqa: SLF001 - Django's name for a public thing
    waiting.save(update_fields=["state", "state_comment"])
    mails.rejection_tell(waiting)
    person.refresh_from_db(fields=["state", "state_comment"])


def person_activate(*, person: Person) -> None:
    """Let a pending, blocked or rejected person in."""
    if person.state == PersonState.CLOSED:
        raise ValidationError(_("%(person)s is closed and stays so."), params={"person": str(person)})
    _person_state_set(person, PersonState.ACTIVE)


def person_block(*, person: Person) -> None:
    """Keep a person out: no sign-in, and none of their keys works, until they are let in again."""
    if person.state == PersonState.CLOSED:
        raise ValidationError(_("%(person)s is closed and stays so."), params={"person": str(person)})
    _keep_one_administrator(person)
    _person_state_set(person, PersonState.BLOCKED)


@recorded()
def person_close(*, person: Person) -> None:
    """Close an account for good, and tell its owner.

    It stays as a row, because records name it; its password and second factor are gone, and it is signed
    out everywhere. Keys stop with the directory's next version: call this inside `directory_change`.

    Raises:
        ValidationError: it is the last administrator's.
    """
    _keep_one_administrator(person)
    person.set_unusable_password()
    person.state = PersonState.CLOSED
    person.save(update_fields=["state", "password"])
    for model in (SecondFactor, RecoveryCode, AccountLink):
        model._default_manager.filter(person=person).delete()  # noqa: SLF001 - Django's name for a public thing
    sessions_end(person=person)
    if not person.is_service_account:
        mails.closing_tell(person)


def _person_add(
    person: Person, password: str | None, companies: Iterable[Company], roles: Sequence[str]
) -> Person:
    person_register(person=person, password=password)
    person.companies.set(companies)
    person_roles_set(person=person, roles=roles)
    return person


def _waiting(person: Person) -> Person:
    """The person as the row stands now, for one decision alone."""
    waiting = accounts_waiting().select_for_update().filter(pk=person.pk).first()
    if waiting is None:
        raise ValidationError(
            _("%(person)s does not wait for a decision any more."), params={"person": str(person)}
        )
    return waiting


def _person_state_set(person: Person, state: PersonState) -> None:
    person.state = state
    person.save(update_fields=["state"])


def _keep_one_administrator(person: Person) -> None:
    others = Person.objects.filter(is_superuser=True, state=PersonState.ACTIVE).exclude(pk=person.pk)
    if person.is_superuser and not others.exists():
        raise ValidationError(_("The last administrator cannot be shut out."))


# Rows as somebody wrote them down: by the names that people know, whole, and as often as one likes


def company_put(
    *, pcn: int, tenant_id: uuid.UUID, code: str, name: str, time_zone: str, active: bool
) -> Company:
    """Create a company, or replace the one of the same number."""
    row = Company.objects.filter(pcn=pcn).first() or Company(pcn=pcn)
    row.tenant_id, row.code, row.name, row.time_zone, row.active = tenant_id, code, name, time_zone, active
    row.full_clean()
    row.save()
    return row


@recorded()
def role_put(*, key: str, name: str, description: str, grants: Iterable[tuple[str, bool, bool]]) -> Role:
    """Create a role, or replace the one of the same key.

    Args:
        key: of the role.
        name: as shown.
        description: a sentence.
        grants: for each controller, whether it is opened for reading and for writing.
    """
    row = Role.objects.filter(key=key).first() or Role(key=key)
    row.name, row.description = name, description
    row.full_clean()
    row.save()
    row.grants.all().delete()
    made = [RoleGrant(role=row, controller=item[0], read=item[1], write=item[2]) for item in grants]
    for grant in made:
        grant.clean_fields()
    RoleGrant.objects.bulk_create(made)
    return row


def role_delete(*, role: Role) -> None:
    """Remove a role that nobody has."""
    if role.key == EVERYONE:
        raise ValidationError(_("The role that every account has stays."))
    role.delete()


@recorded()
def person_put(
    *,
    user_id: str,
    companies: Iterable[Company],
    roles: Mapping[str, tuple[bool, bool]],
    permissions: Iterable[str],
    hats: Iterable[str] = (),
    **members: object,
) -> Person:
    """Create a person or a service account, or replace the one of the same user ID; passwords stay.

    Somebody new has no usable password.

    Args:
        user_id: of the account.
        companies: the further ones.
        roles: by key, whether the person is a member and whether an admin of the role.
        permissions: of an administrator in part, as in `clients.view_subscription`.
        hats: what the person is to the installation, as in `developer`.
        members: the other members of the row.

    Raises:
        ValidationError: also for opening a closed account again.
    """
    row = Person.objects.filter(user_id=user_id).first()
    if row is None:
        row = Person(user_id=user_id)
        row.set_unusable_password()
    elif row.state == PersonState.CLOSED and members["state"] != PersonState.CLOSED:
        raise ValidationError({"state": _("%(person)s is closed and stays so.") % {"person": row}})
    for name, value in members.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    row.companies.set(companies)
    row.user_permissions.set(_permissions(permissions))
    _standings_put(row, roles)
    person_hats_set(person=row, hats=hats)
    return row


def person_password_hash_put(*, person: Person, password_hash: str) -> None:
    """Give a person the password that has this hash; an empty one leaves them without."""
    try:
        if password_hash:
            identify_hasher(password_hash)
    except ValueError:
        raise ValidationError(_("This is no hash of a password that can be checked here.")) from None
    person.password = password_hash or make_password(None)
    person.save(update_fields=["password"])


def person_delete(*, person: Person) -> None:
    """Remove an account that has left no trace.

    Raises:
        ValidationError: the audit log names it, or what the console kept before there was one.
        ProtectedError: an application or a subscription names it.
    """
    named = Entry.objects.filter(who=person.user_id).exists()
    if named or LogEntry.objects.filter(user=person).exists():
        raise ValidationError(_("The audit log names it. Close the account instead."))
    person.delete()


def _standings_put(person: Person, roles: Mapping[str, tuple[bool, bool]]) -> None:
    found = {role.key: role for role in Role.objects.filter(key__in=roles)}
    missing = sorted(roles.keys() - found)
    if missing:
        raise ValidationError({"roles": _("There is no role %(keys)s.") % {"keys": ", ".join(missing)}})
    RoleAssignment.objects.filter(person=person).exclude(role__key__in=roles).delete()
    for key, (member, admin) in roles.items():
        RoleAssignment.objects.update_or_create(
            person=person, role=found[key], defaults={"member": member, "admin": admin}
        )


def _permissions(names: Iterable[str]) -> list[Permission]:
    found: list[Permission] = []
    for name in names:
        label, _dot, codename = name.partition(".")
        rows = Permission.objects.filter(content_type__app_label=label, codename=codename)
        if not rows:
            raise ValidationError(
                {"user_permissions": _("There is no permission %(name)s.") % {"name": name}}
            )
        found.extend(rows)
    return found
