"""`millgate faults` and `millgate clock` on a home, and how processes learn of the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from typer.testing import CliRunner

from millgate.assembly.sandbox_clock import clock_of, follow_clock
from millgate.cli.app import app
from millgate.control.publish import clock as clock_
from millgate.control.publish.selectors import snapshot_current
from millgate.core.clock import Clock
from millgate.core.settings import Settings
from support.django_home import django_home
from support.sample import sample_make

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands put what they are told into the environment; it is left as it was, and so is the clock."""
    for name in ("MILLGATE_HOME", "MILLGATE_DEMO"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    yield
    settings.CLOCK.follow(0.0)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Settings:
    class Sandbox:
        is_sandbox = True

        def __init__(self, real: Any) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    monkeypatch.setattr(settings, "MILLGATE", Sandbox(settings.MILLGATE))
    return Settings(home=django_home(), sandbox=True)


def told(*words: str) -> tuple[int, str]:
    """Code and output of a command."""
    done = CliRunner().invoke(app, [*words, "--home", str(django_home())])
    return done.exit_code, " ".join(done.output.split())


def on() -> list[str]:
    return [rule.name for rules in snapshot_current().fault_rules.values() for rule in rules]


def test_rules_are_added_listed_switched_and_removed() -> None:
    sample_make()
    added = told("faults", "add", "slow", "--delay", "500-2000", "--share", "50", "--api", "job-tracking")
    assert added == (
        0,
        "slow is on. One of two calls to Job Tracking on the test tier is answered 0.5 to 2 s later.",
    )
    assert on() == ["slow"]
    assert "slow" in told("faults", "list")[1]
    assert told("faults", "off", "slow")[0] == 0
    assert on() == []
    assert told("faults", "on", "slow")[0] == 0
    assert on() == ["slow"]
    assert told("faults", "remove", "slow") == (0, "slow is removed.")
    assert on() == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("on", "nothing"), "There is no fault rule nothing. Run: millgate faults list"),
        (("add", "x", "--error", "MG401", "--drop"), "Choose one of --error, --drop and --cut"),
        (("add", "x", "--delay", "soon"), "expected milliseconds up to 30000"),
        (("add", "x", "--delay", "30001"), "expected milliseconds up to 30000"),
        (("add", "x", "--drop", "--api", "nowhere"), "There is no API nowhere."),
        (("add", "x", "--drop", "--client-id", "nobody"), "There is no application nobody."),
        (("add", "x", "--error", "MG999"), "code: Choose an error that can be produced there."),
        (("add", "x", "--drop", "--tier", "production"), "tier: Rules strike the test tier alone here"),
        (("add", "x"), "delay_to: Say how long the answer is held back."),
    ],
)
def test_what_cannot_be_is_told_in_a_line(words: tuple[str, ...], why: str) -> None:
    code, said = told("faults", *words)
    assert code == 1
    assert why in said


def test_the_clock_is_shown_jumped_and_set_back(sandbox: Settings) -> None:  # noqa: ARG001 - it allows it
    code, said = told("clock", "jump", "2h")
    assert (code, settings.CLOCK.offset) == (0, 7200)
    assert said.startswith("The clock stands at ")
    assert "2:00:00 ahead of the real time" in told("clock", "show")[1]
    assert "--to tokens" in told("clock", "show")[1]
    assert told("clock", "jump", "--to", "tokens")[0] == 0
    assert settings.CLOCK.offset > 10_800
    assert told("clock", "reset") == (0, "The clock goes with the real time.")
    assert settings.CLOCK.offset == 0


def test_what_the_clock_cannot_do_is_told_in_a_line(sandbox: Settings) -> None:  # noqa: ARG001 - as above
    for words in ((), ("soon",), ("2h", "--to", "tokens")):
        code, said = told("clock", "jump", *words)
        assert code == 1
        assert "millgate clock jump 2h" in said
    assert "does not lie ahead" in told("clock", "jump", "--to", "quota:x")[1]


def test_a_clock_of_no_sandbox_is_shown_and_not_jumped() -> None:
    assert "this is no sandbox" in told("clock", "show")[1]
    code, said = told("clock", "jump", "2h")
    assert (code, "is not to be jumped" in said) == (1, True)


# How processes learn of it


def test_every_process_follows_the_clock_and_a_restart_keeps_it(sandbox: Settings) -> None:
    clock = Clock()
    following = follow_clock(sandbox, clock)
    assert following is not None
    clock_.jump(by="ada", to=datetime.fromtimestamp(settings.CLOCK.now() + 3600, UTC))
    following.look()
    assert clock.offset == 3600
    assert clock_of(sandbox).offset == 3600

    restarted = Clock()
    again = follow_clock(sandbox, restarted)
    assert again is not None
    assert restarted.offset == 3600
    clock_.reset(by="ada")
    for follower in (following, again):
        follower.look()
        follower.close()
    assert (clock.offset, restarted.offset) == (0, 0)


def test_a_process_of_no_sandbox_goes_with_the_machine_whatever_the_row_says(sandbox: Settings) -> None:
    clock_.jump(by="ada", to=datetime.fromtimestamp(settings.CLOCK.now() + 3600, UTC))
    ordinary = Settings(home=sandbox.home)
    assert follow_clock(ordinary, Clock()) is None
    assert clock_of(ordinary).offset == 0
