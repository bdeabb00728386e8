"""The files that machines read and write, with the tables that the product's migrations make.

They are made once per process, in a process of their own so that Django is set up nowhere else.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

_MIGRATE = """
from millgate.control.site import boot
boot.migrate(aliases=("default", "usage", "tokens"))
"""


@cache
def _made() -> Path:
    home = Path(tempfile.mkdtemp(prefix="millgate-files-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MILLGATE_")}
    environment |= {"MILLGATE_HOME": str(home), "DJANGO_SETTINGS_MODULE": "millgate.control.site.settings"}
    subprocess.run([sys.executable, "-c", _MIGRATE], env=environment, check=True)
    return home


def empty_file(name: str, place: Path) -> Path:
    """An empty `control.db`, `usage.db` or `tokens.db` in a directory, with the tables of this release."""
    path = place / name
    with closing(sqlite3.connect(_made() / name)) as made, closing(sqlite3.connect(path)) as copy:
        made.backup(copy)
    return path
