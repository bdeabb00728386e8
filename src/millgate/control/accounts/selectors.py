"""Reading companies and accounts as machines see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q

from millgate.control.accounts.models import (
    EVERYONE,
    AccountSettings,
    Company,
    Person,
    PersonState,
    RoleAssignment,
    RoleGrant,
)
from millgate.snapshot import document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

MOST_TOLD: Final = 50
"""How many administrators are told of one request."""


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


def account_settings() -> AccountSettings:
    """What the installation decided about accounts; the defaults while it decided nothing."""
    return AccountSettings.objects.first() or AccountSettings()


def accounts_waiting() -> QuerySet[Person]:
    """Those who confirmed their address and wait for an administrator, the longest waiting first."""
    waiting = Person.objects.filter(state=PersonState.PENDING, is_service_account=False)
    return waiting.filter(confirmed_at__isnull=False).order_by("confirmed_at", "pk")


def administrators_with(permission: str) -> Iterable[Person]:
    """The active administrators who have a right; the first of them where they are many.

    Args:
        permission: as in `clients.change_subscription`.
    """
    app, _dot, codename = permission.partition(".")
    right = {"content_type__app_label": app, "codename": codename}
    own = Q(**{f"user_permissions__{name}": value for name, value in right.items()})
    of_group = Q(**{f"groups__permissions__{name}": value for name, value in right.items()})
    active = Person.objects.filter(is_staff=True, state=PersonState.ACTIVE, is_service_account=False)
    return active.filter(Q(is_superuser=True) | own | of_group).distinct().order_by("pk")[:MOST_TOLD]


def person_opens(person: Person, controller: str, *, write: bool = False) -> bool:
    """Whether the roles of somebody open a controller, for reading or for writing."""
    member = Q(role__assignments__person=person, role__assignments__member=True)
    grants = RoleGrant.objects.filter(controller=controller, **{"write" if write else "read": True})
    return grants.filter(member | Q(role__key=EVERYONE)).exists()


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
