"""How counted calls are summed ahead of being asked for: by hour and by day, told apart in a few ways.

A summary repeats what the counts say, so a report may take either. Days are those of UTC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.stores.latency import BUCKETS
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from collections.abc import Collection

HOUR: Final = 3600
LENGTHS: Final = (HOUR, DAY)
"""How long the intervals of summaries are, in seconds."""

KEYS: Final = ("tier", "api", "operation", "subscription", "application")
"""By which calls are told apart, beside their status."""

ADDED: Final = (
    "calls",
    "micros_total",
    "upstream_micros",
    "bytes_in",
    "bytes_out",
    *(f"took_{bucket}" for bucket in range(BUCKETS)),
)
"""The columns whose sums a summary has."""

GROUPINGS: Final[tuple[tuple[str, ...], ...]] = (
    KEYS,
    (),
    ("api",),
    ("application",),
    ("subscription",),
    ("api", "operation"),
)
"""By which keys the rows of a grouping are told apart; its number is the place. The other keys are empty
there, so that a chart of all calls reads a few rows an hour, however many callers there are."""


def grouping_for(names: Collection[str]) -> int:
    """The number of the grouping with fewest keys that tells these apart."""
    fitting = (number for number, keys in enumerate(GROUPINGS) if set(names) <= set(keys))
    return min(fitting, key=lambda number: len(GROUPINGS[number]))
