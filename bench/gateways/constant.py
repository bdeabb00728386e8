"""Servers with a constant answer and no check: that of Millgate, and Granian by its own interface."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version

import processes
from gateways.rival import HERE, Gateway, Rival, Scene


@contextmanager
def _running(script: str, _scene: Scene) -> Iterator[Gateway]:
    port = processes.free_port()
    with processes.process([sys.executable, str(HERE.parent / script), str(port)]) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}/", {})
        yield Gateway(pid, port)


RIVAL = Rival(
    "constant answer", partial(_running, "constant.py"), version=lambda: "the same server", polices=False
)
GRANIAN = Rival(
    "Granian, constant answer",
    partial(_running, "granian_constant.py"),
    version=lambda: version("granian"),
    polices=False,
)
