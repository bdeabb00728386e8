"""Helping somebody who cannot sign in any more, past every page."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts.models import Person
from millgate.control.accounts.passwords import password_give
from millgate.control.accounts.second_factors import second_factor_reset
from millgate.control.accounts.tries import person_unlock
from millgate.control.audit.acting import COMMAND_LINE
from millgate.control.audit.collecting import recorded
from millgate.core.secrets import Secret, new_password


@recorded(by=COMMAND_LINE)
def recover(*, email: str, second_factor: bool, password: bool) -> Secret | None:
    """Let a person sign in again; returns the new password, if one was asked for.

    Args:
        email: of the person, in any case.
        second_factor: whether theirs is taken away.
        password: whether they get a new one, and are signed out everywhere.

    Raises:
        ValidationError: there is no such active person, or no second factor to take away.
    """
    person = Person.objects.filter(email__iexact=email).first()
    if person is None or not person.is_active:
        raise ValidationError(_("There is no active person with the e-mail %(email)s.") % {"email": email})
    if second_factor:
        second_factor_reset(person=person)
    person_unlock(person=person)
    if not password:
        return None
    new = Secret(new_password())
    password_give(person=person, password=new.reveal())
    return new
