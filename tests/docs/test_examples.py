"""Every shell example of the README and the docs runs, against a demo, as it stands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support import warm
from support.served import environment, running

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")

ELSEWHERE = {
    "make demo": "tests/served runs the demo",
    "make demo ARGS=--tls": "tests/served does",
    "make test": "this run",
}
"""Commands of the pages that are run somewhere else, and where."""

SERVED_ELSEWHERE = "run-an-installation.md"
OVER_TLS = {"serve-tls.md", "client-libraries.md"}
"""Pages whose demo speaks TLS."""


def blocks(page: Path, language: str) -> list[str]:
    return [found[2] for found in BLOCK.finditer(page.read_text()) if found[1] == language]


@pytest.fixture(scope="module")
def workplace(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the pages' paths exist, beside a running demo."""
    yield from _workplace(made, tmp_path_factory.mktemp("docs") / "checkout", tls=False)


@pytest.fixture(scope="module")
def workplace_over_tls(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same, beside a demo that speaks TLS."""
    yield from _workplace(made, tmp_path_factory.mktemp("docs-tls") / "checkout", tls=True)


def _workplace(made: Path, place: Path, *, tls: bool) -> Iterator[Path]:
    place.mkdir()
    (place / ".venv").mkdir()
    (place / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    shutil.copytree(made, place / ".millgate" / "demo")
    with running(place / ".millgate" / "demo", tls=tls):
        yield place


def shell(script: str, place: Path) -> str:
    """What a shell prints for these commands, with a fresh environment as a reader has.

    Where a page has `.venv/bin/millgate` it is that; a mere `millgate` is a warm process where there are any.
    """
    env = environment(place) | {"PATH": f"{place}/warm:{place}/.venv/bin:{os.environ['PATH']}"}
    inherited = [warm.put_command(place / "warm")] if warm.POSSIBLE else []
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        cwd=place,
        env=env,
        timeout=60,
        check=False,
        pass_fds=inherited,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


EXAMPLES = [page for page in PAGES if blocks(page, "sh") and page.name not in {SERVED_ELSEWHERE, *OVER_TLS}]


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.name)
def test_the_shell_examples_of_a_page_run_one_after_another(page: Path, workplace: Path) -> None:
    run_examples(page, workplace)


@pytest.mark.parametrize("name", sorted(OVER_TLS))
def test_the_shell_examples_of_a_page_run_over_tls(name: str, workplace_over_tls: Path) -> None:
    (page,) = (page for page in PAGES if page.name == name)

    run_examples(page, workplace_over_tls)


def run_examples(page: Path, workplace: Path) -> None:
    """Run the shell blocks of a page as one script: what is asked answers, and nothing is refused."""
    script = "\n".join(block for block in blocks(page, "sh") if block.strip() not in ELSEWHERE)

    printed = shell(script, workplace)

    # What a page prints next may begin on the line of an answer: rows of a table that were written in time.
    answers = re.findall(r"\{.*?\}(?=[{\d\n]|$)", printed)
    assert answers or "curl" not in script, printed
    assert not any(word in printed for word in ("Traceback", "AADSTS", "could not resolve"))


def test_the_first_call_of_the_readme_answers_rows(workplace: Path) -> None:
    script = "\n".join(block for block in blocks(ROOT / "README.md", "sh") if block.strip() not in ELSEWHERE)

    page = json.loads(shell(script, workplace))

    assert page["count"] == 2
    assert all(row["workcenterCode"].startswith("IMM-") for row in page["embedded"])


def test_who_cancelled_and_reinstated_a_job_is_answered_from_both_sides(workplace: Path) -> None:
    page = ROOT / "docs/tutorials/cancel-and-reinstate.md"

    printed = shell("\n".join(blocks(page, "sh")), workplace)

    canceled, gone, over, back, listed, trail, order = map(json.loads, printed.splitlines())
    number = canceled["data"]["id"]
    assert canceled["data"]["reason_text"] == "Duplicate order"
    assert [gone["embedded"][0][name] for name in ("jobStatus", "cancelationId")] == ["Cancelled", number]
    assert over["data"]["id"] == number
    assert over["data"]["reinstated_note"] == "The customer wants it after all"
    assert [back["embedded"][0][name] for name in ("jobStatus", "cancelationId")] == ["Scheduled", None]
    assert listed["data"][0] == over["data"]
    assert (over["data"]["canceled_by"], over["data"]["canceled_in"]) == ("Odile Marsh", "planoorder")
    ends = [row for row in trail["embedded"] if f'"cancelation_id": {number}' in row["before"]]
    assert [(row["account"], row["application"], row["sourceAddress"]) for row in ends] == [
        ("orders", "planoorder", "127.0.0.1")
    ]
    assert order["data"]["active"] is False
    assert order["data"]["stopped"][0]["name"] == "job J104512"


def test_an_installation_is_made_and_served_as_the_page_says(tmp_path: Path) -> None:
    commands = [
        line for block in blocks(ROOT / "docs/how-to" / SERVED_ELSEWHERE, "sh") for line in block.splitlines()
    ]
    migrate = next(line for line in commands if "migrate" in line)
    assert any(line.startswith("millgate serve --home") for line in commands)
    home = tmp_path / "installation"
    place = tmp_path / "bin"
    place.mkdir()
    (place / ".venv").mkdir()
    (place / ".venv" / "bin").symlink_to(Path(sys.executable).parent)

    printed = shell(migrate.replace("/var/lib/millgate", str(home)), place)
    again = shell(migrate.replace("/var/lib/millgate", str(home)), place)

    assert re.search(r"First administrator: \S+, password: \S{20,} \(shown only now\)", printed)
    assert "is up to date" in again
    assert "password" not in again
    settings = blocks(ROOT / "docs/how-to" / SERVED_ELSEWHERE, "toml")[0]
    (home / "millgate.toml").write_text(settings)
    with running(home, command="serve", cold=True) as server:
        assert '"event": "version_in_force"' in server.printed()


def test_serving_waits_for_the_migrations(tmp_path: Path) -> None:
    home = tmp_path / "empty"
    place = tmp_path / "bin"
    place.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "millgate", "serve", "--home", str(home)],
        capture_output=True,
        text=True,
        cwd=place,
        env=environment(home),
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "Run: millgate migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = [found for found in LINK.findall(page.read_text()) if not found.startswith("http")]

    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_page_of_the_docs_is_reachable_from_the_index() -> None:
    seen: set[Path] = set()
    waiting = [ROOT / "docs/README.md"]
    while waiting:
        page = waiting.pop()
        if page not in seen and page.suffix == ".md":
            seen.add(page)
            waiting += [(page.parent / target).resolve() for target in LINK.findall(page.read_text())]

    assert {page for page in PAGES if page.parent != ROOT} <= seen


def test_the_help_of_make_lists_the_documented_targets() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make on this machine, and the test is about it")
    listed = subprocess.run(
        [make, "-C", str(ROOT), "help"], capture_output=True, text=True, check=True
    ).stdout

    for target in ("demo", "serve", "test", "check", "fix", "fresh", "docs", "bench"):
        assert re.search(rf"^\s+make {target}\s+\S", listed, re.MULTILINE)
