"""The program of the page on signing people in, run as it stands: a person's browser is opened for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from support.served import environment, running

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs/how-to/sign-people-in.md"
PROGRAM: Final = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
BROWSER: Final = """
import os, sys, urllib.request
sys.path.insert(0, {tests!r})
from types import SimpleNamespace
from support.signing_in import Visitor

server = SimpleNamespace(origin=os.environ["MILLGATE_ORIGIN"], trust=True)
email, password = os.environ["MILLGATE_DEVELOPER_EMAIL"], os.environ["MILLGATE_DEVELOPER_PASSWORD"]
with Visitor(server, email, password) as person:
    urllib.request.urlopen(person.allow(sys.argv[1])).read()
"""
"""What the system opens as a browser: a person who signs in and allows what is asked."""


def test_the_program_of_the_page_calls_as_the_person_who_signed_in(made: Path, tmp_path: Path) -> None:
    program, browser = tmp_path / "board.py", tmp_path / "browser.py"
    program.write_text(PROGRAM.findall(PAGE.read_text())[0])
    browser.write_text(BROWSER.format(tests=str(ROOT / "tests")))
    home = tmp_path / "demo"
    shutil.copytree(made, home)
    with running(home) as server:
        given = {f"MILLGATE_{name}": value for name, value in server.env.items()}
        opened = {"BROWSER": f"{sys.executable} {browser} %s &", "AUTHLIB_INSECURE_TRANSPORT": "1"}
        done = subprocess.run(
            [sys.executable, str(program)],
            env=environment(tmp_path) | given | opened | {"PATH": os.environ["PATH"]},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"[A-Z]{3}-\d\d\nuser_impersonation\n", done.stdout), done.stdout
