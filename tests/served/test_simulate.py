"""`millgate simulate` as an operator runs it: beside nothing, twice, ended and killed."""

from __future__ import annotations

import re
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from millgate.assembly import simulating
from millgate.core.clock import Clock
from millgate.core.settings import Settings
from millgate.plant.sample import generate
from millgate.plant.sample.calendar import SHIFT_NAMES
from millgate.plant.sample.company import PROFILES, company
from millgate.plant.sample.moving import LONGEST_STEP
from millgate.stores.sqlite.plant import SqlitePlantWriter
from support.plant_database import empty_plant
from support.publishing import eventually
from support.served import begun, environment

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import Popen

    from support.warm import Warm

PATIENCE_SECONDS = 60.0
# A Tuesday morning in Detroit, so that the days after it are worked.
FOUNDED = datetime(2026, 11, 17, 15, 0, tzinfo=UTC)
# Longer than one step makes up for, on whichever day and at whichever hour the tests run.
LATELY = LONGEST_STEP + timedelta(hours=1)
QUARTER = timedelta(hours=3)
TABLES = ("status_log", "production_log", "scrap_log", "container", "job", "job_operation", "simulation")


def founded(home: Path, at: datetime) -> Path:
    """A home with a sample company on two tiers that stands at an instant; copy it."""
    home.mkdir()
    plant = empty_plant(home / "plant.db")
    SqlitePlantWriter(plant).put(generate(seed=7, now=at, days=2))
    shutil.copyfile(plant, home / "plant_test.db")
    return home


def worked_lately() -> datetime:
    """Four in the afternoon, more than a day ago, of the last day that the company worked whole."""
    calendar = company(7, PROFILES[0]).calendar
    day = datetime.now(UTC) - LATELY
    at = day.replace(hour=16, minute=0, second=0, microsecond=0)
    while at > day or calendar.shifts_worked(calendar.day_of(at)) < len(SHIFT_NAMES):
        at -= timedelta(days=1)
    return at


