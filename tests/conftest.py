"""What tests of several folders share."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from support.served import running

HERE = Path(__file__).parent
UNCOUNTED = {"docs", "pages", "plant_suite", "served"}
"""Folders in whose test processes coverage is not counted.

It makes what runs two thirds slower. These tests ask servers of their own, or put thousands of calls of the same
kinds, whose lines the tests of each part count.
"""

settings.register_profile("millgate", deadline=None)  # a busy machine may take its time over an example
settings.load_profile("millgate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave coverage to the tests that it is told by."""
    for item in items:
        if item.path.relative_to(HERE).parts[0] in UNCOUNTED:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a demo that was made and ended in order; copy it, do not serve it.

    It is made once for all processes of a parallel run.
    """
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "done").exists():
            shutil.rmtree(place / "home", ignore_errors=True)
            with running(place / "home"):
                pass
            (place / "done").touch()
    return place / "home"
