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
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING

import httpx

from millgate.assembly import demo_env

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_SECONDS = 90.0


@dataclass
class Served:
    """A running server."""

    process: subprocess.Popen[str]
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
        return ssl.create_default_context(cafile=self.authority if tls else None)

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


def start(
    home: Path,
    *,
    command: str = "demo",
    port: int | None = None,
    output_in: Path | None = None,
    tls: bool = False,
    **changes: str,
) -> Served:
    """Start a server; it may not answer yet. What it writes goes beside the home unless said otherwise."""
    number = port or free_port()
    beside = output_in or home.parent
    env = environment(beside / home.name, **changes)
    output = beside / f"{home.name}-output-{time.monotonic_ns()}.txt"
    arguments = [sys.executable, "-m", "millgate", command, "--home", str(home), "--port", str(number)]
    arguments += ["--tls"] if tls else []
    with output.open("w") as file:
        process = subprocess.Popen(
            arguments, stdout=file, stderr=subprocess.STDOUT, text=True, cwd=beside, env=env
        )
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
def running(home: Path, *, command: str = "demo", tls: bool = False, **changes: str) -> Iterator[Served]:
    """A server that is ready, ended with the block."""
    server = start(home, command=command, port=None, output_in=None, tls=tls, **changes)
    try:
        wait_until_ready(server)
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
