"""`demo.env`: the demo's credentials, for `source` and for programs.

The file is written whole or not at all. Values hold no
character that a shell or a simple reader of such files would treat in its own way; only a path or the code of
a company may, and stands between quotes then.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ORIGIN: Final = "MILLGATE_ORIGIN"
CA_FILE: Final = "MILLGATE_CA_FILE"
_HEAD: Final = "# Sample credentials of the Millgate demo. They open this demo and nothing else.\n"


def read(path: Path) -> dict[str, str]:
    """The values of a file that `write` made; empty when there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = [line.partition("=") for line in lines if "=" in line and not line.startswith("#")]
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def write(path: Path, values: Mapping[str, str]) -> None:
    """Put the values in the file's place, readable by its owner alone."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_HEAD + "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
