"""What a log line looks like, whatever is in it."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

SCRIPT: Final = """
import sys, structlog
from pathlib import Path
from millgate.assembly import logs
from millgate.core.settings import Settings
logs.configure(Settings(home=Path("."), log_format=sys.argv[1]))
log = structlog.get_logger("t")
log.info("event", path="a\\nb\\x1b[31m\\u2028\\x85\\x0bc")
try:
    raise ValueError("first\\n2026-11-22T00:00:00Z [info     ] forged")
except ValueError:
    log.exception("failed")
"""


def lines(form: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, form], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stderr.split("\n")[:-1]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_client_sent_begins_no_line(form: str) -> None:
    told = lines(form)
    assert [line for line in told if "forged" in line and not line.startswith((" ", "{"))] == []
    assert all(line.isprintable() for line in told)


def test_a_line_of_text_holds_the_values_escaped() -> None:
    told = lines("text")[0]
    assert [sign for sign in ("x1b[31m", "u2028", "x85", "x0b") if sign not in told] == []
