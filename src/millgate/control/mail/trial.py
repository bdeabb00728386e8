"""A test mail past the outbox, for whoever sets the way up."""

from __future__ import annotations

from typing import Final

from millgate.control.mail.models import MailState
from millgate.control.mail.outbox import message_of, own_transport
from millgate.control.mail.services import Address, trial_mail
from millgate.control.mail.transports import NotSent

SENDER: Final = "Somebody at the command line"


def trial_send(address: str) -> str:
    """Send a test mail at once; gives how the other side calls it, or nothing. No row is written.

    Raises:
        NotSent: it was not taken.
    """
    mail = trial_mail(to=Address(address), sender=SENDER)
    if mail.state == MailState.FAILED:
        raise NotSent(mail.last_error.rstrip("."), final=True)
    return own_transport().send(message_of(mail))
