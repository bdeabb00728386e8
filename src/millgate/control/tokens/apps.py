"""Tokens as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TokensConfig(AppConfig):
    """The app that owns codes, refresh tokens and revocations."""

    name = "millgate.control.tokens"
    label = "tokens"
    verbose_name = _("Tokens")
