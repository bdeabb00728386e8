"""One demo for all tests here; those that end or break a server copy its home."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from support.served import Served, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
