"""The browsers in which people are signed in, and ending them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.sessions.models import Session
from django.dispatch import Signal

from millgate.control.accounts.sign_in_models import PersonSession
from millgate.control.audit.acting import origin
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from millgate.control.accounts.models import Person

signed_out: Final = Signal()
"""Somebody, `person`, is signed out everywhere: whoever keeps sessions beside those of browsers ends them,
and returns whether that was done."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What signing somebody out has ended.

    Attributes:
        browsers: how many sessions of browsers.
        complete: whether also all that others keep; if not, doing it again may help.
    """

    browsers: int
    complete: bool


def session_keep(request: HttpRequest, person: Person) -> None:
    """Note in which browser somebody has just signed in."""
    if request.session.session_key is None:
        request.session.save()
    PersonSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "person": person,
            "address": origin().address,
            "user_agent": origin().user_agent[:300],
            "signed_in_at": settings.CLOCK.utc(),
        },
    )


def sessions_of(person: Person) -> QuerySet[PersonSession]:
    """Those that are open, the newest first; what Django has dropped by itself is forgotten."""
    live = Session.objects.filter(expire_date__gt=settings.CLOCK.utc()).values("session_key")
    PersonSession.objects.filter(person=person).exclude(session_key__in=live).delete()
    return PersonSession.objects.filter(person=person)


def sessions_end(*, person: Person, but: str | None = None) -> SignedOut:
    """Sign somebody out everywhere.

    Args:
        person: who.
        but: the key of the browser's session that stays.
    """
    ending = PersonSession.objects.filter(person=person).exclude(session_key=but or "")
    keys = list(ending.values_list("session_key", flat=True))
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    for key in keys:
        store.delete(key)
    ending.filter(session_key__in=keys).delete()
    if keys:
        words = f"{len(keys)}"
        note("sessions ended", kind="person", key=person.user_id, name=person.email, comment=words)
    return SignedOut(len(keys), all(done for _, done in signed_out.send(type(person), person=person)))
