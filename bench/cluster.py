"""A PostgreSQL server of the benchmark's own: a new cluster with default settings on a port of loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from load import cpu_seconds
from processes import PATIENCE_SECONDS, free_port, run_python

USER: Final = "bench"
_MIGRATE: Final = """
from millgate.control.site import boot
boot.migrate(aliases=("plant_test",))
"""


@dataclass(frozen=True)
class Cluster:
    """A server that runs.

    Attributes:
        pid: of its first process, the parent of all others.
        port: on loopback.
    """

    pid: int
    port: int

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def cpu_seconds(self) -> float:
        """User and system time of all its processes so far, but for those that have ended."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        total = 0.0
        for pid in children:
            with suppress(FileNotFoundError, ProcessLookupError):
                total += cpu_seconds(int(pid))
        return total


def missing() -> str:
    """Why there is no server on this machine; empty when there is one."""
    if _directory() is None:
        return "There is no PostgreSQL server on this machine."
    if os.geteuid() == 0 and _owner() is None:
        return "PostgreSQL does not run as root, and there is no user postgres."
    return ""


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A new one, as durable as PostgreSQL is by default, ended and removed with the block."""
    directory, port, owner = Path(tempfile.mkdtemp(prefix="millgate-bench-pg-")), free_port(), _owner()
    if owner:
        shutil.chown(directory, owner, owner)
    try:
        initdb = [_program("initdb"), "-D", str(directory / "data"), "--username", USER]
        made = [*initdb, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        quiet = subprocess.DEVNULL
        subprocess.run(made, check=True, stdout=quiet, user=owner, group=owner, cwd=directory)  # noqa: S603 - ours
        command = [_program("postgres"), "-D", str(directory / "data"), "-p", str(port), "-k", str(directory)]
        running = subprocess.Popen(  # noqa: S603 - ours
            command, stdout=quiet, stderr=quiet, user=owner, group=owner, cwd=directory
        )
        try:
            started = Cluster(running.pid, port)
            _wait(started)
            yield started
        finally:
            running.terminate()
            running.wait(PATIENCE_SECONDS)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def migrate(url: str) -> None:
    """Make the plant's tables in a database, by the product's migrations."""
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as home:
        run_python(_MIGRATE, MILLGATE_HOME=home, MILLGATE_PLANT_TEST_URL=url)


def _wait(started: Cluster) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            psycopg.connect(started.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _directory() -> Path | None:
    """Where PostgreSQL's programs are; Debian keeps them in a directory for each version."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    places = [*reversed(debian), *([Path(found).parent] if found else [])]
    return next((place for place in places if (place / "postgres").exists()), None)


def _program(name: str) -> str:
    directory = _directory()
    if directory is None:
        raise RuntimeError(missing())
    return str(directory / name)


def _owner() -> str | None:
    """Who runs a server when we are root, whom it refuses; nobody else can be chosen otherwise."""
    try:
        return pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
    except KeyError:
        return None
