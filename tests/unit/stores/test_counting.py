"""What the fillings share: forgetting what is idle, handing out what changed, and names of counters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.stores.counting import (
    AT_ONCE,
    PAST_SECONDS,
    CountTable,
    scope_of,
    standing_of,
    window_start,
)
from support.counting import START, fixed, reading, sliding
from support.fuzzing import bounded

COUNTED = fixed(5)
KEY = f"{COUNTED.scope}@{START} sub"
LATER = f"{COUNTED.scope}@{START + 100} sub"


def used(table: CountTable, at: float = 0, subscription: str = "sub") -> int:
    return table.take(subscription, START, [COUNTED], START + at)[0][0]


def test_what_changed_is_given_once() -> None:
    table = CountTable()
    used(table)
    used(table)
    table.add("b", START, [reading(5)], 7, START)

    assert sorted(table.take_changed()) == [(f"{reading(5).scope}@{START} b", START, 7), (KEY, START, 2)]
    assert table.take_changed() == []
    used(table, at=100)
    assert table.take_changed() == [(LATER, START + 100, 1)]


def test_reading_and_sliding_change_nothing_that_is_kept() -> None:
    table = CountTable()
    table.take("sub", START, [sliding(5), reading(5)], START)

    assert table.take_changed() == []


def test_what_could_not_be_kept_is_given_again_as_it_stands_now() -> None:
    table = CountTable()
    used(table)
    used(table, at=100)
    table.put_back(table.take_changed())
    used(table)

    assert sorted(table.take_changed()) == [(KEY, START, 2), (LATER, START + 100, 1)]


def test_what_could_not_be_kept_and_was_reset_is_dropped() -> None:
    table = CountTable()
    used(table)
    taken = table.take_changed()
    table.reset(None, None)
    table.put_back(taken)

    assert table.take_changed() == [(KEY, START, 0)]


def test_of_many_that_changed_what_was_reset_is_never_written_over_what_came_after() -> None:
    table = CountTable()
    used(table)
    table.reset("sub", None)
    for number in range(2 * AT_ONCE):
        used(table, subscription=f"other-{number}")
    used(table)
    rows = {key: value for key, _, value in table.take_changed()}

    assert rows.pop(KEY) == 1
    assert set(rows.values()) == {1}
    assert len(rows) == 2 * AT_ONCE


def test_what_is_restored_is_counted_on_and_is_no_change() -> None:
    table = CountTable()
    table.restore(KEY, START, 41)

    assert table.take_changed() == []
    assert [item.used for item in table.standing("sub", START)] == [41]
    assert used(table) == 42


@pytest.mark.parametrize(
    "key", ["", "sub", "c:sub:a/*/*/10/60", "a/b/c/d/x@1 s", "rate/a/*/*/60@x s", "x@1 s"]
)
def test_a_row_of_another_form_is_dropped(key: str) -> None:
    table = CountTable()
    table.restore(key, 1, 2)

    assert table.take_changed() == [(key, 1, 0)]
    table.forget(START)
    assert table._subscriptions == {}


def test_what_is_idle_is_forgotten_and_what_is_busy_is_not() -> None:
    table = CountTable()
    table.take("idle", START, [sliding(1), reading(1)], START)
    table.take("busy", START, [sliding(1, period=100)], START)
    table.take("lifetime", START, [fixed(1, period=0)], START)
    table.take("quota", START, [COUNTED], START)
    table.forget(START + 9.999)
    assert set(table._subscriptions) == {"idle", "busy", "lifetime", "quota"}
    table.forget(START + 10)
    assert set(table._subscriptions) == {"busy", "lifetime", "quota"}
    table.take_changed()
    table.forget(START + 100.5 + PAST_SECONDS)

    assert set(table._subscriptions) == {"lifetime"}
    assert table.take_changed() == [(f"{COUNTED.scope}@{START} quota", START, 0)]


def test_forgetting_goes_through_all_of_a_large_table_in_turns() -> None:
    table = CountTable()
    for number in range(3 * AT_ONCE):
        table.take(f"sub-{number}", START, [sliding(1)], START)
    left = []
    for _ in range(3):
        table.forget(START + 10)
        left.append(len(table._subscriptions) // AT_ONCE)

    assert left == [2, 1, 0]


@bounded(200)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40), st.integers(1, 4), st.integers(1, 9)
)
def test_forgetting_never_changes_an_answer(steps: list[tuple[int, bool]], amount: int, period: int) -> None:
    keeping, forgetting = CountTable(), CountTable()
    takes = [sliding(amount, period), fixed(amount, period)]
    for at, (_, forget) in zip(sorted(step for step, _ in steps), steps, strict=True):
        if forget:
            forgetting.forget(START + at)
        assert keeping.take("k", START, takes, START + at) == forgetting.take("k", START, takes, START + at)


def test_a_window_remembers_no_calls_that_have_left_it() -> None:
    table = CountTable()
    for at in range(10_000):
        table.take("sub", START, [sliding(3, period=1)], START + at / 100)

    ((used_now, _),) = table.take("sub", START, [sliding(3, period=1)], START + 100)
    assert used_now == 100


@pytest.mark.parametrize(
    ("period", "now", "start"),
    [
        (10, START, START),
        (10, START + 9.999, START),
        (10, START + 10, START + 10),
        (10, START - 0.001, START - 10),
        (0, 5, 0),
    ],
)
def test_a_window_starts_where_its_subscription_says(period: int, now: float, start: int) -> None:
    assert window_start(START, period, now) == start


def test_a_scope_can_be_read_again() -> None:
    told = standing_of(scope_of("calls", "gold", "jobs", "list-jobs", 60), 3, START)

    assert (told.kind, told.adapter, told.api, told.operation, told.period) == (
        "calls",
        "gold",
        "jobs",
        "list-jobs",
        60,
    )
    assert (told.used, told.start, told.end) == (3, START, START + 60)
    assert standing_of(scope_of("rate", "gold", None, None, 60), 0, None).api is None
