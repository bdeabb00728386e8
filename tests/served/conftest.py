"""One demo for all tests here; those that end or break a server copy its home."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.served import Served, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of this folder in one process of a parallel run: they share a server."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("served"))


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a demo that was made and ended in order; copy it, do not serve it."""
    home = tmp_path_factory.mktemp("made") / "home"
    with running(home):
        pass
    return home


@pytest.fixture(scope="session")
def demo(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo that runs through all tests; leave it as you found it."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(made, home)
    with running(home) as server:
        yield server


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A home of one's own."""
    own = tmp_path / "home"
    shutil.copytree(made, own)
    return own
