"""The portal as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """Pages for people who write programs against published APIs."""

    name = "millgate.control.portal"
    label = "portal"
    verbose_name = _("Developer portal")
