"""Signing in, checking, remembering, ending, listing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from millgate.control.actions.applications import application_of, standing_of
from millgate.control.actions.models import Session
from millgate.control.actions.pipeline.calls import Outcome, Refused
from millgate.control.actions.pipeline.listing import index as listed
from millgate.control.actions.pipeline.refusals import invalid, not_found
from millgate.control.actions.registry import statuses
from millgate.control.actions.sessions import (
    expired,
    remember_me_set,
    remembered,
    session_begin,
    session_end,
    sessions_of,
)
from millgate.control.actions.shown import session_shown, user_shown
from millgate.control.actions.signing_in import signed_in
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from millgate.control.actions.pipeline.calls import ActionCall


def create(call: ActionCall) -> Outcome:
    """`sessions/create`."""
    redirect_url = _redirect(call.params.get("redirect_url", ""))
    application = application_of(call.params["application"])
    if application is None:
        raise invalid("application", "This application is not active.")
    person = signed_in(
        email=call.params["email"],
        password=call.params["password"],
        otp=call.params.get("otp", ""),
        address=call.caller,
    )
    standing = standing_of(person, application)
    if standing.records and not standing.role:
        raise Refused(
            statuses.USER_REQUIRES_ROLE,
            f"{application.slug} admits none of your roles ({', '.join(standing.records)}).",
        )
    with recorded():
        if "remember_me" in call.params:
            remember_me_set(person, remember_me=call.params["remember_me"])
        session, token = session_begin(
            person=person,
            application=application,
            role=standing.role,
            address=call.caller,
            user_agent=call.user_agent,
        )
    data: dict[str, Any] = {"token": token, "user": user_shown(person, call.view)}
    if redirect_url:
        data["redirect_url"] = redirect_url
    return Outcome(data=data, session=session, application=application, record=("session", str(session.pk)))


def read(call: ActionCall) -> Outcome:
    """`sessions/read`: all that is asked for is in the envelope, and in data as records are."""
    return Outcome(data=_shown(call, _own(call)))


def update(call: ActionCall) -> Outcome:
    """`sessions/update`."""
    remember_me_set(call.user, remember_me=call.params["remember_me"])
    return Outcome(data=_shown(call, _own(call)))


def destroy(call: ActionCall) -> Outcome:
    """`sessions/destroy`."""
    session = _own(call)
    wanted = call.params.get("id", session.pk)
    if wanted != session.pk:
        other = Session.objects.filter(pk=wanted, person=call.user, destroyed_at=None).first()
        if other is None:
            raise not_found("id", "session")
        session = other
    session_end(session)
    return Outcome(data={"id": session.pk})


def index(call: ActionCall) -> Outcome:
    """`sessions/index`."""
    rows = sessions_of(call.user).select_related("application", "person__company")
    return listed(call, rows, lambda row: _listed(row, call), {"application": "application__slug"})


def _listed(session: Session, call: ActionCall) -> dict[str, Any]:
    shown = session_shown(session, session.application, call.view) or {}
    mine = call.session is not None and session.pk == call.session.pk
    return shown | {"current": mine, "expired": expired(session, call.now, remember_me=remembered(call.user))}


def _own(call: ActionCall) -> Session:
    if call.session is None:
        raise TypeError(f"{call.route.path} was called without a session")
    return call.session


def _shown(call: ActionCall, session: Session) -> dict[str, Any] | None:
    application = call.application or session.application
    return session_shown(session, application, "default")


def _redirect(url: str) -> str:
    """A page of this installation, by its path or its whole address.

    Raises:
        Refused: it leads elsewhere: whoever follows it unseen would be led away by whoever made the link.
    """
    path = url.removeprefix(settings.MILLGATE.public_origin)
    if not url or (path.startswith("/") and path[1:2] not in {"/", "\\"}):
        return url
    raise invalid("redirect_url", "Send a path, or an address that begins with this installation's origin.")
