"""Sandbox as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SandboxConfig(AppConfig):
    """The app that owns fault rules and the clock."""

    name = "millgate.control.sandbox"
    label = "sandbox"
    verbose_name = _("Faults and clock")
