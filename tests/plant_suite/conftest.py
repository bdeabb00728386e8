"""The houses of this folder, each made once per process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from plant_suite.house import House, on_postgres, on_sqlite


@pytest.fixture(scope="session")
def sqlite_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with on_sqlite(tmp_path_factory.mktemp("house")) as made:
        yield made


@pytest.fixture(scope="session")
def postgres_house() -> Iterator[House]:
    with on_postgres() as made:
        yield made


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest) -> House:
    made: House = request.getfixturevalue("sqlite_house" if request.param == "sqlite" else "postgres_house")
    return made
