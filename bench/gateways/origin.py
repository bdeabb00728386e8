"""The origin behind all gateways: nginx with one small file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import processes
from gateways.rival import HERE, Gateway, filled, program, program_missing
from gateways.work import ANSWER


def missing() -> str:
    """Why there is none."""
    return program_missing("nginx")


@contextmanager
def origin(directory: Path) -> Iterator[Gateway]:
    """One worker, keep-alive, no log."""
    port = processes.free_port()
    (directory / "Answer").write_text(ANSWER)
    # A worker that root's nginx starts is nobody, who must be let in.
    directory.chmod(0o755)
    config = filled(HERE / "origin.conf", directory / "nginx.conf", directory=directory, port=port)
    with processes.process([program("nginx") or "", "-c", str(config)]) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}/Answer", {})
        yield Gateway(pid, port)
