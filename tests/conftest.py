"""What tests of several folders share."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

from support.served import running

HERE = Path(__file__).parent
UNCOUNTED = {"docs", "pages", "plant_suite", "security", "served", "stores"}
"""Folders whose tests do not count for coverage.

Counting makes all that runs two thirds slower, servers that a test starts included. These tests put many calls of
the same kinds, or look at a whole server from outside; their lines are run by the tests of each part (`unit` and
`planes`), which do count. `pytest.mark.uncounted` says the same of a test or a file.
"""

# Ten thousand collected tests are many objects to look through; done less often, it saves a sixth of all time.
gc.set_threshold(50_000, 20, 20)

settings.register_profile("millgate", deadline=None)  # a busy machine may take its time over an example
settings.load_profile("millgate")


@contextmanager
def uncounted() -> Iterator[None]:
    """Within the block no line counts for coverage, neither here nor in a process that is started here."""
    counting = Coverage.current()
    if counting is not None:
        counting.stop()
    told = os.environ.pop("COVERAGE_PROCESS_CONFIG", None)  # coverage tells processes that are started by it
    try:
        yield
    finally:
        if told is not None:
            os.environ["COVERAGE_PROCESS_CONFIG"] = told
        if counting is not None:
            counting.start()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that is uncounted is so with its fixtures."""
    if item.path.relative_to(HERE).parts[0] in UNCOUNTED or item.get_closest_marker("uncounted"):
        with uncounted():
            return (yield)
    return (yield)


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
            with uncounted(), running(place / "home"):
                pass
            (place / "done").touch()
    return place / "home"
