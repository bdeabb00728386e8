"""Which database an app's tables live in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.db.models import Model

HOMES: Final[dict[str, tuple[str, ...]]] = {
    "usage": ("usage",),
    "tokens": ("tokens",),
    "plantdata": ("plant", "plant_test"),
}
"""The databases of the apps that do not live in `default`; the first is where reads and writes go."""

PLANT_FILE: Final = "plant_file"
"""The alias under which a plant database at another path is migrated."""


def lives_in(app: str, alias: str) -> bool:
    """Whether an app keeps its tables in a database."""
    if alias == PLANT_FILE:
        return app == "plantdata"
    return alias in HOMES.get(app, ("default",))


class OneRoomOneDatabase:
    """Sends every app to its own database, and lets rows refer to each other only within one."""

    def db_for_read(self, model: type[Model], **_hints: object) -> str:
        """Where rows are read."""
        return _homes(model)[0]

    def db_for_write(self, model: type[Model], **_hints: object) -> str:
        """Where rows are written."""
        return _homes(model)[0]

    def allow_relation(self, one: Model, other: Model, **_hints: object) -> bool:
        """Whether one row may refer to another."""
        return _homes(one) == _homes(other)

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool:
        """Whether an app's tables are made in a database."""
        return lives_in(app_label, db)


def _homes(model: Model | type[Model]) -> tuple[str, ...]:
    return HOMES.get(model._meta.app_label, ("default",))  # noqa: SLF001 - Django's name for a public thing
