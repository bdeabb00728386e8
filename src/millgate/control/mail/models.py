"""The outbox: a row for each mail, written in the transaction of what it tells of."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailState(models.TextChoices):
    """How far a mail has come."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class Mail(models.Model):
    """One mail to one address, as it was rendered when what it tells of happened."""

    kind = models.CharField(_("kind"), max_length=40)
    name = models.CharField(_("name"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=320)
    language = models.CharField(_("language"), max_length=10, default="en")
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"), blank=True, help_text=_("Empty once it is not needed any more."))
    html = models.TextField(_("HTML"), blank=True)
    message_id = models.CharField(
        _("message ID"),
        max_length=300,
        help_text=_("The same at every try, so that copies can be told from other mails."),
    )
    state = models.CharField(_("state"), max_length=10, choices=MailState.choices, default=MailState.WAITING)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    last_error = models.CharField(_("last error"), max_length=500, blank=True)
    provider_id = models.CharField(
        _("provider's ID"), max_length=200, blank=True, help_text=_("How the provider calls it.")
    )
    created_at = models.DateTimeField(_("written"))
    next_at = models.DateTimeField(_("next try"), null=True, help_text=_("None once it is sent or failed."))
    sent_at = models.DateTimeField(_("sent"), null=True)
    lease = models.UUIDField(_("lease"), null=True, editable=False)
    lease_until = models.DateTimeField(_("leased until"), null=True, editable=False)
    once = models.CharField(  # noqa: DJ001 - many have none, and in a unique column only NULL may repeat
        _("told once"),
        max_length=64,
        null=True,
        unique=True,
        editable=False,
    )

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=("state", "next_at"), name="mail_mail_due"),
            models.Index(fields=("state", "lease_until"), name="mail_mail_leased"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def texts_kept(self) -> bool:
        """Whether it still holds what it says, so that it can be sent (again)."""
        return bool(self.text)


def lease_new() -> uuid.UUID:
    """What marks a mail as being sent by one process."""
    return uuid.uuid4()
