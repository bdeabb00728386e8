"""Who stands how in a role: set for a person as a whole, or given and taken by the admins of a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts.models import EVERYONE, Person, PersonState, Role, RoleAssignment
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

CHANGES_PEOPLE = "accounts.change_person"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody has what a role opens, and whether they may give the role to others."""

    member: bool = False
    admin: bool = False

    @property
    def any(self) -> bool:
        """Whether it is worth a row."""
        return self.member or self.admin


def roles_given() -> QuerySet[Role]:
    """The roles that are given to people: all but the one that every account has."""
    return Role.objects.exclude(key=EVERYONE)


def standings_of(person: Person) -> dict[str, Standing]:
    """How a person stands in roles, by key."""
    rows = RoleAssignment.objects.filter(person=person).values_list("role__key", "member", "admin")
    return {key: Standing(member, admin) for key, member, admin in rows}


@recorded()
def person_standings_set(*, person: Person, standings: Mapping[str, Standing]) -> None:
    """Set how a person stands in the roles that are named by key; in others they stand as before.

    Raises:
        ValidationError: there is no such role.
    """
    roles = {role.key: role for role in Role.objects.filter(key__in=standings)}
    missing = sorted(standings.keys() - roles)
    if missing:
        raise ValidationError(_("There is no role %(keys)s."), params={"keys": ", ".join(missing)})
    known = {row.role_id: row for row in RoleAssignment.objects.filter(person=person)}
    for key, standing in standings.items():
        _standing_put(person, roles[key], known.get(roles[key].pk), standing)


def _standing_put(person: Person, role: Role, row: RoleAssignment | None, standing: Standing) -> None:
    if not standing.any:
        if row is not None:
            row.delete()
        return
    if row is None:
        row = RoleAssignment(person=person, role=role, member=False)
    if (row.member, row.admin) != (standing.member, standing.admin):
        row.member, row.admin = standing.member, standing.admin
        row.save()


# Given and taken


def roles_giveable(giver: Person) -> QuerySet[Role]:
    """The roles that somebody may give: those they are an admin of, or all where they may change people."""
    if giver.has_perm(CHANGES_PEOPLE):
        return roles_given()
    return roles_given().filter(assignments__person=giver, assignments__admin=True)


def may_be_given_to(giver: Person, person: Person) -> bool:
    """Whether somebody may give roles to a person: to others, and to full administrators only as one."""
    return person.pk != giver.pk and (giver.is_superuser or not person.is_superuser)


@recorded()
def role_give(*, giver: Person, role: Role, person: Person) -> None:
    """Make a person a member of a role.

    Raises:
        PermissionDenied: the giver is no admin of the role, or may not give it to this person.
        ValidationError: the account is closed.
    """
    _may_give(giver, role, person)
    if person.state == PersonState.CLOSED:
        raise ValidationError(_("%(person)s is closed and stays so."), params={"person": str(person)})
    row = RoleAssignment.objects.filter(person=person, role=role).first()
    _standing_put(person, role, row, Standing(member=True, admin=bool(row and row.admin)))


@recorded()
def role_take(*, giver: Person, role: Role, person: Person) -> None:
    """Take a role from a person; who is an admin of it stays that.

    Raises:
        PermissionDenied: the giver is no admin of the role, or may not take it from this person.
    """
    _may_give(giver, role, person)
    row = RoleAssignment.objects.filter(person=person, role=role).first()
    _standing_put(person, role, row, Standing(member=False, admin=bool(row and row.admin)))


def _may_give(giver: Person, role: Role, person: Person) -> None:
    if not roles_giveable(giver).filter(pk=role.pk).exists() or not may_be_given_to(giver, person):
        raise PermissionDenied
