"""What a plant database must promise its readers and its writer."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from datetime import time as clock_time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.stores.ports import (
    ColumnFailed,
    ConnectTimedOut,
    Page,
    QueryTimedOut,
    Select,
    Statement,
    StoreUnreachable,
    Work,
)
from millgate.stores.sqlite import connection as opening
from millgate.stores.sqlite import pages
from millgate.stores.sqlite.plant import SqlitePlant, SqlitePlantWriter
from support.plant_database import Table

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"
SLOW = Select(f"{ENDLESS} LIMIT 1", "SELECT 0", {})
ITEMS = "FROM item WHERE id >= :low"


def select(columns: str, rest: str = "", count: str = "", **parameters: object) -> Select:
    """A page with a JSON array for each row, which shows values as plainly as an object does."""
    rows = f"SELECT {columns} {rest}"
    page = f"SELECT group_concat(j, char(10)) FROM (SELECT json_array({columns}) AS j {rest})"  # noqa: S608 - of the tests
    return Select(page, count or f"SELECT COUNT(*) FROM ({rows})", parameters, rows)  # noqa: S608 - as above


def lines(page: Page) -> list[list[object]]:
    return [json.loads(line) for line in page.text.splitlines()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "plant db?.sqlite"
    with closing(sqlite3.connect(made)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute('CREATE TABLE "item" ("id" INTEGER PRIMARY KEY, "name" TEXT, "size" REAL)')
        connection.execute("CREATE TABLE part (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id))")
        connection.executemany("INSERT INTO item VALUES (?, ?, ?)", [(n, f"n{n}", n / 4) for n in range(500)])
    return made


@pytest.fixture(params=["on the loop", "in a thread"])
def reader(
    path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SqlitePlant]:
    """A store that begins each read on the loop, and one whose reads all go to a thread."""
    if request.param == "in a thread":
        monkeypatch.setattr(pages, "_STEPS_BETWEEN_LOOKS", 1)
        monkeypatch.setattr(pages, "_LOOKS_HERE", 0)
    made = SqlitePlant(path, threads=2)
    yield made
    made.close()


def read(reader: SqlitePlant, asked: Select, seconds: float = 5.0) -> Page:
    return asyncio.run(reader.select(asked, seconds))


def test_rows_come_in_order_with_the_true_total(reader: SqlitePlant) -> None:
    rest = f"{ITEMS} ORDER BY id DESC LIMIT 3 OFFSET 1"
    page = read(reader, select("id, name, size", rest, f"SELECT COUNT(*) {ITEMS}", low=490))
    assert page.text == b'[498,"n498",124.5]\n[497,"n497",124.25]\n[496,"n496",124.0]'
    assert page.total == 10


def test_no_rows_are_an_empty_page(reader: SqlitePlant) -> None:
    assert read(reader, select("id", "FROM item WHERE id < 0")) == Page(b"", 0)


def test_it_says_which_sql_it_speaks(reader: SqlitePlant) -> None:
    assert reader.dialect == "sqlite"


def test_values_arrive_as_they_are_stored(reader: SqlitePlant) -> None:
    text = "\"\\ \u0001 é \U0001d518 \u2028 'x'"
    columns = ":text, NULL, 9223372036854775807, -9223372036854775808, 0.1, -2.5e-7, '', 16.67"
    page = read(reader, select(columns, text=text))
    assert lines(page) == [[text, None, 2**63 - 1, -(2**63), 0.1, -2.5e-7, "", 16.67]]


def test_parameters_are_bound_as_they_are_kept(reader: SqlitePlant) -> None:
    detroit = timezone(timedelta(hours=-5))
    page = read(
        reader,
        select(
            ":instant, :part, :day, :at, :yes, :no, :none",
            instant=datetime(2026, 1, 5, 1, tzinfo=detroit),
            part=datetime(2026, 1, 5, 6, 0, 0, 250, tzinfo=UTC),
            day=date(2026, 1, 5),
            at=clock_time(6),
            yes=True,
            no=False,
            none=None,
        ),
    )
    assert lines(page) == [
        ["2026-01-05 06:00:00", "2026-01-05 06:00:00.000250", "2026-01-05", "06:00:00", 1, 0, None]
    ]


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=2, max_size=2))  # noqa: DTZ001
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bound_instants_compare_as_the_instants_do(reader: SqlitePlant, moments: list[datetime]) -> None:
    first, second = (moment.replace(tzinfo=UTC) for moment in moments)
    page = read(reader, select(":first < :second, :first = :second", first=first, second=second))
    assert lines(page) == [[first < second, first == second]]


def test_text_is_handed_on_in_the_bytes_that_it_is_kept_in(reader: SqlitePlant) -> None:
    assert read(reader, select("'ü', CAST(x'ff' AS TEXT)")).text == b'["\xc3\xbc","\xff"]'


def test_bytes_name_their_column(reader: SqlitePlant) -> None:
    with pytest.raises(ColumnFailed, match=r"^part_no$"):
        read(reader, self_naming("x'00ff'"))
    assert read(reader, select("1")).total == 1


def self_naming(value: str) -> Select:
    page = f"SELECT json_array(a, part_no) FROM (SELECT 1 AS a, {value} AS part_no)"  # noqa: S608 - of the test
    return Select(page, "SELECT 1", {}, f"SELECT 1 AS a, {value} AS part_no")


def test_a_column_that_is_not_there_is_named(reader: SqlitePlant) -> None:
    with pytest.raises(ColumnFailed, match=r"^weight$"):
        read(reader, select("i.id, i.weight", "FROM item i"))
    assert read(reader, select("1")).total == 1


def test_a_fault_of_ours_reaches_the_caller_and_the_thread_lives(reader: SqlitePlant) -> None:
    with pytest.raises(OverflowError):
        read(reader, select(":n", n=2**70))
    assert read(reader, select("1")).total == 1


def test_more_statements_than_are_kept_are_read(reader: SqlitePlant) -> None:
    async def many() -> int:
        pages = [await reader.select(select(f"{number}"), 5.0) for number in range(1200)]
        return sum(page.total for page in pages)

    assert asyncio.run(many()) == 1200


# Totals


def test_statements_that_share_rows_keep_their_own_count(reader: SqlitePlant) -> None:
    totals = [read(reader, select("1", count=f"SELECT {number}")).total for number in (1, 2, 3, 1)]
    assert totals == [1, 2, 3, 1]


def test_parameters_have_their_own_count(reader: SqlitePlant) -> None:
    asked = [read(reader, select("id", ITEMS, low=low)).total for low in (0, 400, 499, 0)]
    assert asked == [500, 100, 1, 500]


def test_more_totals_than_are_kept_are_right(reader: SqlitePlant) -> None:
    async def asked() -> list[int]:
        return [(await reader.select(select("id", ITEMS, low=low % 500), 5.0)).total for low in range(2500)]

    assert asyncio.run(asked()) == [500 - low % 500 for low in range(2500)]


def test_rows_are_counted_again_only_after_something_was_written(path: Path) -> None:
    reader, random = SqlitePlant(path, threads=1), select("1", count="SELECT abs(random())")
    first = read(reader, random).total
    assert [read(reader, random).total for _ in range(5)] == [first] * 5
    SqlitePlantWriter(path).put([Table("item", ("id",), [(900,)])])
    assert read(reader, random).total != first
    reader.close()


def test_every_total_is_that_of_what_stands_now(reader: SqlitePlant, path: Path) -> None:
    writer, asked = SqlitePlantWriter(path), select("id", "FROM item")

    async def totals() -> set[int]:
        return {page.total for page in await asyncio.gather(*[reader.select(asked, 5.0) for _ in range(9)])}

    for number in range(1, 20):
        writer.put([Table("item", ("id",), [(1000 + number,)])])
        assert asyncio.run(totals()) == {500 + number}


def test_what_the_store_itself_changes_is_counted(reader: SqlitePlant) -> None:
    def remove() -> Work[None]:
        yield Statement("DELETE FROM item WHERE id < :low", {"low": 7})

    async def counted() -> list[int]:
        totals = [(await reader.select(select("id", "FROM item"), 5.0)).total for _ in range(4)]
        await reader.transact(remove, 5.0)
        return totals + [(await reader.select(select("id", "FROM item"), 5.0)).total for _ in range(4)]

    assert asyncio.run(counted()) == [500] * 4 + [493] * 4


# Deadlines


def test_a_query_that_never_ends_is_stopped_at_its_deadline(reader: SqlitePlant) -> None:
    with pytest.raises(QueryTimedOut):
        read(reader, SLOW, 0.05)


def test_counting_has_the_same_deadline(reader: SqlitePlant) -> None:
    with pytest.raises(QueryTimedOut):
        read(reader, select("1", count=f"SELECT COUNT(*) FROM ({ENDLESS})"), 0.05)  # noqa: S608 - of the test


def test_the_thread_reads_on_after_a_deadline(reader: SqlitePlant) -> None:
    async def both() -> Page:
        late = [reader.select(SLOW, 0.05) for _ in range(6)]
        assert all(
            isinstance(one, QueryTimedOut) for one in await asyncio.gather(*late, return_exceptions=True)
        )
        return await reader.select(select("1"), 5.0)

    assert asyncio.run(both()).total == 1


def test_the_wait_for_a_thread_counts(path: Path) -> None:
    reader = SqlitePlant(path, threads=1)

    async def queued() -> float:
        busy = asyncio.create_task(reader.select(SLOW, 60.0))
        await asyncio.sleep(0.01)
        started = time.monotonic()
        with pytest.raises(QueryTimedOut):
            await reader.select(SLOW, 0.05)
        waited = time.monotonic() - started
        busy.cancel()
        return waited

    assert asyncio.run(queued()) < 20.0, "it waited for the thread instead of its own deadline"
    reader.close()


def test_a_cancelled_task_stops_its_query(path: Path) -> None:
    reader = SqlitePlant(path, threads=1)

    async def cancelled() -> Page:
        task = asyncio.create_task(reader.select(SLOW, 60.0))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await reader.select(select("1"), 2.0)

    assert asyncio.run(cancelled()).total == 1
    reader.close()


def test_the_loop_goes_on_while_a_query_runs(reader: SqlitePlant) -> None:
    async def ticks() -> int:
        task = asyncio.create_task(reader.select(SLOW, 0.3))
        count = 0
        while not task.done():
            await asyncio.sleep(0.01)
            count += 1
        assert isinstance(task.exception(), QueryTimedOut)
        return count

    assert asyncio.run(ticks()) > 5


def test_many_reads_at_once_are_each_answered_with_their_own(reader: SqlitePlant) -> None:
    async def many() -> list[Page]:
        return await asyncio.gather(*[reader.select(select(":n", n=n), 5.0) for n in range(200)])

    assert [page.text for page in asyncio.run(many())] == [b"[%d]" % n for n in range(200)]


def test_rows_and_count_are_of_one_view(reader: SqlitePlant, path: Path) -> None:
    asked = select("id", "FROM item")
    done = threading.Event()

    def write() -> None:
        writer = SqlitePlantWriter(path)
        for number in range(1000, 1100):
            writer.put([Table("item", ("id", "name", "size"), [(number, "x", 1.0)])])
        done.set()

    async def compare() -> None:
        while not done.is_set():
            page = await reader.select(asked, 5.0)
            assert len(page.text.splitlines()) == page.total

    thread = threading.Thread(target=write)
    thread.start()
    asyncio.run(compare())
    thread.join()


def test_a_missing_file_is_unreachable_and_is_not_made(tmp_path: Path) -> None:
    reader = SqlitePlant(tmp_path / "none.db")
    with pytest.raises(StoreUnreachable):
        read(reader, select("1"))
    assert list(tmp_path.iterdir()) == []
    reader.close()


def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "junk.db"
    path.write_bytes(b"junk" * 1000)
    reader = SqlitePlant(path)
    with pytest.raises(StoreUnreachable):
        read(reader, select("1", "FROM sqlite_master"))
    reader.close()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"junk" * 5000)])
def test_a_file_that_goes_away_is_unreachable_and_is_found_again(
    reader: SqlitePlant, path: Path, damage: Callable[[Path], object]
) -> None:
    asked = select("id", "FROM item")
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


def test_another_file_in_its_place_is_read_and_counted(reader: SqlitePlant, path: Path) -> None:
    asked = select("id", "FROM item")
    assert [read(reader, asked).total for _ in range(4)] == [500] * 4
    other = path.with_name("other.db")
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE item (id INTEGER)")
        connection.execute("INSERT INTO item VALUES (7)")
    other.replace(path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    assert [read(reader, asked) for _ in range(4)] == [Page(b"[7]", 1)] * 4


def test_a_file_that_stays_locked_is_no_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.05)
    path = tmp_path / "rollback-journal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE item (id INTEGER)")
        other.execute("BEGIN EXCLUSIVE")
        reader = SqlitePlant(path)
        with pytest.raises(ConnectTimedOut):
            read(reader, select("id", "FROM item"))
        other.execute("ROLLBACK")
        assert read(reader, select("id", "FROM item")) == Page(b"", 0)
        reader.close()


def test_a_missing_table_is_unreachable(reader: SqlitePlant) -> None:
    with pytest.raises(StoreUnreachable, match="no such table"):
        read(reader, select("1", "FROM nowhere"))


def test_a_reader_cannot_write(reader: SqlitePlant) -> None:
    with pytest.raises(StoreUnreachable):
        read(reader, Select("DELETE FROM item RETURNING id", "SELECT 0", {}))
    assert read(reader, select("id", "FROM item")).total == 500


def test_a_closed_reader_is_unreachable(path: Path) -> None:
    reader = SqlitePlant(path)
    read(reader, select("1"))
    reader.close()
    reader.close()
    with pytest.raises(StoreUnreachable):
        read(reader, select("1"))


def test_closing_stops_what_runs_and_what_waits(path: Path) -> None:
    reader = SqlitePlant(path, threads=1)

    async def closed() -> list[Page | BaseException]:
        tasks = [asyncio.create_task(reader.select(SLOW, 30.0)) for _ in range(3)]
        await asyncio.sleep(0.05)
        await asyncio.to_thread(reader.close)
        return await asyncio.gather(*tasks, return_exceptions=True)

    started = time.monotonic()
    assert all(isinstance(one, QueryTimedOut | StoreUnreachable) for one in asyncio.run(closed()))
    assert time.monotonic() - started < 20.0, "not at their own deadline"


def test_a_writer_puts_rows_by_their_first_column(path: Path, reader: SqlitePlant) -> None:
    writer = SqlitePlantWriter(path)
    columns = ("id", "name", "size")
    assert writer.put([Table("item", columns, [(1, "new", 9.0), (900, "added", None)])]) == 2
    page = read(reader, select("id, name, size", "FROM item WHERE id IN (1, 900) ORDER BY id LIMIT 9"))
    assert lines(page) == [[1, "new", 9.0], [900, "added", None]]
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


def test_short_reads_need_no_thread_however_many_there_are(path: Path) -> None:
    async def read_many(store: SqlitePlant) -> None:
        for low in range(400):
            asked = select("id, name, size", "FROM item WHERE id >= :low ORDER BY id LIMIT 100", low=low)
            await store.select(asked, 5.0)

    before = threading.active_count()
    store = SqlitePlant(path)
    asyncio.run(read_many(store))
    assert threading.active_count() == before
    store.close()
