"""Measure start, memory and requests, each beside the same server answering a constant.

    run.py [--seconds N] [--rounds N]

Machines differ and drift, so requests are quoted as ratios to the constant, measured in turn in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from rich.console import Console
from rich.table import Table

from load import Load, load, memory_megabytes
from processes import credentials, free_port, millgate, process, wait_for_200

STARTS = 5
CHANGES = 3
IDLE_SECONDS = 4.0
console = Console()

ENABLE = """
import os, pathlib, time
from millgate.control.site import boot
boot.setup()
from millgate.control.clients.models import ClientApplication
from millgate.control.publish.services import directory_change
with directory_change(by="bench"):
    ClientApplication.objects.update(enabled={enabled})
pathlib.Path(os.environ["MILLGATE_HOME"], "committed").write_text(str(time.time()))
time.sleep(2)
"""
DISABLE = ENABLE.format(enabled=False)
ENABLE = ENABLE.format(enabled=True)


def main() -> None:
    """Measure and print."""
    arguments = parse()
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as made:
        home, port = Path(made), free_port()
        with console.status("Making a demo"), millgate("demo", home, port):
            pass
        starts = [cold_start(home, port) for _ in range(STARTS)]
        with millgate("demo", home, port) as pid:
            time.sleep(IDLE_SECONDS)
            memory = memory_megabytes(pid)
            effects = [effect_of_a_change(home, port) for _ in range(CHANGES)]
            rounds = requests(home, port, pid, arguments.seconds, arguments.rounds)
    report(starts, memory, effects, rounds)


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is taken")
    return parser.parse_args()


def cold_start(home: Path, port: int) -> float:
    """Seconds from the command to the first 200 of a managed call, its token included."""
    started = time.perf_counter()
    with millgate("demo", home, port):
        wait_for_200(company_profile(port), credentials(home, port))
        return time.perf_counter() - started


def company_profile(port: int) -> str:
    """The smallest managed resource."""
    return f"http://127.0.0.1:{port}/test/Platform/v1/CompanyProfile"


def requests(home: Path, port: int, pid: int, seconds: float, rounds: int) -> dict[str, list[Load]]:
    """Each kind of request in turn, again and again."""
    headers, found = credentials(home, port), dict[str, list[Load]]()
    other = free_port()
    kinds = {
        "managed 404": ("/test/Nowhere/v1/Nothing", {}),
        "managed CompanyProfile (1 row)": ("/test/Platform/v1/CompanyProfile", headers),
        "managed Parts (100 rows)": ("/test/PartList/v1/Parts?limit=100", headers),
    }
    with process([sys.executable, str(Path(__file__).with_name("constant.py")), str(other)]) as constant:
        wait_for_200(f"http://127.0.0.1:{other}/", {})
        for _ in range(rounds):
            taken = load(pid=constant, port=other, paths=["/a/b"], headers=headers, seconds=seconds)
            found.setdefault("constant", []).append(taken)
            for name, (path, sent) in kinds.items():
                taken = load(pid=pid, port=port, paths=[path], headers=sent, seconds=seconds)
                found.setdefault(name, []).append(taken)
    return found


def effect_of_a_change(home: Path, port: int) -> float:
    """Seconds from the commit that disables an application, in another process, to the first call refused."""
    headers = credentials(home, port)
    wait_for_200(company_profile(port), headers)
    with process([sys.executable, "-c", DISABLE], MILLGATE_HOME=str(home)) as pid:
        del pid
        while refused_at(company_profile(port), headers) is None:
            time.sleep(0.002)
        seen = time.time()
    committed = float((home / "committed").read_text())
    subprocess.run([sys.executable, "-c", ENABLE], env=os.environ | {"MILLGATE_HOME": str(home)}, check=True)  # noqa: S603 - ours
    return seen - committed


def refused_at(url: str, headers: dict[str, str]) -> int | None:
    """The status of a call that is refused; None when it is not."""
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5).close()  # noqa: S310 - loopback
    except urllib.error.HTTPError as refused:
        return refused.code
    return None


def report(starts: list[float], memory: float, effects: list[float], rounds: dict[str, list[Load]]) -> None:
    """Print medians, and ratios to the constant of the same round."""
    console.print(
        f"Cold start to the first 200, token included: {statistics.median(starts):.2f} s (of {STARTS})"
    )
    console.print(f"Idle memory of the process: {memory:.0f} MB")
    console.print(f"A disabled application is refused after: {statistics.median(effects) * 1000:.0f} ms")
    table = Table("request", "per second", "CPU µs", "CPU to constant", "other answers")
    constant = rounds["constant"]
    for name, loads in rounds.items():
        ratios = [item.cpu_micros / base.cpu_micros for item, base in zip(loads, constant, strict=True)]
        table.add_row(
            name,
            f"{statistics.median(item.per_second for item in loads):,.0f}",
            f"{statistics.median(item.cpu_micros for item in loads):.1f}",
            f"{statistics.median(ratios):.2f}",
            f"{sum(item.others for item in loads):,}",
        )
    console.print(table)
    if "MILLGATE_BENCH_JSON" in os.environ:
        figures = {name: [vars(item) for item in loads] for name, loads in rounds.items()}
        Path(os.environ["MILLGATE_BENCH_JSON"]).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
