"""What counters must promise, whichever store fills the port; and what the one on a file promises besides."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.stores.memory import MemoryCounters
from millgate.stores.sqlite.usage import SqliteCounters
from support.fuzzing import bounded
from support.machine_files import empty_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from millgate.stores.ports import Counters

NOW: Final = 1_700_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file of counters."""
    return empty_file("usage.db", tmp_path)


@pytest.fixture(params=["memory", "sqlite"])
def counters(request: pytest.FixtureRequest) -> Iterator[Counters]:
    """Each filling of the port."""
    if request.param == "memory":
        yield MemoryCounters()
        return
    with closing(SqliteCounters(request.getfixturevalue("path"))) as filling:
        yield filling


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


async def slides(counters: Counters, *moments: float, amount: int = 2, period: int = 10) -> list[float]:
    return [await counters.slide("k", amount, period, NOW + moment) for moment in moments]


async def at_once(call: Callable[[], Any], times: int) -> list[Any]:
    return list(await asyncio.gather(*[call() for _ in range(times)]))


def test_the_first_calls_of_a_window_wait_for_nothing(counters: Counters) -> None:
    assert run(slides(counters, 0, 1)) == [0.0, 0.0]


def test_a_call_beyond_is_told_how_long_to_wait_and_counts(counters: Counters) -> None:
    assert run(slides(counters, 0, 1, 4, 5)) == [0.0, 0.0, 7.0, 9.0]


def test_a_call_is_out_of_the_window_a_period_later_to_the_instant(counters: Counters) -> None:
    assert run(slides(counters, 0, 9.5, 10)) == [0.0, 0.0, 0.0]
    assert run(slides(counters, 19.25)) == [0.75], "the calls at 9.5 and 10 are still in it"


def test_after_the_wait_that_was_told_the_call_is_admitted(counters: Counters) -> None:
    waits = run(slides(counters, 0, 0, 0, 3, amount=2))

    assert waits[-1] == 7.0
    assert run(slides(counters, 3 + 6.999)) != [0.0]
    assert run(slides(counters, 3 + 6.999 + 10)) == [0.0]


def test_windows_of_two_keys_are_counted_apart(counters: Counters) -> None:
    async def both() -> list[float]:
        return [await counters.slide(key, 1, 10, NOW) for key in ("a", "b", "a", "b")]

    first, second, third, fourth = run(both())
    assert (first, second) == (0.0, 0.0)
    assert third > 0
    assert fourth > 0


def test_a_fixed_window_adds_up_and_a_later_one_starts_from_zero(counters: Counters) -> None:
    async def counts() -> list[int]:
        told = [await counters.count("k", window, by) for window, by in ((5, 1), (5, 1), (5, 1000), (6, 1))]
        return [*told, await counters.read("k", 6), await counters.read("k", 5), await counters.read("x", 6)]

    assert run(counts()) == [1, 2, 1002, 1, 1, 0, 0]


def test_reading_counts_nothing(counters: Counters) -> None:
    async def reads() -> list[int]:
        return [await counters.read("k", 1), await counters.count("k", 1, 1), await counters.read("k", 1)]

    assert run(reads()) == [0, 1, 1]


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_of_parallel_calls_exactly_the_limit_pass_a_sliding_window(counters: Counters, limit: int) -> None:
    """The quota race of Kong #2629 and #11846: reading and then adding lets all of them through."""
    waits = run(at_once(lambda: counters.slide("k", limit, 60, NOW), 100))

    assert sum(wait == 0.0 for wait in waits) == limit


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_of_parallel_calls_exactly_the_limit_pass_a_fixed_window(counters: Counters, limit: int) -> None:
    values = run(at_once(lambda: counters.count("k", 1, 1), 100))

    assert sum(value <= limit for value in values) == limit
    assert sorted(values) == list(range(1, 101))


@bounded(100)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 9)), max_size=30))
def test_fixed_windows_do_what_a_naive_model_does(steps: list[tuple[str, int, int]]) -> None:
    counters, model = MemoryCounters(), dict[str, tuple[int, int]]()
    for key, window, by in steps:
        kept, value = model.get(key, (window, 0))
        model[key] = (window, by if kept != window else value + by)
        assert run(counters.count(key, window, by)) == model[key][1]


