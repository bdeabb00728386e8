"""Reads the schema of a database: its tables and views, and what their columns seem to hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any, Final

import msgspec

from millgate.plant.sources.guessing import SHOWN, Guess, Sample, guess_postgresql, guess_sqlite
from millgate.plant.sources.resources import quoted
from millgate.plant.sources.schema import Column, Table
from millgate.snapshot.sources import SQLITE
from millgate.stores.ports import ColumnFailed, PlantReader, Select, StoreUnreachable

SAMPLES: Final = 200
"""Rows of a SQLite table whose values are looked at."""
_AT_ONCE: Final = 50
_LINES: Final = msgspec.json.Decoder()

_SQLITE_TABLES: Final = (
    "SELECT json_object('name', name, 'schema', '', 'view', json(iif(type = 'view', 'true', 'false'))) AS j"
    " FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " ORDER BY name"
)
_SQLITE_COLUMNS: Final = (
    "SELECT json_object('name', name, 'type', type, 'notnull', \"notnull\", 'pk', pk) AS j"
    " FROM pragma_table_xinfo(:table) WHERE hidden <> 1 ORDER BY cid"
)
_SQLITE_INDEXES: Final = (
    "SELECT json_object('index', i.name, 'unique', i.\"unique\", 'column', c.name) AS j"
    " FROM pragma_index_list(:table) i JOIN pragma_index_info(i.name) c"
    " WHERE i.partial = 0 AND c.name IS NOT NULL ORDER BY i.seq, c.seqno"
)
_POSTGRESQL_TABLES: Final = (
    "SELECT json_build_object('name', c.relname, 'schema', n.nspname,"
    " 'view', c.relkind IN ('v', 'm'))::text AS j FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition"
    " AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'"
    " AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
    " ORDER BY n.nspname, c.relname"
)
_POSTGRESQL_COLUMNS: Final = (
    "SELECT json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),"
    " 'notnull', a.attnotnull::int, 'pk', 0)::text AS j FROM pg_catalog.pg_attribute a"
    " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relname = CAST(:table AS text) AND n.nspname = CAST(:schema AS text)"
    " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
)
_POSTGRESQL_INDEXES: Final = (
    "SELECT json_build_object('index', i.indexrelid::int8, 'unique', i.indisunique::int,"
    " 'column', a.attname)::text AS j FROM pg_catalog.pg_index i"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum"
    " WHERE c.relname = CAST(:table AS text) AND n.nspname = CAST(:schema AS text)"
    " AND i.indpred IS NULL AND k.place <= i.indnkeyatts"
    " ORDER BY i.indisprimary DESC, i.indexrelid, k.place"
)


async def tables_of(store: PlantReader, seconds: float, names: Collection[str] = ()) -> list[Table]:
    """The tables and views of a database, or those named, by name.

    A view that its database cannot read is left without columns.

    Args:
        store: the database.
        seconds: how long each statement may take.
        names: of tables and views; with their schema where they have one, as `sales.orders`, or without.

    Raises:
        QueryTimedOut, ConnectTimedOut, StoreUnreachable: as the store tells.
        LookupError: one of the names is no table; tells which.
    """
    inspector = _inspector(store, seconds)
    found = [table async for table in inspector.tables()]
    known = {name for table in found for name in (table.name, f"{table.schema}.{table.name}")}
    if missing := [name for name in names if name not in known]:
        raise LookupError(", ".join(missing))
    wanted = [
        table for table in found if not names or {table.name, f"{table.schema}.{table.name}"} & set(names)
    ]
    return [await inspector.with_columns(table) for table in wanted]


async def tables_listed(store: PlantReader, seconds: float) -> list[Table]:
    """The tables and views of a database by name, without their columns.

    Raises:
        QueryTimedOut, ConnectTimedOut, StoreUnreachable: as the store tells.
    """
    return [table async for table in _inspector(store, seconds).tables()]


def _inspector(store: PlantReader, seconds: float) -> _Inspector:
    return _SqliteInspector(store, seconds) if store.dialect == SQLITE else _Inspector(store, seconds)


class _Inspector:
    """Reads a PostgreSQL database; for SQLite, a few steps differ."""

    tables_sql = _POSTGRESQL_TABLES
    columns_sql = _POSTGRESQL_COLUMNS
    indexes_sql = _POSTGRESQL_INDEXES
    lines_sql = "SELECT string_agg(j, chr(10)) FROM ({rows}) r"

    def __init__(self, store: PlantReader, seconds: float) -> None:
        self._store = store
        self._seconds = seconds

    async def tables(self) -> AsyncIterator[Table]:
        """Tables and views, without their columns."""
        for found in await self.rows(self.tables_sql, {}):
            yield Table(name=found["name"], schema=found["schema"], view=found["view"])

    async def with_columns(self, table: Table) -> Table:
        """The same, with all that is to be known."""
        parameters: dict[str, object] = {"table": table.name, "schema": table.schema}
        try:
            columns = await self.columns(table, parameters)
        except (ColumnFailed, StoreUnreachable):
            if table.view:
                return table
            raise
        indexes: dict[object, list[Any]] = {}
        for found in await self.rows(self.indexes_sql, parameters):
            indexes.setdefault(found["index"], []).append(found)
        alone = [parts[0]["column"] for parts in indexes.values() if parts[0]["unique"] and len(parts) == 1]
        leading = [part["column"] for parts in indexes.values() for part in parts[:2]]
        return msgspec.structs.replace(
            table,
            columns=tuple(columns[0]),
            unique=tuple(dict.fromkeys([*columns[1], *alone])),
            indexed=tuple(dict.fromkeys(leading)),
        )

    async def columns(self, table: Table, parameters: dict[str, object]) -> tuple[list[Column], list[str]]:
        """The columns, and the one that is the primary key alone where the columns tell it."""
        del table
        found = await self.rows(self.columns_sql, parameters)
        return [_column(item, guess_postgresql(item["type"])) for item in found], []

    async def rows(self, sql: str, parameters: dict[str, object]) -> list[Any]:
        """The rows of a statement whose one column is JSON."""
        page = self.lines_sql.replace("{rows}", sql)
        found = await self._store.select(Select(page, "SELECT 0", parameters), self._seconds)
        return _LINES.decode_lines(found.text) if found.text else []


class _SqliteInspector(_Inspector):
    tables_sql = _SQLITE_TABLES
    columns_sql = _SQLITE_COLUMNS
    indexes_sql = _SQLITE_INDEXES
    lines_sql = "SELECT group_concat(j, char(10)) FROM ({rows})"

    async def columns(self, table: Table, parameters: dict[str, object]) -> tuple[list[Column], list[str]]:
        found = await self.rows(self.columns_sql, parameters)
        samples = await self._samples(table, [item["name"] for item in found])
        columns = [
            _column(item, guess_sqlite(item["name"], item["type"], samples[item["name"]])) for item in found
        ]
        keys = [item["name"] for item in found if item["pk"]]
        return columns, keys if len(keys) == 1 else []

    async def _samples(self, table: Table, names: Sequence[str]) -> dict[str, list[Sample]]:
        """Some of the values of each column, nulls left out."""
        samples: dict[str, list[Sample]] = {name: [] for name in names}
        for start in range(0, len(names), _AT_ONCE):
            part = names[start : start + _AT_ONCE]
            for row in await self._sampled(table.name, part):
                for name, (type_, text) in zip(part, zip(row[::2], row[1::2], strict=True), strict=True):
                    if type_ != "null":
                        samples[name].append(Sample(type_, text or ""))
        return samples

    async def _sampled(self, table: str, names: Sequence[str]) -> list[Any]:
        try:
            return await self.rows(_samples_sql(table, names), {})
        except (StoreUnreachable, UnicodeDecodeError):
            return []  # texts that are not UTF-8; the declared types must do


def _samples_sql(table: str, names: Sequence[str]) -> str:
    values = []
    for name in names:
        column = f"s.{quoted(name)}"
        shown = f"CAST(substr({column}, 1, {SHOWN}) AS TEXT)"
        values.append(f"typeof({column}), CASE typeof({column}) WHEN 'blob' THEN '' ELSE {shown} END")
    rows = f"SELECT * FROM {quoted(table)} LIMIT {SAMPLES}"  # noqa: S608 - quoted
    return f"SELECT json_array({', '.join(values)}) AS j FROM ({rows}) s"  # noqa: S608 - quoted


def _column(found: dict[str, Any], guess: Guess) -> Column:
    return Column(
        name=found["name"],
        type=found["type"],
        kind=guess.kind,
        stored=guess.stored,
        nullable=not found["notnull"] and not (found["pk"] and found["type"].upper() == "INTEGER"),
        doubt=guess.doubt,
    )
