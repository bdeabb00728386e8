"""Load on a gateway by wrk, and what it costs the processes that answer.

wrk, because a generator in Python would keep the fastest of them waiting, which then wake up for every
single request and look dearer than they are.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from gateways.rival import HERE, program, program_missing
from load import family_cpu_seconds

CONNECTIONS: Final = 16
LONGEST_SECONDS: Final = 60


class _Said(msgspec.Struct, frozen=True):
    answers: int
    refused: int
    broken: int
    seconds: float
    p50_millis: float
    p99_millis: float


@dataclass(frozen=True)
class Taken:
    """What one run saw.

    Attributes:
        answers: in all.
        refused: those with a status of 400 and more.
        broken: connections and answers that failed.
        per_second: answers each second.
        cpu_micros: CPU for an answer, of all processes of the gateway, in microseconds.
        origin_micros: the same of the origin's.
        p50_millis, p99_millis: so many in a hundred answers took no longer.
    """

    answers: int
    refused: int
    broken: int
    per_second: float
    cpu_micros: float
    origin_micros: float
    p50_millis: float
    p99_millis: float


@dataclass(frozen=True)
class Call:
    """A request that is sent again and again."""

    path: str
    headers: dict[str, str]

    @property
    def line(self) -> str:
        """As `wrk.lua` reads it."""
        return "\t".join([self.path, *(part for pair in self.headers.items() for part in pair)])


def missing() -> str:
    """Why there can be no load; empty when there can."""
    return program_missing("wrk")


@dataclass(frozen=True)
class Kind:
    """What is sent, on connections that each have one call under way.

    Attributes:
        calls: of each caller one.
        shared: whether all callers use all connections, as behind a load balancer; else each has its own.
    """

    calls: Sequence[Call]
    shared: bool = False


def load(*, port: int, pid: int, origin_pid: int, kind: Kind, seconds: int, directory: Path) -> Taken:
    """Send these calls again and again for so many seconds.

    Raises:
        ValueError: no single answer came.
    """
    requests = directory / "requests.txt"
    requests.write_text("".join(f"{call.line}\n" for call in kind.calls))
    before, origin_before = family_cpu_seconds(pid), family_cpu_seconds(origin_pid)
    said = _wrk(port, requests, min(seconds, LONGEST_SECONDS), shared=kind.shared)
    used, origin_used = family_cpu_seconds(pid) - before, family_cpu_seconds(origin_pid) - origin_before
    if not said.answers:
        raise ValueError("it did not answer")
    return Taken(
        answers=said.answers,
        refused=said.refused,
        broken=said.broken,
        per_second=said.answers / said.seconds,
        cpu_micros=used / said.answers * 1e6,
        origin_micros=origin_used / said.answers * 1e6,
        p50_millis=said.p50_millis,
        p99_millis=said.p99_millis,
    )


def _wrk(port: int, requests: Path, seconds: int, *, shared: bool) -> _Said:
    threads, whose = (1, "all") if shared else (CONNECTIONS, "own")
    options = [f"-t{threads}", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "wrk.lua")]
    command = [program("wrk") or "", *options, f"http://127.0.0.1:{port}", "--", str(requests), whose]
    return msgspec.json.decode(subprocess.check_output(command).splitlines()[-1], type=_Said)  # noqa: S603 - ours
