"""How sessions, users and applications stand in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.control.accounts.models import PersonState
from millgate.control.actions.applications import standing_of
from millgate.control.actions.sessions import expires_at, remembered

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person
    from millgate.control.actions.models import Application, Session


def session_shown(session: Session, application: Application, view: str) -> dict[str, Any] | None:
    """A session, as its user acts in an application; None for the view `none`. Never its token."""
    if view == "none":
        return None
    remember_me, standing = remembered(session.person), standing_of(session.person, application)
    shown = {
        "id": session.pk,
        "role": standing.role or None,
        "expires_at": expires_at(session, remember_me=remember_me),
    }
    if view == "minimal":
        return shown
    return shown | {
        "user": user_shown(session.person, "minimal"),
        "roles": list(standing.records),
        "remember_me": remember_me,
        "application": application.slug,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
    }


def user_shown(person: Person, view: str) -> dict[str, Any]:
    """A user."""
    shown = {
        "id": person.pk,
        "user_id": person.user_id,
        "email": person.email,
        "name": person.get_full_name(),
    }
    if view == "minimal":
        return shown
    return shown | {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "position": person.position,
        "department": person.department,
        "time_zone": person.time_zone,
        "company": person.company.pcn if person.company else None,
        "company_name": person.company.name if person.company else None,
        "active": person.state == PersonState.ACTIVE,
        "remember_me": remembered(person),
    }


def application_shown(application: Application, view: str = "default") -> dict[str, Any] | None:
    """An application in an envelope; None for the view `none`."""
    return None if view == "none" else {"slug": application.slug, "name": application.name}
