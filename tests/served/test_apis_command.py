"""`millgate apis`: a description becomes a draft by commands alone, and only when somebody says so."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from support.served import environment, millgate

TOOLROOM = Path(__file__).parents[1] / "data" / "descriptions" / "toolroom-3.0.yaml"


def apis(home: Path, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return millgate(home, "apis", *arguments, given=given)


def test_import_shows_the_difference_and_changes_nothing_unasked(migrated: Path) -> None:
    done = apis(migrated, "import", str(TOOLROOM), "--key", "unasked", given="")

    assert done.returncode == 1
    assert "+ operation listtools GET /tools" in done.stdout
    assert "+ upstream unasked https://tools.example/api/v2" in done.stdout
    assert "the parameter 'tool_number' is called 'toolNumber'" in done.stdout
    assert done.stderr == "Nothing was changed. To change it without being asked, give --yes.\n"
    assert "unasked" not in apis(migrated, "list").stdout


def test_import_list_and_import_again(migrated: Path) -> None:
    first = apis(migrated, "import", str(TOOLROOM), "--upstream", "mock", "--yes")
    listed = apis(migrated, "list")
    again = apis(migrated, "import", str(TOOLROOM), "--yes")
    revised = apis(
        migrated,
        "import",
        "-",
        "--revision",
        "new",
        "--yes",
        given=TOOLROOM.read_text().replace("/photo:", "/image:"),
    )

    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-2:] == [
        "API tool-room: imported as a draft.",
        "It takes effect when the catalogue is published, in the console under Publishing.",
    ]
    assert "/ToolRoom/v2" in listed.stdout
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1] == "Nothing would change."
    assert revised.returncode == 0, revised.stderr
    assert "~ operation putphoto PUT /tools/{toolNumber}/image (template, target)" in revised.stdout
    assert "2, beside" in apis(migrated, "list").stdout


def test_a_description_with_errors_is_imported_only_in_parts_and_only_when_told(
    migrated: Path, tmp_path: Path
) -> None:
    file = tmp_path / "tools.yaml"
    file.write_text(TOOLROOM.read_text().replace("/tools/{tool_number}/photo:", "/tools/no-{tool_number}:"))
    whole = apis(migrated, "import", str(file), "--key", "parts", "--suffix", "Parts2", "--yes")
    partly = apis(migrated, "import", str(file), "--key", "parts", "--suffix", "Parts2", "--partly", "--yes")

    assert whole.returncode == 1
    assert f"{file}:69 /paths/~1tools~1no-{{tool_number}}: the segment" in whole.stdout
    assert "With --partly" in whole.stderr
    assert partly.returncode == 0, partly.stderr
    assert "putphoto" not in partly.stdout


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("nowhere.yaml",), "nowhere.yaml: No such file or directory"),
        (("-",), "It is not imported."),
        ((str(TOOLROOM), "--revision", "old"), "There is no revision old; choose current or new."),
        ((str(TOOLROOM), "--suffix", "portal", "--yes"), "the suffix 'portal' is reserved"),
        ((str(TOOLROOM), "--upstream", "nowhere", "--yes"), "There is no HTTP upstream nowhere."),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_changed(
    migrated: Path, arguments: tuple[str, ...], why: str
) -> None:
    done = apis(migrated, "import", *arguments, given="no description")

    assert done.returncode == 1
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_without_tables_says_what_to_do(tmp_path: Path) -> None:
    done = apis(tmp_path / "bare", "list")

    assert done.returncode == 1
    assert "millgate migrate" in done.stderr


def test_what_a_description_says_does_not_steer_the_terminal(migrated: Path) -> None:
    text = TOOLROOM.read_text().replace("title: Tool Room", 'title: "\\e[2J[red]Tools[/red] :skull:"')
    done = apis(migrated, "import", "-", given=text)

    assert "\x1b" not in done.stdout
    assert "[2J[red]Tools[/red] :skull:" in done.stdout


@pytest.mark.parametrize(
    ("answer", "code", "last"), [("y\n", 0, "under Publishing."), ("n\n", 1, "Nothing was changed.")]
)
def test_in_a_terminal_it_asks(migrated: Path, answer: str, code: int, last: str) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "millgate",
            "apis",
            "import",
            str(TOOLROOM),
            "--key",
            f"asked-{code}",
            "--suffix",
            f"Asked{code}",
        ],
        env=environment(migrated, MILLGATE_HOME=str(migrated)),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.close(theirs)
    os.write(ours, answer.encode())
    printed, _ = process.communicate(timeout=60)
    os.close(ours)

    assert "Change the catalogue?" in printed
    assert (process.returncode, printed.strip().endswith(last)) == (code, True), printed


def test_it_can_be_published_in_one_go(migrated: Path) -> None:
    done = apis(
        migrated, "import", str(TOOLROOM), "--key", "at-once", "--suffix", "AtOnce", "--yes", "--publish"
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("is in force.")
