"""A declaration becomes a resource of the plant.

Every column gets a name of ours in an inner statement, so that whatever a database calls its tables and
columns stands quoted in one place, and nowhere else. Both engines see through that statement, so indexes
serve as before. A request contributes no identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from millgate.plant import kinds
from millgate.plant.dialects import DIALECTS, Dialect
from millgate.plant.kinds import Kind
from millgate.plant.resource import (
    ANY_OF,
    BEFORE,
    EQUAL,
    LIKE,
    SINCE,
    Action,
    Field,
    Filter,
    Module,
    Operation,
    Operator,
    PathKey,
    Resource,
)
from millgate.snapshot.sources import (
    DataSource,
    SourceField,
    SourceFilter,
    SourceResource,
    pascal,
)

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        kinds.INTEGER,
        kinds.NUMBER,
        kinds.TEXT,
        kinds.BOOLEAN,
        kinds.INSTANT,
        kinds.DATE,
        kinds.TIME_OF_DAY,
    )
}
OPERATORS: Final[Mapping[str, Operator]] = {
    "equal": EQUAL,
    "like": LIKE,
    "any of": ANY_OF,
    "since": SINCE,
    "before": BEFORE,
}
_COLUMN: Final = "millgate_"
_LONGEST_SLUG: Final = 70
_EVERY_COMPANY: Final = "CAST(:pcn AS BIGINT)"
_EXAMPLES: Final = {
    "integer": "1",
    "boolean": "true",
    "date": "2026-01-31",
    "instant": "2026-01-31T00:00:00Z",
}

# Fractions of seconds come as none or as six digits, the two forms that compare with bound values.
_SQLITE_INSTANT: Final = (
    "COALESCE(strftime('%Y-%m-%d %H:%M:%S', {made}) || CASE substr(strftime('%f', {made}), 3)"
    " WHEN '.000' THEN '' ELSE substr(strftime('%f', {made}), 3) || '000' END, {column})"
)
_MADE: Final[Mapping[tuple[str, str, str], str]] = {
    ("sqlite", "instant", "iso"): _SQLITE_INSTANT.replace("{made}", "{column}"),
    ("sqlite", "instant", "epoch"): _SQLITE_INSTANT.replace("{made}", "{column}, 'unixepoch'"),
    ("sqlite", "text", "any"): "CAST({column} AS TEXT)",
    # Sessions keep UTC, so that an instant without its zone is taken for one of UTC.
    ("postgresql", "instant", ""): "CAST({column} AS timestamptz)",
    ("postgresql", "instant", "text"): "CAST({column} AS timestamptz)",
    ("postgresql", "instant", "iso"): "CAST({column} AS timestamptz)",
    ("postgresql", "instant", "epoch"): "to_timestamp({column})",
    ("postgresql", "text", "any"): "CAST({column} AS text)",
}
"""By dialect, kind and way of storing: the SQL that makes of a column what the dialect shows."""


def quoted(name: str) -> str:
    """An identifier as both engines read it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def module_of(source: DataSource) -> Module:
    """The API of a source."""
    return Module(source.key, source.name, source.suffix, source.description)


def resources_of(source: DataSource) -> tuple[Resource, ...]:
    """The resources of a source, which must be without faults."""
    module, dialect = module_of(source), DIALECTS[source.dialect]
    return tuple(_resource(declared, module, dialect) for declared in source.resources)


def column_of(declared: SourceResource, told: str) -> str:
    """The column that a failure is about, as its database calls it."""
    if told == f"{_COLUMN}pcn":
        return str(declared.pcn)
    if told.startswith(_COLUMN) and told.removeprefix(_COLUMN).isdigit():
        position = int(told.removeprefix(_COLUMN))
        return declared.fields[position].column if position < len(declared.fields) else told
    # What stands behind the last dot is all that an engine tells of a column with a dot in its name.
    columns = [field.column for field in declared.fields if field.column.rpartition(".")[2] == told]
    return told if told in columns or len(columns) != 1 else columns[0]


