"""HAProxy: keys in a map, limits and usage in a stick table, every signature checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import processes
from gateways.rival import HERE, Gateway, Rival, Scene, filled, first_line, program, program_missing
from gateways.work import ANSWER, IN_PROCESS, QUOTA, RATE, RATE_SECONDS, Work


def _missing() -> str:
    return program_missing("haproxy")


@contextmanager
def _running(scene: Scene) -> Iterator[Gateway]:
    port, directory = processes.free_port(), scene.directory
    for name, text in _files(scene.work).items():
        (directory / name).write_text(text)
    config = filled(
        HERE / "haproxy.cfg",
        directory / "haproxy.cfg",
        directory=directory,
        port=port,
        origin_port=scene.origin_port,
        issuer=scene.work.issuer,
        audience=scene.work.audience,
        rate=RATE,
        rate_seconds=RATE_SECONDS,
        quota=QUOTA,
    )
    with processes.process([program("haproxy") or "", "-db", "-f", str(config)]) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}{IN_PROCESS}", scene.work.callers[0].headers)
        yield Gateway(pid, port)


def _files(work: Work) -> dict[str, str]:
    """What its configuration refers to."""
    return {
        "answer.json": ANSWER,
        "public.pem": work.public_pem,
        "test-only.lst": f"{work.test_only.application}\n",
        "keys.map": "".join(f"{caller.key} {caller.name}\n" for caller in work.everybody),
        "rates.map": "".join(f"{caller.name} {caller.rate}\n" for caller in work.everybody),
        "quotas.map": "".join(f"{caller.name} {caller.quota}\n" for caller in work.everybody),
    }


def _version() -> str:
    return first_line([program("haproxy") or "", "-v"], r"version (\d+\.\d+\.\d+)")


RIVAL = Rival("HAProxy", _running, _missing, _version)
