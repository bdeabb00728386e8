"""A real server in a process of its own, on a home in a temporary directory."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

import httpx

from millgate.assembly import demo_env
from support import warm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from support.warm import Warm

PATIENCE_SECONDS = 180.0


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str] | Warm
    home: Path
    origin: str
    output: Path

    @property
    def env(self) -> dict[str, str]:
        """What demo.env holds, without the common prefix."""
        values = demo_env.read(self.home / "demo.env")
        return {name.removeprefix("MILLGATE_"): value for name, value in values.items()}

    @property
    def authority(self) -> Path:
        """The certificate of the home's local authority, when it speaks TLS."""
        return self.home / "tls" / "authority.pem"

    @property
    def trust(self) -> ssl.SSLContext:
        """Trusts what a client of this server must trust."""
        tls = self.origin.startswith("https:") and self.authority.exists()
        return _trusting(self.authority.read_text() if tls else None)

    def printed(self) -> str:
        """What it has written so far."""
        return self.output.read_text()

    def ask_token(self, **changes: str) -> httpx.Response:
        """What the token service says to the sample application, unless changed."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self.env["CLIENT_ID"],
            "client_secret": self.env["CLIENT_SECRET"],
            "resource": self.env["RESOURCE"],
        } | changes
        return httpx.post(f"{self.origin}/oauth2/v1/token", data=form, verify=self.trust)

    def token(self, **changes: str) -> str:
        """An access token of the sample application, unless changed."""
        answer = self.ask_token(**changes)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def headers(self, token: str | None = None) -> dict[str, str]:
        """Headers of a good managed call."""
        return {
            "Ocp-Apim-Subscription-Key": self.env["SUBSCRIPTION_KEY"],
            "Authorization": f"Bearer {token or self.token()}",
        }

    def client(self) -> httpx.Client:
        """A client whose calls are good."""
        return httpx.Client(base_url=self.origin, headers=self.headers(), timeout=30, verify=self.trust)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> int:
        """End it as an operator would; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@cache
def _trusting(authority: str | None) -> ssl.SSLContext:
    # Once: reading the system's authorities takes longer than a call.
    return ssl.create_default_context(cadata=authority)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def environment(home: Path, **changes: str) -> dict[str, str]:
    """The environment without any Millgate setting of the caller's, and with a HOME of its own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("MILLGATE_", "DJANGO_"))
    }
    own = home.parent / f"{home.name}-elsewhere"
    own.mkdir(parents=True, exist_ok=True)
    return kept | {"HOME": str(own), "TMPDIR": str(own)} | changes


def begun(
    arguments: Sequence[str],
    *,
    env: dict[str, str],
    cwd: Path,
    stdout: IO[str],
    stderr: IO[str],
    stdin: int | None = None,
    cold: bool = False,
) -> subprocess.Popen[str] | Warm:
    """A process of `python -m millgate`; a warm one, unless told otherwise."""
    if warm.POSSIBLE and not cold:
        given = _nothing() if stdin is None else stdin
        return warm.start(
            arguments, env=env, cwd=cwd, stdin=given, stdout=stdout.fileno(), stderr=stderr.fileno()
        )
    return subprocess.Popen(
        [sys.executable, "-m", "millgate", *arguments],
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=stdout,
        stderr=stderr,
        text=True,
        cwd=cwd,
        env=env,
    )


@cache
def _nothing() -> int:
    return os.open(os.devnull, os.O_RDONLY)


def millgate(
    home: Path, *arguments: str, given: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    """A command and what it wrote, in the environment of `home`, which the arguments need not name.

    `given` is what stands on its standard input.
    """
    env = environment(home, MILLGATE_HOME=str(home)) | variables
    with TemporaryFile("w+") as written, TemporaryFile("w+") as told, TemporaryFile("w+") as read:
        read.write(given or "")
        read.seek(0)
        process = begun(arguments, env=env, cwd=home.parent, stdin=read.fileno(), stdout=written, stderr=told)
        code = process.wait(PATIENCE_SECONDS)
        for file in (written, told):
            file.seek(0)
        return subprocess.CompletedProcess(arguments, code, written.read(), told.read())


def start(
    home: Path,
    *,
    command: str = "demo",
    port: int | None = None,
    output_in: Path | None = None,
    tls: bool = False,
    cold: bool = False,
    **changes: str,
) -> Served:
    """Start a server; it may not answer yet. What it writes goes beside the home unless said otherwise.

    `cold` starts it as a shell does, with imports of its own.
    """
    number = port or free_port()
    beside = output_in or home.parent
    env = environment(beside / home.name, **changes)
    output = beside / f"{home.name}-output-{time.monotonic_ns()}.txt"
    arguments = [command, "--home", str(home), "--port", str(number), *(["--tls"] if tls else [])]
    with output.open("w") as file:
        process = begun(arguments, env=env, cwd=beside, stdout=file, stderr=file, cold=cold)
    origin = f"https://localhost:{number}" if tls else f"http://127.0.0.1:{number}"
    return Served(process, home, origin, output)


def wait_until_ready(server: Served, trust: ssl.SSLContext | None = None) -> None:
    """Return once it answers that it is ready, and has said so. Another authority may be trusted instead."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert server.process.poll() is None, server.printed()
        if _ready(server, trust) and "End with Ctrl-C." in server.printed():
            return
        time.sleep(0.02)
    raise AssertionError(f"not ready: {server.printed()}")


def _ready(server: Served, trust: ssl.SSLContext | None) -> bool:
    host = server.origin.partition("//")[2]
    with closing(
        HTTPSConnection(host, timeout=5, context=trust or server.trust)
        if server.origin.startswith("https:")
        else HTTPConnection(host, timeout=5)
    ) as connection:
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False


@contextmanager
def running(
    home: Path, *, command: str = "demo", tls: bool = False, cold: bool = False, **changes: str
) -> Iterator[Served]:
    """A server that is ready, ended with the block."""
    server = start(home, command=command, port=None, output_in=None, tls=tls, cold=cold, **changes)
    try:
        wait_until_ready(server)
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
