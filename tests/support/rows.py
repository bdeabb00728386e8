"""Rows that a piece of code adds to the databases, kept so that they can be put there again without it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from django.db import connections, transaction

from support.django_home import ALIASES

if TYPE_CHECKING:
    from collections.abc import Iterator

    Tables: TypeAlias = dict[str, list[tuple[Any, ...]]]


@dataclass
class Added:
    """What was added, by database and table.

    Attributes:
        rows: as SQLite keeps them.
        to_nothing: whether all of it went to tables that were empty before.
    """

    rows: dict[str, Tables] = field(default_factory=dict)
    to_nothing: bool = False

    def put(self) -> bool:
        """Add the rows again; False, and nothing is done, where one of their tables has rows."""
        if any(_any_row(alias, tables) for alias, tables in self.rows.items()):
            return False
        for alias, tables in self.rows.items():
            with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
                for table, rows in tables.items():
                    places = ", ".join(["%s"] * len(rows[0]))
                    cursor.executemany(f'INSERT INTO "{table}" VALUES ({places})', rows)  # noqa: S608 - our table
                    _number_on(cursor, table)
        return True


def _number_on(cursor: Any, table: str) -> None:
    """The next row gets the number after these, whatever rows an earlier test had."""
    last = f'(SELECT MAX(rowid) FROM "{table}")'  # noqa: S608 - as above
    cursor.execute(f"UPDATE sqlite_sequence SET seq = {last} WHERE name = %s", [table])  # noqa: S608 - as above


@contextmanager
def adding() -> Iterator[Added]:
    """Note what the block adds."""
    added = Added()
    before = {alias: _tables(alias) for alias in ALIASES}
    yield added
    for alias in ALIASES:
        now = _tables(alias)
        added.rows[alias] = {table: rows for table, rows in now.items() if rows != before[alias][table]}
    added.to_nothing = not any(
        before[alias][table] for alias, tables in added.rows.items() for table in tables
    )


def _tables(alias: str) -> Tables:
    connection = connections[alias]
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return {name: _rows(cursor, name) for name in names}


def _rows(cursor: Any, table: str) -> list[tuple[Any, ...]]:
    columns = cursor.execute("SELECT name FROM pragma_table_info(%s)", [table]).fetchall()
    # The sign keeps each value as it is stored: Django would make moments and booleans of plain columns.
    plain = ", ".join(f'+"{name}"' for (name,) in columns)
    found: list[tuple[Any, ...]] = cursor.execute(f'SELECT {plain} FROM "{table}"').fetchall()  # noqa: S608 - as above
    return found


def _any_row(alias: str, tables: Tables) -> bool:
    if not tables:
        return False
    anywhere = " OR ".join(f'EXISTS (SELECT 1 FROM "{table}")' for table in tables)  # noqa: S608 - as above
    with connections[alias].cursor() as cursor:
        return bool(cursor.execute(f"SELECT {anywhere}").fetchone()[0])
