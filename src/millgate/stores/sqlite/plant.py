"""The plant database in a SQLite file: many readers in threads, one writer.

A page is fetched as one JSON text in one step. `sqlite3` gives the interpreter's lock away and takes it
back at every row; with several threads that contest costs more than the query (measured with four
threads: this way they answer twice as many pages at half the CPU).
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final, TypeAlias

import msgspec

from millgate.stores.ports import (
    ColumnFailed,
    Page,
    QueryTimedOut,
    Rows,
    Select,
    StoreUnreachable,
)
from millgate.stores.sqlite.connection import connect_reading, connect_writing

_STEPS_BETWEEN_LOOKS: Final = 2000
_TEXTS_KEPT: Final = 512
_MOST_ARGUMENTS: Final = 100
_CLOSE_SECONDS: Final = 5.0
_UNDECODABLE: Final = "Could not decode to UTF-8 column '"
_ROWS: Final = msgspec.json.Decoder(list[tuple[Any, ...]])
_Outcome: TypeAlias = Page | Exception


class _Job:
    """One select on its way: to a thread and back to the loop that waits for it."""

    __slots__ = ("abandoned", "deadline", "future", "loop", "select")

    def __init__(self, select: Select, seconds: float) -> None:
        self.select = select
        self.deadline = monotonic() + seconds
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Page] = self.loop.create_future()
        self.abandoned = False

    def over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.abandoned or monotonic() > self.deadline

    def expire(self) -> None:
        """Tell the waiting task that time is up, even while the thread is busy elsewhere."""
        self.abandoned = True
        self._settle(QueryTimedOut("the deadline has passed"))

    def settle(self, outcome: _Outcome) -> None:
        """Hand the outcome over; called in a worker's thread."""
        if self.abandoned:
            return
        with suppress(RuntimeError):  # the loop is closed: nobody is there to be told
            self.loop.call_soon_threadsafe(self._settle, outcome)

    def _settle(self, outcome: _Outcome) -> None:
        if self.future.done():
            return
        if isinstance(outcome, Exception):
            self.future.set_exception(outcome)
        else:
            self.future.set_result(outcome)


class _Worker(Thread):
    """A thread with a connection of its own, opened when it is first needed and again after a failure."""

    def __init__(self, path: Path, jobs: SimpleQueue[_Job | None]) -> None:
        super().__init__(name=f"plant-{path.stem}", daemon=True)
        self._path = path
        self._jobs = jobs
        self._connection: sqlite3.Connection | None = None
        self._file = (0, 0)
        self._pages: dict[tuple[str, str], str] = {}
        self.job: _Job | None = None

    def run(self) -> None:
        """Answer jobs until told to end."""
        while (job := self._jobs.get()) is not None:
            self.job = job
            job.settle(self._answer(job))
            self.job = None
        self._disconnect()

    def _answer(self, job: _Job) -> _Outcome:
        if job.over():
            return QueryTimedOut("the deadline passed before a thread was free")
        try:
            return self._page(self._connected(), job.select)
        except ColumnFailed as failed:
            return failed
        except sqlite3.Error as failed:
            return self._failure(failed)
        except OSError as failed:
            return StoreUnreachable(str(failed))
        except Exception as failed:  # noqa: BLE001 - the thread must live, and the waiting task must be told
            self._disconnect()
            return failed

    def _failure(self, failed: sqlite3.Error) -> Exception:
        if _code(failed) == sqlite3.SQLITE_INTERRUPT:
            return QueryTimedOut("the query was stopped at its deadline")
        self._disconnect()
        return StoreUnreachable(str(failed))

    def _connected(self) -> sqlite3.Connection:
        # A file that was removed or replaced must not be read on through an old handle.
        stat = os.stat(self._path)  # noqa: PTH116 - half the time of Path.stat, on the hot path
        file = (stat.st_dev, stat.st_ino)
        if self._connection is None or file != self._file:
            self._disconnect()
            self._connection = connect_reading(self._path)
            self._connection.set_progress_handler(self._over, _STEPS_BETWEEN_LOOKS)
            self._file = file
        return self._connection

    def _over(self) -> bool:
        return self.job is not None and self.job.over()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _page(self, connection: sqlite3.Connection, select: Select) -> Page:
        """Rows and count in one statement, and thereby in one view of the data."""
        statement = self._pages.get((select.rows, select.count))
        if statement is None:
            statement = self._remember(connection, select)
        if not statement:
            return _plain_page(connection, select)
        try:
            text, total = connection.execute(statement, select.parameters).fetchone()
            return Page(_ROWS.decode(text), total)
        except msgspec.DecodeError:
            return _plain_page(connection, select)
        except sqlite3.Error as failed:
            # A blob, or text that is not UTF-8: reading it as rows tells which column it is in.
            if _code(failed) != sqlite3.SQLITE_ERROR:
                raise
            return _plain_page(connection, select)

    def _remember(self, connection: sqlite3.Connection, select: Select) -> str:
        cursor = connection.execute(f"SELECT * FROM ({select.rows}) LIMIT 0", select.parameters)  # noqa: S608
        statement = _page_statement(select, len(cursor.description))
        if len(self._pages) >= _TEXTS_KEPT:
            self._pages.clear()
        self._pages[select.rows, select.count] = statement
        return statement


