"""Publishing as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PublishConfig(AppConfig):
    """The app that owns the table of versions."""

    name = "millgate.control.publish"
    label = "publish"
    verbose_name = _("Publishing")
