"""npm's fast-gateway: the policies as a middleware, good tokens remembered by fast-jwt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

import processes
from gateways.rival import HERE, INSTALL, PROGRAMS, Gateway, Rival, Scene, program, program_missing
from gateways.work import ANSWER, IN_PROCESS, RATE_SECONDS

_MODULES: Final = PROGRAMS / "fast-gateway" / "node_modules"


def _missing() -> str:
    if why := program_missing("node"):
        return why
    return "" if (_MODULES / "fast-gateway").exists() else f"its packages are not here; {INSTALL}"


@contextmanager
def _running(scene: Scene) -> Iterator[Gateway]:
    port = processes.free_port()
    settings = scene.directory / "settings.json"
    settings.write_text(
        json.dumps(
            {
                "port": port,
                "origin": f"http://127.0.0.1:{scene.origin_port}",
                "answer": ANSWER,
                "rate_seconds": RATE_SECONDS,
                "work": msgspec.to_builtins(scene.work),
            }
        )
    )
    command = [program("node") or "", str(HERE / "fast-gateway" / "server.js"), str(settings)]
    with processes.process(command, NODE_PATH=str(_MODULES), NODE_ENV="production") as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}{IN_PROCESS}", scene.work.callers[0].headers)
        yield Gateway(pid, port)


def _version() -> str:
    version: str = json.loads((_MODULES / "fast-gateway" / "package.json").read_text())["version"]
    return version


RIVAL = Rival("fast-gateway (Node)", _running, _missing, _version)
