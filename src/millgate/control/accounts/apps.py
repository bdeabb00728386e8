"""Accounts as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """The app that owns companies, people and roles."""

    name = "millgate.control.accounts"
    label = "accounts"
    verbose_name = _("People and access")
