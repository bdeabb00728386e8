"""A temporary home with migrated databases, on which Django is set up once per process.

Call `django_home()` before anything that imports Django models; a `conftest.py` does so at its top.
Under xdist every worker process has a home of its own.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTINGS = "support.django_settings"
ALIASES = ("default", "usage", "tokens")


@cache
def django_home() -> Path:
    """The home; made, and Django set up on it, at the first call. The environment is left as it was."""
    home = Path(tempfile.mkdtemp(prefix="millgate-test-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MILLGATE_")}
    given = {
        "MILLGATE_HOME": str(home),
        "MILLGATE_ORIGIN": "http://testserver",
        "DJANGO_SETTINGS_MODULE": SETTINGS,
    }
    with mock.patch.dict(os.environ, inherited | given, clear=True):
        from django.test.utils import setup_test_environment  # noqa: PLC0415 - it asks for settings

        from millgate.control.site import boot  # noqa: PLC0415 - it must not be imported before

        boot.setup()
        setup_test_environment()
    return home


@cache
def django_databases() -> Path:
    """The home, with its databases migrated."""
    from millgate.control.site import boot  # noqa: PLC0415 - it must not be imported before

    home = django_home()
    boot.migrate()
    return home


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo every change to the control and usage databases at the end."""
    from django.db import transaction  # noqa: PLC0415 - Django must be set up before

    with ExitStack() as stack:
        for alias in ALIASES:
            stack.enter_context(transaction.atomic(using=alias))
        try:
            yield
        finally:
            for alias in ALIASES:
                transaction.set_rollback(True, using=alias)


def emptied() -> None:
    """Delete all rows of the control and usage databases; for tests that must really commit."""
    from django.apps import apps  # noqa: PLC0415 - Django must be set up before
    from django.db import connections  # noqa: PLC0415

    for alias in ALIASES:
        connection = connections[alias]
        tables = [table for table in connection.introspection.table_names() if table != "django_migrations"]
        keep = {"django_content_type", "auth_permission"} if apps.ready else set()
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for table in tables:
                if table not in keep:
                    cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - names from the database itself
