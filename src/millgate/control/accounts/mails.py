"""What people are told of their accounts, by mail.

Each of these is called in the transaction of the change that it tells of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.links import CONFIRM_HOURS, RESET_HOURS
from millgate.control.accounts.selectors import administrators_with
from millgate.control.mail.kinds import Kind
from millgate.control.mail.rendering import link_to
from millgate.control.mail.services import Address, mail_queue

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from millgate.control.accounts.models import Person
    from millgate.control.accounts.sign_in_models import SignUp

_APPROVES: Final = "accounts.change_person"


def waiting_tell(person: Person) -> None:
    """Tell the administrators who may decide that somebody waits for an account."""
    values = {
        "requester": str(person),
        "email": person.email,
        "company": person.asked_company or "-",
        "link": link_to(f"{reverse('console-approvals')}?kind=account"),
    }
    for administrator in administrators_with(_APPROVES):
        mail_queue(kind=Kind.ACCOUNT_WAITING, to=administrator, values=values)


def approval_tell(person: Person) -> None:
    """Tell somebody that their account is active."""
    mail_queue(kind=Kind.ACCOUNT_CONFIRMED, to=person, values={"link": link_to(reverse("portal:sign-in"))})


def rejection_tell(person: Person) -> None:
    """Tell somebody that they get no account, and why."""
    values = {"reason": person.state_comment, "link": link_to(reverse("portal:home"))}
    mail_queue(kind=Kind.ACCOUNT_REJECTED, to=person, values=values)


def confirmation_tell(sign_up: SignUp, secret: str) -> None:
    """Send whoever signed up the link that confirms their address."""
    name = f"{sign_up.first_name} {sign_up.last_name}".strip()
    _confirm(
        Address(sign_up.email, name, sign_up.language), reverse("portal:sign-up-confirm", args=(secret,))
    )


def existence_tell(person: Person) -> None:
    """Tell somebody who has an account that it was asked for again; once an hour at most."""
    hour = int(settings.CLOCK.now() // 3600)
    values = {"link": link_to(reverse("portal:password-forgot"))}
    mail_queue(kind=Kind.ACCOUNT_EXISTS, to=person, values=values, once=f"account exists:{hour}")


def reset_tell(person: Person, secret: str) -> None:
    """Send somebody the link to a new password."""
    values = {"hours": RESET_HOURS, "link": link_to(reverse("portal:password-reset", args=(secret,)))}
    mail_queue(kind=Kind.PASSWORD_RESET, to=person, values=values)


def new_address_tell(person: Person, email: str, secret: str) -> None:
    """Send the link that confirms a new address to it."""
    _confirm(
        Address(email, person.get_full_name(), person.language),
        reverse("portal:address-confirm", args=(secret,)),
    )


def address_changed_tell(person: Person, old: str) -> None:
    """Tell the old address that it is not used any more."""
    values = {"address": person.email, "link": link_to(reverse("portal:home"))}
    to = Address(old, person.get_full_name(), person.language)
    mail_queue(kind=Kind.ADDRESS_CHANGED, to=to, values=values)


def sign_in_change_tell(person: Person, words: str | Promise) -> None:
    """Tell somebody that how they sign in has changed."""
    values = {"what": words, "link": link_to(reverse("portal:profile"))}
    mail_queue(kind=Kind.SIGN_IN_CHANGED, to=person, values=values)


def password_given_tell(person: Person) -> None:
    """Tell somebody who signs in that an administrator gave them a new password."""
    if person.is_active:
        sign_in_change_tell(person, _("An administrator gave your account a new password."))


def address_given_tell(person: Person, old: str) -> None:
    """Tell somebody who signs in, at both addresses, that an administrator gave their account the new one."""
    if person.is_active and old.lower() != person.email.lower():
        address_changed_tell(person, old)
        sign_in_change_tell(person, _("An administrator gave your account this e-mail: sign in with it."))


def closing_tell(person: Person) -> None:
    """Tell somebody that their account is closed."""
    mail_queue(kind=Kind.ACCOUNT_CLOSED, to=person, values={"link": link_to(reverse("portal:home"))})


def _confirm(to: Address, path: str) -> None:
    values = {"hours": CONFIRM_HOURS, "link": link_to(path)}
    mail_queue(kind=Kind.ADDRESS_CONFIRM, to=to, values=values)
