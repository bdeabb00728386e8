"""Collect the strings of the pages for their translators, and compile what they wrote. It needs GNU gettext.

messages.py            brings the files of `control/locale` up to date and compiles them
messages.py FOLDER     does the same to another copy of the folder `control`
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

CONTROL = Path(__file__).parent.parent / "src" / "millgate" / "control"
LANGUAGES = ("de",)
_COLLECTED = re.compile(r'^"POT-Creation-Date: .*\n', re.MULTILINE)


def main() -> int:
    """Do it; 0 when every string has its translation."""
    control = Path(sys.argv[1]) if len(sys.argv) > 1 else CONTROL
    return max(update(control, language) for language in LANGUAGES)


def update(control: Path, language: str) -> int:
    """Bring one language up to date and compile it; 1 when something waits for its translator."""
    collect = "from django.core.management import execute_from_command_line as run; import sys; run(sys.argv)"
    options = ["makemessages", "-l", language, "--no-wrap", "--add-location", "file", "--no-obsolete"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-c", collect, *options, "-v", "0"], cwd=control, check=True, env=environment
    )
    file = control / "locale" / language / "LC_MESSAGES" / "django.po"
    file.write_text(_COLLECTED.sub("", file.read_text()))
    compiling = ["msgfmt", "--check", "--statistics", "-o", str(file.with_suffix(".mo")), str(file)]
    told = subprocess.run(compiling, check=True, capture_output=True, text=True).stderr  # noqa: S603 - likewise
    print(f"{language}: {told.strip()}")
    return int("fuzzy" in told or "untranslated" in told)


if __name__ == "__main__":
    sys.exit(main())
