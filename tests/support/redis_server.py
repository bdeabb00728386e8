"""Throwaway Redis (or Valkey) servers for tests, each on a Unix socket in a temporary directory."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NoReturn, Self

import pytest
from redis import Redis
from redis.exceptions import RedisError

START_SECONDS: Final = 10.0

# The system watches the thread that started a server, which therefore must live as long as we do.
_LAUNCHER: Final = ThreadPoolExecutor(1, "redis-launcher")


class Server:
    """A server of its own, ended by `close()`, and by the system when this process ends without.

    What it holds outlives `stop()` and `crash()`.
    """

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="millgate-redis-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._directory}/socket"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--port", "0", "--unixsocket", "socket", "--save", "", "--appendonly", "yes"]
        with (self._directory / "log").open("ab") as log:
            self._process = _LAUNCHER.submit(
                subprocess.Popen,
                [*_ended_with_us(), _program(), *options, "--appendfsync", "always"],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self._directory,
                start_new_session=True,
            ).result()
        self._wait()

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def crash(self) -> None:
        """End it without a word to anybody."""
        self._end(signal.SIGKILL)

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """Within the block it takes connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Stop it if it runs, and remove it."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def client(self) -> Redis:
        """A client of the library, to look inside."""
        return Redis.from_url(self.url, decode_responses=True)

    def _wait(self) -> None:
        late = time.monotonic() + START_SECONDS
        with self.client() as client:
            while True:
                try:
                    client.ping()
                except RedisError:
                    if time.monotonic() > late or (self._process and self._process.poll() is not None):
                        raise RuntimeError((self._directory / "log").read_text()) from None
                    time.sleep(0.01)
                else:
                    return

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START_SECONDS)
            self._process = None


@cache
def shared() -> Server:
    """The server that the tests of this process share; skips the test where there is none."""
    require_redis()
    server = Server()
    atexit.register(server.close)
    server.start()
    return server


def require_redis() -> None:
    """Skip the test, saying why, where there is no Redis; fail it when nothing may be left out."""
    if _found() is None:
        _leave_out("There is no Redis or Valkey server on this machine.")


def _leave_out(why: str) -> NoReturn:
    if os.environ.get("MILLGATE_REQUIRE_ALL"):
        pytest.fail(f"{why} MILLGATE_REQUIRE_ALL is set.")
    pytest.skip(why)


def _found() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


def _program() -> str:
    program = _found()
    if program is None:
        raise RuntimeError("There is no Redis or Valkey server on this machine.")
    return program


def _ended_with_us() -> list[str]:
    """Have the system stop the server when this process dies, however it dies."""
    tool = shutil.which("setpriv")
    return [tool, "--pdeathsig", "TERM"] if tool else []
