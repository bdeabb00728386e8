"""Sessions: begun with a password, found by a token, and expired by age unless their user is remembered.

A session expires when it is older than seven days or was not used for 72 hours; equal is still valid. All
moments are whole seconds of the product's clock. Whether the user is remembered is read at every call, so
that switching it off ends what is too old at once. What was found expired stays so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Q

from millgate.control.actions.models import Preference, Session
from millgate.control.actions.tokens import digest_of, token_new
from millgate.control.audit.acting import Actor
from millgate.control.audit.collecting import recorded
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from millgate.control.accounts.models import Person
    from millgate.control.actions.models import Application

OLDEST: Final = timedelta(days=7)
"""How long ago a session may have been made."""
LONGEST_UNUSED: Final = timedelta(hours=72)
"""How long ago it may have been used last."""
MOST: Final = 100
"""How many sessions one person can have; a new one ends the one that was not used for the longest."""
_KEPT: Final = timedelta(days=30)
_AT_ONCE: Final = 100


def now() -> datetime:
    """By the product's clock, in whole seconds."""
    moment: datetime = settings.CLOCK.utc()
    return moment.replace(microsecond=0)


def remembered(person: Person) -> bool:
    """Whether the sessions of somebody stay however old they are."""
    return Preference.objects.filter(person=person, remember_me=True).exists()


def expires_at(session: Session, *, remember_me: bool) -> datetime | None:
    """The last second in which a session is valid, unless it is used before; None when it stays."""
    if remember_me:
        return None
    return min(session.created_at + OLDEST, session.last_used_at + LONGEST_UNUSED)


def expired(session: Session, at: datetime, *, remember_me: bool) -> bool:
    """Whether a session has expired, or was found so before."""
    last = expires_at(session, remember_me=remember_me)
    return session.expired_at is not None or (last is not None and at > last)


def session_find(token: str) -> Session | None:
    """The session of a token; None when it was ended, or its user may not use it any more.

    A user who has a new password, or is not active, has no use of the sessions from before.
    """
    rows = Session.objects.select_related("person", "application")
    session = rows.filter(token_digest=digest_of(token), destroyed_at=None).first()
    if session is None or not session.person.is_active or not session.application.active:
        return None
    return session if session.mark == session.person.get_session_auth_hash() else None


def session_use(session: Session, at: datetime) -> bool:
    """Note that a session is used; False when it has expired, which is noted for good."""
    if expired(session, at, remember_me=remembered(session.person)):
        if session.expired_at is None:
            session.expired_at = at
            session.save(update_fields=["expired_at"])
        return False
    if session.last_used_at < at:
        session.last_used_at = at
        session.save(update_fields=["last_used_at"])
    return True


@recorded()
def session_begin(
    *, person: Person, application: Application, role: str, address: str = "", user_agent: str = ""
) -> tuple[Session, str]:
    """A new session, and its token, which is shown only now."""
    at, token = now(), token_new()
    _tidy(person, at)
    session = Session.objects.create(
        token_digest=digest_of(token),
        person=person,
        application=application,
        role=role,
        mark=person.get_session_auth_hash(),
        created_at=at,
        last_used_at=at,
        address=address[:45],
        user_agent=user_agent[:300],
    )
    _tell(session, "action session began")
    return session, token


@recorded()
def session_end(session: Session) -> None:
    """End a session; its token works no more. One that has ended stays as it is."""
    at = now()
    if Session.objects.filter(pk=session.pk, destroyed_at=None).update(destroyed_at=at):
        session.destroyed_at = at
        _tell(session, "action session ended")


@recorded()
def sessions_end(person: Person, *, but: Session | None = None) -> int:
    """End the sessions of somebody; returns how many.

    Args:
        person: who.
        but: the session that stays, which is valid with their present password from now on.
    """
    if but is not None:
        but.mark = person.get_session_auth_hash()
        but.save(update_fields=["mark"])
    ending = sessions_of(person) if but is None else sessions_of(person).exclude(pk=but.pk)
    ended = ending.update(destroyed_at=now())
    if ended:
        _note(person, "action sessions ended", str(ended))
    return ended


@recorded()
def remember_me_set(person: Person, *, remember_me: bool) -> None:
    """Save whether the sessions of somebody stay. Those that have expired by now do not come back."""
    if remember_me and not remembered(person):
        _expired_mark(person, now())
    Preference.objects.update_or_create(person=person, defaults={"remember_me": remember_me})


def sessions_of(person: Person) -> QuerySet[Session]:
    """Those that were not ended."""
    return Session.objects.filter(person=person, destroyed_at=None)


def _expired_mark(person: Person, at: datetime) -> None:
    old = Q(created_at__lt=at - OLDEST) | Q(last_used_at__lt=at - LONGEST_UNUSED)
    sessions_of(person).filter(old, expired_at=None).update(expired_at=at)


def _tidy(person: Person, at: datetime) -> None:
    """Drop what ended long ago, and keep the number of sessions bounded."""
    over = Q(destroyed_at__lt=at - _KEPT) | Q(expired_at__lt=at - _KEPT)
    old = list(Session.objects.filter(over).values_list("pk", flat=True)[:_AT_ONCE])
    Session.objects.filter(pk__in=old).delete()
    live = sessions_of(person).order_by("-last_used_at", "-pk").values_list("pk", flat=True)
    Session.objects.filter(pk__in=list(live[MOST - 1 :])).update(destroyed_at=at)


def _tell(session: Session, action: str) -> None:
    _note(session.person, action, f"in {session.application.slug}, no. {session.pk}")


def _note(person: Person, action: str, comment: str) -> None:
    actor = Actor(person.user_id, person.email)
    note(action, kind="person", key=person.user_id, name=person.email, comment=comment, actor=actor)
