"""What counters on a file promise besides: they outlive the process, and the file does not grow for ever."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from millgate.stores.counting import AT_ONCE, PAST_SECONDS
from millgate.stores.sqlite.counters import SqliteCounters
from support.counting import START, fixed, reading, sliding
from support.machine_files import empty_file

if TYPE_CHECKING:
    from millgate.stores.ports import Take

LIMIT: Final = fixed(5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file of counters."""
    return empty_file("usage.db", tmp_path)


def used(counters: SqliteCounters, take: Take = LIMIT, at: float = 0, subscription: str = "sub") -> int:
    """What one call finds to be used."""
    ((found, _),) = asyncio.run(counters.take(subscription, START, [take], START + at))
    return found


def add(counters: SqliteCounters, by: int) -> None:
    asyncio.run(counters.add("sub", START, [reading(5)], by, START))


def flush(counters: SqliteCounters, at: float = 0) -> None:
    counters.flush(counters.gather(START + at))


def kept(path: Path) -> list[tuple[Any, ...]]:
    """The rows of the file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute('SELECT key, "window", value FROM usage_counter ORDER BY key').fetchall()


def test_counts_that_were_flushed_survive_a_new_start(path: Path) -> None:
    lifetime = fixed(5, period=0)
    with closing(SqliteCounters(path)) as counters:
        assert [used(counters), used(counters), used(counters, lifetime)] == [1, 2, 1]
        add(counters, 700)
        flush(counters)
        used(counters)
        flush(counters)

    with closing(SqliteCounters(path)) as counters:
        assert [(item.kind, item.used) for item in counters.standing("sub", START)] == [
            ("bandwidth", 700),
            ("calls", 1),
            ("calls", 3),
        ]
        assert [used(counters), used(counters, lifetime), used(counters, reading(5))] == [4, 2, 700]


def test_counts_that_were_not_flushed_are_lost_and_no_others(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        used(counters)
        flush(counters)
        used(counters)

    with closing(SqliteCounters(path)) as counters:
        assert used(counters) == 2


def test_every_window_that_was_counted_survives(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        for at in (0, 100, 0, 250):
            used(counters, at=at)
        flush(counters)

    with closing(SqliteCounters(path)) as counters:
        assert [used(counters, at=at) for at in (250, 100, 0)] == [2, 2, 3]


def test_what_was_reset_is_zero_after_a_new_start(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        for at in (0, 100):
            used(counters, at=at)
        used(counters, subscription="other")
        flush(counters)
        counters.reset("sub")
        flush(counters)
        assert len(kept(path)) == 1

    with closing(SqliteCounters(path)) as counters:
        assert [used(counters), used(counters, subscription="other")] == [1, 2]
        counters.reset()
        flush(counters)
    assert kept(path) == []


def test_what_is_counted_right_after_a_reset_is_kept(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        used(counters)
        counters.reset("sub")
        used(counters)
        flush(counters)

    with closing(SqliteCounters(path)) as counters:
        assert used(counters) == 2


def test_a_window_long_past_leaves_the_file_and_a_lifetime_stays(path: Path) -> None:
    long = 100 + PAST_SECONDS
    with closing(SqliteCounters(path)) as counters:
        for take in (LIMIT, sliding(5), fixed(5, period=0)):
            used(counters, take)
        flush(counters, at=long)
        assert len(kept(path)) == 2, "the clock may be set back"
        flush(counters, at=long + 1)
        assert [key for key, _, _ in kept(path)] == ["calls/a/*/*/0@0 sub"]
        assert used(counters) == 1

    with closing(SqliteCounters(path)) as counters:
        assert used(counters, fixed(5, period=0)) == 2


def test_windows_long_past_are_dropped_that_an_earlier_start_left(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        for number in range(AT_ONCE + 5):
            used(counters, subscription=f"sub-{number}")
        flush(counters)

    with closing(SqliteCounters(path)) as counters:
        for _ in range(3):
            flush(counters, at=2 * PAST_SECONDS)
    assert kept(path) == []


def test_rows_that_another_release_left_are_dropped(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO usage_counter VALUES ('c:sub:a/*/*/10/60', 7, 3), ('x/a/*/*/y@z s', 1, 2)"
        )
        connection.commit()
    with closing(SqliteCounters(path)) as counters:
        flush(counters)
    assert kept(path) == []


def test_flushing_nothing_writes_nothing(path: Path) -> None:
    with closing(SqliteCounters(path)) as counters:
        flush(counters)
        used(counters, sliding(5))
        flush(counters)

        assert counters._connection.total_changes == 0


def test_what_a_locked_file_does_not_take_is_flushed_the_next_time(path: Path) -> None:
    with (
        closing(SqliteCounters(path)) as counters,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        counters._connection.execute("PRAGMA busy_timeout = 1")
        used(counters)
        used(counters, subscription="other")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            flush(counters)
        used(counters)
        other.execute("ROLLBACK")
        flush(counters)

    assert [value for _, _, value in kept(path)] == [1, 2]


def test_two_flushes_at_once_wait_for_each_other(path: Path) -> None:
    """At the end of a process the last flush may meet one that still runs on its thread."""
    with closing(SqliteCounters(path)) as counters:
        failures: list[BaseException] = []

        def write(batch: list[tuple[str, int, int]]) -> None:
            try:
                counters.flush(batch)
            except BaseException as wrong:  # noqa: BLE001 - told below
                failures.append(wrong)

        batches = [[(f"{thread}-{number}", 1, 1) for number in range(2000)] for thread in range(4)]
        threads = [threading.Thread(target=write, args=(batch,)) for batch in batches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert len(kept(path)) == 8000


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SqliteCounters(tmp_path / "usage.db")

    assert list(tmp_path.iterdir()) == []


_COUNTING: Final = """
import asyncio, pathlib, sys
from millgate.stores.sqlite.counters import SqliteCounters
from support.counting import START, fixed

async def main():
    counters, limits = SqliteCounters(pathlib.Path(sys.argv[1])), [fixed(5), fixed(5, period=0)]
    while True:
        (value, _), _ = await counters.take("sub", START, limits, START)
        await counters.take(f"other-{value % 10}", START, limits[:1], START)
        if value % 25 == 0:
            counters.flush(counters.gather(START))
            print(value, flush=True)

asyncio.run(main())
"""


def test_a_kill_loses_at_most_what_was_not_flushed(path: Path) -> None:
    """SIGKILL in the middle of counting and flushing: the file is whole, and what was told is in it."""
    process = subprocess.Popen(
        [sys.executable, "-c", _COUNTING, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert process.stdout is not None
    for _ in range(40):
        assert process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    told = max([40 * 25, *[int(line) for line in rest.split("\n")[:-1] if line]])

    rows = {key: value for key, _, value in kept(path)}
    found = rows.pop(f"{LIMIT.scope}@{START} sub")
    assert told <= found <= told + 25
    assert found % 25 == 0, "a flush is whole or not at all"
    assert rows.pop("calls/a/*/*/0@0 sub") == found
    assert sum(rows.values()) == found
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