def _resource(declared: SourceResource, module: Module, dialect: Dialect) -> Resource:
    columns = {field.column: f"t.{_COLUMN}{at}" for at, field in enumerate(declared.fields)}
    fields = {field.column: _field(field, columns[field.column]) for field in declared.fields}
    return Resource(
        name=declared.name,
        controller=declared.opened_by,
        module=module,
        path=f"/{module.suffix}/{declared.name}",
        source=f"({_inner(declared, dialect)}) t",
        where=" AND ".join(f"{columns[column]} IS NOT NULL" for column in _promised(declared)),
        pcn=_pcn(declared),
        order=_order(declared, fields, dialect),
        fields=tuple(fields.values()),
        filters=tuple(_filter(item, fields[item.column]) for item in declared.filters),
        operations=_operations(declared),
        path_key=_path_key(fields[declared.key]) if declared.key else None,
        most_rows=declared.row_cap,
    )


def _inner(declared: SourceResource, dialect: Dialect) -> str:
    made = [f"{_made(field, dialect)} AS {_COLUMN}{at}" for at, field in enumerate(declared.fields)]
    if isinstance(declared.pcn, str):
        made.append(f"s.{quoted(declared.pcn)} AS {_COLUMN}pcn")
    schema = f"{quoted(declared.schema)}." if declared.schema else ""
    return f"SELECT {', '.join(made)} FROM {schema}{quoted(declared.table)} s"  # noqa: S608 - quoted, as declared


def _made(field: SourceField, dialect: Dialect) -> str:
    # An unqualified name in double quotes that is no column is a text to SQLite.
    column = f"s.{quoted(field.column)}"
    template = _MADE.get((dialect.name, field.kind, field.stored), "{column}")
    return template.replace("{column}", column)


def _pcn(declared: SourceResource) -> str:
    if declared.pcn is None:
        return _EVERY_COMPANY
    return f"t.{_COLUMN}pcn" if isinstance(declared.pcn, str) else str(declared.pcn)


def _field(field: SourceField, column: str) -> Field:
    return Field(field.wire_name, KINDS[field.kind], column, field.doc)


def _promised(declared: SourceResource) -> list[str]:
    """The columns that put rows in their order and are never null."""
    by_column = {field.column: field for field in declared.fields}
    sorts = [column for column in declared.sort if not by_column[column].nullable]
    return list(dict.fromkeys([*sorts, *([declared.key] if declared.key else [])]))


def _order(declared: SourceResource, fields: Mapping[str, Field], dialect: Dialect) -> tuple[str, ...]:
    """The columns of the order, alone where each row has a place of its own, else inside brackets.

    Columns in brackets are no fields to the planner of pages, which then counts rows instead of looking
    for places: where rows can be alike, or lack a value, places would lose some.
    """
    promised = _promised(declared)
    if declared.key and set(declared.sort) <= set(promised):
        return tuple(fields[column].column for column in dict.fromkeys([*declared.sort, declared.key]))
    telling = [*declared.sort, *([declared.key] if declared.key else fields)]
    return tuple(
        f"({dialect.order(fields[column].kind, fields[column].column)})" for column in dict.fromkeys(telling)
    )


def _filter(item: SourceFilter, field: Field) -> Filter:
    operator = OPERATORS[item.operator]
    values = ("true", "false") if field.kind is kinds.BOOLEAN else ()
    example = _EXAMPLES.get(field.kind.name, "")
    doc = item.doc or field.doc or f"Compared with {field.name}."
    return Filter(item.name, field.kind, field.column, operator, doc, values, example)


def _path_key(field: Field) -> PathKey:
    doc = f"The key, as in {field.name} of the list."
    example = "1" if field.kind is kinds.INTEGER else "A"
    return PathKey(pascal(field.name), field.column, doc, example, field.kind)


def _operations(declared: SourceResource) -> tuple[Operation, ...]:
    slug = _slug(declared.name)
    summary = declared.description or f"Rows of {declared.table}."
    listing = Operation(f"list-{slug}", Action.LIST, f"List {declared.name}", summary)
    if not declared.key:
        return (listing,)
    one = Operation(f"get-{slug}", Action.ONE, f"One of {declared.name}", "One row by its key.", keyed=True)
    return (listing, one)


def _slug(name: str) -> str:
    """A resource's name in an operation's key: `WorkOrders` becomes `work-orders`."""
    slug = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).strip("-")
    return slug if len(slug) <= _LONGEST_SLUG else name.lower()
