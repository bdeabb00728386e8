"""Which Python the environments are made with."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

CHOOSE = Path(__file__).parents[3] / "tools" / "python.sh"
SYSTEM = Path("/usr/bin/python3")


def chosen(directory: Path, *, optimized: bool) -> str:
    """What is chosen where this is `python3`."""
    python = directory / "python3"
    python.write_text(f"#!/bin/sh\nexit {0 if optimized else 1}\n")
    python.chmod(0o755)
    return subprocess.check_output(["/bin/sh", CHOOSE], env={"PATH": str(directory)}, text=True).strip()


def system_suits() -> bool:
    program = "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))"
    return SYSTEM.exists() and subprocess.run([SYSTEM, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("optimized", [True, False])
def test_python3_is_taken_unless_the_system_has_a_faster_one(tmp_path: Path, *, optimized: bool) -> None:
    expected = "python3" if optimized or not system_suits() else str(SYSTEM)
    assert chosen(tmp_path, optimized=optimized) == expected
