"""Programs of unmodified client libraries (`tests/clients`, and the snippets of their page), run as a stranger would."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.served import environment

if TYPE_CHECKING:
    from support.served import Served

ROOT: Final = Path(__file__).parents[2]
PROGRAMS: Final = ROOT / "tests" / "clients"
NODE_PACKAGES: Final = ROOT / ".venv" / "node"
PAGE: Final = ROOT / "docs" / "how-to" / "client-libraries.md"
PEOPLE: Final = "\n## Sign people in\n"
"""The heading of the part of the page whose snippets ask a person."""


def variables_of(server: Served, **changes: str) -> dict[str, str]:
    """The environment of a program whose owner has sourced `demo.env`, and trusts the authority.

    Whatever it would ask of another host fails: its proxy is not there.
    """
    authority, nowhere = server.env["CA_FILE"], "http://127.0.0.1:9"
    variables = {
        **{f"MILLGATE_{name}": value for name, value in server.env.items()},
        **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), authority),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), nowhere),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), "localhost"),
        **changes,
    }
    return environment(server.home, **variables)


def python_command(program: list[str]) -> list[str]:
    """How a program for Python is run."""
    return [sys.executable, str(PROGRAMS / "python" / program[0]), *program[1:]]


def node_command(place: Path, program: list[str]) -> list[str]:
    """How a program for Node.js is run that lies in a place with its packages."""
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    # Debian's Node.js 18 hides what @azure/identity asks of the 20 that it is written for.
    switches = ["--experimental-global-webcrypto"] if version.startswith("v18.") else []
    return ["node", *switches, str(place / program[0]), *program[1:]]


def require_node() -> None:
    """Skip, or fail where nothing may be left out, without Node.js and the packages."""
    if shutil.which("node") is None or not (NODE_PACKAGES / "package-lock.json").exists():
        if os.environ.get("MILLGATE_REQUIRE_ALL"):
            pytest.fail("The packages for Node.js are not there; tools/node-clients.sh installs them.")
        pytest.skip("there is no Node.js with its packages, and the test is about them")


def claims(token: str) -> dict[str, Any]:
    """What a signed token says."""
    payload = token.split(".")[1]
    read: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return read


def snippets(language: str, *, people: bool) -> list[str]:
    """The snippets of the page: those that ask a person, or the others."""
    parts = PAGE.read_text().partition(PEOPLE)
    text = parts[2].partition("\n## ")[0] if people else parts[0] + "\n## " + parts[2].partition("\n## ")[2]
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def snippet_id(snippet: str) -> str:
    """The library that a snippet is about: what it imports last."""
    imported: list[str] = re.findall(r"^(?:import .*? from|from|import) (\S+)", snippet, re.MULTILINE)
    return imported[-1].strip('";')
