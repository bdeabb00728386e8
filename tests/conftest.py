"""What tests of several folders share."""

from __future__ import annotations

import gc
from functools import cache
from pathlib import Path

import httpx
import httpx._transports.default as transports
import pytest
from hypothesis import settings

from support.once import made_once
from support.served import running

# Ten thousand collected tests are many objects to look through; done less often, it saves a sixth of all time.
gc.set_threshold(50_000, 20, 20)

# Each client reads all authorities of the system anew, which takes a hundred times as long as most calls do.
transports.create_ssl_context = cache(transports.create_ssl_context)  # type: ignore[attr-defined]

settings.register_profile("millgate", deadline=None)  # a busy machine may take its time over an example
settings.load_profile("millgate")


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a demo that was made and ended in order; copy it, do not serve it."""
    return made_once(tmp_path_factory, "made-once", _demo)


def _demo(home: Path) -> None:
    with running(home, cold=True) as server:
        httpx.get(f"{server.origin}/portal/")
        assert server.stop() == 0, server.printed()
