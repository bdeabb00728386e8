"""Time every list page of console and portal in a large installation, in this process.

    pages.py [--number N] [--rounds N] [--usage ROWS] [--operations N] [--json FILE]

Makes a home with databases of its own and so many people, applications and subscriptions, asks for each page
in turn, and prints the median of the rounds and the number of queries. `--usage` is how many rows of counted
calls analytics have to add up; each of its pages is asked for twice, from summaries and from counts alone.
`--operations` is how many an imported description has whose pages and files are opened, each also for the
first time after it was published.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from rich.console import Console
from rich.table import Table

from descriptions import description

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

GOAL_MILLISECONDS: Final = 300
FIRST_MILLISECONDS: Final = 1_000
"""The goal of what is made once for each publication: a page of a large API, or a file that describes it."""
DAYS: Final = 91
QUARTER: Final = 900
DAY: Final = 86_400


@dataclass(frozen=True)
class Page:
    """What a page took.

    Attributes:
        name: of the page.
        milliseconds: the median, from the request to the last byte.
        cpu: the same in milliseconds of this process: what a machine with nothing else to do would need.
        queries: how many it asked, of all databases.
        kilobytes: how long the answer is.
    """

    name: str
    milliseconds: float
    cpu: float
    queries: int
    kilobytes: float

    @property
    def goal(self) -> int:
        """How many milliseconds of CPU it may take."""
        return FIRST_MILLISECONDS if "first time" in self.name else GOAL_MILLISECONDS


def begin(home: str) -> None:
    """Set Django up on a new home."""
    os.environ |= {"MILLGATE_HOME": home, "MILLGATE_ORIGIN": "http://testserver"}
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the environment

    boot.setup()
    boot.migrate(aliases=("default", "usage", "tokens"))


def pages() -> Iterator[tuple[str, str]]:
    """Every list page, and the pages with fields in which one of many is chosen."""
    from millgate.control.accounts.models import Person  # noqa: PLC0415 - as above
    from millgate.control.clients.models import ClientApplication, Subscription  # noqa: PLC0415
    from support.lists import list_pages  # noqa: PLC0415 - Django is ready only now

    yield from list_pages()
    for name, model in (
        ("accounts/person", Person),
        ("clients/clientapplication", ClientApplication),
        ("clients/subscription", Subscription),
    ):
        yield f"{name}, late page", f"/console/{name}/?p=99"
        yield from ((f"{name}, sorted by {place}", f"/console/{name}/?o=-{place}") for place in range(1, 6))
        row = model.objects.order_by("pk")[0]
        yield f"{name}, change one", f"/console/{name}/{row.pk}/change/"
        yield f"{name}, add one", f"/console/{name}/add/"


def analytics() -> Iterator[tuple[str, str]]:
    """The pages that add up calls."""
    for length in ("hour", "day", "week", "month", "quarter"):
        yield f"analytics, {length}", f"/console/analytics/?range={length}"
    zone = "&zone=America/Detroit"
    yield "analytics, quarter in Detroit", f"/console/analytics/?range=quarter{zone}"
    yield "analytics, quarter of an API", f"/console/analytics/?range=quarter{zone}&api=api-3"
    yield "analytics, quarter of a subscription", f"/console/analytics/?range=quarter{zone}&subscription=s-7"
    yield "call counts, month", "/console/usage/callcount/?period=month"


def timed(client: Client, name: str, address: str, rounds: int, *, warm: bool = True) -> Page:
    """Ask for a page, once more than counts where it is to be warm."""
    from django.db import connections  # noqa: PLC0415 - Django is ready only now
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as above

    with (
        CaptureQueriesContext(connections["default"]) as here,
        CaptureQueriesContext(connections["usage"]) as there,
    ):
        if warm:
            client.get(address)
    asked = len(here) + len(there)
    took, cpu, size, status = list[float](), list[float](), 0, HTTPStatus.OK
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        answer = client.get(address)
        size, status = len(answer.content), HTTPStatus(answer.status_code)
        took.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    if status not in {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}:
        raise SystemExit(f"{address} answered {status}")
    suffix = "" if status == HTTPStatus.OK else " (given up)"
    return Page(name + suffix, statistics.median(took), statistics.median(cpu), asked, size / 1000)


# A large description


def _large(operations: int, rounds: int) -> Iterator[Page]:
    """Import such a description, publish it, and open its pages as a stranger."""
    from django.test import Client  # noqa: PLC0415 - Django is ready only now

    from millgate.control.catalogue.services import api_put  # noqa: PLC0415 - as above
    from millgate.control.publish.services import publication_make  # noqa: PLC0415 - as above
    from millgate.describe.reading import read_description  # noqa: PLC0415

    begun = time.perf_counter()
    api = read_description(description(operations)).api
    if api is None or len(api.operations) != operations:
        raise SystemExit("the description was not read in whole")
    read = time.perf_counter() - begun
    api_put(api)
    publication_make(by="bench")
    Console().print(f"read in {read:.1f} s, put and published in {time.perf_counter() - begun - read:.1f} s")
    client = Client()
    for name, address in large_pages(operations):
        yield timed(client, f"{name}, first time", f"/portal/{address}", 1, warm=False)
        yield timed(client, name, f"/portal/{address}", rounds)


def large_pages(operations: int) -> Iterator[tuple[str, str]]:
    """What is opened of it, by name."""
    yield "portal's home", ""
    yield "API", "apis/large/"
    yield "API, searched", "apis/large/?q=kind3"
    yield "operation", f"apis/large/operations/act-{operations // 2}/"
    yield "schema", "apis/large/schemas/Thing1/"
    yield "API in Markdown", "apis/large/index.md"
    yield "search", "search/?q=thing"
    yield "search index", "search/index.json"
    yield from ((form, f"apis/large/{form}") for form in ("openapi.json", "swagger.json", "wadl.xml"))


# Counted calls


def count_calls(path: Path, rows: int, now: float) -> None:
    """So many rows of calls, spread evenly over the quarters of an hour of 91 days."""
    columns = _columns(path)
    chosen = random.Random(1)  # noqa: S311 - rows of a benchmark
    quarters = DAYS * DAY // QUARTER
    kinds = max(1, rows // quarters)
    first = int(now) // QUARTER * QUARTER - quarters * QUARTER
    statement = (
        f"INSERT INTO usage_call_count ({', '.join(columns)})"  # noqa: S608 - names of the table
        f" VALUES ({', '.join('?' * len(columns))})"
    )
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA synchronous = OFF")
        for quarter in range(quarters):
            with file:
                at = first + quarter * QUARTER
                file.executemany(statement, (_row(columns, at, kind, chosen) for kind in range(kinds)))


def _columns(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        return [name for _, name, *_ in file.execute("PRAGMA table_info(usage_call_count)") if name != "id"]


def _row(columns: list[str], at: int, kind: int, chosen: random.Random) -> list[Any]:
    calls = chosen.randrange(1, 100)
    given = {
        "interval_start": at,
        "interval_seconds": QUARTER,
        "tier": "production",
        "api": f"api-{kind % 20}",
        "operation": f"operation-{kind % 7}",
        "subscription": f"s-{kind // 3}",
        "application": f"a-{kind // 3}",
        "status": (200, 429, 503)[kind % 3],
        "calls": calls,
        "micros_total": calls * 900,
        "took_2": calls,
    }
    return [given.get(name, 0) for name in columns]


def summarise_all(path: Path, now: float) -> float:
    """Take all of it into summaries; how many seconds that took."""
    from millgate.stores.sqlite.usage import SqliteUsage  # noqa: PLC0415 - as above

    begun = time.perf_counter()
    with closing(SqliteUsage(path)) as usage:
        while usage.summarise(now):
            pass
    return time.perf_counter() - begun


def main() -> None:
    """Read the arguments, make the installation, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--number", type=int, default=10_000, help="0: analytics alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--usage", type=int, default=0)
    parser.add_argument("--operations", type=int, default=0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as home:
        begin(home)
        found = measured(Path(home), given)
    _print(found)
    if given.json:
        given.json.write_text(json.dumps([asdict(page) for page in found], indent=1) + "\n")
    sys.exit(1 if any(page.cpu > page.goal and "counts" not in page.name for page in found) else 0)


def measured(home: Path, given: argparse.Namespace) -> list[Page]:
    """All pages, in a new installation."""
    from millgate.control.publish import targets  # noqa: PLC0415 - as above
    from support.console_pages import signed_in  # noqa: PLC0415 - as above
    from support.crowd import crowd_make  # noqa: PLC0415
    from support.sample import sample_make  # noqa: PLC0415

    known = {"plant": frozenset({"jobs.list", "jobs.one"})}
    with mock.patch.object(targets, "known", return_value=known):
        return _measured(home, given, signed_in(sample_make().administrator), crowd_make)


def _measured(
    home: Path, given: argparse.Namespace, client: Client, crowd_make: Callable[[int], None]
) -> list[Page]:
    found = list[Page]()
    if given.number:
        crowd_make(given.number)
        found = [timed(client, name, address, given.rounds) for name, address in pages()]
    if given.usage:
        now = time.time()
        count_calls(home / "usage.db", given.usage, now)
        found += [
            timed(client, f"{name}, counts alone", address, 1, warm=False) for name, address in analytics()
        ]
        Console().print(f"summarised in {summarise_all(home / 'usage.db', now):.0f} s")
        found += [timed(client, name, address, given.rounds) for name, address in analytics()]
    if given.operations:
        found += list(_large(given.operations, given.rounds))
    return found


def _print(found: list[Page]) -> None:
    table = Table(
        "page",
        "ms",
        "ms of CPU",
        "queries",
        "kB",
        title=f"medians; the goal is {GOAL_MILLISECONDS} ms of CPU, {FIRST_MILLISECONDS} for the first time",
    )
    for page in found:
        style = "bold red" if page.cpu > page.goal else None
        table.add_row(
            page.name,
            f"{page.milliseconds:.0f}",
            f"{page.cpu:.0f}",
            str(page.queries),
            f"{page.kilobytes:.0f}",
            style=style,
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
