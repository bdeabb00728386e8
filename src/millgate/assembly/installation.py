"""Making an installation ready: tables, built-in roles and APIs, signing keys, the first administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from millgate.core.clock import Clock
from millgate.plant import registry

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.core.settings import Settings


@dataclass(frozen=True, slots=True)
class FirstAdministrator:
    """The administrator that was made, with the password that is shown this once."""

    email: str
    password: str


def migrate(settings: Settings, progress: Callable[[str, int, int], None] | None = None) -> int:
    """Bring every database of the home to this release's tables; returns how many steps were applied.

    Each step is one transaction: killed in between, the next run goes on where this one ended.
    """
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the settled environment

    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return boot.migrate(progress)


def pending() -> list[str]:
    """The steps that `migrate` would apply."""
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the settled environment

    return boot.pending()


def ensure() -> None:
    """Put in place what every installation has. Doing it again changes nothing."""
    from millgate.control.actions.deployment import actions_ensure  # noqa: PLC0415 - Django must be ready
    from millgate.control.actions.describing.api import api_managed  # noqa: PLC0415 - as above
    from millgate.control.publish.installation import installation_ensure  # noqa: PLC0415 - as above
    from millgate.control.sandbox.services import clock_follow  # noqa: PLC0415 - as above

    clock_follow()
    installation_ensure(apis=(*registry.apis(Clock().utc().date()), api_managed()))
    actions_ensure()


def first_administrator(tell: Callable[[FirstAdministrator], None]) -> None:
    """Make an administrator when there is none.

    `tell` is called before anything is committed: a process that is killed leaves either an administrator
    whose password was shown, or none, and the next run makes another.
    """
    from django.db import transaction  # noqa: PLC0415 - as above

    from millgate.control.publish.installation import administrator_ensure  # noqa: PLC0415 - as above

    with transaction.atomic():
        made = administrator_ensure()
        if made is not None:
            tell(FirstAdministrator(made[0].email, made[1].reveal()))
