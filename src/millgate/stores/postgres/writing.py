"""Many rows at once into a plant database on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import IsolationLevel, sql

from millgate.stores.ports import RowConflict, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from psycopg import Connection, Cursor
    from psycopg.sql import Composed

    from millgate.stores.ports import ReadRows, Rows

_ATTEMPTS: Final = 5
_AGAIN: Final = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_ENOUGH_TO_ANALYZE: Final = 1_000


class PostgresPlantWriter:
    """Writes one plant database; fills `ports.PlantWriter`.

    Each call connects anew, so that a writer can be kept for long and used from any thread.

    Args:
        url: the database, as `postgresql://user:password@host:port/name`; its tables must be there.
        connect_seconds: how long to wait for a connection; the driver knows whole seconds.
    """

    def __init__(self, url: str, *, connect_seconds: float = 5.0) -> None:
        self._url = url
        self._connect_seconds = max(1, round(connect_seconds))

    def put(self, batches: Iterable[Rows]) -> int:
        """Insert or replace all rows by their first column, in one transaction; returns how many.

        Of several rows of a batch with one key, the last counts. Instants are read as UTC.

        Raises:
            StoreUnreachable: the server cannot be reached, or ended the transaction; nothing is written.
            RowConflict: a row contradicts a constraint or refers to a row that is missing; nothing is
                written.
        """
        with self._connected() as connection:
            return _put_all(connection, batches)

    def scalar(self, sql: str) -> object:
        """The first column of the first row of a read, or None.

        Raises:
            StoreUnreachable: the server cannot be reached, or the statement cannot be run.
        """
        found = self.rows(sql)
        return found[0][0] if found else None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a read; instants are in UTC.

        Raises:
            StoreUnreachable: the server cannot be reached, or the statement cannot be run.
        """
        with self._connected() as connection:
            return _rows(connection, sql)

    def revise(self, make: Callable[[ReadRows], Iterable[Rows]]) -> int:
        """As `ports.PlantWriter.revise`.

        Raises:
            StoreUnreachable: the server cannot be reached, or others were always first; nothing is written.
            RowConflict: as `put`.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._revise(make)
            except _Outrun:
                continue
        return self._revise(make)

    def _revise(self, make: Callable[[ReadRows], Iterable[Rows]]) -> int:
        with self._connected(IsolationLevel.SERIALIZABLE) as connection:
            return _put_all(connection, make(lambda sql: _rows(connection, sql)))

    @contextmanager
    def _connected(self, isolation: IsolationLevel | None = None) -> Iterator[Connection]:
        """A connection with a transaction that is kept when the block ends well."""
        try:
            connection = psycopg.connect(
                self._url, connect_timeout=self._connect_seconds, application_name="millgate"
            )
            with closing(connection):
                connection.isolation_level = isolation
                with connection.transaction():
                    connection.execute("SET LOCAL TIME ZONE 'UTC'")
                    yield connection
        except psycopg.IntegrityError as failed:
            raise RowConflict(str(failed)) from failed
        except _AGAIN as failed:
            raise _Outrun(str(failed)) from failed
        except psycopg.Error as failed:
            raise StoreUnreachable(str(failed)) from failed


class _Outrun(StoreUnreachable):
    """The server ended the transaction in favour of another; it may be begun again."""


def _rows(connection: Connection, text: str) -> list[tuple[Any, ...]]:
    return connection.execute(text.encode()).fetchall()


def _put_all(connection: Connection, batches: Iterable[Rows]) -> int:
    put: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for batch in batches:
            _put(cursor, batch)
            put[batch.table] += len(batch.rows)
        _analyze(cursor, put)
    return put.total()


def _put(cursor: Cursor, batch: Rows) -> None:
    incoming = sql.Identifier(f"incoming_{batch.table}")
    cursor.execute(_make(incoming, batch))
    with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(incoming)) as copy:
        for row in {row[0]: row for row in batch.rows}.values():
            copy.write_row(row)
    cursor.execute(_take_over(incoming, batch))
    cursor.execute(sql.SQL("DROP TABLE {}").format(incoming))


def _make(incoming: sql.Identifier, batch: Rows) -> Composed:
    """A place of the same columns but without constraints, which the rows meet when they are taken over."""
    return sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
        incoming, _columns(batch.columns), sql.Identifier(batch.table)
    )


def _take_over(incoming: sql.Identifier, batch: Rows) -> Composed:
    columns = _columns(batch.columns)
    changes = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in batch.columns[1:]
    )
    action = sql.SQL("UPDATE SET {}").format(changes) if batch.columns[1:] else sql.SQL("NOTHING")
    return sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {} ON CONFLICT ({}) DO {}").format(
        sql.Identifier(batch.table), columns, columns, incoming, sql.Identifier(batch.columns[0]), action
    )


def _columns(names: tuple[str, ...]) -> Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _analyze(cursor: Cursor, put: Counter[str]) -> None:
    """After many rows, let the server know what it has; by itself it finds out a minute later.

    Small tables too: reports join them with large ones, and take thrice as long when sizes are guessed.
    """
    if put.total() >= _ENOUGH_TO_ANALYZE:
        for table in put:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