@pytest.fixture(scope="module")
def founded_long_ago(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return founded(tmp_path_factory.mktemp("simulate") / "home", FOUNDED)


@pytest.fixture(scope="module")
def founded_lately(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return founded(tmp_path_factory.mktemp("lately") / "home", worked_lately())


@pytest.fixture
def home(founded_long_ago: Path, tmp_path: Path) -> Path:
    """A company that stopped a while ago."""
    own = tmp_path / "home"
    shutil.copytree(founded_long_ago, own)
    return own


@pytest.fixture
def lately(founded_lately: Path, tmp_path: Path) -> Path:
    """A company that has not much to catch up with."""
    own = tmp_path / "home"
    shutil.copytree(founded_lately, own)
    return own


@dataclass
class Simulating:
    """A command that runs, and the file that it writes into."""

    process: Popen[str] | Warm
    output: Path

    def printed(self) -> str:
        return self.output.read_text()

    def ended(self) -> tuple[int, str]:
        return self.process.wait(PATIENCE_SECONDS), self.printed()


def start(home: Path, *arguments: str) -> Simulating:
    output = home.parent / f"output-{time.monotonic_ns()}.txt"
    with output.open("w") as file:
        command = ["simulate", "--home", str(home), *arguments]
        process = begun(command, env=environment(home), cwd=home.parent, stdout=file, stderr=file)
    return Simulating(process, output)


def ended(home: Path, *arguments: str) -> tuple[int, str]:
    return start(home, *arguments).ended()


def until(days: float) -> str:
    return (FOUNDED + timedelta(days=days)).isoformat()


def stands(home: Path, name: str = "plant.db") -> datetime:
    with closing(sqlite3.connect(home / name)) as connection:
        ((text,),) = connection.execute("SELECT made_until FROM plant_simulation").fetchall()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def tables(home: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(home / "plant.db")) as connection:
        return {
            name: sorted(connection.execute(f"SELECT * FROM plant_{name}").fetchall(), key=repr)  # noqa: S608 - a test's own
            for name in TABLES
        }


def wait_for(simulating: Simulating, home: Path) -> None:
    """Return once it has made a step."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while stands(home) <= FOUNDED:
        assert simulating.process.poll() is None, simulating.printed()
        assert time.monotonic() < patience, "it does not move"
        time.sleep(0.01)


def test_once_it_works_until_now_on_both_tiers(lately: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    code, output = ended(lately, "--once")

    assert code == 0, output
    for name in ("plant.db", "plant_test.db"):
        assert before <= stands(lately, name) <= datetime.now(UTC)
    for told in ("tier=production", "tier=test", "production_log=", "hours_left="):
        assert told in output


def test_one_tier_leaves_the_other_alone(home: Path) -> None:
    code, output = ended(home, "--tier", "test", "--once", "--until", until(0.5))

    assert (code, stands(home)) == (0, FOUNDED), output
    assert stands(home, "plant_test.db") == FOUNDED + timedelta(days=0.5)


def test_faster_than_the_clock_it_ends_where_it_was_told_to(home: Path) -> None:
    code, output = ended(home, "--speed", "86400", "--every", "0.2", "--until", until(1.25))

    assert code == 0, output
    assert stands(home) == stands(home, "plant_test.db") == FOUNDED + timedelta(days=1.25)


def test_a_company_ahead_of_the_clock_waits_for_it(lately: Path) -> None:
    ahead = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    assert ended(lately, "--once", "--until", ahead.isoformat())[0] == 0
    code, output = ended(lately, "--once")

    assert code == 0
    assert f"production tier stands at {ahead:%Y-%m-%dT%H:%M:%SZ}" in output
    assert stands(lately) == ahead


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_it_is_asked_to(home: Path, how: signal.Signals) -> None:
    simulating = start(home)
    wait_for(simulating, home)
    simulating.process.send_signal(how)
    code, output = simulating.ended()

    assert code == 0, output
    assert "Traceback" not in output


def test_killed_it_goes_on_as_if_nothing_had_happened(home: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(home, undisturbed)
    assert ended(undisturbed, "--tier", "production", "--once", "--until", until(6))[0] == 0

    for _ in range(3):
        simulating = start(home, "--tier", "production", "--once", "--until", until(6))
        wait_for(simulating, home)
        simulating.process.kill()
        simulating.ended()
    assert ended(home, "--tier", "production", "--once", "--until", until(6))[0] == 0
    assert tables(home) == tables(undisturbed)


def test_a_second_one_is_told_who_simulates(home: Path) -> None:
    first = start(home, "--tier", "production")
    wait_for(first, home)
    code, output = ended(home, "--once")
    first.process.terminate()
    first.ended()

    assert code == 1
    assert output == f"millgate simulate (process {first.process.pid}) moves the sample company of {home}.\n"


def test_a_demo_stands_back_and_is_waited_for(lately: Path) -> None:
    founded = stands(lately)
    settings = Settings(home=lately)
    with simulating.simulating(lately, "millgate simulate"):
        simulating._turn(settings, Clock())
        assert stands(lately) == founded

    with simulating.simulating(lately, simulating.DEMO):
        waiting = start(lately, "--once", "--until", (founded + QUARTER).isoformat())
        assert stands(lately) == founded
    code, output = waiting.ended()
    assert (code, stands(lately)) == (0, founded + QUARTER), output

    simulating._turn(settings, Clock())
    assert min(stands(lately), stands(lately, "plant_test.db")) > founded + QUARTER


def test_a_database_that_cannot_be_written_now_is_tried_again(home: Path) -> None:
    with closing(sqlite3.connect(home / "plant.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER closed BEFORE UPDATE ON plant_simulation BEGIN SELECT raise(abort, 'closed today'); END"
        )
    assert ended(home, "--tier", "production", "--once") == (1, "closed today\n")
    trying = start(home, "--tier", "production", "--every", "0.1")
    eventually(lambda: "closed today" in trying.printed())
    with closing(sqlite3.connect(home / "plant.db")) as connection, connection:
        connection.execute("DROP TRIGGER closed")
    wait_for(trying, home)
    trying.process.terminate()
    assert trying.ended()[0] == 0


def test_without_sample_company_it_says_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert ended(home)[0] == 2
    empty_plant(home / "plant.db")
    code, output = ended(home, "--tier", "production")

    assert code == 2
    assert re.search(r"production tier has no sample company in .*plant\.db", output)


def test_an_end_that_is_no_instant_is_told(home: Path) -> None:
    code, output = ended(home, "--until", "tomorrow")
    assert code == 2
    assert "tomorrow" in output
