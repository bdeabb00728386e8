"""A small plant to write into, on each engine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.postgres import drop, fresh_database, plant_database
from support.working import Bench, PostgresBench, filled_plant, filled_postgres


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to be copied."""
    return filled_plant(tmp_path_factory.mktemp("writing") / "filled.db")


@pytest.fixture(scope="session")
def filled_on_postgres(filled: Path) -> Iterator[str]:
    """A database to be copied."""
    with plant_database() as url:
        yield filled_postgres(filled, url)


@pytest.fixture
def on_sqlite(filled: Path, tmp_path: Path) -> Bench:
    """For what is the same on both engines, and for many examples."""
    return Bench(Path(shutil.copyfile(filled, tmp_path / "plant.db")))


@pytest.fixture
def on_postgres(filled_on_postgres: str) -> Iterator[PostgresBench]:
    """For what only many writers can do."""
    url = fresh_database(filled_on_postgres)
    with closing(PostgresBench(url)) as bench:
        yield bench
    drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """For what must be the same on each engine."""
    found: Bench = request.getfixturevalue(f"on_{request.param}")
    return found
