"""The demo's credentials in a file for shells and programs."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from millgate.assembly import demo_env

if TYPE_CHECKING:
    from pathlib import Path

VALUES = {"MILLGATE_ORIGIN": "http://127.0.0.1:8080", "MILLGATE_CLIENT_SECRET": "ab+c/d=="}


def test_what_is_written_is_read_again_and_a_shell_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "demo.env"
    demo_env.write(path, VALUES)

    sourced = subprocess.run(
        ["sh", "-c", f'. {path}; printf %s "$MILLGATE_CLIENT_SECRET"'],
        capture_output=True,
        text=True,
        check=True,
    )
    assert demo_env.read(path) == VALUES
    assert sourced.stdout == VALUES["MILLGATE_CLIENT_SECRET"]


def test_a_file_that_is_not_there_has_no_values(tmp_path: Path) -> None:
    assert demo_env.read(tmp_path / "demo.env") == {}


def test_it_is_replaced_whole_and_stays_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "demo.env"
    path.write_text("old")
    path.chmod(0o644)
    demo_env.write(path, VALUES)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in tmp_path.iterdir()] == ["demo.env"]
