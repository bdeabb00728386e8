"""Let Lighthouse judge pages of a demo: performance, accessibility and best practices.

    lighthouse.py [--rounds N] [--throttling provided|simulate] [--only WORDS] [--lost] [--json FILE]

Starts a demo of its own, publishes an API of 2,000 operations beside what it has, signs in, and has
Lighthouse open each page in Chromium as a phone would. `provided` takes the connection as it is; `simulate`
reckons what a slow phone in a slow network would have made of it. `--lost` names what cost points.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from descriptions import description
from support.served import environment, running

if TYPE_CHECKING:
    from collections.abc import Iterable

    from support.served import Served

GOAL: Final = 95
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
OPERATION: Final = "/portal/apis/production-tracking/operations/list-workcenter-production-logs/"
PAGES: Final = (
    ("home", "/portal/", ""),
    ("APIs", "/portal/apis/", ""),
    ("API page", "/portal/apis/production-tracking/", ""),
    ("operation", OPERATION, ""),
    ("operation with Try it", OPERATION, "DEVELOPER"),
    ("API of 2,000 operations", "/portal/apis/large/", ""),
    ("one of 2,000 operations", "/portal/apis/large/operations/act-1000/", ""),
    ("errors", "/portal/errors/", ""),
    ("blog", "/portal/blog/", ""),
    ("sign in", "/portal/sign-in/", ""),
    ("console's first page", "/console/", "ADMIN"),
)
"""Name, address, and who looks: in `demo.env` by what its variables begin with."""


@dataclass(frozen=True)
class Judged:
    """What Lighthouse says of a page.

    Attributes:
        name: of the page.
        scores: the median of each category, from 0 to 100.
        paint: the median of its largest contentful paint, in milliseconds.
        lost: the titles of what cost points.
    """

    name: str
    scores: dict[str, float]
    paint: float
    lost: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether all categories reach the goal."""
        return min(self.scores.values()) >= GOAL


def publish_large(served: Served) -> None:
    """Import and publish the API of 2,000 operations."""
    command = [sys.executable, "-m", "millgate", "apis", "import", "-", "--home", str(served.home)]
    subprocess.run(  # noqa: S603 - our own command
        [*command, "--upstream", "mock", "--yes", "--publish"],
        input=description(2_000),
        env=environment(served.home),
        stdout=subprocess.DEVNULL,
        text=True,
        check=True,
    )


def cookie(served: Served, who: str) -> str:
    """The cookie of a new session; empty for nobody."""
    if not who:
        return ""
    address = "/console/login/" if who == "ADMIN" else "/portal/sign-in/"
    with httpx.Client(base_url=served.origin, timeout=60) as client:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).text)
        sent = {
            "csrfmiddlewaretoken": token[1] if token else "",
            "username": served.env[f"{who}_EMAIL"],
            "password": served.env[f"{who}_PASSWORD"],
        }
        answer = client.post(address, data=sent)
        if not answer.is_redirect:
            raise SystemExit(f"{who} cannot sign in: {answer.status_code}")
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def looked(served: Served, given: argparse.Namespace) -> list[dict[str, Any]]:
    """What Lighthouse prints: one look a line."""
    cookies = {who: cookie(served, who) for who in ("", "DEVELOPER", "ADMIN")}
    asked = {
        "chromium": os.environ.get("MILLGATE_CHROMIUM") or shutil.which("chromium"),
        "rounds": given.rounds,
        "throttling": given.throttling,
        "pages": [
            {"name": name, "address": served.origin + address, "cookie": cookies[who]}
            for name, address, who in PAGES
            if given.only in name
        ],
    }
    done = subprocess.run(
        ["node", "measure.mjs"],  # noqa: S607 - the one that is on the path
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=given.venv / "lighthouse",
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def judged(looks: list[dict[str, Any]]) -> list[Judged]:
    """The medians of each page."""
    for look in looks:
        if look["fault"]:
            raise SystemExit(f"{look['name']}: {look['fault']}")
    names = dict.fromkeys(look["name"] for look in looks)
    return [_median(name, [look for look in looks if look["name"] == name]) for name in names]


def _median(name: str, looks: list[dict[str, Any]]) -> Judged:
    scores = {key: statistics.median(look["scores"][key] for look in looks) for key in CATEGORIES}
    lost = tuple(dict.fromkeys(title for look in looks for title in look["lost"]))
    return Judged(name, scores, statistics.median(look["paint"] for look in looks), lost)


def show(found: Iterable[Judged], *, lost: bool) -> None:
    """Print the table, and what cost points where that is asked for."""
    table = Table("page", *CATEGORIES, "largest paint, ms", title=f"medians; the goal is {GOAL}")
    console = Console(width=110)
    for page in found:
        style = None if page.good else "bold red"
        table.add_row(
            page.name, *(f"{page.scores[key]:.0f}" for key in CATEGORIES), f"{page.paint:.0f}", style=style
        )
        for title in page.lost if lost else ():
            console.print(f"{page.name}: {title}")
    console.print(table)


def main() -> None:
    """Read the arguments, serve, look, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--throttling", choices=("provided", "simulate"), default="provided")
    parser.add_argument("--venv", type=Path, default=Path(".venv"))
    parser.add_argument("--only", default="", help="pages with this in their names")
    parser.add_argument("--lost", action="store_true")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="millgate-bench-") as place,
        running(Path(place) / "home") as served,
    ):
        publish_large(served)
        found = judged(looked(served, given))
    show(found, lost=given.lost)
    if given.json:
        given.json.write_text(json.dumps([asdict(page) for page in found], indent=1) + "\n")
    sys.exit(0 if all(page.good for page in found) else 1)


if __name__ == "__main__":
    main()
