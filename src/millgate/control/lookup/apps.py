"""The pane as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LookupConfig(AppConfig):
    """A page on which people at the line look up workcenters and take reports into a sheet."""

    name = "millgate.control.lookup"
    label = "lookup"
    verbose_name = _("Workcenter Lookup")
