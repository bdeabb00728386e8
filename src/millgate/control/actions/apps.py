"""The action API as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActionsConfig(AppConfig):
    """Holds applications, sessions, and which routes are deployed."""

    name = "millgate.control.actions"
    label = "actions"
    verbose_name = _("Action API")
