"""Who signs in at the pane: the same checks, in the same order, as at every other page."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts import tries
from millgate.control.accounts.forms import SignInForm
from millgate.control.accounts.models import Person
from millgate.control.accounts.signing_in import NextStep, code_check, next_step, sign_in_without_session
from millgate.control.audit.acting import origin
from millgate.control.lookup.problems import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from millgate.control.lookup.sessions import SessionAsked


def person_of(request: HttpRequest, asked: SessionAsked) -> Person:
    """Somebody who has given their password, and a code where they need one. They are signed in by that.

    Raises:
        Problem: they have not, or nobody may try for now.
    """
    person = _by_password(request, asked)
    step = next_step(person)
    if step is NextStep.SET_UP:
        text = _("Administrators need a second factor here. Sign in to the developer portal, and set one up.")
        raise Problem("second-factor-missing", text, HTTPStatus.FORBIDDEN)
    if step is NextStep.CODE:
        _code_use(person, asked.otp)
    sign_in_without_session(person)
    return person


def handing_count() -> None:
    """Count a token of Demo Mode for the address that asks.

    Raises:
        Problem: it has had too many.
    """
    until = tries.try_begin(tries.of_handing(origin().address))
    if until is not None:
        text = _("Demo Mode was begun too often from your address. Try again at %(until)s UTC.")
        raise _wait(text % {"until": f"{until:%H:%M}"}, until, "too-many")


def _by_password(request: HttpRequest, asked: SessionAsked) -> Person:
    if not asked.user_id.strip() or not asked.password:
        raise Problem("incomplete", _("Give User ID, Password and Company Code."))
    form = SignInForm(request, data={"username": _email_of(asked.user_id), "password": asked.password})
    if not form.is_valid():
        _refuse(form)
    person = form.get_user()
    assert isinstance(person, Person)  # noqa: S101 - Django's form knows users alone
    return person


def _email_of(typed: str) -> str:
    """The e-mail of a user ID. An e-mail may be given at once."""
    known = Person.objects.filter(user_id__iexact=typed.strip()).values_list("email", flat=True).first()
    return known or typed


def _refuse(form: SignInForm) -> NoReturn:
    for fault in form.non_field_errors().as_data():
        if fault.code == "locked":
            _refuse_locked(fault)
    text = _("User ID and Password do not belong together, or the account is not active.")
    raise Problem("wrong-credentials", text, HTTPStatus.UNAUTHORIZED)


def _code_use(person: Person, typed: str) -> None:
    if not typed.strip():
        text = _("Give the code that your authenticator app shows now, or a recovery code.")
        raise Problem("code-wanted", text, HTTPStatus.UNAUTHORIZED)
    try:
        code_check(person, typed)
    except ValidationError as refused:
        if refused.code == "locked":
            _refuse_locked(refused)
        raise Problem("code-wrong", refused.messages[0], HTTPStatus.UNAUTHORIZED) from None


def _refuse_locked(fault: ValidationError) -> NoReturn:
    until: datetime = (fault.params or {})["at"]
    text = _("Too many tries. Nobody can sign in with this User ID from here until %(until)s UTC.")
    raise _wait(text % {"until": f"{until:%H:%M}"}, until, "locked") from None


def _wait(text: str, until: datetime, error: str) -> Problem:
    seconds = max(1, math.ceil(until.timestamp() - settings.CLOCK.now()))
    return Problem(error, text, HTTPStatus.TOO_MANY_REQUESTS, retry_after=seconds)
