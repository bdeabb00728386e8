"""Measure gateways that do the same work side by side: key, token, tier, rate limit, quota, usage, an answer.

    gateway.py [--seconds N] [--rounds N] [--only NAME …] [--json FILE]

Each gateway is one process with one worker on loopback and is asked alone, in turn with the others. First it
must refuse what is to be refused; what it lets pass is told in the report. Machines differ and drift, so what
counts are ratios within one round, of CPU for a request.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, Final

from rich.console import Console

from gateways import (
    by_hand,
    checks,
    constant,
    envoy,
    fast_gateway,
    haproxy,
    millgate,
    nginx_lua,
    origin,
    shown,
    wrk,
)
from gateways.rival import Gateway, Rival, Scene
from gateways.work import IN_PROCESS, KEY_HEADER, PROXIED, Work
from gateways.wrk import Call, Kind

RIVALS: Final = (
    constant.RIVAL,
    constant.GRANIAN,
    millgate.RIVAL,
    nginx_lua.RIVAL,
    envoy.RIVAL,
    haproxy.RIVAL,
    fast_gateway.RIVAL,
    by_hand.RIVAL,
)
SETTLING_SECONDS: Final = 1
MOST_ROUNDS: Final = 50
console = Console(stderr=True)


@dataclass(frozen=True)
class Running:
    """What is measured: the gateways that run, and the origin behind them."""

    gateways: dict[str, Gateway]
    origin: Gateway
    work: Work
    directory: Path


def main() -> None:
    """Measure and print."""
    arguments = _parse()
    if why := origin.missing() or wrk.missing():
        raise SystemExit(f"Nothing can be measured: {why}.")
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as scratch, ExitStack() as stack:
        # nginx reads as nobody when root starts it.
        Path(scratch).chmod(0o755)
        figures = _measure(arguments, Path(scratch), stack)
    shown.show(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    names = [rival.name for rival in RIVALS]
    parser.add_argument("--seconds", type=int, default=4, help="length of each measurement, 60 at most")
    parser.add_argument(
        "--rounds", type=int, default=5, help=f"how often each is taken, {MOST_ROUNDS} at most"
    )
    parser.add_argument("--only", nargs="*", choices=names, default=names, help="leave out the others")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS), help="leave out the others")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, scratch: Path, stack: ExitStack) -> dict[str, Any]:
    behind = stack.enter_context(origin.origin(_directory(scratch, "origin")))
    with console.status("Making a home"):
        work = millgate.make_home(scratch / "home", behind.port)
    told: dict[str, dict[str, Any]] = {}
    gateways: dict[str, Gateway] = {}
    for number, rival in enumerate(rival for rival in RIVALS if rival.name in arguments.only):
        scene = Scene(work, behind.port, _directory(scratch, f"gateway-{number}"), scratch / "home")
        told[rival.name] = _started(rival, scene, stack, gateways)
    running = Running(gateways, behind, work, scratch)
    rounds = []
    for number in range(min(arguments.rounds, MOST_ROUNDS)):
        console.print(f"Round {number + 1} of {arguments.rounds}")
        rounds.append(_round(arguments, running, backwards=number % 2 == 1))
    return {"cores": os.cpu_count(), "seconds": arguments.seconds, "gateways": told, "rounds": rounds}


def _directory(scratch: Path, name: str) -> Path:
    made = scratch / name
    made.mkdir(mode=0o755)
    return made


def _started(rival: Rival, scene: Scene, stack: ExitStack, gateways: dict[str, Gateway]) -> dict[str, Any]:
    """Start a gateway and try what it refuses; what the report says of it."""
    if why := rival.missing():
        return {"missing": why}
    try:
        gateway = stack.enter_context(rival.running(scene))
    except (OSError, CalledProcessError) as wrong:
        return {"missing": f"it does not start: {wrong}"}
    gateways[rival.name] = gateway
    failed = checks.failed(gateway, scene.work) if rival.polices else []
    return {"version": rival.version(), "failed": failed, "polices": rival.polices}


# Load


def _callers(path: str, work: Work) -> list[Call]:
    """Good calls."""
    return [Call(path, caller.headers) for caller in work.callers]


def _wrong_keys(work: Work) -> list[Call]:
    """Calls that a look at the key refuses."""
    wrong = {KEY_HEADER: "0" * len(work.callers[0].key)}
    return [Call(IN_PROCESS, caller.headers | wrong) for caller in work.callers]


KINDS: Final[dict[str, Callable[[Work], Kind]]] = {
    shown.IN_PROCESS: lambda work: Kind(_callers(IN_PROCESS, work)),
    shown.SHARED: lambda work: Kind(_callers(IN_PROCESS, work), shared=True),
    shown.PROXIED: lambda work: Kind(_callers(PROXIED, work)),
    shown.WRONG_KEY: lambda work: Kind(_wrong_keys(work)),
    shown.RATE_LIMIT: lambda work: Kind([Call(IN_PROCESS, work.limited.headers)]),
}


def _round(arguments: argparse.Namespace, running: Running, *, backwards: bool) -> dict[str, Any]:
    """All gateways in turn, by kind of call; every other round the other way about."""
    names = list(running.gateways)[:: -1 if backwards else 1]
    return {
        kind: {name: _taken(kind, name, arguments.seconds, running) for name in names}
        for kind in arguments.kinds
    }


def _taken(kind: str, name: str, seconds: int, running: Running) -> dict[str, Any]:
    """One gateway under load, a moment of which is for warming up."""
    gateway, directory = running.gateways[name], running.directory
    sent = KINDS[kind](running.work)
    addresses = {"port": gateway.port, "pid": gateway.pid, "origin_pid": running.origin.pid}
    wrk.load(kind=sent, seconds=SETTLING_SECONDS, directory=directory, **addresses)
    return asdict(wrk.load(kind=sent, seconds=seconds, directory=directory, **addresses))


if __name__ == "__main__":
    main()
