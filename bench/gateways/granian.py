"""Granian with a constant answer: what the fastest common server for Python costs before anything is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

import processes
from gateways.rival import HERE, Gateway, Rival, Scene


@contextmanager
def _running(scene: Scene) -> Iterator[Gateway]:
    del scene
    port = processes.free_port()
    with processes.process([sys.executable, str(HERE.parent / "granian_constant.py"), str(port)]) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}/", {})
        yield Gateway(pid, port)


RIVAL = Rival("Granian, constant answer", _running, version=lambda: version("granian"), polices=False)
