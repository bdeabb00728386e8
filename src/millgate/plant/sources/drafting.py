"""A first declaration, from what a database says of itself. What had to be guessed is said beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from millgate.plant.sources.layout import layout_of
from millgate.plant.sources.schema import Column, Table
from millgate.snapshot.sources import (
    DATE,
    INSTANT,
    INTEGER,
    MOST_FIELDS,
    MOST_RESOURCES,
    RESERVED_FILTERS,
    TEXT,
    camel,
    pascal,
)

MOST_FILTERS: Final = 20
_PCN: Final = ("pcn", "plexuscustomerno", "companyno", "companyid", "companynumber", "company", "tenantid")
_NO_COMPANY: Final = (
    "No column tells the company. Say whose rows these are, with one of:",
    "  pcn: the number of the one company that may read them",
    "  every_company: true, so that every company reads all of them",
)


def draft(key: str, dialect: str, tables: Sequence[Table], form: str) -> str:
    """The text of a declaration in one of `reading.FORMATS`.

    A table is left out when none of its columns can be shown.
    """
    head = {"key": key, "name": pascal(key) or key, "suffix": pascal(key) or "Source", "dialect": dialect}
    shown = [table for table in tables if any(column.kind for column in table.columns)][:MOST_RESOURCES]
    names = _names(shown)
    writer = layout_of(form)
    lines = [*writer.comment("A draft, made from the database. Look at every line before you publish it.")]
    lines += writer.head(head)
    for table, name in zip(shown, names, strict=True):
        lines += writer.resource(_Resource(table, name))
    left_out = [table.name for table in tables if table not in shown]
    if left_out:
        lines += ["", *writer.comment(f"Left out: {', '.join(left_out)}")]
    return "\n".join(lines) + "\n"


def _names(tables: Sequence[Table]) -> list[str]:
    return _distinct([pascal(table.name) for table in tables], "Table")


def _distinct(names: Iterable[str], otherwise: str, taken: Iterable[str] = ()) -> list[str]:
    """The names, each made another where one like it was there before; without regard to case."""
    seen = {name.lower() for name in taken}
    made = []
    for at, name in enumerate(names, start=1):
        base = (name if name[:1].isalpha() else f"{otherwise}{name or at}")[:50]
        own, number = base, 2
        while own.lower() in seen:
            own, number = f"{base}{number}", number + 1
        seen.add(own.lower())
        made.append(own)
    return made


class _Resource:
    """What is written of one table."""

    def __init__(self, table: Table, name: str) -> None:
        self.table = table
        self.columns = [column for column in table.columns if column.kind][:MOST_FIELDS]
        self.left_out = [column for column in table.columns if column not in self.columns]
        self._by_name = {column.name: column for column in self.columns}
        self.pcn = self._pcn()
        self.key = next(
            (name for name in table.unique if self._kind(name) in {INTEGER, TEXT} and name != self.pcn), ""
        )
        self.name = name

    def head(self) -> dict[str, Any]:
        """The members of the resource itself."""
        sort = self._sort()
        given: dict[str, Any] = {"name": self.name, "table": self.table.name, "schema": self.table.schema}
        given |= {"key": self.key, "sort": [sort] if sort else [], "pcn": self.pcn}
        return {name: value for name, value in given.items() if value}

    def remarks(self) -> Iterator[str]:
        """What a reader should know."""
        if not self.key:
            yield "No column tells rows apart alone: rows cannot be asked for by a key."
        if self.pcn:
            yield f"Each company reads the rows that have its number in {self.pcn}."
        else:
            yield from _NO_COMPANY
        for column in self.left_out:
            yield f"Left out: {column.name} ({column.doubt or column.type})"

    def fields(self) -> Iterator[tuple[dict[str, Any], str]]:
        """The members of each field, and what is to be said of it."""
        names = _distinct([camel(column.name) for column in self.columns], "column")
        for column, name in zip(self.columns, names, strict=True):
            given: dict[str, Any] = {"column": column.name, "kind": column.kind}
            if name != camel(column.name):
                given["name"] = name
            if column.stored:
                given["stored"] = column.stored
            if not column.nullable:
                given["nullable"] = False
            yield given, column.doubt

    def filters(self) -> list[dict[str, Any]]:
        """Filters for columns with an index and for texts."""
        wanted = [
            column
            for column in self.columns
            if column.name not in {self.key, self.pcn}
            and (column.name in self.table.indexed or column.kind == TEXT)
        ]
        made = [item for column in wanted for item in _filters(column)][:MOST_FILTERS]
        names = _distinct([item["name"] for item in made], "Filter", RESERVED_FILTERS)
        return [item | {"name": name} for item, name in zip(made, names, strict=True)]

    def _kind(self, name: str) -> str:
        return self._by_name[name].kind if name in self._by_name else ""

    def _pcn(self) -> str:
        plain = {_plain(column.name): column for column in reversed(self.columns) if column.kind == INTEGER}
        return next((plain[name].name for name in _PCN if name in plain), "")

    def _sort(self) -> str:
        """A column with an index that no row lacks, and that reads better than the key."""
        return next(
            (
                name
                for name in self.table.indexed
                if self._kind(name) in {TEXT, DATE, INSTANT}
                and not self._by_name[name].nullable
                and name not in {self.key, self.pcn}
            ),
            "",
        )


def _filters(column: Column) -> list[dict[str, Any]]:
    name = pascal(column.name)
    if column.kind in {DATE, INSTANT}:
        return [
            {"name": f"{name}Begin", "column": column.name, "operator": "since"},
            {"name": f"{name}End", "column": column.name, "operator": "before"},
        ]
    return [{"name": name, "column": column.name, "operator": "like" if column.kind == TEXT else "equal"}]


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
