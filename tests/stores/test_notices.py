"""Notices: one for each kind and subject, counted, kept through failures, and bounded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from millgate.stores.notices import NOTICES_KEPT
from millgate.stores.ports import Notice
from millgate.stores.sqlite.usage import SqliteUsage
from support.machine_files import empty_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return empty_file("usage.db", tmp_path)


@pytest.fixture
def usage(path: Path) -> Iterator[SqliteUsage]:
    with closing(SqliteUsage(path)) as filling:
        yield filling


def notice(at: float, subject: str = "source orders, Orders.due", text: str = "gone") -> Notice:
    return Notice(at=at, kind="column", subject=subject, text=text)


def kept(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT subject, text, first_seen, last_seen, count FROM usage_notice ORDER BY subject"
        return connection.execute(sql).fetchall()


def written(usage: SqliteUsage, *notices: Notice) -> None:
    for item in notices:
        usage.notify(item)
    usage.flush(usage.gather())


def test_the_same_subject_is_one_notice_that_counts(usage: SqliteUsage, path: Path) -> None:
    written(usage, notice(1), notice(2), notice(3, "other"))
    written(usage, notice(5, text="changed"))

    assert kept(path) == [
        ("other", "gone", 3.0, 3.0, 1),
        ("source orders, Orders.due", "changed", 1.0, 5.0, 3),
    ]


def test_what_the_file_does_not_take_is_written_later_with_what_came_since(
    usage: SqliteUsage, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE usage_notice RENAME TO away")
        other.commit()
        with pytest.raises(sqlite3.OperationalError):
            written(usage, notice(1))
        usage.notify(notice(2))
        other.execute("ALTER TABLE away RENAME TO usage_notice")
        other.commit()
    usage.flush(usage.gather())

    assert kept(path) == [("source orders, Orders.due", "gone", 1.0, 2.0, 2)]


def test_the_file_keeps_the_last_notices_alone(usage: SqliteUsage, path: Path) -> None:
    written(usage, *(notice(n, f"old {n}") for n in range(NOTICES_KEPT + 5)))
    written(usage, notice(10_000, "new"))

    subjects = [row[0] for row in kept(path)]
    assert len(subjects) == NOTICES_KEPT
    assert "new" in subjects
    assert "old 0" not in subjects
