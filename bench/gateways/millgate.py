"""Millgate, as it is served: the answer is an example of its operation, or comes from an HTTP upstream."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec

import processes
from gateways.rival import HERE, Gateway, Rival, Scene
from gateways.work import AUDIENCE, ISSUER_ORIGIN, Work


def make_home(home: Path, origin_port: int) -> Work:
    """A new installation with the APIs, adapters and callers of the benchmark."""
    variables = os.environ | _variables(home)
    command = [sys.executable, "-m", "millgate", "migrate"]
    subprocess.run(command, env=variables, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    script = [sys.executable, "-m", "gateways.home", str(origin_port)]
    printed = subprocess.check_output(script, env=variables, cwd=HERE.parent)  # noqa: S603 - ours
    return msgspec.json.decode(printed, type=Work)


@contextmanager
def _running(scene: Scene) -> Iterator[Gateway]:
    port = processes.free_port()
    with processes.millgate("serve", scene.home, port, **_variables(scene.home)) as pid:
        yield Gateway(pid, port)


def _variables(home: Path) -> dict[str, str]:
    return {
        "MILLGATE_HOME": str(home),
        "MILLGATE_ORIGIN": ISSUER_ORIGIN,
        "MILLGATE_RESOURCE": AUDIENCE,
    }


RIVAL = Rival("Millgate", _running, version=lambda: version("millgate"))
