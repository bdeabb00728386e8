"""Pages from SQLite: parameters as it keeps them, totals it need not count again, and reads on the loop."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeAlias

from millgate.stores.ports import ColumnFailed, Page, Select
from millgate.stores.sqlite.connection import connect_reading
from millgate.stores.sqlite.threads import Keeper, Session, code_of

_KEPT: Final = 1024
_NAME: Final = re.compile(r":([A-Za-z_]\w*)")
_STEPS_BETWEEN_LOOKS: Final = 5_000
_LOOKS_HERE: Final = 6
"""Together, three times the steps of a page of 100 wide rows: one or two milliseconds."""
_LONGEST_HERE: Final = 0.02
_SLOW_SECONDS: Final = 60.0

_Parameters: TypeAlias = dict[str, object]
_Key: TypeAlias = tuple[str, tuple[object, ...]]


def _text_of_instant(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


_TEXTS: Final[dict[type, Callable[[Any], object]]] = {
    datetime: _text_of_instant,
    date: date.isoformat,
    time: time.isoformat,
    bool: int,
}


def bound(parameters: _Parameters) -> _Parameters:
    """Python's values as SQLite keeps them, in texts that compare like what they mean."""
    return {
        name: _TEXTS[type(value)](value) if type(value) in _TEXTS else value
        for name, value in parameters.items()
    }


def page_of(session: Session, select: Select, parameters: _Parameters) -> Page:
    """The page and its total. Counting is left out while the file is as it was when it was last counted.

    `data_version` changes when another connection has committed, and this one only reads.

    Raises:
        ColumnFailed: a value is a blob.
        sqlite3.Error: as SQLite does.
    """
    key = _key(select, parameters)
    known, total = session.remembered.get(key, (-1, 0))
    statement = _statement(select.page, select.count)
    try:
        text, counted, version = session.connection.execute(
            statement, parameters | {"_known": known}
        ).fetchone()
    except sqlite3.OperationalError as failed:
        _blame(session.connection, select, parameters, failed)
        raise
    if counted is not None:
        total = counted
        if len(session.remembered) >= _KEPT:
            session.remembered.clear()
        session.remembered[key] = (version, total)
    return Page(text or b"", total)


@lru_cache(maxsize=_KEPT)
def _statement(page: str, count: str) -> str:
    # As a blob, the text comes as the bytes that it is kept in, and goes out so.
    return (
        f"SELECT CAST(({page}) AS BLOB),"  # noqa: S608 - statements of the caller
        f" CASE WHEN v.data_version = :_known THEN NULL ELSE ({count}) END, v.data_version"
        " FROM pragma_data_version AS v"
    )


def _key(select: Select, parameters: _Parameters) -> _Key:
    return select.count, tuple([parameters[name] for name in _names(select.count)])


@lru_cache(maxsize=_KEPT)
def _names(count: str) -> tuple[str, ...]:
    return tuple(sorted(set(_NAME.findall(count))))


def _blame(
    connection: sqlite3.Connection, select: Select, parameters: _Parameters, failed: sqlite3.Error
) -> None:
    """Find the column that JSON cannot hold: a blob.

    Raises:
        ColumnFailed: that one.
    """
    if code_of(failed) != sqlite3.SQLITE_ERROR or not select.rows:
        return
    cursor = connection.execute(select.rows, parameters)
    for row in cursor:
        for (name, *_), value in zip(cursor.description, row, strict=True):
            if isinstance(value, bytes):
                raise ColumnFailed(name)


class Here:
    """Reads on the event loop, as far as a read takes few steps and waits for nothing.

    What takes more is left to a thread, and the same list goes there at once for a while.

    Args:
        path: the file. It need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._keeper = Keeper(path, _connect_impatient, self._look, _STEPS_BETWEEN_LOOKS)
        self._slow: dict[_Key, float] = {}
        self._looks = 0
        self._closed = False

    def attempt(self, select: Select, parameters: _Parameters) -> Page | None:
        """The page; None when it is for a thread to find it, or to find out what is wrong."""
        key = _key(select, parameters)
        begun = monotonic()
        if self._closed or self._slow.get(key, 0.0) > begun:
            return None
        self._looks = 0
        try:
            page = page_of(self._keeper.session(), select, parameters)
        except (OSError, sqlite3.Error, ColumnFailed) as failed:
            if not isinstance(failed, sqlite3.Error) or code_of(failed) != sqlite3.SQLITE_INTERRUPT:
                self._keeper.drop()
            page = None
        if page is None or monotonic() - begun > _LONGEST_HERE:
            self._leave(key, begun + _SLOW_SECONDS)
        return page

    def close(self) -> None:
        """Close the file for good."""
        self._closed = True
        self._keeper.drop()

    def _look(self) -> bool:
        """Whether the read is to stop. SQLite goes on counting steps from one read to the next."""
        self._looks += 1
        return self._looks > _LOOKS_HERE

    def _leave(self, key: _Key, until: float) -> None:
        if len(self._slow) >= _KEPT:
            self._slow.clear()
        self._slow[key] = until


def _connect_impatient(path: Path) -> sqlite3.Connection:
    connection = connect_reading(path)
    connection.execute("PRAGMA busy_timeout = 0")
    return connection
