"""How long counted calls are kept, and how finely."""

from __future__ import annotations

from typing import Final, NamedTuple

DAY: Final = 86_400


class Step(NamedTuple):
    """Calls are summed over so many seconds, for so many days. Then the next step takes them up."""

    seconds: int
    days: int


def steps_of(*, minutes: int, quarters: int, days: int) -> tuple[Step, ...]:
    """Minutes, quarters of an hour and days of UTC, each for so many days."""
    return (Step(60, minutes), Step(900, quarters), Step(DAY, days))


STEPS: Final = steps_of(minutes=3, quarters=92, days=800)
"""Where nothing else is set. What is older than the last step is dropped."""

REFUSALS_KEPT: Final = 100_000
"""How many refused calls are kept: a client that never gives up must not fill the disk."""

SECRET_USE_DAYS: Final = STEPS[-1].days
"""For how many days after its last use it is known when a secret was last used."""
CALLER_DAYS: Final = 180
"""For how many days after the last time it is known who used a secret."""
CALLERS_KEPT: Final = 100
"""How many callers of a secret are told apart, those that came last."""
TOKEN_REFUSAL_DAYS: Final = 30
TOKEN_REFUSALS_KEPT: Final = 20
"""How many kinds of refused token requests are kept of an application and a hint."""
