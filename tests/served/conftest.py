"""One demo for all tests here; those that end or break a server copy its home."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.libraries import NODE_PACKAGES, PROGRAMS, require_node
from support.once import made_once
from support.redis_server import require_redis
from support.served import Served, free_port, millgate, running

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


@pytest.fixture(scope="session")
def migrated_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tables, and nothing published but what every installation has; copy it, do not change it."""
    return made_once(tmp_path_factory, "migrated-once", _migrate)


def _migrate(home: Path) -> None:
    done = millgate(home, "migrate")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def migrated(migrated_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module's own copy of it."""
    own = tmp_path_factory.mktemp("migrated") / "home"
    shutil.copytree(migrated_once, own)
    return own


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of a module's own, reached as an installation reaches one."""
    require_redis()
    port = free_port()
    program = shutil.which("redis-server") or "valkey-server"
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, cwd=tmp_path_factory.mktemp("redis"), stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs for Node.js, and the packages that they import."""
    require_node()
    place = tmp_path_factory.mktemp("node")
    for program in (PROGRAMS / "node").glob("*.m[jt]s"):
        shutil.copy(program, place)
    (place / "node_modules").symlink_to(NODE_PACKAGES / "node_modules")
    return place
