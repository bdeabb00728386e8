"""Passwords that people choose themselves: when they forgot theirs, or in place of the one they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import links, mails
from millgate.control.accounts.models import Person
from millgate.control.accounts.sessions import sessions_end
from millgate.control.accounts.sign_in_models import LinkPurpose
from millgate.control.accounts.tries import person_unlock
from millgate.control.audit.acting import Actor
from millgate.control.audit.collecting import recorded
from millgate.control.audit.services import note
from millgate.control.mail.kinds import Kind
from millgate.control.mail.rendering import example_render

if TYPE_CHECKING:
    from millgate.control.accounts.sign_in_models import AccountLink


@recorded()
def password_reset_ask(*, email: str) -> None:
    """Send a link to a new password to whoever has this address; nobody learns whether anybody has."""
    person = Person.objects.filter(email__iexact=email.strip()).first()
    secret = None
    if person is not None and person.is_active:
        secret = links.link_make(person=person, purpose=LinkPurpose.PASSWORD_RESET)
    if person is not None and secret is not None:
        mails.reset_tell(person, secret)
    else:
        # As much work as a mail is: the time that takes would tell.
        example_render(Kind.PASSWORD_RESET)
    known = (person.user_id, person.email) if person is not None else ("unknown", "")
    note("password reset asked", kind="person", key=known[0], name=known[1], actor=Actor("unknown"))


def password_reset_find(secret: str) -> AccountLink | None:
    """Whose password a link lets one choose; None when it does not work (any more)."""
    return links.link_find(secret, LinkPurpose.PASSWORD_RESET)


@recorded(by="password reset")
def password_reset(*, secret: str, password: str) -> Person:
    """Give the person whom a link was sent to a new password. They are signed out everywhere, and unlocked.

    Raises:
        ValidationError: the link does not work (any more), or the password breaks the rules; it stays usable.
    """
    link = password_reset_find(secret)
    if link is None:
        raise ValidationError(_("This link does not work any more. Ask for a new one."))
    validate_password(password, link.person)
    if links.link_use(secret, LinkPurpose.PASSWORD_RESET) is None:
        raise ValidationError(_("This link does not work any more. Ask for a new one."))
    _password_keep(link.person, password)
    person_unlock(person=link.person)
    sessions_end(person=link.person)
    return link.person


@recorded()
def password_change(*, person: Person, password: str, session: str | None) -> None:
    """Give a person, who has said the old one, a new password. They are signed out everywhere else.

    Args:
        person: who.
        password: the new one.
        session: the key of the session that stays.

    Raises:
        ValidationError: the password breaks the rules.
    """
    validate_password(password, person)
    _password_keep(person, password)
    sessions_end(person=person, but=session)


@recorded()
def password_give(*, person: Person, password: str) -> None:
    """Give a person a password that nobody chose. They are signed out everywhere.

    Raises:
        ValidationError: the password breaks the rules.
    """
    password_change(person=person, password=password, session=None)


def _password_keep(person: Person, password: str) -> None:
    person.password = make_password(password)
    person.save(update_fields=["password"])
    mails.sign_in_change_tell(person, _("The password of your account was changed."))
