"""The mail room as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailConfig(AppConfig):
    """Holds the outbox."""

    name = "millgate.control.mail"
    label = "mail"
    verbose_name = _("Mail")
