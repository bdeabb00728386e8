"""Migrating and starting, from outside Django."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connections, transaction

from millgate.control.site import boot
from millgate.control.site.routers import OneRoomOneDatabase, lives_in
from millgate.control.usage.models import Counter
from millgate.plant.sample.ledger import FIRST_FREE_KEY
from support.django_home import django_databases
from support.postgres import drop, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
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
    names = ("control", "usage", "tokens", "plant_test")
    control, usage, tokens, plant = (tables(home / f"{name}.db") for name in names)
    assert {"publish_version", "clients_signing_key", "accounts_person"} <= control
    assert {"usage_counter", "usage_call_count", "usage_refusal"} <= usage
    assert {"tokens_family", "tokens_handle", "tokens_revoked"} <= tokens
    assert any(name.startswith("plant_") for name in plant)
    assert not {name for name in control if name.startswith(("usage_", "tokens_", "plant_"))}
    assert not {name for name in usage | tokens | plant if name.startswith(("accounts_", "publish_"))}


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
    assert {item.split(":")[0] for item in boot.pending()} == {"usage", "tokens", "plant", "plant_test"}
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


def start(code: str, home: Path, **given: str) -> subprocess.Popen[str]:
    """Run code in a process of its own, on a home with these settings."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("MILLGATE", "DJANGO"))
    }
    environ |= {f"MILLGATE_{name.upper()}": value for name, value in given.items()}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environ | {"MILLGATE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )


def run(code: str, home: Path, **given: str) -> str:
    with start(code, home, **given) as process:
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return told.strip()


def test_a_fresh_home_is_migrated_and_served(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run(FRESH, home)
    assert home.stat().st_mode & 0o077 == 0


AT_ONCE = """
    from millgate.control.site import boot

    print(boot.migrate())
"""
STEP_BY_STEP = """
    from millgate.control.site import founding

    founding.is_empty = lambda connection: False
"""


def described(path: Path) -> dict[str, list[object]]:
    """Columns, references and indices of each table, and how many rows it has; columns may stand in any order."""
    with closing(sqlite3.connect(path)) as database:

        def asked(pragma: str, name: str) -> list[tuple[object, ...]]:
            return database.execute(f"SELECT * FROM {pragma}(?)", (name,)).fetchall()  # noqa: S608 - as below

        def indices(table: str) -> list[tuple[object, ...]]:
            found = asked("pragma_index_list", table)
            return sorted(
                (*row[2:], *(part[2] for part in asked("pragma_index_info", str(row[1])))) for row in found
            )

        return {
            table: [
                sorted(row[1:] for row in asked("pragma_table_info", table)),
                sorted(row[2:] for row in asked("pragma_foreign_key_list", table)),
                indices(table),
                database.execute(f'SELECT count(*) FROM "{table}"').fetchone(),  # noqa: S608 - its own tables
            ]
            for table in tables(path) - {"sqlite_sequence"}
        }


def test_tables_made_at_once_are_those_of_all_migrations_one_by_one(tmp_path: Path) -> None:
    at_once, by_steps = tmp_path / "at-once", tmp_path / "by-steps"
    ran = run(AT_ONCE, at_once)
    assert run(STEP_BY_STEP + AT_ONCE, by_steps) == ran
    for name in ("control", "usage", "tokens", "plant", "plant_test"):
        assert described(at_once / f"{name}.db") == described(by_steps / f"{name}.db")


def test_keys_that_a_file_hands_out_begin_behind_the_sample_companys(tmp_path: Path) -> None:
    django_databases()
    path = tmp_path / "plant.db"
    boot.migrate_plant_file(path)
    with closing(sqlite3.connect(path)) as database:
        starts = dict(database.execute("SELECT name, seq + 1 FROM sqlite_sequence"))
    assert {
        table: first for table, first in starts.items() if first > 1 and table.startswith("plant_")
    } == dict.fromkeys(
        [
            "plant_part",
            "plant_approved_workcenter",
            "plant_job",
            "plant_job_operation",
            "plant_workcenter_setup",
            "plant_status_log",
            "plant_production_log",
            "plant_scrap_log",
        ],
        FIRST_FREE_KEY,
    )


# A plant database on PostgreSQL


@pytest.fixture
def database() -> Iterator[str]:
    url = fresh_database()
    yield url
    drop(url)


def described_by_postgresql(url: str) -> set[tuple[object, ...]]:
    """Every column, constraint and index."""
    columns = (
        "SELECT table_name, column_name, data_type, is_nullable, column_default, identity_start"
        " FROM information_schema.columns WHERE table_schema = 'public'"
    )
    constraints = (
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
    )
    indices = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    with psycopg.connect(url) as connection:
        return {
            row for query in (columns, constraints, indices) for row in connection.execute(query).fetchall()
        }


def plant_tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert found
    return int(found[0])


def test_a_plant_on_postgresql_is_migrated_and_the_other_tier_keeps_its_file(
    tmp_path: Path, database: str
) -> None:
    told = run(
        """
        from millgate.control.site import boot

        waiting = {item.split(":")[0] for item in boot.pending()}
        assert waiting == {"default", "usage", "tokens", "plant", "plant_test"}, waiting
        assert not (boot.settings.MILLGATE.home / "plant_test.db").exists()
        ran = boot.migrate(aliases=("plant",))
        assert boot.pending(aliases=("plant",)) == []
        boot.migrate()
        assert boot.pending() == []
        assert boot.migrate_plant_file(boot.settings.MILLGATE.home / "draft.db") == ran
        print(*sorted(path.name for path in boot.settings.MILLGATE.home.glob("*.db")))
        """,
        tmp_path,
        plant_url=database,
    )
    assert told == "control.db draft.db plant_test.db tokens.db usage.db"
    assert plant_tables(database) > 20


def test_tables_made_at_once_on_postgresql_are_those_of_all_migrations_one_by_one(
    tmp_path: Path, database: str
) -> None:
    other = fresh_database()
    run(AT_ONCE, tmp_path / "at-once", plant_url=database)
    run(STEP_BY_STEP + AT_ONCE, tmp_path / "by-steps", plant_url=other)

    shown = described_by_postgresql(database)
    assert len(shown) > 200
    assert described_by_postgresql(other) == shown
    drop(other)


def test_looking_for_migrations_leaves_postgresql_as_it_is(tmp_path: Path, database: str) -> None:
    run("from millgate.control.site import boot; assert boot.pending()", tmp_path, plant_url=database)
    assert plant_tables(database) == 0


def test_a_migration_of_postgresql_that_is_cut_short_leaves_nothing_behind(
    tmp_path: Path, database: str
) -> None:
    run(
        """
        from millgate.control.site import boot

        def cut(_name, done, total):
            if done == total:
                raise KeyboardInterrupt

        try:
            boot.migrate(cut, aliases=("plant",))
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError
        """,
        tmp_path,
        plant_url=database,
    )
    assert plant_tables(database) == 0


def test_of_two_that_migrate_postgresql_at_once_the_second_finds_nothing_to_do(
    tmp_path: Path, database: str
) -> None:
    code = "from millgate.control.site import boot; print(boot.migrate(aliases=('plant',)))"
    with (
        start(code, tmp_path / "one", plant_url=database) as one,
        start(code, tmp_path / "two", plant_url=database) as two,
    ):
        ran = sorted(int(process.communicate(timeout=60)[0]) for process in (one, two))
    assert ran[0] == 0
    assert ran[1] > 0


def test_a_database_that_cannot_be_reached_is_told_by_its_name_and_without_its_password(
    tmp_path: Path,
) -> None:
    told = run(
        """
        from millgate.control.site import boot
        from millgate.stores.ports import StoreUnreachable

        for call in (boot.pending, boot.migrate):
            try:
                call(aliases=("plant_test",))
            except StoreUnreachable as wrong:
                print(wrong)
        """,
        tmp_path,
        plant_test_url="postgresql://me:hidden@127.0.0.1:1/plant",
    )
    assert told.count("plant_test: ") == 2
    assert "hidden" not in told
