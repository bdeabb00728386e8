"""Starting Django from outside: the WSGI callable, and the migrations of all databases."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Final

import django
from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections, transaction

from millgate.control.site.routers import PLANT_FILE, lives_in
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeAlias

    from django.core.handlers.wsgi import WSGIHandler
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations import Migration
    from django.db.migrations.executor import MigrationExecutor

    from millgate.core.clock import Clock
    from millgate.plant.sources.desk import SourceDesk
    from millgate.plant.writing.cancelation_desk import CancelationDesk
    from millgate.snapshot.page_tokens import PageTokens
    from millgate.stores.grants import Grants
    from millgate.stores.ports import CounterDesk
    from millgate.stores.workers import WorkerBoard

    Progress: TypeAlias = Callable[[str, int, int], None]
    """Told after each migration: its name, how many are done, how many there are in this database."""

_MIGRATING: Final = 0x6D696C6C67617465
"""The number under which processes that migrate the same PostgreSQL database wait for each other."""


def setup() -> None:
    """Make Django ready; models can be imported from here on. Harmless when done already."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "millgate.control.site.settings")
    django.setup()


def start(
    clock: Clock | None = None,
    desk: CounterDesk | None = None,
    grants: Grants | None = None,
    board: WorkerBoard | None = None,
    *,
    sources: SourceDesk | None = None,
    cancelations: CancelationDesk | None = None,
    page_tokens: PageTokens | None = None,
) -> WSGIHandler:
    """The WSGI callable that answers `/`, `/portal`, `/console`, `/lookup` and `/static`.

    Args:
        clock: the server's.
        desk: where the server's counters are read and reset; pages do without when there is none.
        grants: where the server keeps what people allow programs; nobody can allow anything without.
        board: where it says what each worker serves; pages do without when there is none.
        sources: looks at databases of sources; pages do without when there is none.
        cancelations: cancels what is in a plant; nothing there can be cancelled without.
        page_tokens: makes tokens for pages that call managed APIs; these do without when there is none.
    """
    setup()
    if clock is not None:
        settings.CLOCK = clock
    settings.COUNTER_DESK = desk
    settings.GRANTS = grants
    settings.WORKER_BOARD = board
    settings.SOURCE_DESK = sources
    settings.CANCELATION_DESK = cancelations
    settings.PAGE_TOKENS = page_tokens
    from django.core.handlers.wsgi import WSGIHandler  # noqa: PLC0415 - it loads what needs a ready Django

    return WSGIHandler()


def migrate(progress: Progress | None = None, *, aliases: tuple[str, ...] | None = None) -> int:
    """Bring the databases up to date (all of them, or those named); returns how many migrations ran.

    Each database changes in one transaction, so a process that is killed leaves either the old tables
    or the new ones, and of two that start at once the second finds nothing to do.

    Raises:
        StoreUnreachable: one that is not a file cannot be connected to.
    """
    setup()
    settings.MILLGATE.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return sum(_migrate(alias, progress) for alias in aliases or tuple(settings.DATABASES))


def migrate_plant_file(path: Path, progress: Progress | None = None) -> int:
    """Make or update the plant's tables in a database file of any name; returns how many migrations ran.

    Its write-ahead log is folded into the file before this returns, so the file can be renamed.
    """
    setup()
    path.parent.mkdir(parents=True, exist_ok=True)
    with _plant_file(path):
        ran = _migrate(PLANT_FILE, progress)
        with connections[PLANT_FILE].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return ran


def pending(*, aliases: tuple[str, ...] | None = None) -> list[str]:
    """The migrations that have not run, as `database: app.name`. Nothing is made, not even a file.

    Raises:
        StoreUnreachable: one that is not a file cannot be connected to.
    """
    setup()
    return [
        f"{alias}: {migration}"
        for alias in aliases or tuple(settings.DATABASES)
        for migration in _missing(alias)
    ]


@contextmanager
def _plant_file(path: Path) -> Iterator[None]:
    connections.settings[PLANT_FILE] = _file_settings(path)
    try:
        yield
    finally:
        connections[PLANT_FILE].close()
        del connections[PLANT_FILE]
        del connections.settings[PLANT_FILE]


