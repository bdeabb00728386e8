"""Rows in a SQLite file: short reads on the event loop, long ones in threads, one writer.

A page comes as one text in one step. `sqlite3` gives the interpreter's lock away and takes it back at every
row; with several threads that contest costs more than the query (measured with four threads: this way they
answer twice as many pages at half the CPU). The way to a thread and back costs half of what a page costs, so
each read is begun on the loop, and goes to a thread when it turns out to take more than a few thousand steps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from millgate.stores.ports import (
    Outcome,
    Page,
    ReadRows,
    Rows,
    Select,
    Statement,
    StoreUnreachable,
    Work,
)
from millgate.stores.sqlite.connection import connect_reading, connect_writing
from millgate.stores.sqlite.pages import Here, bound, page_of
from millgate.stores.sqlite.threads import Session, Threads


class SqlitePlant:
    """Reads and changes one file; fills `ports.PlantReader` and `ports.PlantTransactor`.

    Numbers with a fraction carry 15 significant digits in JSON.

    Args:
        path: the file. It need not exist yet.
        threads: how many reads may run at once.
    """

    dialect = "sqlite"

    def __init__(self, path: Path, threads: int = 4) -> None:
        self._here = Here(path)
        self._reading = Threads(path, connect_reading, threads)
        self._writing = Threads(path, _connect_changing, 1)

    async def select(self, select: Select, seconds: float) -> Page:
        """Run a read, all of it in one view of the data.

        A task that is cancelled while it waits stops its query.

        Raises:
            QueryTimedOut: it took longer than `seconds`, the wait for a free thread included.
            StoreUnreachable: the file cannot be opened or read.
            ColumnFailed: a text is not UTF-8, a value is no text or number, or a column is not there.
        """
        parameters = bound(select.parameters)
        page = self._here.attempt(select, parameters)
        if page is not None:
            return page
        return await self._reading.run(lambda session: page_of(session, select, parameters), seconds)

    async def transact(self, work: Callable[[], Work[Outcome]], seconds: float) -> Outcome:
        """Run a piece of work in one transaction: all of it is kept, or nothing.

        Raises:
            RowConflict: a constraint was contradicted.
            QueryTimedOut: it took longer than `seconds`, the wait for the work before it included.
            ConnectTimedOut: another process kept the file locked.
            StoreUnreachable: the file cannot be opened or written.
        """
        return await self._writing.run(lambda session: _transact(session, work()), seconds)

    def close(self) -> None:
        """End the threads; what still runs is stopped."""
        self._here.close()
        self._reading.close()
        self._writing.close()


def _connect_changing(path: Path) -> sqlite3.Connection:
    connection = connect_writing(path)
    connection.execute("PRAGMA foreign_keys = ON")
    # What a caller was told is written must outlive a power cut; the sample company may lose a moment.
    connection.execute("PRAGMA synchronous = FULL")
    return connection


# Changing


def _transact(session: Session, work: Work[Outcome]) -> Outcome:
    connection = session.connection
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcome = _drive(connection, work)
        session.check()
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise
    finally:
        work.close()
    return outcome


def _drive(connection: sqlite3.Connection, work: Work[Outcome]) -> Outcome:
    try:
        statement: Statement = next(work)
        while True:
            rows = connection.execute(statement.sql, bound(statement.parameters)).fetchall()
            statement = work.send(rows)
    except StopIteration as done:
        outcome: Outcome = done.value
        return outcome


# Filling


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
        return self.revise(lambda _: batches)

    def scalar(self, sql: str) -> object:
        """The first column of the first row of a read, or None.

        Raises:
            StoreUnreachable: the file cannot be read, or the statement cannot be run.
        """
        found = self.rows(sql)
        return found[0][0] if found else None

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """All rows of a read.

        Raises:
            StoreUnreachable: the file cannot be read, or the statement cannot be run.
        """
        try:
            with closing(connect_reading(self._path)) as connection:
                return connection.execute(sql).fetchall()
        except sqlite3.Error as failed:
            raise StoreUnreachable(str(failed)) from failed

    def revise(self, make: Callable[[ReadRows], Iterable[Rows]]) -> int:
        """As `ports.PlantWriter.revise`.

        Raises:
            StoreUnreachable: the file cannot be read or written; nothing is written.
            sqlite3.IntegrityError: a row contradicts a constraint or refers to a row that is missing;
                nothing is written.
        """
        try:
            with closing(connect_writing(self._path)) as connection:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    batches = make(lambda sql: connection.execute(sql).fetchall())
                    return sum(_put(connection, batch) for batch in batches)
        except sqlite3.IntegrityError:
            raise
        except sqlite3.Error as failed:
            raise StoreUnreachable(str(failed)) from failed


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
