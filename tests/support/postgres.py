"""Throwaway PostgreSQL servers for tests.

`fresh_database()` and `migrated_plant()` make a database for one test, on a server that all tests share:
the one that `MILLGATE_TEST_POSTGRES_URL` names, else one of this process. `tools/test.sh` runs all tests
beside one server by calling this file as a program:

    python tests/support/postgres.py COMMAND …

A server's default order of texts follows a language, as on many installations, so that SQL that relies on
the order of bytes must say so.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NoReturn, Self

import psycopg
from psycopg import sql

URL_VARIABLE: Final = "MILLGATE_TEST_POSTGRES_URL"
USER: Final = "millgate"
PASSWORD: Final = "throw away"
START_SECONDS: Final = 30.0
_TEMPLATE: Final = "migrated_plant"
_TEMPLATE_LOCK: Final = 1
_FAST: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}
_MIGRATE: Final = """
from millgate.control.site import boot
boot.migrate(aliases=("plant",))
"""


# The system watches the thread that started a server, which therefore must live as long as we do.
_LAUNCHER: Final = ThreadPoolExecutor(1, "postgres-launcher")


class Server:
    """A PostgreSQL server of its own, in a temporary directory, on a free port of 127.0.0.1.

    It is ended by `close()`, and by the system when this process ends without.
    """

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="millgate-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._initialize()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped."""
        return self._process is not None

    def url(self, database: str = "postgres", *, user: str = USER, password: str = PASSWORD) -> str:
        """The address of one of its databases."""
        return f"postgresql://{user}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [part for name, value in _FAST.items() for part in ("-c", f"{name}={value}")]
        with (self._directory / "log").open("ab") as log:
            self._process = _LAUNCHER.submit(
                subprocess.Popen,
                [*_ended_with_us(), _program("postgres"), "-D", self._data, "-p", str(self.port), *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self._directory,
                start_new_session=True,
                user=_owner(),
                group=_owner(),
            ).result()
        self._wait()

    def stop(self) -> None:
        """End all its connections and it, as an administrator would; `start()` goes on with the same data."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End it without a word to anybody, as a power cut would."""
        self._end(signal.SIGQUIT)

    def stand_by(self) -> None:
        """Go on as a standby: it lets everybody read, and nobody write."""
        self.stop()
        mark = Path(self._data) / "standby.signal"
        mark.touch()
        if owner := _owner():
            shutil.chown(mark, owner, owner)
        self.start()

    def close(self) -> None:
        """Stop it if it runs, and remove it."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self._directory / "data")

    def _initialize(self) -> None:
        password = self._directory / "password"
        password.write_text(PASSWORD)
        if owner := _owner():
            shutil.chown(self._directory, owner, owner)
            shutil.chown(password, owner, owner)
        locale = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run(
            [
                *(_program("initdb"), "-D", self._data, "--no-sync", "--username", USER, *locale),
                *("--auth=scram-sha-256", "--pwfile", str(password)),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._directory,
            user=_owner(),
            group=_owner(),
        )

    def _wait(self) -> None:
        late = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > late or (self._process and self._process.poll() is not None):
                    raise RuntimeError((self._directory / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            self._process = None


def fresh_database(template: str = "template1") -> str:
    """The URL of a new database without tables; skips the test where there is no PostgreSQL."""
    server = _shared()
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))
    return _sibling(server, name)


def migrated_plant() -> str:
    """The URL of a new plant database, with the tables of this release and no rows."""
    _make_template(_shared())
    return fresh_database(_TEMPLATE)


def drop(url: str) -> None:
    """Remove a database that a test made, ending whoever is connected to it."""
    name = url.rpartition("/")[2]
    with psycopg.connect(_shared(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def plant_database() -> Iterator[str]:
    """`migrated_plant()` for a block, dropped behind it."""
    url = migrated_plant()
    try:
        yield url
    finally:
        drop(url)


def require_postgres() -> None:
    """Skip the test, saying why, where there is no PostgreSQL; fail it when nothing may be left out."""
    if URL_VARIABLE not in os.environ and (why := _missing()):
        _leave_out(why)


@cache
def _shared() -> str:
    """The URL of a database on the server that tests share."""
    require_postgres()
    if URL_VARIABLE in os.environ:
        return os.environ[URL_VARIABLE]
    server = Server()
    atexit.register(server.close)
    server.start()
    return server.url()


@cache
def _make_template(server: str) -> None:
    """Make the migrated template once for all processes; killed in between, it is made again."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_TEMPLATE_LOCK])
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_TEMPLATE])
        if known.fetchone() is None:
            draft = fresh_database()
            _migrate(draft)
            name = sql.Identifier(draft.rpartition("/")[2])
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(name, sql.Identifier(_TEMPLATE))
            )


def _migrate(url: str) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MILLGATE_")}
    with tempfile.TemporaryDirectory(prefix="millgate-migrate-") as home:
        given = {"MILLGATE_HOME": home, "MILLGATE_PLANT_URL": url}
        settings = {"DJANGO_SETTINGS_MODULE": "millgate.control.site.settings"}
        subprocess.run([sys.executable, "-c", _MIGRATE], env=environ | given | settings, check=True)


def _sibling(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"


def _missing() -> str:
    """Why no server can be started here; empty when one can."""
    if _directory() is None:
        return "There is no PostgreSQL server on this machine."
    if os.geteuid() == 0 and _owner() is None:
        return "PostgreSQL does not run as root, and there is no user postgres."
    return ""


def _leave_out(why: str) -> NoReturn:
    import pytest  # noqa: PLC0415 - as a program, this file needs none

    if os.environ.get("MILLGATE_REQUIRE_ALL"):
        pytest.fail(f"{why} MILLGATE_REQUIRE_ALL is set.")
    pytest.skip(why)


@cache
def _directory() -> Path | None:
    """Where PostgreSQL's programs are; Debian keeps them in a directory for each version."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    found = shutil.which("initdb")
    places = [*reversed(debian), *([Path(found).parent] if found else [])]
    return next((place for place in places if (place / "postgres").exists()), None)


def _program(name: str) -> str:
    directory = _directory()
    if directory is None:
        raise RuntimeError(_missing())
    return str(directory / name)


def _owner() -> str | None:
    """Who runs a server when we are root, whom it refuses; nobody else can be chosen otherwise."""
    try:
        return pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
    except KeyError:
        return None


def _ended_with_us() -> list[str]:
    """Have the system stop the server when this process dies, however it dies."""
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "INT"] if tool else []


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main(command: list[str]) -> int:
    """Run a command beside a server of its own, or alone where there is none; its exit status."""
    if URL_VARIABLE in os.environ or _missing():
        return _run(command, {})
    with Server() as server:
        return _run(command, {URL_VARIABLE: server.url()})


def _run(command: list[str], given: dict[str, str]) -> int:
    process = subprocess.Popen(command, env=os.environ | given)
    # An interrupt reaches the command by itself; it decides what to do, and is waited for.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
