"""Compare a small installation and a large one: the cost of a call, of loading, and of a change.

    scale.py [--apis N] [--people N] [--rounds N] [--changes N] [--json FILE]

Both stand in this process, and the same callers put the same requests to their managed planes in turn, so
what counts are the ratios. `--people` is how many subscriptions and how many applications the large one has.
Changes are made by `directories.py`, each size in a process and a database of its own, `--changes` rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeVar

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from directories import Lateness, Measured
from installations import TARGETS, Installation, document
from load import memory_megabytes
from millgate.assembly.collecting import building_much
from millgate.assembly.following import Follower
from millgate.gateway.plane import ManagedPlane
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Document, decode, encode, version_of
from millgate.stores.memory import MemoryVersions
from millgate.wire.messages import Request

SMALL_APIS: Final = 10
SMALL_PEOPLE: Final = 100
CALLS: Final = 2_000
TICK_SECONDS: Final = 0.001

console = Console()
_T = TypeVar("_T")


# Calls


async def micros(plane: ManagedPlane, requests: list[Request]) -> float:
    """CPU time of a call, in microseconds, over some thousand calls."""
    rounds = max(CALLS // len(requests), 1)
    begin = time.thread_time_ns()
    for _ in range(rounds):
        for request in requests:
            await plane(request)
    return (time.thread_time_ns() - begin) / 1000 / (rounds * len(requests))


async def statuses(plane: ManagedPlane, requests: dict[str, list[Request]]) -> dict[str, int]:
    """What each kind is answered with, once its callers are known."""
    return {
        kind: [(await plane(request)).status for request in asked][-1] for kind, asked in requests.items()
    }


@dataclass(frozen=True)
class Compared:
    """A kind of call in both installations.

    Attributes:
        status: what is answered.
        small, large: CPU time of a call, in microseconds: the median of the rounds.
        ratio: the median of the rounds' ratios.
    """

    kind: str
    status: int
    small: float
    large: float
    ratio: float


async def compared(small: Installation, large: Installation, rounds: int) -> list[Compared]:
    """Every kind of call, in both in turn."""
    asked = (small.requests(), large.requests())
    answered = await statuses(small.plane, asked[0])
    if answered != await statuses(large.plane, asked[1]):
        raise SystemExit("the two installations answer differently")
    found = []
    for kind, status in answered.items():
        pairs = []
        for turn in range(rounds):
            first = await micros(small.plane, asked[0][kind]) if turn % 2 else None
            second = await micros(large.plane, asked[1][kind])
            pairs.append((first or await micros(small.plane, asked[0][kind]), second))
        ones, others = zip(*pairs, strict=True)
        ratio = statistics.median(other / one for one, other in pairs)
        found.append(Compared(kind, status, statistics.median(ones), statistics.median(others), ratio))
    return found


# Loading


@dataclass(frozen=True)
class Loaded:
    """What a worker has to do when a version of the large installation is published.

    Attributes:
        megabytes: the stored document.
        memory: what the snapshot takes, in megabytes.
        decode, build, encode, digest: seconds of each step.
        follow: seconds until it is in force, while calls go on.
        worst_wait, median_wait: milliseconds by which calls were late meanwhile.
    """

    megabytes: float
    memory: float
    decode: float
    build: float
    encode: float
    digest: float
    follow: float
    worst_wait: float
    median_wait: float


def timed(do: Callable[[], _T]) -> tuple[_T, float]:
    """What something gives, and the seconds it took."""
    begin = time.perf_counter()
    given = do()
    return given, time.perf_counter() - begin


async def loaded(made: Document) -> Loaded:
    """Load the document step by step, then as a worker does."""
    data, encoding = timed(lambda: encode(made))
    _, digesting = timed(lambda: version_of(data))
    before = memory_megabytes(os.getpid())
    with building_much():
        read, decoding = timed(lambda: decode(data))
        snapshot, building = timed(lambda: build_serving(read, TARGETS))
    memory = memory_megabytes(os.getpid()) - before
    versions = MemoryVersions()
    follower = Follower(versions, TARGETS)
    versions.add(data)
    waits, following = await _late_beside(follower)
    del snapshot
    return Loaded(
        len(data) / 1e6,
        memory,
        decoding,
        building,
        encoding,
        digesting,
        following,
        max(waits),
        statistics.median(waits),
    )


async def _late_beside(follower: Follower) -> tuple[list[float], float]:
    """By how many milliseconds something small was late, again and again, while a version was taken up."""
    waits: list[float] = []
    begin = time.perf_counter()
    turn = asyncio.create_task(follower.follow())
    while not turn.done():
        asked = time.perf_counter()
        await asyncio.sleep(TICK_SECONDS)
        waits.append((time.perf_counter() - asked - TICK_SECONDS) * 1000)
    return waits, time.perf_counter() - begin


# Changing


def changed(apis: int, people: int, rounds: int) -> Measured:
    """What a change of the directory does in an installation of this size."""
    program = [sys.executable, str(Path(__file__).with_name("directories.py"))]
    sizes = [f"--apis={apis}", f"--people={people}", f"--rounds={rounds}"]
    done = subprocess.run([*program, *sizes], capture_output=True, check=True)  # noqa: S603 - ours
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Measured)


# Telling


def tell_changes(small: Measured, large: Measured) -> None:
    """Print what a change of the directory does in both."""
    table = Table(
        *("step", "small s", "its CPU", "late p99 ms", "worst", "large s", "its CPU", "late p99 ms", "worst"),
        title="A change of the directory, while a call comes every millisecond",
    )
    for name in small.__struct_fields__:
        both: tuple[Lateness, Lateness] = (getattr(small, name), getattr(large, name))
        table.add_row(name.replace("_", " "), *(cell for found in both for cell in _cells(found)))
    console.print(table)


def _cells(found: Lateness) -> tuple[str, ...]:
    return f"{found.seconds:.3f}", f"{found.cpu:.3f}", f"{found.p99:.1f}", f"{found.worst:.1f}"


def tell(calls: list[Compared], load: Loaded) -> None:
    """Print what calls and loading cost."""
    table = Table("call", "answer", "small µs", "large µs", "ratio", title="CPU of a call")
    for call in calls:
        table.add_row(
            call.kind, str(call.status), f"{call.small:.1f}", f"{call.large:.1f}", f"{call.ratio:.2f}"
        )
    console.print(table)
    steps = Table("step", "", title="Loading the large one")
    steps.add_row("stored document", f"{load.megabytes:.1f} MB")
    steps.add_row("snapshot in memory", f"{load.memory:.0f} MB")
    for name in ("decode", "build", "encode", "digest", "follow"):
        steps.add_row(name, f"{getattr(load, name):.2f} s")
    steps.add_row(
        "calls late meanwhile", f"{load.median_wait:.1f} ms in the median, {load.worst_wait:.0f} ms at most"
    )
    console.print(steps)


async def measured(apis: int, people: int, rounds: int) -> tuple[list[Compared], Loaded]:
    """Both comparisons."""
    made = document(apis, people)
    load = await loaded(made)
    small, large = Installation(document(SMALL_APIS, SMALL_PEOPLE)), Installation(made)
    gc.collect()
    gc.freeze()
    return await compared(small, large, rounds), load


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--apis", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--changes", type=int, default=3)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    small, large = (
        changed(apis, people, given.changes)
        for apis, people in ((SMALL_APIS, SMALL_PEOPLE), (given.apis, given.people))
    )
    tell_changes(small, large)
    calls, load = uvloop.run(measured(given.apis, given.people, given.rounds))
    tell(calls, load)
    if given.json is not None:
        numbers = {
            "calls": [asdict(call) for call in calls],
            "load": asdict(load),
            "changes": {"small": msgspec.to_builtins(small), "large": msgspec.to_builtins(large)},
        }
        given.json.write_text(json.dumps(numbers, indent=2))


if __name__ == "__main__":
    main()
