"""The tables of an empty database, made at once from the models.

Going through every migration ends with the same tables (a test holds the two side by side), but Django builds
all models anew for each step: eight times the work, at the first start of every home.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.db import router
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations import Migration

_NO_STATE: Final = ProjectState()
"""Statements look at no models."""


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether there is no table yet."""
    return not connection.introspection.table_names()


def found(
    connection: BaseDatabaseWrapper, plan: Iterable[Migration], tell: Callable[[str, Migration], None]
) -> None:
    """Make the tables, and note the migrations of the plan as done; what these do to rows is done, too.

    `tell` is told `apply_success` and each of them.
    """
    with connection.schema_editor() as editor:
        for app in apps.get_app_configs():
            for model in router.get_migratable_models(app, connection.alias):
                if model._meta.can_migrate(connection):  # noqa: SLF001 - Django's name for a public thing
                    editor.create_model(model)
    recorder = MigrationRecorder(connection)
    for migration in plan:
        with connection.schema_editor() as editor:
            _change_rows(migration, editor)
        recorder.record_applied(migration.app_label, migration.name)
        tell("apply_success", migration)


def _change_rows(migration: Migration, editor: BaseDatabaseSchemaEditor) -> None:
    for operation in migration.operations:
        if not router.allow_migrate(editor.connection.alias, migration.app_label):
            return
        if isinstance(operation, RunPython):
            operation.code(apps, editor)  # type: ignore[arg-type] # the models as they stand
        elif isinstance(operation, RunSQL):
            operation.database_forwards(migration.app_label, editor, _NO_STATE, _NO_STATE)
