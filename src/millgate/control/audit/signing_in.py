"""Who signs in and out, and who tries to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from millgate.control.audit.acting import Actor, origin
from millgate.control.audit.models import Entry
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from django.http import HttpRequest

FAILED: Final = "sign-in failed"
MOST_FAILURES: Final = 30
"""How many failures of one address are told in a minute: a guesser must not fill the disk."""


def connect() -> None:
    """Listen to Django's sign-ins. Doing it again changes nothing."""
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")


def _signed_in(user: Any, **_more: Any) -> None:  # noqa: ANN401 - Django's own
    _tell("signed in", user)


def _signed_out(user: Any, **_more: Any) -> None:  # noqa: ANN401 - Django's own
    if user is not None:
        _tell("signed out", user)


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any) -> None:  # noqa: ANN401 - Django's own
    """Names only who is known: what was typed for a name may be a password."""
    del request
    since = settings.CLOCK.utc() - timedelta(minutes=1)
    lately = Entry.objects.filter(action=FAILED, at__gte=since, address=origin().address)
    if lately[:MOST_FAILURES].count() >= MOST_FAILURES:
        return
    typed = str(credentials.get("username") or "")[:254]
    person = get_user_model().objects.filter(email__iexact=typed).first()
    if person is None:
        note(FAILED, kind="person", key="unknown", name="", actor=Actor("unknown"))
    else:
        _tell(FAILED, person, Actor("unknown"))


def _tell(action: str, person: Any, actor: Actor | None = None) -> None:  # noqa: ANN401 - of an app above
    known = Actor(person.user_id, person.email)
    note(action, kind="person", key=person.user_id, name=person.email, actor=actor or known)
