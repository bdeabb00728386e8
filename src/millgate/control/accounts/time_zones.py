"""The time zones that people and companies may choose."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones() -> frozenset[str]:
    """The names in the time zone database, read once: finding them walks through its whole directory."""
    return frozenset(available_timezones())
