"""People, and what they ask for, for tests of the pages about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import Permission

from millgate.control.accounts.models import Person, PersonState, RoleAssignment
from millgate.control.accounts.service_requests import service_request_create
from millgate.control.accounts.services import person_create
from support.console_pages import signed_in

if TYPE_CHECKING:
    from django.test import Client

    from millgate.control.accounts.models import Company, Role, ServiceRequest


def reader(email: str, *rights: str) -> Client:
    """An administrator who has these rights alone, as in `change_person`, signed in."""
    person = person_create(email=email, first_name="Hal", last_name="Helper", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return signed_in(person)


def role_admin(email: str, role: Role) -> Client:
    """An administrator without rights who is an admin of a role, signed in."""
    person = person_create(email=email, first_name="Rita", last_name="Rolegiver", is_staff=True)
    RoleAssignment.objects.create(person=person, role=role, member=False, admin=True)
    return signed_in(person)


def account_asked(email: str, *, company: str = "Example Pumps") -> Person:
    """Somebody who signed up, confirmed their address, and waits."""
    person = person_create(email=email, first_name="Sam", last_name="Signup", password="nine tall mills")
    person.state, person.asked_company = PersonState.PENDING, company
    person.confirmed_at = settings.CLOCK.utc()
    person.save()
    return person


def request_asked(company: Company, *, email: str = "max@example.com") -> ServiceRequest:
    """A company that asks for a developer account."""
    return service_request_create(
        company=company,
        requester_name="Max Muster",
        requester_email=email,
        purpose="Count scrap by shift.",
        wanted_user_id="max.muster",
    )