# The file


def counted(path: Path, key: str, window: int) -> int:
    """What a new start finds."""
    with closing(SqliteCounters(path)) as counters:
        return int(run(counters.read(key, window)))


def test_counts_that_were_flushed_survive_a_new_start(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        run(counters.count("a", 3, 5))
        run(counters.count("b", 4, 1))
        counters.flush(counters.gather(NOW))
        run(counters.count("a", 3, 1))
        counters.flush(counters.gather(NOW))

    with closing(SqliteCounters(path)) as counters:
        assert (run(counters.read("a", 3)), run(counters.read("b", 4))) == (6, 1)
        assert run(counters.count("a", 3, 1)) == 7
        assert counters.gather(NOW) == [("a", 3, 7)]


def test_counts_that_were_not_flushed_are_lost_and_no_others(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        run(counters.count("a", 3, 5))
        counters.flush(counters.gather(NOW))
        run(counters.count("a", 3, 100))

    assert counted(path, "a", 3) == 5


def test_a_later_window_takes_the_place_of_the_one_before(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        run(counters.count("a", 3, 5))
        counters.flush(counters.gather(NOW))
        run(counters.count("a", 4, 1))
        counters.flush(counters.gather(NOW))

    assert (counted(path, "a", 4), counted(path, "a", 3)) == (1, 0)


def test_flushing_nothing_writes_nothing(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        counters.flush(counters.gather(NOW))

        assert counters._connection.total_changes == 0


def test_what_a_locked_file_does_not_take_is_flushed_the_next_time(path: Path) -> None:
    with (
        closing(SqliteCounters(path)) as counters,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        counters._connection.execute("PRAGMA busy_timeout = 1")
        run(counters.count("a", 3, 5))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            counters.flush(counters.gather(NOW))
        other.execute("ROLLBACK")
        counters.flush(counters.gather(NOW))

    assert counted(path, "a", 3) == 5


def test_two_flushes_at_once_wait_for_each_other(path: Path) -> None:
    """At the end of a process the last flush may meet one that still runs on its thread."""
    with closing(SqliteCounters(path)) as counters:
        failures: list[BaseException] = []

        def flush(batch: list[tuple[str, int, int]]) -> None:
            try:
                counters.flush(batch)
            except BaseException as wrong:  # noqa: BLE001 - told below
                failures.append(wrong)

        batches = [[(f"{thread}-{number}", 1, 1) for number in range(2000)] for thread in range(4)]
        threads = [threading.Thread(target=flush, args=(batch,)) for batch in batches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert counters._connection.execute("SELECT count(*) FROM usage_counter").fetchone() == (8000,)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SqliteCounters(tmp_path / "usage.db")

    assert list(tmp_path.iterdir()) == []


_COUNTING: Final = """
import asyncio, pathlib, sys
from millgate.stores.sqlite.usage import SqliteCounters

async def main():
    counters = SqliteCounters(pathlib.Path(sys.argv[1]))
    while True:
        value = await counters.count("c:sub", 7, 1)
        await counters.count(f"c:other-{value % 10}", 7, 1)
        if value % 25 == 0:
            counters.flush(counters.gather(0))
            print(value, flush=True)

asyncio.run(main())
"""


def test_a_kill_loses_at_most_what_was_not_flushed(path: Path) -> None:
    """SIGKILL in the middle of counting and flushing: the file is whole, and what was told is in it."""
    process = subprocess.Popen(
        [sys.executable, "-c", _COUNTING, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for _ in range(40):
        assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    told = max([40 * 25, *[int(line) for line in rest.split("\n")[:-1] if line]])

    kept = counted(path, "c:sub", 7)
    assert told <= kept <= told + 25
    assert kept % 25 == 0, "a flush is whole or not at all"
    assert sum(counted(path, f"c:other-{digit}", 7) for digit in range(10)) == kept
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
