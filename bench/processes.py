"""Servers as processes: started for a block, waited for, asked for credentials."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from millgate.assembly.demo_env import read
from millgate.cli.token import fetch

PATIENCE_SECONDS = 90.0


@contextmanager
def process(command: list[str], **variables: str) -> Iterator[int]:
    """A process that is ended with the block, unless it has ended by itself."""
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=os.environ | variables)  # noqa: S603 - ours
    try:
        yield running.pid
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


@contextmanager
def millgate(command: str, home: Path, port: int, **variables: str) -> Iterator[int]:
    """`millgate demo` or `millgate serve`, from its first answer until the end of the block."""
    program = [sys.executable, "-m", "millgate", command, "--home", str(home), "--port", str(port)]
    with process(program, **variables) as pid:
        wait_for_200(f"http://127.0.0.1:{port}/-/ready", {})
        yield pid


def wait_for_200(url: str, headers: dict[str, str]) -> None:
    """Ask until the answer is 200."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5).close()  # noqa: S310 - loopback
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def credentials(home: Path, port: int) -> dict[str, str]:
    """Headers of a good managed call to the server of a demo home."""
    env = read(home / "demo.env")
    names = ("CLIENT_ID", "CLIENT_SECRET", "RESOURCE")
    token = fetch(f"http://127.0.0.1:{port}", *(env[f"MILLGATE_{name}"] for name in names))
    return {
        "Ocp-Apim-Subscription-Key": env["MILLGATE_SUBSCRIPTION_KEY"],
        "Authorization": f"Bearer {token}",
    }


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def run_python(program: str, **variables: str) -> None:
    """Run a piece of Python in a process of its own."""
    subprocess.run([sys.executable, "-c", program], env=os.environ | variables, check=True)  # noqa: S603 - ours
