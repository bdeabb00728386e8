"""Who may see what: the rights behind pages that are no model's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from millgate.control.accounts.standings import CHANGES_PEOPLE, roles_giveable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import AnonymousUser

    from millgate.control.accounts.models import Person

    Reader: TypeAlias = Person | AnonymousUser

PUBLISH: Final = "publish.add_version"
"""The right to publish and to roll back."""


def seeing(model: str) -> tuple[str, str]:
    """The rights of which one lets somebody see the rows of a model, given as `app.model`."""
    app, name = model.split(".")
    return f"{app}.view_{name}", f"{app}.change_{name}"


PUBLISHING: Final = (
    "publish.view_version",
    PUBLISH,
    *(
        right
        for model in ("api", "adapter", "datasource", "upstream")
        for right in seeing(f"catalogue.{model}")
    ),
)
"""One of these lets somebody see what would be published, and what was: also whoever makes drafts."""


FAULT_RULES: Final = seeing("sandbox.faultrule")
"""One of these lets somebody see the rules that strike calls, and what they struck."""
CLOCK: Final = "sandbox.change_sandboxclock"
"""The right to jump the clock."""


def has_any(reader: Reader, rights: Iterable[str]) -> bool:
    """Whether somebody has one of these rights."""
    return any(reader.has_perm(right) for right in rights)


ACCOUNT_SETTINGS: Final = "accounts.change_accountsettings"
"""The right to decide about accounts for the whole installation."""
CHANGES_SUBSCRIPTIONS: Final = "clients.change_subscription"
CHANGES_SERVICE_REQUESTS: Final = "accounts.change_servicerequest"
DECIDES: Final = (CHANGES_PEOPLE, CHANGES_SUBSCRIPTIONS, CHANGES_SERVICE_REQUESTS)
"""One of these lets somebody approve something."""


def may_set_access(reader: Reader) -> bool:
    """Whether somebody may say in which companies people act."""
    return reader.has_perm(CHANGES_PEOPLE)


def may_change_person(reader: Reader, person: Person) -> bool:
    """Whether somebody who may change people may change this one: nobody who may do more than they."""
    if not person.is_staff or reader.is_superuser or reader == person:
        return True
    return not person.is_superuser and person.get_all_permissions() <= reader.get_all_permissions()


def may_give_roles(reader: Reader) -> bool:
    """Whether there is a role that somebody may give to others."""
    return reader.is_authenticated and roles_giveable(reader).exists()
