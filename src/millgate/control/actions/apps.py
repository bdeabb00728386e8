"""The action API as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActionsConfig(AppConfig):
    """Holds applications, sessions, and which routes are deployed."""

    name = "millgate.control.actions"
    label = "actions"
    verbose_name = _("Action API")

    def ready(self) -> None:
        """From now on files of decisions hold what people decided about the action API, too."""
        from millgate.control.actions.exporting import KEEPERS  # noqa: PLC0415 - models must be there first
        from millgate.control.publish.exporting import keeping  # noqa: PLC0415 - as above

        keeping.KEEPERS.update(KEEPERS)
