"""Whether anything in a database has changed since it was looked at last."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import connections

MOST_SECONDS: Final = 60
"""How long a mark lasts at most: what is counted may depend on the time."""


def mark_of(alias: str) -> object:
    """A value that is another one after any change of the database; None while nothing can be said.

    SQLite tells whether others have changed it (`data_version`) and how many rows this connection has. What
    is changed within a transaction may be taken back, by which neither would show, so there is no mark then.
    """
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        others = cursor.execute("PRAGMA data_version").fetchone()[0]
    raw = connection.connection
    return raw, others, raw.total_changes, settings.CLOCK.now() // MOST_SECONDS
