"""The audit log as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    """Connects what notices changes."""

    name = "millgate.control.audit"
    label = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        """Listen to deletions, lists and sign-ins, which no model's own methods see."""
        from millgate.control.audit import noticing, signing_in  # noqa: PLC0415 - models must be there first

        noticing.connect()
        signing_in.connect()
