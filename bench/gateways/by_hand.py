"""The service that one would write by hand: FastAPI, PyJWT and slowapi under uvicorn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec

import msgspec

import processes
from gateways.rival import HERE, Gateway, Rival, Scene
from gateways.work import IN_PROCESS


def _missing() -> str:
    needed = ("fastapi", "httpx", "jwt", "slowapi", "uvicorn")
    absent = [name for name in needed if find_spec(name) is None]
    return f"its packages are not here ({', '.join(absent)}); run make bench-gateway" if absent else ""


@contextmanager
def _running(scene: Scene) -> Iterator[Gateway]:
    port = processes.free_port()
    work = scene.directory / "work.json"
    work.write_bytes(msgspec.json.encode(scene.work))
    program = [sys.executable, "-m", "uvicorn", "fastapi_gateway:app"]
    options = ["--app-dir", str(HERE.parent / "rivals"), "--no-access-log", "--log-level", "warning"]
    variables = {"BENCH_WORK": str(work), "BENCH_ORIGIN": f"http://127.0.0.1:{scene.origin_port}"}
    with processes.process([*program, *options, "--port", str(port)], **variables) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}{IN_PROCESS}", scene.work.callers[0].headers)
        yield Gateway(pid, port)


RIVAL = Rival("FastAPI + PyJWT + slowapi", _running, _missing, lambda: f"FastAPI {version('fastapi')}")
