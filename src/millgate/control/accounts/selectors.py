"""Reading companies and accounts as machines see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.control.accounts.models import EVERYONE, Company, Person, PersonState, RoleAssignment, RoleGrant
from millgate.snapshot import document

if TYPE_CHECKING:
    from collections.abc import Iterable


def companies_document() -> tuple[document.Company, ...]:
    """All companies, by number."""
    rows = Company.objects.order_by("pcn").values_list("pcn", "tenant_id", "code", "name", "active")
    return tuple(
        document.Company(pcn, str(tenant), code, name, active) for pcn, tenant, code, name, active in rows
    )


def accounts_document() -> tuple[document.Account, ...]:
    """All people and service accounts with what their roles open, by user ID."""
    opened, roles, further = _Opened(), _roles(), _further_companies()
    rows = Person.objects.order_by("user_id").values_list("pk", "user_id", "company__pcn", "state")
    return tuple(
        document.Account(
            user_id,
            _pcns(company, further.get(pk, ())),
            *opened.by(frozenset(roles.get(pk, ()))),
            active=state == PersonState.ACTIVE,
        )
        for pk, user_id, company, state in rows.iterator()
    )


def administrator_exists() -> bool:
    """Whether anybody can administer this installation."""
    return Person.objects.filter(is_superuser=True, is_staff=True, state=PersonState.ACTIVE).exists()


class _Opened:
    """What sets of roles open, each worked out once: many accounts have the same roles."""

    def __init__(self) -> None:
        self._grants: dict[int, list[RoleGrant]] = {}
        self._everyone: set[int] = set()
        for grant in RoleGrant.objects.select_related("role"):
            self._grants.setdefault(grant.role_id, []).append(grant)
            if grant.role.key == EVERYONE:
                self._everyone.add(grant.role_id)
        self._known: dict[frozenset[int], tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def by(self, roles: frozenset[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The controllers that they open for reading and for writing, with what is everyone's."""
        if roles not in self._known:
            grants = [grant for role in roles | self._everyone for grant in self._grants.get(role, ())]
            reads = sorted({grant.controller for grant in grants if grant.read})
            writes = sorted({grant.controller for grant in grants if grant.write})
            self._known[roles] = tuple(reads), tuple(writes)
        return self._known[roles]


def _roles() -> dict[int, list[int]]:
    """The roles of which each person is a member."""
    return _gathered(
        RoleAssignment.objects.filter(member=True).values_list("person_id", "role_id").iterator()
    )


def _further_companies() -> dict[int, list[int]]:
    """The numbers of the further companies of each person."""
    return _gathered(Person.companies.through.objects.values_list("person_id", "company__pcn").iterator())


def _gathered(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for one, other in pairs:
        found.setdefault(one, []).append(other)
    return found


def _pcns(company: int | None, further: Iterable[int]) -> tuple[int, ...]:
    """The Default Customer first, then the further companies by number."""
    first = () if company is None else (company,)
    return (*first, *sorted(set(further).difference(first)))
