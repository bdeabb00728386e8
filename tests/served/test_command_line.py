"""The command line as an operator types it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.served import environment

if TYPE_CHECKING:
    from pathlib import Path

    from support.served import Served


def millgate(place: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a command prints, with nothing of our own environment."""
    return subprocess.run(
        [sys.executable, "-m", "millgate", *arguments],
        capture_output=True,
        text=True,
        cwd=place,
        env=environment(place / "home", **variables),
        timeout=60,
        check=False,
    )


def variables(demo: Served, **changes: str) -> dict[str, str]:
    return {f"MILLGATE_{name}": value for name, value in (demo.env | changes).items()}


def test_token_prints_a_token_alone(demo: Served, tmp_path: Path) -> None:
    done = millgate(tmp_path, "token", **variables(demo))

    assert done.returncode == 0
    assert done.stdout.count(".") == 2
    assert done.stdout.count("\n") == 1


def test_token_tells_why_there_is_none_in_one_line(demo: Served, tmp_path: Path) -> None:
    done = millgate(tmp_path, "token", **variables(demo, CLIENT_SECRET="wrong"))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "AADSTS70002: Error validating credentials. AADSTS50012: Invalid client secret is provided.\n"
    )


@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "ftp://127.0.0.1"])
def test_token_tells_of_a_server_that_is_not_there(demo: Served, tmp_path: Path, origin: str) -> None:
    done = millgate(tmp_path, "token", **variables(demo, ORIGIN=origin))

    assert done.returncode == 1
    assert origin in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_lists_the_commands(tmp_path: Path) -> None:
    done = millgate(tmp_path, "--help")

    assert done.returncode == 0
    for command in ("demo", "serve", "migrate", "token"):
        assert command in done.stdout


def test_a_port_that_is_none_is_told(tmp_path: Path) -> None:
    done = millgate(tmp_path, "demo", "--port", "70000")

    assert done.returncode == 2
    assert "65535" in done.stderr
    assert not (tmp_path / ".millgate").exists()


def test_mail_sends_a_test_mail_by_the_way_of_the_settings(tmp_path: Path) -> None:
    home = tmp_path / "installation"
    done = millgate(tmp_path, "mail", "dee@example.com", "--home", str(home))

    (file,) = (home / "outbox").iterdir()
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Sent by file as Millgate <millgate@localhost>. {file.name}\n"


@pytest.mark.parametrize(
    ("address", "url", "told"),
    [
        ("dee@example.com", "failing:smtp-451", "Not sent. scripted: smtp-451. It would be tried again.\n"),
        ("dee@example.com", "gopher:hunter2", "mail_url: expected file:, console:, "),
    ],
)
def test_mail_tells_why_there_is_none_in_one_line(tmp_path: Path, address: str, url: str, told: str) -> None:
    done = millgate(tmp_path, "mail", address, MILLGATE_MAIL_URL=url)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1
    assert "hunter2" not in done.stderr