def _file_settings(path: Path) -> dict[str, Any]:
    from millgate.control.site.settings import sqlite  # noqa: PLC0415 - reads the settled environment

    # Django fills in what is left out only for a whole set of databases, of which one has this name.
    return dict(connections.configure_settings({DEFAULT_DB_ALIAS: sqlite(path, "NORMAL")})[DEFAULT_DB_ALIAS])


def _migrate(alias: str, progress: Progress | None) -> int:
    connection = connections[alias]
    _connect(connection)
    if _up_to_date(alias, connection):
        connection.close()
        return 0
    # One transaction around all of it. Django alone notes a migration as done after its own transaction,
    # and a kill in between would have the next start make the same tables again. SQLite can switch
    # foreign keys off only outside of a transaction.
    connection.disable_constraint_checking()
    from millgate.control.site import founding  # noqa: PLC0415 - costly, and seldom needed

    try:
        with transaction.atomic(using=alias):
            _wait_for_others(connection)
            executor, plan = _plan(alias, connection)
            if not plan:
                return 0
            tell = _telling(progress, len(plan))
            if founding.is_empty(connection):
                founding.found(connection, plan, tell)
            else:
                executor.progress_callback = tell
                executor.migrate(executor.loader.graph.leaf_nodes(), [(item, False) for item in plan])
            if alias == "default":
                _make_permissions()
    finally:
        # Closed, not only because foreign keys come back with a new connection: whoever migrates at the
        # start must hold no file that is put in place of another afterwards.
        connection.close()
    return len(plan)


def _connect(connection: BaseDatabaseWrapper) -> None:
    try:
        connection.ensure_connection()
    except OperationalError as failed:
        raise StoreUnreachable(f"{connection.alias}: {failed}") from failed


def _wait_for_others(connection: BaseDatabaseWrapper) -> None:
    # A transaction on SQLite begins as a writer, and has waited already.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MIGRATING])


def _missing(alias: str) -> list[Migration]:
    is_file = settings.DATABASES[alias]["ENGINE"].endswith("sqlite3")
    if is_file and not Path(settings.DATABASES[alias]["NAME"]).exists():
        return _plan(alias, None)[1]
    connection = connections[alias]
    try:
        _connect(connection)
        return [] if _up_to_date(alias, connection) else _plan(alias, connection)[1]
    finally:
        connection.close()


def _up_to_date(alias: str, connection: BaseDatabaseWrapper) -> bool:
    """Whether every migration of the database's apps ran. Names say so; a plan would read all of them."""
    from django.db.migrations.recorder import MigrationRecorder  # noqa: PLC0415 - it needs a ready Django

    ran = MigrationRecorder(connection).applied_migrations()
    return all(migration in ran for migration in _of_this_release(alias))


def _of_this_release(alias: str) -> Iterator[tuple[str, str]]:
    for app in apps.get_app_configs():
        if lives_in(app.label, alias):
            folder = Path(app.path) / "migrations"
            yield from ((app.label, found.name) for found in iter_modules([str(folder)]))


def _plan(alias: str, connection: BaseDatabaseWrapper | None) -> tuple[MigrationExecutor, list[Migration]]:
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415 - costly, and seldom needed

    executor = MigrationExecutor(connection)
    ends = [node for node in executor.loader.graph.leaf_nodes() if lives_in(node[0], alias)]
    return executor, [migration for migration, _ in executor.migration_plan(ends)]


def _telling(progress: Progress | None, total: int) -> Callable[..., None]:
    done = 0

    def tell(action: str, migration: object = None, _fake: object = None) -> None:
        nonlocal done
        if action == "apply_success" and progress is not None:
            done += 1
            progress(str(migration), done, total)

    return tell


def _make_permissions() -> None:
    """What Django does after its own migrate command: rows for content types and permissions."""
    from django.core.management.sql import emit_post_migrate_signal  # noqa: PLC0415 - costly, seldom needed

    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
