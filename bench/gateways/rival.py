"""What a gateway of the benchmark is: something that may be missing here, and a process while it runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateways.work import Work

HERE: Final = Path(__file__).parent
PROGRAMS: Final = Path(sys.prefix) / "gateways"
"""Where `tools/bench-gateway.sh` puts programs that are no Debian packages."""
INSTALL: Final = "run tools/bench-gateway.sh"
_PLACEHOLDER: Final = re.compile(r"@([a-z_]+)@")


@dataclass(frozen=True)
class Gateway:
    """A gateway that runs.

    Attributes:
        pid: its first process.
        port: on loopback.
    """

    pid: int
    port: int


@dataclass(frozen=True)
class Scene:
    """What a gateway is started with.

    Attributes:
        work: its callers and keys.
        origin_port: where the origin is.
        directory: its own, for whatever it writes.
        home: of Millgate.
    """

    work: Work
    origin_port: int
    directory: Path
    home: Path


@dataclass(frozen=True)
class Rival:
    """A gateway that is compared.

    Attributes:
        name: as the report calls it.
        running: its process, for a block.
        missing: why it cannot run here; empty when it can.
        version: of its program.
        polices: whether it checks anything; the constant does not.
    """

    name: str
    running: Callable[[Scene], AbstractContextManager[Gateway]]
    missing: Callable[[], str] = field(default=lambda: "")
    version: Callable[[], str] = field(default=lambda: "")
    polices: bool = True


def filled(template: Path, target: Path, **values: object) -> Path:
    """Write a configuration file with a value in each place marked as `@name@`.

    Raises:
        KeyError: a place has no value.
    """
    target.write_text(_PLACEHOLDER.sub(lambda found: str(values[found[1]]), template.read_text()))
    return target


def program_missing(name: str) -> str:
    """Why a program cannot be run; empty when it can."""
    return "" if program(name) else f"there is no {name} here; {INSTALL}"


def program(name: str) -> str | None:
    """Where a program is; Debian keeps servers where not everybody looks."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


def first_line(command: list[str], found: str) -> str:
    """The part of what a program says of its version that a pattern finds."""
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    match = re.search(found, said.stdout + said.stderr)
    return match[1] if match else ""
