"""What a SQLite plant promises those who change it: all of a piece of work is kept, or nothing of it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from millgate.stores.ports import (
    ColumnFailed,
    ConnectTimedOut,
    QueryTimedOut,
    RowConflict,
    Select,
    Statement,
    StoreUnreachable,
    Work,
)
from millgate.stores.sqlite import connection as opening
from millgate.stores.sqlite.plant import SqlitePlant

PLENTY = 20.0
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
TABLES = """
    CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size REAL CHECK (size >= 0));
    CREATE TABLE part (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id));
    CREATE TABLE late (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED);
    INSERT INTO item VALUES (1, 'one', 1.0), (2, 'two', 2.0);
    INSERT INTO part VALUES (1, 1);
"""

T = TypeVar("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "plant.db"
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(TABLES)
    return made


@pytest.fixture
def plant(path: Path) -> Iterator[SqlitePlant]:
    made = SqlitePlant(path)
    yield made
    made.close()


def transact(plant: SqlitePlant, work: Callable[[], Work[T]], seconds: float = PLENTY) -> T:
    return asyncio.run(plant.transact(work, seconds))


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def names(path: Path) -> list[str]:
    return [name for (name,) in rows(path, "SELECT name FROM item ORDER BY id")]


class Recorded:
    """Work that runs statements and tells how it ended."""

    def __init__(self, *statements: str) -> None:
        self.statements = statements
        self.begun = 0
        self.closed = 0

    def __call__(self) -> Work[list[list[tuple[Any, ...]]]]:
        self.begun += 1
        try:
            found = []
            for sql in self.statements:
                rows_found = yield Statement(sql, {})
                found.append(rows_found)
            return found
        finally:
            self.closed += 1


RENAME = "UPDATE item SET name = 'renamed' WHERE id = 1"


def test_work_is_sent_the_rows_of_each_statement_and_its_outcome_is_returned(
    plant: SqlitePlant, path: Path
) -> None:
    def work() -> Work[int]:
        found = yield Statement("SELECT id, size FROM item WHERE name = :name", {"name": "two"})
        assert found == [(2, 2.0)]
        changed = yield Statement(
            "UPDATE item SET name = :to WHERE id = :id RETURNING name", {"to": "deux", "id": found[0][0]}
        )
        assert changed == [("deux",)]
        assert (yield Statement("DELETE FROM part", {})) == []
        return 42

    assert transact(plant, work) == 42
    assert names(path) == ["one", "deux"]
    assert rows(path, "SELECT * FROM part") == []


def test_work_without_statements_has_its_outcome(plant: SqlitePlant) -> None:
    assert transact(plant, Recorded()) == []


def test_what_is_kept_is_read_at_once(plant: SqlitePlant) -> None:

    count = Select("SELECT NULL", "SELECT COUNT(*) FROM item", {})

    async def added() -> list[int]:
        before = await plant.select(count, PLENTY)
        await plant.transact(Recorded("INSERT INTO item VALUES (3, 'three', 3)"), PLENTY)
        return [before.total, (await plant.select(count, PLENTY)).total]

    assert asyncio.run(added()) == [2, 3]


def test_work_that_raises_is_rolled_back_and_says_why(plant: SqlitePlant, path: Path) -> None:
    def work() -> Work[None]:
        yield Statement(RENAME, {})
        raise ZeroDivisionError("of the work")

    with pytest.raises(ZeroDivisionError, match="of the work"):
        transact(plant, work)
    assert names(path) == ["one", "two"]
    transact(plant, Recorded(RENAME))
    assert names(path) == ["renamed", "two"]


CONFLICTS = {
    "a key twice": "INSERT INTO item VALUES (1, 'other', 1)",
    "a name twice": "UPDATE item SET name = 'two' WHERE id = 1",
    "a value that is not allowed": "UPDATE item SET size = -1 WHERE id = 2",
    "a reference to no row": "INSERT INTO part VALUES (9, 4711)",
    "a reference from a row": "DELETE FROM item WHERE id = 1",
    "a reference that is looked at in the end": "INSERT INTO late VALUES (9, 4711)",
}


@pytest.mark.parametrize("sql", CONFLICTS.values(), ids=CONFLICTS)
def test_a_constraint_is_a_conflict_and_nothing_is_kept(plant: SqlitePlant, path: Path, sql: str) -> None:
    with pytest.raises(RowConflict):
        transact(plant, Recorded("INSERT INTO item VALUES (3, 'three', 3)", sql))
    assert names(path) == ["one", "two"]
    assert rows(path, "SELECT * FROM late") == []
    transact(plant, Recorded(RENAME))
    assert names(path) == ["renamed", "two"]


@pytest.mark.parametrize("sql", CONFLICTS.values(), ids=CONFLICTS)
def test_a_conflict_leaves_the_file_to_other_writers(plant: SqlitePlant, path: Path, sql: str) -> None:
    with pytest.raises(RowConflict):
        transact(plant, Recorded(sql))
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")


def test_a_column_that_is_not_there_is_named(plant: SqlitePlant, path: Path) -> None:
    with pytest.raises(ColumnFailed, match=r"^weight$"):
        transact(plant, Recorded(RENAME, "UPDATE item SET weight = 1"))
    assert names(path) == ["one", "two"]


def test_a_table_that_is_not_there_is_unreachable(plant: SqlitePlant, path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="no such table"):
        transact(plant, Recorded(RENAME, "DELETE FROM nowhere"))
    transact(plant, Recorded("DELETE FROM part"))
    assert names(path) == ["one", "two"]


def test_work_that_never_ends_is_stopped_at_its_deadline(plant: SqlitePlant, path: Path) -> None:
    with pytest.raises(QueryTimedOut):
        transact(plant, Recorded(RENAME, ENDLESS), 0.05)
    transact(plant, Recorded("DELETE FROM part"))
    assert names(path) == ["one", "two"]


def test_work_that_comes_to_its_end_too_late_is_not_kept(plant: SqlitePlant, path: Path) -> None:
    """Who is told that the time is over must be able to try again."""
    told = threading.Event()

    def work() -> Work[None]:
        yield Statement(RENAME, {})
        told.wait(PLENTY)

    async def late() -> None:
        with pytest.raises(QueryTimedOut):
            await plant.transact(work, 0.05)
        told.set()
        await plant.transact(Recorded("DELETE FROM part"), PLENTY)

    asyncio.run(late())
    assert names(path) == ["one", "two"]


def test_work_waits_for_the_work_before_it_and_no_longer_than_its_deadline(
    plant: SqlitePlant, path: Path
) -> None:
    waiting, go_on, second = threading.Event(), threading.Event(), Recorded("DELETE FROM part")

    def first() -> Work[None]:
        waiting.set()
        go_on.wait(PLENTY)
        yield Statement(RENAME, {})

    async def both() -> None:
        task = asyncio.create_task(plant.transact(first, PLENTY))
        await asyncio.to_thread(waiting.wait, PLENTY)
        with pytest.raises(QueryTimedOut):
            await plant.transact(second, 0.05)
        go_on.set()
        await task

    asyncio.run(both())
    assert names(path) == ["renamed", "two"]
    transact(plant, Recorded())
    assert (second.begun, rows(path, "SELECT id FROM part")) == (0, [(1,)])


def test_work_of_a_task_that_is_cancelled_is_not_kept(plant: SqlitePlant, path: Path) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def work() -> Work[None]:
        yield Statement(RENAME, {})
        waiting.set()
        go_on.wait(PLENTY)

    async def cancelled() -> None:
        task = asyncio.create_task(plant.transact(work, PLENTY))
        await asyncio.to_thread(waiting.wait, PLENTY)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        await plant.transact(Recorded("DELETE FROM part"), PLENTY)

    asyncio.run(cancelled())
    assert names(path) == ["one", "two"]


@pytest.mark.parametrize(
    ("statements", "seconds"),
    [
        ((RENAME,), PLENTY),
        ((RENAME, CONFLICTS["a key twice"]), PLENTY),
        ((CONFLICTS["a reference that is looked at in the end"],), PLENTY),
        ((RENAME, ENDLESS), 0.05),
        ((RENAME, "DELETE FROM nowhere"), PLENTY),
        ((RENAME, "DELETE FROM item WHERE weight = 1"), PLENTY),
    ],
)
def test_work_is_begun_once_and_closed_however_it_ends(
    plant: SqlitePlant, statements: tuple[str, ...], seconds: float
) -> None:
    work = Recorded(*statements)

    async def ended() -> None:
        await asyncio.gather(plant.transact(work, seconds), return_exceptions=True)
        await plant.transact(Recorded(), PLENTY)

    asyncio.run(ended())
    assert (work.begun, work.closed) == (1, 1)


def test_changes_follow_each_other_and_none_is_lost(plant: SqlitePlant, path: Path) -> None:
    def more() -> Work[None]:
        ((size,),) = yield Statement("SELECT size FROM item WHERE id = 1", {})
        yield Statement("UPDATE item SET size = :size WHERE id = 1", {"size": size + 1})

    async def many() -> None:
        await asyncio.gather(*[plant.transact(more, PLENTY) for _ in range(100)])

    asyncio.run(many())
    assert rows(path, "SELECT size FROM item WHERE id = 1") == [(101.0,)]


def test_two_stores_on_one_file_take_turns(path: Path) -> None:
    first, second = SqlitePlant(path), SqlitePlant(path)

    def more() -> Work[None]:
        ((size,),) = yield Statement("SELECT size FROM item WHERE id = 1", {})
        yield Statement("UPDATE item SET size = :size WHERE id = 1", {"size": size + 1})

    async def many() -> None:
        await asyncio.gather(*[plant.transact(more, PLENTY) for _ in range(50) for plant in (first, second)])

    asyncio.run(many())
    assert rows(path, "SELECT size FROM item WHERE id = 1") == [(101.0,)]
    first.close()
    second.close()


def test_a_file_that_another_keeps_locked_is_no_connection(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    plant = SqlitePlant(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConnectTimedOut):
            transact(plant, Recorded(RENAME))
        other.execute("ROLLBACK")
    assert names(path) == ["one", "two"]
    transact(plant, Recorded(RENAME))
    assert names(path) == ["renamed", "two"]
    plant.close()


def test_reads_go_on_while_a_change_is_under_way(plant: SqlitePlant) -> None:

    count = Select("SELECT NULL", "SELECT COUNT(*) FROM item", {})
    waiting, go_on = threading.Event(), threading.Event()

    def work() -> Work[None]:
        yield Statement("DELETE FROM part", {})
        yield Statement("DELETE FROM item", {})
        waiting.set()
        go_on.wait(PLENTY)

    async def both() -> list[int]:
        task = asyncio.create_task(plant.transact(work, PLENTY))
        await asyncio.to_thread(waiting.wait, PLENTY)
        meanwhile = [(await plant.select(count, PLENTY)).total for _ in range(3)]
        go_on.set()
        await task
        return [*meanwhile, (await plant.select(count, PLENTY)).total]

    assert asyncio.run(both()) == [2, 2, 2, 0]


def test_a_file_that_is_not_there_is_unreachable_and_is_not_made(tmp_path: Path) -> None:
    plant = SqlitePlant(tmp_path / "none.db")
    with pytest.raises(StoreUnreachable):
        transact(plant, Recorded(RENAME))
    assert list(tmp_path.iterdir()) == []
    plant.close()


def test_another_file_in_its_place_is_the_one_that_is_changed(plant: SqlitePlant, path: Path) -> None:
    transact(plant, Recorded(RENAME))
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection:
        connection.executescript(TABLES)
    other.replace(path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    transact(plant, Recorded("UPDATE item SET name = 'here' WHERE id = 2"))
    assert names(path) == ["one", "here"]


def test_a_closed_store_is_unreachable(plant: SqlitePlant, path: Path) -> None:
    transact(plant, Recorded("DELETE FROM part"))
    plant.close()
    with pytest.raises(StoreUnreachable):
        transact(plant, Recorded(RENAME))
    assert names(path) == ["one", "two"]


def test_closing_ends_work_that_runs_and_keeps_nothing_of_it(plant: SqlitePlant, path: Path) -> None:
    running = threading.Event()

    def work() -> Work[None]:
        yield Statement(RENAME, {})
        running.set()
        yield Statement(ENDLESS, {})

    async def closed() -> list[BaseException | None]:
        tasks = [asyncio.create_task(plant.transact(work, PLENTY)) for _ in range(3)]
        await asyncio.to_thread(running.wait, PLENTY)
        await asyncio.to_thread(plant.close)
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert all(isinstance(one, QueryTimedOut | StoreUnreachable) for one in asyncio.run(closed()))
    assert names(path) == ["one", "two"]
