from __future__ import annotations

import time
from datetime import UTC, datetime

from millgate.core.clock import Clock, StillClock


def test_a_clock_tells_the_time_of_the_machine() -> None:
    before = time.time()
    told = Clock().now()

    assert before <= told <= time.time()


def test_an_offset_and_jumps_add_up() -> None:
    clock = Clock(offset=100)
    clock.jump(3600)
    clock.jump(-600)

    assert abs(clock.now() - time.time() - 3100) < 5


def test_a_still_clock_stands_until_it_jumps() -> None:
    clock = StillClock(1_700_000_000.5)

    assert [clock.now(), clock.now()] == [1_700_000_000.5, 1_700_000_000.5]
    clock.jump(46)
    assert clock.now() == 1_700_000_046.5
    clock.jump(-46)
    assert clock.now() == 1_700_000_000.5


def test_the_datetime_is_aware_and_the_same_instant() -> None:
    clock = StillClock(1_700_000_000)
    clock.jump(1)

    assert clock.utc() == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)
    assert clock.utc().tzinfo is UTC
