"""How long counted calls are kept, and how finely."""

from __future__ import annotations

from typing import Final, NamedTuple

DAY: Final = 86_400


class Step(NamedTuple):
    """Calls are summed over so many seconds, for so many days. Then the next step takes them up."""

    seconds: int
    days: int


STEPS: Final = (Step(60, 3), Step(900, 92), Step(DAY, 800))
"""Minutes, quarters of an hour, days of UTC. What is older than the last step is dropped."""

REFUSALS_KEPT: Final = 100_000
"""How many refused calls are kept: a client that never gives up must not fill the disk."""
