"""Signing in, step by step: the password, then a code or setting one up, and only then a session.

Whoever has given the password alone is nobody yet: what waits is kept in the session, and no page but those
of the next step looks at it. `sign_in` is the only way into a session, whatever page leads there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import update_last_login
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from millgate.control.accounts import tries
from millgate.control.accounts.forms import locked_out
from millgate.control.accounts.mails import sign_in_change_tell
from millgate.control.accounts.models import Person
from millgate.control.accounts.second_factors import has_second_factor, second_factor_passes
from millgate.control.accounts.selectors import account_settings
from millgate.control.accounts.sessions import session_keep
from millgate.control.audit.acting import Actor, origin
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from django.http import HttpRequest

BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_KEY: Final = "password_given"
_SECONDS: Final = 600
"""How long a password that was given waits for the code."""
_TOO_MANY: Final = gettext_lazy("Somebody gave your password and then wrong codes, too many times.")
"""What they are told by mail, in the language in which they read mails."""


class NextStep(StrEnum):
    """What is missing after the password."""

    CODE = "code"
    SET_UP = "set-up"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A password that was given.

    Attributes:
        pk: of the person.
        mark: changes with their password.
        remember: whether this computer shall remember.
        onward: where they go then: a page of ours.
        step: what is missing.
        at: when it was given, in seconds since the epoch.
    """

    pk: int
    mark: str
    remember: bool
    onward: str
    step: str
    at: float


def next_step(person: Person) -> NextStep | None:
    """What somebody has to do after the password; None when that is all."""
    if has_second_factor(person):
        return NextStep.CODE
    if person.is_staff and account_settings().administrators_need_second_factor:
        return NextStep.SET_UP
    return None


def password_given(
    request: HttpRequest, person: Person, step: NextStep, *, remember: bool, onward: str
) -> None:
    """Keep, for some minutes, that somebody gave their password. They are not signed in by it."""
    request.session.cycle_key()
    mark, now = person.get_session_auth_hash(), settings.CLOCK.now()
    request.session[_KEY] = asdict(Waiting(person.pk, mark, remember, onward, step.value, now))


def waiting(request: HttpRequest, step: NextStep) -> tuple[Person, Waiting] | None:
    """Who gave their password in this browser and has this step to do; None when nobody has (any more)."""
    kept = request.session.get(_KEY)
    found = Waiting(**kept) if kept else None
    if found is None or found.step != step or not 0 <= settings.CLOCK.now() - found.at <= _SECONDS:
        return None
    person = Person.objects.filter(pk=found.pk).first()
    if person is None or not person.is_active:
        return None
    same = constant_time_compare(person.get_session_auth_hash(), found.mark)
    return (person, found) if same else None


def sign_in(request: HttpRequest, person: Person, *, remember: bool) -> None:
    """Sign somebody in who has given all that is asked of them."""
    request.session.pop(_KEY, None)
    login(request, person, backend=BACKEND)
    if remember:
        request.session.set_expiry(settings.SESSION_COOKIE_AGE)
    session_keep(request, person)
    _tries_settle(person)


def sign_in_without_session(person: Person) -> None:
    """As `sign_in`, for a page that keeps no session in the browser; it is told and counted as any other."""
    update_last_login(type(person), person)
    note("signed in", kind="person", key=person.user_id, name=person.email, actor=_actor(person))
    _tries_settle(person)


def code_check(person: Person, typed: str) -> None:
    """Use up a code of the second step.

    Raises:
        ValidationError: it is wrong, or nobody may try one for now.
    """
    counter = tries.of_code(person, origin().address)
    until = tries.try_begin(counter)
    if until is not None:
        raise locked_out(until)
    if second_factor_passes(person=person, code=typed):
        return
    until = tries.try_failed(counter)
    if until is None:
        raise ValidationError(_("This code is wrong, or was used already. Wait for the next one."))
    sign_in_change_tell(person, _TOO_MANY)
    raise locked_out(until)


def _actor(person: Person) -> Actor:
    return Actor(person.user_id, person.email)


def _tries_settle(person: Person) -> None:
    """Forget the tries of whoever has signed in."""
    address = origin().address
    of_name, of_address = tries.of_password(person.email, address)
    tries.tries_forget(of_name, tries.of_code(person, address))
    # What else failed from there stays counted: one good password excuses no other guess.
    tries.try_uncount(of_address)
