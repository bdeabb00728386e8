"""What moving along with the clock promises: the same tables as if they had been made at once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.plant.sample import advance, generate
from unit.plant.sample.stored import FIRST, NOW, SEED, Stored, instant

MORNING = datetime(2025, 11, 3, 10, 59, 59, tzinfo=UTC)


def _made(now: datetime) -> Stored:
    return Stored().take(generate(seed=SEED, now=now, days=7, first_day=FIRST))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=6))
def test_advancing_in_any_steps_is_the_same_as_generating_at_once(gaps: list[int]) -> None:
    """Gaps are seconds, so steps end inside shifts, on their edges and over production days."""
    now = MORNING
    stored = _made(now)
    for gap in gaps:
        now += timedelta(seconds=gap)
        stored.take(advance(state=stored.state, now=now))
    assert stored.tables == _made(now).tables


def test_every_second_around_the_change_of_a_shift_is_the_same_as_generating_at_once() -> None:
    now = datetime(2025, 11, 4, 18, 59, 55, tzinfo=UTC)
    stored = _made(now)
    for _ in range(8):
        now += timedelta(seconds=1)
        stored.take(advance(state=stored.state, now=now))
    assert stored.tables == _made(now).tables


def test_advancing_over_days_and_planted_facts_is_the_same_as_generating_at_once() -> None:
    stored = _made(MORNING)
    later = NOW + timedelta(days=4, minutes=3)
    assert stored.take(advance(state=stored.state, now=later)).tables == _made(later).tables


def test_the_state_is_the_last_batch_and_only_there(week: Stored) -> None:
    batches = list(advance(state=week.state, now=NOW + timedelta(minutes=30)))
    assert [batch.table for batch in batches].index("plant_simulation") == len(batches) - 1


def test_a_minute_brings_only_what_changed_in_it(week: Stored) -> None:
    now = NOW + timedelta(minutes=1)
    for batch in advance(state=week.state, now=now):
        if "modified_date" in batch.columns:
            at = batch.columns.index("modified_date")
            assert all(NOW < instant(row[at]) <= now for row in batch.rows)


@pytest.mark.parametrize("back", [timedelta(0), timedelta(hours=3)])
def test_a_clock_that_has_not_moved_on_brings_nothing(week: Stored, back: timedelta) -> None:
    assert list(advance(state=week.state, now=NOW - back)) == []


def test_the_plant_is_still_busy_after_almost_a_month(week: Stored) -> None:
    later = NOW + timedelta(days=26)
    stored = Stored().take(advance(state=week.state, now=later))
    day_before = (later - timedelta(days=1)).date().isoformat()
    busy = {row["workcenter_key"] for row in stored.rows("production_log", report_date=day_before)}
    assert len(busy) >= 46
    assert len(stored.state) < 200_000
