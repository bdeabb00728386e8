"""What can be read out of the counts of buckets."""

from __future__ import annotations

from millgate.stores.latency import BOUNDS, BUCKETS, percentile


def took(**counts: int) -> list[int]:
    """Counts by bucket, `b3=5` for five calls in the fourth."""
    return [counts.get(f"b{bucket}", 0) for bucket in range(BUCKETS)]


def test_a_percentile_is_the_bound_of_its_bucket() -> None:
    counts = took(b0=50, b2=45, b6=5)

    assert percentile(counts, 0.5) == BOUNDS[0]
    assert percentile(counts, 0.51) == BOUNDS[2]
    assert percentile(counts, 0.95) == BOUNDS[2]
    assert percentile(counts, 0.96) == BOUNDS[6]
    assert percentile(counts, 1.0) == BOUNDS[6]


def test_what_took_longer_than_the_last_bound_is_told_as_that_bound() -> None:
    assert percentile(took(b15=1), 0.5) == BOUNDS[-1]


def test_without_calls_there_is_no_percentile() -> None:
    assert percentile(took(), 0.95) is None


def test_the_smallest_share_is_told_of_the_first_call() -> None:
    assert percentile(took(b4=1), 0.0) == BOUNDS[4]
