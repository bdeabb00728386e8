"""The sample company is founded in PostgreSQL databases: whole or not at all, and once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from support.postgres import drop, fresh_database

# A company of a week instead of half a year is founded in seconds, and no long weekend leaves it without work.
FOUND = """
    import os, signal, sys
    from functools import partial

    from millgate.assembly import demo
    from millgate.core.settings import load

    demo.sample.generate = partial(demo.sample.generate, days=7)
    told = set()

    def progress(step, done, total):
        told.add(step)
        if sys.argv[1:] == [step] and done == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    made = demo.prepare(load(os.environ), progress)
    print(made.workcenter_key, *sorted(told & {"Sample company", "Test tier"}), sep=",")
"""


@pytest.fixture
def databases() -> Iterator[tuple[str, str]]:
    made = fresh_database(), fresh_database()
    yield made
    for url in made:
        drop(url)


def found(home: Path, *killed_in: str, **given: str) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("MILLGATE", "DJANGO"))
    }
    environ |= {"MILLGATE_HOME": str(home)} | {f"MILLGATE_{name.upper()}": url for name, url in given.items()}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FOUND), *killed_in],
        env=environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )


def company(url: str) -> tuple[int, str]:
    """How many logs of production there are, and until when the company has worked."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT (SELECT count(*) FROM plant_production_log), made_until::text FROM plant_simulation"
        ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("step", ["Sample company", "Test tier"])
def test_killed_while_it_is_founded_the_company_is_made_whole_by_the_next_start(
    tmp_path: Path, databases: tuple[str, str], step: str
) -> None:
    production, test = databases
    urls = {"plant_url": production, "plant_test_url": test}

    assert found(tmp_path, step, **urls).returncode == -signal.SIGKILL
    kept = company(production) if step == "Test tier" else None
    with psycopg.connect(test if kept else production) as connection:
        assert connection.execute("SELECT count(*) FROM plant_part").fetchone() == (0,)

    again = found(tmp_path, **urls)
    assert again.stdout.strip() == ("1001,Test tier" if kept else "1001,Sample company,Test tier"), (
        again.stderr
    )
    assert kept in {None, company(production)}
    assert company(test)[0] > 100
    assert found(tmp_path, **urls).stdout.strip() == "1001"
    assert not list(tmp_path.glob("plant*.db"))


def test_one_tier_may_stay_in_a_file(tmp_path: Path, databases: tuple[str, str]) -> None:
    made = found(tmp_path, plant_url=databases[0])

    assert made.stdout.strip() == "1001,Sample company,Test tier", made.stderr
    assert company(databases[0])[0] > 100
    with closing(sqlite3.connect(tmp_path / "plant_test.db")) as file:
        assert file.execute("SELECT count(*) FROM plant_simulation").fetchone() == (1,)
    assert not (tmp_path / "plant.db").exists()
