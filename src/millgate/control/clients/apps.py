"""Clients as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    """The app that owns applications, subscriptions and keys."""

    name = "millgate.control.clients"
    label = "clients"
    verbose_name = _("Clients")
