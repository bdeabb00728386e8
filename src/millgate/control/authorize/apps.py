"""The room as a Django app."""

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class AuthorizeConfig(AppConfig):
    """Pages on which people allow programs to act as them."""

    name = "millgate.control.authorize"
    label = "authorize"
    verbose_name = _("Asking people")

    def ready(self) -> None:
        """From now on every sign-in, at whichever page, is told from the one before."""
        from millgate.control.authorize.sessions import begun  # noqa: PLC0415 - it needs a ready Django

        user_logged_in.connect(begun, dispatch_uid="authorize")
