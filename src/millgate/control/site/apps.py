"""The frame as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SiteConfig(AppConfig):
    """Holds the templates and styles that every page stands on."""

    name = "millgate.control.site"
    label = "site"
    verbose_name = _("Site")