def _page_statement(select: Select, columns: int) -> str:
    """The page as a JSON array of arrays, beside the count; empty for more columns than `json_array` takes.

    The rows keep their order: SQLite does not drop the ORDER BY of an inner statement that has a LIMIT.
    """
    if columns > _MOST_ARGUMENTS:
        return ""
    names = ", ".join(f"c{number}" for number in range(columns))
    return (
        f"WITH page({names}) AS ({select.rows})"  # noqa: S608 - statements of the caller
        f" SELECT (SELECT json_group_array(json_array({names})) FROM page), ({select.count})"
    )


def _plain_page(connection: sqlite3.Connection, select: Select) -> Page:
    connection.execute("BEGIN")
    try:
        rows = connection.execute(select.rows, select.parameters).fetchall()
        (total,) = connection.execute(select.count, select.parameters).fetchone()
    except sqlite3.OperationalError as failed:
        raise _column_failed(failed) or failed from None
    finally:
        connection.execute("ROLLBACK")
    return Page(rows, total)


def _column_failed(failed: sqlite3.Error) -> ColumnFailed | None:
    _, found, rest = str(failed).partition(_UNDECODABLE)
    return ColumnFailed(rest.partition("'")[0]) if found else None


def _code(failed: sqlite3.Error) -> int:
    """SQLite's primary result code; errors of the Python side carry none."""
    return int(getattr(failed, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF


class SqlitePlantReader:
    """Reads one plant database; fills `ports.PlantReader`.

    Numbers with a fraction carry 15 significant digits.

    Args:
        path: the file. It need not exist yet.
        threads: how many reads may run at once.
    """

    def __init__(self, path: Path, threads: int = 4) -> None:
        self._path = path
        self._threads = threads
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._starting = Lock()
        self._closed = False

    async def select(self, select: Select, seconds: float) -> Page:
        """Run a read, both statements in one view of the data.

        A task that is cancelled while it waits stops its query.

        Raises:
            QueryTimedOut: it took longer than `seconds`, the wait for a free thread included.
            StoreUnreachable: the database cannot be opened or read.
            ColumnFailed: a text is not UTF-8.
        """
        if self._closed:
            raise StoreUnreachable("the reader is closed")
        if not self._workers:
            self._start()
        job = _Job(select, seconds)
        timer = job.loop.call_later(seconds, job.expire)
        self._jobs.put(job)
        try:
            return await job.future
        finally:
            job.abandoned = True
            timer.cancel()

    def close(self) -> None:
        """End the threads; reads that still run are stopped."""
        self._closed = True
        with suppress(Empty):
            while (waiting := self._jobs.get_nowait()) is not None:
                waiting.settle(StoreUnreachable("the reader is closed"))
        for _ in self._workers:
            self._jobs.put(None)
        for worker in self._workers:
            if (job := worker.job) is not None:
                job.deadline = 0.0
            worker.join(_CLOSE_SECONDS)
        self._workers.clear()

    def _start(self) -> None:
        # Not in the constructor: a server may fork between building its parts and serving.
        with self._starting:
            if not self._workers:
                workers = [_Worker(self._path, self._jobs) for _ in range(self._threads)]
                for worker in workers:
                    worker.start()
                self._workers = workers


class SqlitePlantWriter:
    """Writes one plant database; fills `ports.PlantWriter`.

    Each call opens the file, so that a writer can be kept for long and used from any thread.

    Args:
        path: the file; it must exist, with its tables.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, batches: Iterable[Rows]) -> int:
        """Insert or replace all rows by their first column, in one transaction; returns how many.

        Raises:
            StoreUnreachable: the file cannot be written; nothing is.
            sqlite3.IntegrityError: a row contradicts a constraint or refers to a row that is missing;
                nothing is written.
        """
        try:
            with closing(connect_writing(self._path)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    return sum(_put(connection, batch) for batch in batches)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as failed:
            raise StoreUnreachable(str(failed)) from failed

    def scalar(self, sql: str) -> object:
        """The first column of the first row of a read, or None.

        Raises:
            StoreUnreachable: the file cannot be read, or the statement cannot be run.
        """
        try:
            with closing(connect_reading(self._path)) as connection:
                row = connection.execute(sql).fetchone()
        except sqlite3.Error as failed:
            raise StoreUnreachable(str(failed)) from failed
        return row[0] if row else None


def _put(connection: sqlite3.Connection, batch: Rows) -> int:
    connection.executemany(_upsert(batch.table, batch.columns), batch.rows)
    return len(batch.rows)


def _upsert(table: str, columns: tuple[str, ...]) -> str:
    names = [_quoted(column) for column in columns]
    marks = ", ".join("?" * len(names))
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    action = f"UPDATE SET {changes}" if changes else "NOTHING"
    return (
        f"INSERT INTO {_quoted(table)} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - quoted
        f" ON CONFLICT ({names[0]}) DO {action}"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
