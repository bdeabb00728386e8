"""What a plant database must promise its readers and its writer."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from millgate.stores.ports import ColumnFailed, Page, QueryTimedOut, Select, StoreUnreachable
from millgate.stores.sqlite.plant import SqlitePlantReader, SqlitePlantWriter
from support.plant_database import Table

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
SLOW = Select(f"{ENDLESS} LIMIT 1", "SELECT 0", {})


def select(rows: str, **parameters: object) -> Select:
    return Select(f"{rows} LIMIT 1000", f"SELECT COUNT(*) FROM ({rows})", parameters)  # noqa: S608 - our own


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "plant db?.sqlite"
    with closing(sqlite3.connect(made)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute('CREATE TABLE "item" ("id" INTEGER PRIMARY KEY, "name" TEXT, "size" REAL)')
        connection.execute("CREATE TABLE part (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id))")
        connection.executemany("INSERT INTO item VALUES (?, ?, ?)", [(n, f"n{n}", n / 4) for n in range(500)])
    return made


@pytest.fixture
def reader(path: Path) -> Iterator[SqlitePlantReader]:
    made = SqlitePlantReader(path, threads=2)
    yield made
    made.close()


def read(reader: SqlitePlantReader, asked: Select, seconds: float = 5.0) -> Page:
    return asyncio.run(reader.select(asked, seconds))


def test_rows_come_in_order_with_the_true_total(reader: SqlitePlantReader) -> None:
    rows = "SELECT id, name, size FROM item WHERE id >= :low ORDER BY id DESC LIMIT 3 OFFSET 1"
    page = read(reader, Select(rows, "SELECT COUNT(*) FROM item WHERE id >= :low", {"low": 490}))
    assert page.total == 10
    assert list(page.rows) == [(498, "n498", 124.5), (497, "n497", 124.25), (496, "n496", 124.0)]


def test_no_rows_are_an_empty_page(reader: SqlitePlantReader) -> None:
    page = read(reader, select("SELECT id FROM item WHERE id < 0"))
    assert (list(page.rows), page.total) == ([], 0)


def test_values_arrive_as_they_are_stored(reader: SqlitePlantReader) -> None:
    text = "\"\\ \u0001 é \U0001d518 \u2028 'x'"
    rows = "SELECT :text, NULL, 9223372036854775807, -9223372036854775808, 0.1, -2.5e-7, ''"
    page = read(reader, select(rows, text=text))
    assert list(page.rows) == [(text, None, 2**63 - 1, -(2**63), 0.1, -2.5e-7, "")]


def test_columns_of_one_name_and_more_columns_than_a_function_takes_are_read(
    reader: SqlitePlantReader,
) -> None:
    assert list(read(reader, select("SELECT 1 AS a, 2 AS a")).rows) == [(1, 2)]
    many = ", ".join(str(number) for number in range(150))
    assert list(read(reader, select(f"SELECT {many}")).rows) == [tuple(range(150))]


def test_what_json_cannot_carry_is_read_all_the_same(reader: SqlitePlantReader) -> None:
    assert list(read(reader, select("SELECT x'00ff' AS b, 9e999 AS i")).rows) == [(b"\x00\xff", float("inf"))]


def test_text_that_is_not_utf8_names_its_column(reader: SqlitePlantReader) -> None:
    with pytest.raises(ColumnFailed, match=r"^part_no$"):
        read(reader, select("SELECT 1 AS a, CAST(x'ff' AS TEXT) AS part_no"))
    assert read(reader, select("SELECT 1")).total == 1


def test_a_fault_of_ours_reaches_the_caller_and_the_thread_lives(reader: SqlitePlantReader) -> None:
    with pytest.raises(OverflowError):
        read(reader, select("SELECT :n", n=2**70))
    assert read(reader, select("SELECT 1")).total == 1


def test_more_statements_than_are_kept_are_read(reader: SqlitePlantReader) -> None:
    async def many() -> int:
        pages = [await reader.select(select(f"SELECT {number}"), 5.0) for number in range(1200)]
        return sum(page.total for page in pages)

    assert asyncio.run(many()) == 1200


def test_statements_that_share_rows_keep_their_own_count(reader: SqlitePlantReader) -> None:
    rows = "SELECT 1 LIMIT 1"
    assert [read(reader, Select(rows, f"SELECT {number}", {})).total for number in (1, 2, 3)] == [1, 2, 3]


def test_a_query_that_never_ends_is_stopped_at_its_deadline(reader: SqlitePlantReader) -> None:
    with pytest.raises(QueryTimedOut):
        read(reader, SLOW, 0.05)


def test_counting_has_the_same_deadline(reader: SqlitePlantReader) -> None:
    with pytest.raises(QueryTimedOut):
        read(reader, Select("SELECT 1 LIMIT 1", f"SELECT COUNT(*) FROM ({ENDLESS})", {}), 0.05)  # noqa: S608


def test_the_thread_reads_on_after_a_deadline(reader: SqlitePlantReader) -> None:
    async def both() -> Page:
        late = [reader.select(SLOW, 0.05) for _ in range(6)]
        assert all(
            isinstance(one, QueryTimedOut) for one in await asyncio.gather(*late, return_exceptions=True)
        )
        return await reader.select(select("SELECT 1"), 5.0)

    assert asyncio.run(both()).total == 1


def test_the_wait_for_a_thread_counts(path: Path) -> None:
    reader = SqlitePlantReader(path, threads=1)

    async def queued() -> float:
        busy = asyncio.create_task(reader.select(SLOW, 60.0))
        await asyncio.sleep(0.01)
        started = time.monotonic()
        with pytest.raises(QueryTimedOut):
            await reader.select(select("SELECT 1"), 0.05)
        waited = time.monotonic() - started
        busy.cancel()
        return waited

    assert asyncio.run(queued()) < 20.0, "it waited for the thread instead of its own deadline"
    reader.close()


def test_a_cancelled_task_stops_its_query(path: Path) -> None:
    reader = SqlitePlantReader(path, threads=1)

    async def cancelled() -> Page:
        task = asyncio.create_task(reader.select(SLOW, 60.0))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await reader.select(select("SELECT 1"), 2.0)

    assert asyncio.run(cancelled()).total == 1
    reader.close()


def test_the_loop_goes_on_while_a_query_runs(reader: SqlitePlantReader) -> None:
    async def ticks() -> int:
        task = asyncio.create_task(reader.select(SLOW, 0.3))
        count = 0
        while not task.done():
            await asyncio.sleep(0.01)
            count += 1
        assert isinstance(task.exception(), QueryTimedOut)
        return count

    assert asyncio.run(ticks()) > 5


def test_many_reads_at_once_are_each_answered_with_their_own(reader: SqlitePlantReader) -> None:
    async def many() -> list[Page]:
        return await asyncio.gather(*[reader.select(select("SELECT :n", n=n), 5.0) for n in range(200)])

    assert [list(page.rows) for page in asyncio.run(many())] == [[(n,)] for n in range(200)]


def test_rows_and_count_are_of_one_view(reader: SqlitePlantReader, path: Path) -> None:
    asked = Select("SELECT id FROM item ORDER BY id LIMIT 100000", "SELECT COUNT(*) FROM item", {})
    done = threading.Event()

    def write() -> None:
        writer = SqlitePlantWriter(path)
        for number in range(1000, 1100):
            writer.put([Table("item", ("id", "name", "size"), [(number, "x", 1.0)])])
        done.set()

    async def compare() -> None:
        while not done.is_set():
            page = await reader.select(asked, 5.0)
            assert len(page.rows) == page.total

    thread = threading.Thread(target=write)
    thread.start()
    asyncio.run(compare())
    thread.join()


def test_a_missing_file_is_unreachable_and_is_not_made(tmp_path: Path) -> None:
    reader = SqlitePlantReader(tmp_path / "none.db")
    with pytest.raises(StoreUnreachable):
        read(reader, select("SELECT 1"))
    assert list(tmp_path.iterdir()) == []
    reader.close()


def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "junk.db"
    path.write_bytes(b"junk" * 1000)
    reader = SqlitePlantReader(path)
    with pytest.raises(StoreUnreachable):
        read(reader, select("SELECT 1 FROM sqlite_master"))
    reader.close()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"junk" * 5000)])
def test_a_file_that_goes_away_is_unreachable_and_is_found_again(
    reader: SqlitePlantReader, path: Path, damage: Callable[[Path], object]
) -> None:
    asked = select("SELECT id FROM item")
    assert read(reader, asked).total == 500
    good = path.with_name("good.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(good)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    damage(path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    for _ in range(4):
        with pytest.raises(StoreUnreachable):
            read(reader, asked)
    good.replace(path)
    assert read(reader, asked).total == 500


def test_a_missing_table_is_unreachable(reader: SqlitePlantReader) -> None:
    with pytest.raises(StoreUnreachable, match="no such table"):
        read(reader, select("SELECT 1 FROM nowhere"))


def test_a_reader_cannot_write(reader: SqlitePlantReader) -> None:
    with pytest.raises(StoreUnreachable):
        read(reader, Select("DELETE FROM item RETURNING id", "SELECT 0", {}))
    assert read(reader, select("SELECT id FROM item")).total == 500


def test_a_closed_reader_is_unreachable(path: Path) -> None:
    reader = SqlitePlantReader(path)
    read(reader, select("SELECT 1"))
    reader.close()
    reader.close()
    with pytest.raises(StoreUnreachable):
        read(reader, select("SELECT 1"))


def test_closing_stops_what_runs_and_what_waits(path: Path) -> None:
    reader = SqlitePlantReader(path, threads=1)

    async def closed() -> list[Page | BaseException]:
        tasks = [asyncio.create_task(reader.select(SLOW, 30.0)) for _ in range(3)]
        await asyncio.sleep(0.05)
        await asyncio.to_thread(reader.close)
        return await asyncio.gather(*tasks, return_exceptions=True)

    started = time.monotonic()
    assert all(isinstance(one, QueryTimedOut | StoreUnreachable) for one in asyncio.run(closed()))
    assert time.monotonic() - started < 20.0, "not at their own deadline"


def test_a_writer_puts_rows_by_their_first_column(path: Path, reader: SqlitePlantReader) -> None:
    writer = SqlitePlantWriter(path)
    columns = ("id", "name", "size")
    assert writer.put([Table("item", columns, [(1, "new", 9.0), (900, "added", None)])]) == 2
    rows = read(reader, select("SELECT id, name, size FROM item WHERE id IN (1, 900) ORDER BY id")).rows
    assert list(rows) == [(1, "new", 9.0), (900, "added", None)]
    assert writer.put([Table("item", ("id",), [(1,), (901,)])]) == 2
    assert writer.scalar("SELECT COUNT(*) FROM item") == 502


def test_a_writer_writes_all_or_nothing(path: Path) -> None:
    writer = SqlitePlantWriter(path)
    good = Table("item", ("id", "name"), [(1, "changed")])
    with pytest.raises(StoreUnreachable):
        writer.put([good, Table("nothing", ("id",), [(1,)])])
    with pytest.raises(sqlite3.IntegrityError):
        writer.put([good, Table("part", ("id", "item"), [(1, 4711)])])
    assert writer.scalar("SELECT name FROM item WHERE id = 1") == "n1"


def test_a_writer_quotes_names(path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="no such table"):
        SqlitePlantWriter(path).put([Table('item"; DROP TABLE item; --', ("id",), [(1,)])])
    assert SqlitePlantWriter(path).scalar("SELECT COUNT(*) FROM item") == 500


def test_a_scalar_of_no_row_is_none(path: Path) -> None:
    assert SqlitePlantWriter(path).scalar("SELECT id FROM item WHERE id < 0") is None


def test_a_writer_without_a_file_is_unreachable(tmp_path: Path) -> None:
    writer = SqlitePlantWriter(tmp_path / "none.db")
    with pytest.raises(StoreUnreachable):
        writer.scalar("SELECT 1")
    with pytest.raises(StoreUnreachable):
        writer.put([])
    assert list(tmp_path.iterdir()) == []
