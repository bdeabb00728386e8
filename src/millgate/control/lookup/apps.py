"""The pane as a Django app."""

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person


class LookupConfig(AppConfig):
    """A page on which people at the line look up workcenters and take reports into a sheet."""

    name = "millgate.control.lookup"
    label = "lookup"
    verbose_name = _("Workcenter Lookup")

    def ready(self) -> None:
        """From now on whoever is signed out everywhere is signed out of the pane, too."""
        from millgate.control.accounts.sessions import signed_out  # noqa: PLC0415 - models must be there first

        signed_out.connect(_signed_out, dispatch_uid="lookup")


def _signed_out(person: "Person", **_more: Any) -> bool:  # noqa: ANN401 - Django's own
    from millgate.control.lookup.services import person_signed_out  # noqa: PLC0415 - as above

    return person_signed_out(person)
