"""Measure pages of the plant beside other servers of the same rows, and how they grow.

    plant.py [--rows N] [--large] [--seconds N] [--rounds N] [--data DIR] [--json FILE]

Each server is one process and is asked alone, over many different windows. Machines differ and drift, so
what counts are ratios within one round, of CPU for a page.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

import cluster
import exports
import filling
import report
import servers
from load import Load, load
from questions import LEAST_ROWS, PAGE, Question, questions
from servers import Server

SMALL: Final = 100_000
LARGE: Final = 10_000_000
SETTLING_SECONDS: Final = 1.0
console = Console(stderr=True)


@dataclass(frozen=True)
class Place:
    """Where a run keeps what it makes.

    Attributes:
        data: plant files, which a later run can use again.
        scratch: homes and all else, removed at the end.
    """

    data: Path
    scratch: Path

    @property
    def home(self) -> Path:
        """The home that served homes are copies of."""
        return self.scratch / "home"

    def plant(self, rows: int, workcenters: int = filling.WORKCENTERS) -> Path:
        """A plant file, made unless it is there."""
        path = self.data / f"plant-{rows}-{workcenters}.db"
        if not path.exists():
            with _progress(f"{rows:,} rows of {workcenters} workcenters", rows) as told:
                filling.make_file(path, rows, workcenters, told)
        return path


def main() -> None:
    """Measure and print."""
    arguments = _parse()
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as scratch:
        # Set before Django looks: nothing outside of the scratch is touched.
        os.environ["MILLGATE_HOME"] = str(Path(scratch) / "settled")
        data = arguments.data or Path(scratch)
        data.mkdir(parents=True, exist_ok=True)
        figures = _measure(arguments, Place(data.absolute(), Path(scratch)))
    report.show(figures)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help=f"of the main plant, {LEAST_ROWS} at least"
    )
    parser.add_argument(
        "--large", action="store_true", help=f"grow to {LARGE:,} rows (4 GB of disk, ten minutes to make)"
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is taken")
    parser.add_argument("--connections", type=int, default=16, help="requests under way at once")
    parser.add_argument("--data", type=Path, help="keep plant files here, and use those that are there")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS), help="leave out the others")
    parsed = parser.parse_args()
    if parsed.rows < LEAST_ROWS:
        parser.error(f"--rows must be {LEAST_ROWS} at least")
    return parsed


def _measure(arguments: argparse.Namespace, place: Place) -> dict[str, Any]:
    with console.status("Making a demo"):
        servers.make_home(place.home)
    figures: dict[str, Any] = {"rows": arguments.rows, "cores": os.cpu_count()}
    for name in arguments.only:
        figures[name] = PARTS[name](arguments, place)
    return figures


# Servers side by side


def _pages(arguments: argparse.Namespace, place: Place) -> dict[str, Any]:
    """Rounds of all servers, in turn."""
    plant, asked = place.plant(arguments.rows), questions(arguments.rows)
    rounds: list[dict[str, dict[str, float]]] = []
    with ExitStack() as running:
        compared = _on_sqlite(running, place, plant)
        postgres = _on_postgres(running, place, plant, compared)
        _agree(compared, asked[0])
        for number in range(arguments.rounds):
            console.print(f"Round {number + 1} of {arguments.rounds}")
            taken = {server.name: _load(server, asked, arguments, postgres) for server in compared}
            taken["bare"] = _script("bare.py", plant, arguments.rows, arguments.seconds)
            rounds.append(taken)
    return {"rounds": rounds}


def _on_sqlite(running: ExitStack, place: Place, plant: Path) -> list[Server]:
    return [
        running.enter_context(servers.millgate("Millgate, SQLite", place.home, plant)),
        *running.enter_context(servers.datasette(plant, place.scratch)),
        *running.enter_context(servers.by_hand("SQLite", f"sqlite:///{plant}")),
    ]


def _on_postgres(
    running: ExitStack, place: Place, plant: Path, compared: list[Server]
) -> cluster.Cluster | None:
    """The same servers over PostgreSQL are added to those that are compared."""
    if why := cluster.missing():
        console.print(f"{why} Its part is left out.")
        return None
    postgres = running.enter_context(cluster.cluster())
    cluster.migrate(postgres.url)
    with _progress("The same rows in PostgreSQL") as told:
        filling.copy_to_postgres(plant, postgres.url, told)
    compared.append(
        running.enter_context(servers.millgate("Millgate, PostgreSQL", place.home, plant, postgres.url))
    )
    by_hand = postgres.url.replace("postgresql://", "postgresql+psycopg://", 1)
    compared.extend(running.enter_context(servers.by_hand("PostgreSQL", by_hand)))
    return postgres


def _agree(compared: list[Server], question: Question) -> None:
    """Stop when two servers answer the same question differently."""
    seen = {server.name: server.page(question) for server in compared}
    if len(set(seen.values())) != 1 or next(iter(seen.values())).rows != PAGE:
        raise SystemExit("\n".join(f"{name}: {page}" for name, page in seen.items()))


def _load(
    server: Server,
    asked: list[Question],
    arguments: argparse.Namespace,
    postgres: cluster.Cluster | None = None,
) -> dict[str, float]:
    """One server under load, a moment of which is for warming up."""
    paths = [server.path(question) for question in asked]
    counted: dict[str, Any] = {
        "pid": server.pid,
        "port": server.port,
        "headers": server.headers,
        "connections": arguments.connections,
    }
    load(paths=paths[::-1], seconds=SETTLING_SECONDS, **counted)
    before = postgres.cpu_seconds() if postgres else 0.0
    taken = load(paths=paths, seconds=arguments.seconds, **counted)
    backends = (postgres.cpu_seconds() if postgres else 0.0) - before
    return _figures(server.name, taken) | {
        "backend_cpu_micros": backends / taken.requests * 1e6 if "PostgreSQL" in server.name else 0.0
    }


def _figures(name: str, taken: Load) -> dict[str, float]:
    if taken.others or not taken.requests:
        raise SystemExit(f"{name}: {taken.requests} answers with 200 and {taken.others} without.")
    return {
        "per_second": taken.per_second,
        "cpu_micros": taken.cpu_micros,
        "p50_millis": taken.p50_millis,
        "worst_millis": taken.worst_millis,
    }


# Growth


def _growth(arguments: argparse.Namespace, place: Place) -> dict[str, Any]:
    """The same pages of tables of three sizes."""
    sizes = sorted({min(SMALL, arguments.rows), arguments.rows, *([LARGE] if arguments.large else [])})
    rounds: list[dict[str, dict[str, float]]] = []
    with ExitStack() as running:
        compared = {
            size: running.enter_context(servers.millgate(f"{size} rows", place.home, place.plant(size)))
            for size in sizes
        }
        for _ in range(arguments.rounds):
            taken = {
                str(size): _load(server, questions(size), arguments) for size, server in compared.items()
            }
            rounds.append(taken)
    return {"rounds": rounds}


# One long list


def _deep(arguments: argparse.Namespace, place: Place) -> dict[str, Any]:
    """Pages far into a list of one workcenter, beside its first one."""
    plant = place.plant(arguments.rows, 1)
    with servers.millgate("Millgate", place.home, plant) as server:
        taken = exports.deep_pages(server, arguments.rows * 9 // 10 // PAGE * PAGE)
    return {name: _figures(name, item) for name, item in taken.items()}


def _export(arguments: argparse.Namespace, place: Place) -> dict[str, Any]:
    """All rows of one workcenter as CSV, from a server that did nothing before."""
    plant = place.plant(arguments.rows, 1)
    with servers.millgate("Millgate", place.home, plant) as server:
        return vars(exports.export(server, arguments.rows))


# Fragments


def _fragments(arguments: argparse.Namespace, place: Place) -> dict[str, Any]:
    """Prototypes that remember the JSON of rows."""
    with console.status("Fragments"):
        plant = place.plant(arguments.rows)
        return _script("fragments.py", plant, place.scratch, arguments.rows, arguments.seconds)


def _script(name: str, *arguments: object) -> dict[str, Any]:
    """What a script of this directory measures in a process of its own."""
    command = [sys.executable, str(servers.BENCH / name), *(str(item) for item in arguments)]
    measured: dict[str, Any] = json.loads(subprocess.check_output(command))  # noqa: S603 - ours
    return measured


@contextmanager
def _progress(title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total)
        yield lambda more: progress.update(task, advance=more)


PARTS: Final[dict[str, Callable[[argparse.Namespace, Place], dict[str, Any]]]] = {
    "pages": _pages,
    "growth": _growth,
    "deep": _deep,
    "export": _export,
    "fragments": _fragments,
}


if __name__ == "__main__":
    main()
