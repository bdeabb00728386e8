"""Migrating and starting, from outside Django."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from django.db import connections, transaction

from millgate.control.site import boot
from millgate.control.site.routers import OneRoomOneDatabase, lives_in
from millgate.control.usage.models import Counter
from support.django_home import django_databases

if TYPE_CHECKING:
    from pathlib import Path


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_migrating_again_finds_nothing_to_do() -> None:
    django_databases()
    assert boot.migrate() == 0
    assert boot.pending() == []


def test_every_database_holds_the_tables_of_its_own_rooms() -> None:
    home = django_databases()
    control, usage, plant = (tables(home / f"{name}.db") for name in ("control", "usage", "plant_test"))
    assert {"publish_version", "clients_signing_key", "accounts_person"} <= control
    assert {"usage_counter", "usage_call_count", "usage_refusal"} <= usage
    assert any(name.startswith("plant_") for name in plant)
    assert not {name for name in control if name.startswith(("usage_", "plant_"))}
    assert not {name for name in usage | plant if name.startswith(("accounts_", "publish_"))}


def test_a_plant_database_is_made_whole_under_any_name(tmp_path: Path) -> None:
    django_databases()
    told: list[tuple[str, int, int]] = []
    path = tmp_path / "new" / "plant.making"
    ran = boot.migrate_plant_file(path, lambda *step: told.append(step))
    assert [step[1:] for step in told] == [(done, ran) for done in range(1, ran + 1)]
    renamed = path.rename(tmp_path / "plant.db")
    assert any(name.startswith("plant_") for name in tables(renamed))
    assert [item.name for item in path.parent.iterdir()] == []
    assert boot.migrate_plant_file(renamed) == 0


def test_a_migration_that_is_cut_short_leaves_nothing_behind(tmp_path: Path) -> None:
    """The record that a migration ran is in the same transaction as its tables."""
    django_databases()

    def cut(_name: str, _done: int, _total: int) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "plant.db"
    with pytest.raises(KeyboardInterrupt):
        boot.migrate_plant_file(path, cut)
    assert tables(path) == set()
    assert boot.migrate_plant_file(path) > 0


def test_migrating_leaves_foreign_keys_enforced() -> None:
    django_databases()
    boot.migrate()
    for alias in ("default", "usage"):
        with connections[alias].cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys")
            assert cursor.fetchone() == (1,)
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)


def test_rows_refer_to_each_other_only_within_a_database() -> None:
    router = OneRoomOneDatabase()
    assert router.db_for_read(Counter) == router.db_for_write(Counter) == "usage"
    assert router.allow_relation(Counter(), Counter())
    assert not lives_in("usage", "plant_file")


def test_a_counter_is_written_to_the_usage_database() -> None:
    django_databases()
    with transaction.atomic(using="usage"):
        Counter.objects.create(key="c:x", window=1, value=2)
        assert Counter.objects.using("usage").count() == 1
        transaction.set_rollback(True, using="usage")


FRESH = """
    import io

    from millgate.control.site import boot

    steps = []
    ran = boot.migrate(lambda *step: steps.append(step), aliases=("default",))
    assert ran == len(steps) > 10, (ran, steps)
    assert not (boot.settings.MILLGATE.home / "plant.db").exists()
    assert {item.split(":")[0] for item in boot.pending()} == {"usage", "plant", "plant_test"}
    assert boot.pending(aliases=("default",)) == []
    assert not (boot.settings.MILLGATE.home / "plant.db").exists()
    assert boot.migrate() > 0
    assert boot.pending() == []
    application = boot.start()
    answer = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": "/", "SERVER_NAME": "localhost", "SERVER_PORT": "8080",
        "HTTP_HOST": "localhost:8080", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http",
    }
    b"".join(application(environ, lambda status, headers: answer.append((status, dict(headers)))))
    assert answer[0][0] == "302 Found" and answer[0][1]["Location"] == "/portal/", answer
"""


def test_a_fresh_home_is_migrated_and_served(tmp_path: Path) -> None:
    home = tmp_path / "home"
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("MILLGATE", "DJANGO"))
    }
    subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FRESH)],
        env=environ | {"MILLGATE_HOME": str(home)},
        check=True,
        timeout=60,
    )
    assert home.stat().st_mode & 0o077 == 0
