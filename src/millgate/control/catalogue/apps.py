"""The catalogue as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogueConfig(AppConfig):
    """The app that owns APIs, adapters and limits."""

    name = "millgate.control.catalogue"
    label = "catalogue"
    verbose_name = _("Catalogue")
