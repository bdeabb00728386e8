"""Drawing lots that can be repeated: the n-th call of a run has the same lot in every run with its seed.

The number of a call is counted where limits are counted, so that several workers draw one sequence.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.stores.counting import scope_of
from millgate.stores.ports import StoreUnreachable, Take

if TYPE_CHECKING:
    from millgate.stores.ports import Counters

RUN_SECONDS: Final = 366 * 86_400
"""How long a run is counted; then it begins anew."""
SEEN: Final = scope_of("calls", "seen", None, None, RUN_SECONDS)
STRUCK: Final = scope_of("calls", "struck", None, None, RUN_SECONDS)
_NO_END: Final = 2**53
_WHOLE: Final = 2**64


class Run(msgspec.Struct, frozen=True, gc=False):
    """One run of a rule.

    Attributes:
        key: under which it is counted; another run has another one.
        started_at: seconds since the epoch.
        seed: decides the sequence.
        share: of the calls that are struck, in percent.
        most: how many calls are struck in all; None for no end.
    """

    key: str
    started_at: int
    seed: int
    share: int = 100
    most: int | None = None


def run_key(name: str, number: int) -> str:
    """Under which a run of a rule is counted."""
    return f"fault.{name}.{number}"


def lot(seed: int, number: int, what: str = "") -> float:
    """The lot of a call of a run, from 0 up to 1, 1 not included; of another thing another lot."""
    drawn = hashlib.blake2b(f"{seed}:{number}:{what}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) / _WHOLE


class Draws:
    """Draws for calls."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    async def draw(self, run: Run, now: float) -> int:
        """The number of a call in its run, from 1, where it is struck; else 0.

        A call that cannot be counted is not struck.
        """
        try:
            number = await self._count(run, SEEN, _NO_END, now)
            if lot(run.seed, number) * 100 >= run.share:
                return 0
            struck = await self._count(run, STRUCK, run.most or _NO_END, now)
        except StoreUnreachable:
            return 0
        return number if run.most is None or struck <= run.most else 0

    async def _count(self, run: Run, scope: str, most: int, now: float) -> int:
        taken = await self._counters.take(
            run.key, run.started_at, (Take("count", scope, most, RUN_SECONDS),), now
        )
        return taken[0][0]
