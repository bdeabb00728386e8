"""How long calls took, counted in buckets: the bounds, and what can be read out of the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

BOUNDS: Final = (
    250, 500,
    1_000, 2_500, 5_000,
    10_000, 25_000, 50_000,
    100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
)  # fmt: skip
"""The longest time of each bucket in microseconds. One more bucket holds what took longer."""

BUCKETS: Final = len(BOUNDS) + 1


def percentile(took: Sequence[int], share: float) -> int | None:
    """The time in microseconds within which a share of the calls ended; None without calls.

    It is the bound of a bucket, so at most two and a half times too long. Of what took longer than the
    last bound, that bound is told.
    """
    wanted = share * sum(took)
    so_far = 0
    for count, bound in zip(took, (*BOUNDS, BOUNDS[-1]), strict=True):
        so_far += count
        if so_far and so_far >= wanted:
            return bound
    return None
