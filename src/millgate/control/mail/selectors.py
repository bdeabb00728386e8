"""Reading the outbox."""

from __future__ import annotations

from millgate.control.mail.models import Mail, MailState


def mails_failed() -> int:
    """How many mails were given up and not sent again since."""
    return Mail.objects.filter(state=MailState.FAILED).count()
