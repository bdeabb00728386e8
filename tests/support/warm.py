"""`python -m millgate` in a process of its own that begins where the imports have ended.

Most of what a command and the start of a server cost is importing. One process of this module imports once what
all of them do, and forks for each that a test starts: with its own arguments, environment, folder and streams, and
to be killed like any other. What it imports has met no home, no settings and no Django that is set up.

Run as a program it is that one process; it ends with the one that started it.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

POSSIBLE: Final = hasattr(os, "pidfd_open")
_MOST_BYTES: Final = 1 << 20
_STREAMS: Final = 3
_DJANGO: Final = (
    "django.contrib.admin",
    "django.core.handlers.wsgi",
    "django.core.mail",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.recorder",
    "django.db.models",
    "django.forms",
    "django.urls",
    "django.views.generic",
)
"""What can be imported of it before it is set up."""


class Warm:
    """A process that was started so; what tests use of `subprocess.Popen`.

    Attributes:
        pid: its number.
        returncode: as `Popen` has it; None while it runs or nobody has asked.
    """

    def __init__(self, pid: int, ending: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ending = ending

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, waited for.

        Raises:
            subprocess.TimeoutExpired: it runs still.
        """
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("millgate", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None and select.select([self._ending], [], [], timeout)[0]:
            self.returncode = os.waitstatus_to_exitcode(int(os.read(self._ending, 16)))
            os.close(self._ending)
        return self.returncode

    def __del__(self) -> None:
        if self.returncode is None:
            os.close(self._ending)


def start(
    arguments: Sequence[str],
    *,
    env: dict[str, str],
    cwd: Path | str,
    stdin: int,
    stdout: int,
    stderr: int,
    door: socket.socket | None = None,
) -> Warm:
    """Start `python -m millgate` with these arguments; streams are file descriptors."""
    ending, told = os.pipe()
    try:
        request = json.dumps({"arguments": [*arguments], "env": env, "cwd": str(cwd)}).encode()
        door = door or _door()
        socket.send_fds(door, [request], [stdin, stdout, stderr, told])
        pid = int(door.recv(16))
    finally:
        os.close(told)
    return Warm(pid, ending)


def put_command(folder: Path) -> int:
    """Put a `millgate` into a folder, for the shells that tests start; each must inherit what is returned."""
    folder.mkdir(exist_ok=True)
    door = _door().fileno()
    script = folder / "millgate"
    script.write_text(
        f"#!{sys.executable} -IS\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        f"from warm import as_command\n\nas_command({door})\n"
    )
    script.chmod(0o755)
    return door


def as_command(door: int) -> NoReturn:
    """Be a command whose work a warm process does, on the same streams and in the same folder."""
    asked = socket.socket(fileno=door)
    begun = start(sys.argv[1:], env=dict(os.environ), cwd=Path.cwd(), stdin=0, stdout=1, stderr=2, door=asked)
    code = begun.wait()
    sys.exit(code if code >= 0 else 128 - code)


@cache
def _door() -> socket.socket:
    """Where the one process is asked; it is started at the first call."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        # Named settings would let models be imported before Django is ready, which fails.
        names = (name for name in os.environ if not name.startswith(("DJANGO_", "MILLGATE_")))
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            env={name: os.environ[name] for name in names},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait()

    return ours


# The one process


def _import() -> None:
    """All modules of ours below control, and those of Django's that know no settings."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - a command by `as_command` needs none

    for name in (*_DJANGO, *_own()):
        # Modules that stand on models need settings; commands import them themselves.
        with suppress(ImproperlyConfigured):
            import_module(name)


def _own() -> Iterator[str]:
    import millgate  # noqa: PLC0415 - the tests' own process has not imported it for this

    for room in pkgutil.iter_modules(millgate.__path__):
        if room.name not in {"__main__", "control"}:
            yield f"millgate.{room.name}"
            package = import_module(f"millgate.{room.name}")
            yield from _within(package)


def _within(package: Any) -> Iterator[str]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield found.name


def _serve(door: socket.socket) -> dict[str, Any] | None:
    """Fork for each that asks, and tell how its process ended.

    Returns in the forked process, with what was asked; and in the one process, with None, when nobody is there
    to ask any more.
    """
    running: dict[int, tuple[int, int]] = {}
    waiting = select.poll()
    waiting.register(door, select.POLLIN)
    while True:
        for number, _ in waiting.poll():
            if number in running:
                pid, told = running.pop(number)
                waiting.unregister(number)
                os.close(number)
                _tell(told, os.waitpid(pid, 0)[1])
                continue
            text, files, _, _ = socket.recv_fds(door, _MOST_BYTES, _STREAMS + 1)
            if not text:
                return None
            pid = os.fork()
            if pid == 0:
                _take(files, [door.detach(), *running, *(told for _, told in running.values())])
                return dict(json.loads(text))
            for file in files[:_STREAMS]:
                os.close(file)
            watched = os.pidfd_open(pid)
            waiting.register(watched, select.POLLIN)
            running[watched] = pid, files[_STREAMS]
            door.send(str(pid).encode())


def _tell(told: int, status: int) -> None:
    try:
        os.write(told, str(status).encode())
    except BrokenPipeError:  # nobody wants to know
        pass
    finally:
        os.close(told)


def _take(files: list[int], others: list[int]) -> None:
    for number, file in enumerate(files[:_STREAMS]):
        os.dup2(file, number)
    for file in (*files, *others):
        os.close(file)


def main() -> None:
    """Be the one process."""
    _import()
    gc.collect()
    gc.freeze()
    # Ctrl-C is for those that it has started, and for the tests' process, which then ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked = _serve(socket.socket(fileno=int(sys.argv[1])))
    if asked is not None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(asked["env"])
        os.chdir(asked["cwd"])
        sys.argv = ["millgate", *asked["arguments"]]
        runpy.run_module("millgate", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
