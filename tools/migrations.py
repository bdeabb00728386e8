"""Fail when the models have changed and no migration says so."""

from __future__ import annotations

import os
import sys
import tempfile


def main() -> int:
    """0 when every model is covered by a migration."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["MILLGATE_HOME"] = home
        from django.core.management import call_command  # noqa: PLC0415 - settings read the home

        from millgate.control.site import boot  # noqa: PLC0415 - as above

        boot.setup()
        try:
            call_command("makemigrations", check=True, dry_run=True)
        except SystemExit as missing:
            return int(missing.code or 0)
        return 0


if __name__ == "__main__":
    sys.exit(main())
