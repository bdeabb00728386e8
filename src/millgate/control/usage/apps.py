"""Usage as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class UsageConfig(AppConfig):
    """The app that owns counters, call counts and refusals."""

    name = "millgate.control.usage"
    label = "usage"
    verbose_name = _("Usage")
