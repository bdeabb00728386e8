"""Who may see what: the rights behind pages that are no model's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

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


def has_any(reader: Reader, rights: Iterable[str]) -> bool:
    """Whether somebody has one of these rights."""
    return any(reader.has_perm(right) for right in rights)
