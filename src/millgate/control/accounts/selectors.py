"""Reading companies and accounts as machines see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.control.accounts.models import EVERYONE, Company, Person, PersonState, RoleGrant
from millgate.snapshot import document

if TYPE_CHECKING:
    from collections.abc import Iterable


def companies_document() -> tuple[document.Company, ...]:
    """All companies, by number."""
    return tuple(_company(row) for row in Company.objects.order_by("pcn"))


def accounts_document() -> tuple[document.Account, ...]:
    """All people and service accounts with what their roles open, by user ID."""
    everyone = tuple(RoleGrant.objects.filter(role__key=EVERYONE))
    people = Person.objects.select_related("company").prefetch_related(
        "companies", "assignments__role__grants"
    )
    return tuple(_account(row, everyone) for row in people.order_by("user_id"))


def administrator_exists() -> bool:
    """Whether anybody can administer this installation."""
    return Person.objects.filter(is_superuser=True, is_staff=True, state=PersonState.ACTIVE).exists()


def _company(row: Company) -> document.Company:
    return document.Company(
        pcn=row.pcn, tenant=str(row.tenant_id), code=row.code, name=row.name, active=row.active
    )


def _account(row: Person, everyone: Iterable[RoleGrant]) -> document.Account:
    grants = [*everyone]
    for assignment in row.assignments.all():
        if assignment.member:
            grants.extend(assignment.role.grants.all())
    return document.Account(
        key=row.user_id,
        pcns=_pcns(row),
        reads=tuple(sorted({grant.controller for grant in grants if grant.read})),
        writes=tuple(sorted({grant.controller for grant in grants if grant.write})),
        active=row.state == PersonState.ACTIVE,
    )


def _pcns(row: Person) -> tuple[int, ...]:
    """The Default Customer first, then the further companies by number."""
    first = [row.company.pcn] if row.company else []
    further = {company.pcn for company in row.companies.all()}
    return (*first, *sorted(further.difference(first)))
