"""nginx with Lua: the policies as a script, good tokens remembered, one worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

import processes
from gateways.rival import HERE, INSTALL, Gateway, Rival, Scene, filled, first_line, program, program_missing
from gateways.work import ANSWER, IN_PROCESS, QUOTA_SECONDS, RATE_SECONDS

_MODULES: Final = Path("/usr/lib/nginx/modules")
_CJSON: Final = Path("/usr/share/lua/5.1/cjson")


def _missing() -> str:
    if why := program_missing("nginx"):
        return why
    needed = (_MODULES / "ngx_http_lua_module.so", _CJSON)
    absent = [str(path) for path in needed if not path.exists()]
    return f"there is no {' and no '.join(absent)}; {INSTALL}" if absent else ""


@contextmanager
def _running(scene: Scene) -> Iterator[Gateway]:
    port, directory = processes.free_port(), scene.directory
    (directory / "work.json").write_bytes(msgspec.json.encode(scene.work))
    (directory / "answer.json").write_text(ANSWER)
    config = filled(
        HERE / "nginx-lua" / "nginx.conf",
        directory / "nginx.conf",
        directory=directory,
        lua=HERE / "nginx-lua",
        modules=_MODULES,
        port=port,
        origin_port=scene.origin_port,
        rate_seconds=RATE_SECONDS,
        quota_seconds=QUOTA_SECONDS,
    )
    with processes.process([program("nginx") or "", "-c", str(config)]) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}{IN_PROCESS}", scene.work.callers[0].headers)
        yield Gateway(pid, port)


def _version() -> str:
    return first_line([program("nginx") or "", "-v"], r"nginx/(\S+)")


RIVAL = Rival("nginx + Lua", _running, _missing, _version)
