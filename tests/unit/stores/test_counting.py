"""What the fillings share: forgetting what is idle, and handing out what changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from millgate.stores.counting import CountTable
from support.fuzzing import bounded


def test_what_changed_is_given_once() -> None:
    table = CountTable()
    table.count("a", 1, 2)
    table.count("b", 1, 1)
    table.count("a", 1, 3)

    assert sorted(table.take_changed()) == [("a", 1, 5), ("b", 1, 1)]
    assert table.take_changed() == []
    table.count("b", 2, 1)
    assert table.take_changed() == [("b", 2, 1)]


def test_what_could_not_be_kept_is_given_again_as_it_stands_now() -> None:
    table = CountTable()
    table.count("a", 1, 2)
    table.put_back([key for key, _, _ in table.take_changed()])
    table.count("a", 1, 1)

    assert table.take_changed() == [("a", 1, 3)]


def test_what_is_restored_is_counted_on_and_is_no_change() -> None:
    table = CountTable()
    table.restore("a", 1, 41)

    assert table.read("a", 1) == 41
    assert table.take_changed() == []
    assert table.count("a", 1, 1) == 42


def test_an_idle_window_is_forgotten_and_a_busy_one_is_not() -> None:
    table = CountTable()
    table.slide("idle", 1, 10, 0)
    table.slide("busy", 1, 100, 0)
    table.forget_idle(10)
    assert set(table._calls) == {"idle", "busy"}
    table.forget_idle(10.001)

    assert set(table._calls) == {"busy"}
    assert table.slide("busy", 1, 100, 20) > 0


@bounded(200)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.booleans()), max_size=40), st.integers(1, 4), st.integers(1, 9)
)
def test_forgetting_never_changes_an_answer(steps: list[tuple[int, bool]], amount: int, period: int) -> None:
    keeping, forgetting = CountTable(), CountTable()
    for at, (_, forget) in zip(sorted(step for step, _ in steps), steps, strict=True):
        if forget:
            forgetting.forget_idle(at)
        assert keeping.slide("k", amount, period, at) == forgetting.slide("k", amount, period, at)


def test_memory_is_bounded_by_the_limit_and_not_by_the_calls() -> None:
    table = CountTable()
    for at in range(10_000):
        table.slide("k", 3, 60, at / 100)

    assert len(table._calls["k"][1]) == 3
