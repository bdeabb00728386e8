"""Checks 7 to 10: whose token it is, whether it still holds, as what they act, and whether they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from millgate.control.accounts.models import PersonState
from millgate.control.actions.applications import application_find, application_of, standing_of
from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.pipeline.refusals import denied, invalid, missing
from millgate.control.actions.registry import statuses
from millgate.control.actions.registry.model import Role
from millgate.control.actions.sessions import session_find, session_use

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from millgate.control.accounts.models import Person
    from millgate.control.actions.models import Application, Session
    from millgate.control.actions.registry.model import Route


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls.

    Attributes:
        application: that the call is made in.
        session: None for an application's token, and on an anonymous route.
    """

    application: Application | None = None
    session: Session | None = None

    @property
    def key(self) -> tuple[str, object]:
        """What its calls are counted by: the token that it has."""
        if self.session is not None:
            return "session", self.session.pk
        return "application", self.application.pk if self.application else 0

    @property
    def person(self) -> Person | None:
        """Of the session; or else the service account as which the application acts, if that is active."""
        if self.session is not None:
            return self.session.person
        account = self.application.account if self.application else None
        return account if account is not None and account.state == PersonState.ACTIVE else None


def identify(params: Mapping[str, Any], at: datetime) -> Caller:
    """Checks 7 and 8; the use of a session is noted by them.

    Raises:
        Refused: the token is missing or of nothing that holds, or its session has expired.
    """
    token = params.get("token")
    if token is None or token == "":
        raise missing("token", "sessions/create answers one.")
    session = session_find(token) if isinstance(token, str) else None
    if session is None:
        application = application_find(token) if isinstance(token, str) else None
        if application is None:
            raise Refused(statuses.INVALID_TOKEN, "The token is not valid. Sign in by sessions/create.")
        return Caller(application)
    if not session_use(session, at):
        raise Refused(statuses.SESSION_EXPIRED, "The session has expired. Sign in again by sessions/create.")
    return Caller(_application(params) or session.application, session)


def _application(params: Mapping[str, Any]) -> Application | None:
    """The application that is named; what names none is refused later, by the check of parameters."""
    slug = params.get("application")
    return application_of(slug) if isinstance(slug, str) else None


def role_find(route: Route, caller: Caller) -> str:
    """Checks 9 and 10: as what the caller acts.

    Raises:
        Refused: they have no record where one is needed, or may not call this route.
    """
    if caller.session is None:
        role = str(Role.APPLICATION)
    else:
        role = _role_of_session(route, caller.session, caller.application or caller.session.application)
    if role not in route.roles and not (Role.USER in route.roles and caller.session is not None):
        raise denied(f"As {role} one may not call {route.path}; it is for {', '.join(route.roles)}.")
    if route.right and not (caller.session is not None and caller.session.person.has_perm(route.right)):
        raise denied(f"{route.path} needs a right that an administrator gives: {route.right}.")
    return role


def _role_of_session(route: Route, session: Session, application: Application) -> str:
    standing = standing_of(session.person, application)
    if standing.role or Role.USER in route.roles:
        return standing.role or str(Role.USER)
    if not standing.records:
        raise Refused(
            statuses.CLIENT_REQUIRED,
            "You have no record as client, employee or liaison. Become a client by users/client_register.",
        )
    raise denied(
        f"{application.slug} admits none of your roles ({', '.join(standing.records)}). Name another one."
    )


def application_check(params: Mapping[str, Any], caller: Caller) -> None:
    """A part of check 12: that the application is one that the caller may name.

    Raises:
        Refused: it is not active, or is another one than that of the application's token.
    """
    slug = params.get("application")
    if slug is None:
        return
    if application_of(slug) is None:
        raise invalid("application", "This application is not active.")
    if caller.session is None and caller.application is not None and caller.application.slug != slug:
        raise invalid("application", f"The token is that of {caller.application.slug}; leave this out.")
