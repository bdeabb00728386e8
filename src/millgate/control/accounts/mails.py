"""What people are told of their accounts, by mail.

Each of these is called in the transaction of the change that it tells of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse

from millgate.control.accounts.selectors import administrators_with
from millgate.control.mail.kinds import Kind
from millgate.control.mail.rendering import link_to
from millgate.control.mail.services import mail_queue

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

_APPROVES: Final = "accounts.change_person"


def waiting_tell(person: Person) -> None:
    """Tell the administrators who may decide that somebody waits for an account."""
    values = {
        "requester": str(person),
        "email": person.email,
        "company": person.asked_company or "-",
        "link": link_to(reverse("admin:accounts_person_change", args=(person.pk,))),
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
