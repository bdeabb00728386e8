"""What tests of several folders share."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx
import httpx._transports.default as transports
import pytest
from coverage import Coverage
from hypothesis import settings

from support.once import made_once
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

# Each client reads all authorities of the system anew, which takes a hundred times as long as most calls do.
transports.create_ssl_context = cache(transports.create_ssl_context)  # type: ignore[attr-defined]

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
    """The home of a demo that was made and ended in order; copy it, do not serve it."""
    return made_once(tmp_path_factory, "made-once", _demo)


def _demo(home: Path) -> None:
    with uncounted(), running(home, cold=True) as server:
        httpx.get(f"{server.origin}/portal/")
        assert server.stop() == 0, server.printed()
