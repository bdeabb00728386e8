"""What is known about programs that ask, and what people allowed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from millgate.control.accounts.models import Company, RoleAssignment
from millgate.control.authorize.requests import Program
from millgate.control.clients.models import ClientApplication, ClientType, Consent, ProtectedResource
from millgate.core.errors import TOKEN_CLIENT_UNKNOWN, TOKEN_TENANT_UNKNOWN, Refusal, Refused
from millgate.core.values import GUID

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person
    from millgate.control.authorize.requests import Asked

ANY_TENANT = "common"


@dataclass(frozen=True, slots=True)
class Allowed:
    """A program with everything that a person allowed it, newest first."""

    application: ClientApplication
    consents: tuple[Consent, ...]


def application_asking(client_id: str, tenant: str) -> ClientApplication:
    """The enabled application of an active company.

    Args:
        client_id: as the request has it.
        tenant: of the address; empty when it named none.

    Raises:
        Refused: there is no such tenant, or no such application in it.
    """
    if tenant and not (GUID.fullmatch(tenant) and Company.objects.filter(tenant_id=tenant).exists()):
        raise Refused(Refusal(TOKEN_TENANT_UNKNOWN, {"tenant": tenant[:100]}))
    enabled = ClientApplication.objects.select_related("company").filter(enabled=True, company__active=True)
    if tenant:
        enabled = enabled.filter(company__tenant_id=tenant)
    found = enabled.filter(client_id=client_id).first() if GUID.fullmatch(client_id) else None
    if found is None:
        values = {"client_id": client_id[:100], "tenant": tenant or ANY_TENANT}
        raise Refused(Refusal(TOKEN_CLIENT_UNKNOWN, values))
    return found


def program_of(application: ClientApplication) -> Program:
    """An application as a request is checked against it."""
    return Program(
        client_id=str(application.client_id),
        tenant=str(application.company.tenant_id),
        redirect_uris=tuple(application.redirect_uris),
        public=application.client_type == ClientType.PUBLIC,
    )


def resources_known() -> frozenset[str]:
    """The audiences that tokens can be asked for."""
    named = ProtectedResource.objects.values_list("identifier", flat=True)
    return frozenset({settings.MILLGATE.resource, *named})


def resource_meant(asked: Asked) -> str:
    """Towards what a program would act; a request that names nothing means the resource of the settings.

    The program names it when it brings the code, and is given tokens for no other.
    """
    return asked.resource or settings.MILLGATE.resource


def resource_name(identifier: str) -> str:
    """What people call a resource; empty when it has no name."""
    return (
        ProtectedResource.objects.filter(identifier=identifier).values_list("name", flat=True).first() or ""
    )


def consent_given(person: Person, application: ClientApplication, resource: str) -> Consent | None:
    """What a person allowed an application towards a resource."""
    return Consent.objects.filter(person=person, application=application, resource=resource).first()


def roles_of(person: Person) -> list[str]:
    """The names of the roles whose rights a person has."""
    members = RoleAssignment.objects.filter(person=person, member=True)
    return list(members.order_by("role__name").values_list("role__name", flat=True))


def programs_allowed(person: Person) -> list[Allowed]:
    """What a person allowed, by the programs' names."""
    rows = Consent.objects.filter(person=person).select_related("application__company").order_by("-given_at")
    found: dict[int, list[Consent]] = {}
    for row in rows:
        found.setdefault(row.application_id, []).append(row)
    allowed = [Allowed(consents[0].application, tuple(consents)) for consents in found.values()]
    return sorted(allowed, key=lambda item: (item.application.display_name, item.application.pk))


def program_allowed(person: Person, client_id: str) -> Allowed | None:
    """One program that a person allowed something."""
    return next(
        (item for item in programs_allowed(person) if str(item.application.client_id) == client_id), None
    )
