"""Data sources: tables and views of somebody's own database, declared so that they can be published.

Nothing here knows how a declaration is written down or answered: these are values and the rules they keep.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import msgspec

from millgate.snapshot.names import address_faults, key_faults

Faults: TypeAlias = dict[str, list[str]]
"""What is wrong, by place."""

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
DIALECTS: Final = (SQLITE, POSTGRESQL)

INSTANT: Final = "instant"
TEXT: Final = "text"
INTEGER: Final = "integer"
DATE: Final = "date"
KINDS: Final = (INTEGER, "number", TEXT, "boolean", INSTANT, DATE, "time of day")
"""What a field may hold."""

AS_IT_IS: Final = ""
STORED: Final[Mapping[str, tuple[str, ...]]] = {
    INSTANT: (AS_IT_IS, "text", "iso", "epoch"),
    TEXT: (AS_IT_IS, "any"),
}
"""By kind, how a column may keep its values; of all other kinds as they are."""

ORDERED: Final = frozenset({INSTANT, DATE})
OPERATORS: Final[Mapping[str, frozenset[str]]] = {
    "equal": frozenset(KINDS),
    "like": frozenset({TEXT}),
    "any of": frozenset({TEXT, INTEGER, DATE}),
    "since": ORDERED,
    "before": ORDERED,
}
"""How a filter may compare, and the kinds for which that means something."""

MOST_ROWS: Final = 1000
MOST_FIELDS: Final = 300
MOST_RESOURCES: Final = 100
LONGEST_SECONDS: Final = 600.0
RESERVED_FILTERS: Final = frozenset({"offset", "limit", "after", "groupby"})
"""Query names that a list has of its own, in lower case."""

UPSTREAM_PREFIX: Final = "source."
_FIELD: Final = re.compile(r"[a-z][A-Za-z0-9]{0,59}")
_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,59}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST_IDENTIFIER: Final = {SQLITE: 128, POSTGRESQL: 63}
_LONGEST: Final = {"key": 76, "name": 200, "suffix": 100, "version": 40, "description": 2000}
_LONGEST_DOC: Final = 500


class SourceField(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One column, as a member of the rows.

    Attributes:
        column: as the database calls it.
        kind: what it holds; one of `KINDS`.
        name: on the wire, camelCase; made from the column unless given.
        doc: what it means, with its unit.
        stored: how the column keeps it, where that differs by database: for an instant `text`, `iso` or
            `epoch`; for a text `any` column at all, whose value is made a text.
        nullable: False promises that no row lacks it, as the database's own NOT NULL does. Rows in whose
            key or sort columns this is not kept are no rows of the resource.
    """

    column: str
    kind: str = TEXT
    name: str = ""
    doc: str = ""
    stored: str = AS_IT_IS
    nullable: bool = True

    @property
    def wire_name(self) -> str:
        """The member's name."""
        return self.name or camel(self.column)


class SourceFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One query parameter of a list.

    Attributes:
        name: PascalCase.
        column: of a declared field.
        operator: one of `OPERATORS`.
        doc: what it means.
    """

    name: str
    column: str
    operator: str = "equal"
    doc: str = ""


class SourceResource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table or view, as a resource.

    Attributes:
        name: PascalCase: the last fixed segment of its address.
        table: the table or view, as the database calls it.
        schema: where the table is; PostgreSQL alone has schemas, and looks along its path when empty.
        controller: what a role must open; the name unless given.
        key: the column of a field by which one row is asked for; empty when there is none.
        sort: columns by which lists are ordered; the key follows, or else all other columns.
        pcn: the column with the company's number, or the number of the one company whose rows these are.
        every_company: instead of `pcn`: every company sees every row.
        fields: the members of a row.
        filters: what a list may be restricted by.
        row_cap: how many rows a page holds at most.
        description: a sentence.
    """

    name: str
    table: str
    fields: tuple[SourceField, ...] = ()
    schema: str = ""
    controller: str = ""
    key: str = ""
    sort: tuple[str, ...] = ()
    pcn: str | int | None = None
    every_company: bool = False
    filters: tuple[SourceFilter, ...] = ()
    row_cap: int = MOST_ROWS
    description: str = ""

    @property
    def opened_by(self) -> str:
        """The controller that a role must open."""
        return self.controller or self.name


class SourceDatabase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the rows of one tier are.

    Attributes:
        tier: `test` or `production`.
        url: the address of the database, sealed: hexadecimal.
    """

    tier: str
    url: str


class DataSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One database, or one for each tier, and what of it is published.

    Attributes:
        key: stable: lower case, digits and dashes; also the key of its API.
        name: as shown.
        suffix: the first segment of its addresses behind the tier.
        resources: its tables and views.
        version: the segment behind the suffix.
        description: a sentence or two.
        dialect: `sqlite` or `postgresql`.
        seconds: how long a statement may take; as long as the installation allows when None.
        databases: one for each tier on which it answers.
    """

    key: str
    name: str
    suffix: str
    resources: tuple[SourceResource, ...] = ()
    version: str = "v1"
    description: str = ""
    dialect: str = SQLITE
    seconds: float | None = None
    databases: tuple[SourceDatabase, ...] = ()

    @property
    def upstream(self) -> str:
        """The name under which its backend is known."""
        return UPSTREAM_PREFIX + self.key

    @property
    def tiers(self) -> tuple[str, ...]:
        """The tiers on which it answers."""
        return tuple(database.tier for database in self.databases)


def sealed_for(key: str, tier: str) -> str:
    """What the sealed address of a source's database is bound to."""
    return f"data source {key} {tier}"


def targets_of(source: DataSource) -> frozenset[str]:
    """The operations that a source answers."""
    return frozenset(f"{item.name}.{action}" for item in source.resources for action in _actions(item))


def _actions(resource: SourceResource) -> tuple[str, ...]:
    return ("list", "one") if resource.key else ("list",)


def camel(column: str) -> str:
    """A camelCase name for a column; empty when it holds no letter or digit of ASCII."""
    plain = unicodedata.normalize("NFKD", column.replace("ß", "ss"))
    words: list[str] = _WORD.findall("".join(letter for letter in plain if not unicodedata.combining(letter)))
    return "".join(words[:1]).lower() + "".join(word.capitalize() for word in words[1:])


def pascal(column: str) -> str:
    """A PascalCase name for a column or table."""
    name = camel(column)
    return name[:1].upper() + name[1:]


# Rules


def source_faults(source: DataSource) -> Faults:
    """All that is wrong with a source, by place; empty when nothing is. Addresses are not looked at."""
    faults: Faults = {}
    where = f"source {source.key}"
    _tell(faults, where, _source_whys(source))
    for resource in source.resources:
        for place, whys in _resource_faults(resource, source.dialect):
            _tell(faults, f"{where}, resource {resource.name}{place}", whys)
    return faults


def _tell(faults: Faults, where: str, whys: Iterable[str]) -> None:
    for why in whys:
        faults.setdefault(where, []).append(why)


def _source_whys(source: DataSource) -> Iterator[str]:
    yield from key_faults(source.key)
    yield from address_faults(source.suffix, source.version)
    for member, longest in _LONGEST.items():
        if len(getattr(source, member)) > longest:
            yield f"the {member} is longer than {longest} characters"
    if not source.name.strip():
        yield "the name is empty"
    if source.dialect not in DIALECTS:
        yield f"the dialect {source.dialect!r} is not one of {', '.join(DIALECTS)}"
    if source.seconds is not None and not 0 < source.seconds <= LONGEST_SECONDS:
        yield f"the statement deadline is not from 0 to {LONGEST_SECONDS:g} seconds"
    if not 1 <= len(source.resources) <= MOST_RESOURCES:
        yield f"it has {len(source.resources)} resources, not 1 to {MOST_RESOURCES}"
    yield from _twice("the resource", [item.name for item in source.resources])


def _resource_faults(resource: SourceResource, dialect: str) -> Iterator[tuple[str, Iterable[str]]]:
    yield "", _resource_whys(resource, dialect)
    for field in resource.fields:
        yield f", field {field.wire_name or field.column}", _field_whys(field, dialect)
    by_column = {field.column: field for field in resource.fields}
    for item in resource.filters:
        yield f", filter {item.name}", _filter_whys(item, by_column)


def _resource_whys(resource: SourceResource, dialect: str) -> Iterator[str]:
    columns = {field.column: field for field in resource.fields}
    yield from _name_whys("the name", resource.name)
    if resource.controller:
        yield from _name_whys("the controller", resource.controller)
    yield from _identifier_whys("the table", resource.table, dialect)
    if resource.schema:
        yield from _schema_whys(resource.schema, dialect)
    if not 1 <= len(resource.fields) <= MOST_FIELDS:
        yield f"it has {len(resource.fields)} fields, not 1 to {MOST_FIELDS}"
    yield from _twice("the field", [field.wire_name for field in resource.fields])
    yield from _twice("the column", [field.column for field in resource.fields], cased=True)
    yield from _twice("the filter", [item.name for item in resource.filters])
    yield from _key_whys(resource.key, columns)
    yield from _sort_whys(resource.sort, columns)
    yield from _pcn_whys(resource, dialect)
    if not 1 <= resource.row_cap <= MOST_ROWS:
        yield f"the row cap {resource.row_cap} is not from 1 to {MOST_ROWS}"
    yield from _text_whys("the description", resource.description)


def _key_whys(key: str, columns: Mapping[str, SourceField]) -> Iterator[str]:
    if not key:
        return
    field = columns.get(key)
    if field is None:
        yield f"the key {key!r} is the column of no field"
    elif field.kind not in {INTEGER, TEXT}:
        yield f"the key {key!r} is of kind {field.kind}; a key is an integer or a text"


def _sort_whys(sort: Sequence[str], columns: Mapping[str, SourceField]) -> Iterator[str]:
    for column in sort:
        if column not in columns:
            yield f"it is sorted by {column!r}, the column of no field"
    yield from _twice("the sort column", sort, cased=True)


def _pcn_whys(resource: SourceResource, dialect: str) -> Iterator[str]:
    if (resource.pcn is None) is not resource.every_company:
        yield "say whose rows these are: pcn = a column or a company's number, or every_company = true"
    if isinstance(resource.pcn, str):
        yield from _identifier_whys("the company's column", resource.pcn, dialect)
    elif resource.pcn is not None and not 0 < resource.pcn < 2**31:
        yield f"{resource.pcn} is not the number of a company"


def _field_whys(field: SourceField, dialect: str) -> Iterator[str]:
    yield from _identifier_whys("the column", field.column, dialect)
    name = field.wire_name
    if not _FIELD.fullmatch(name):
        made = "" if field.name else f", made from the column {field.column!r},"
        yield f"the name {name!r}{made} is not camelCase of 1 to 60 letters and digits"
    if field.kind not in KINDS:
        yield f"the kind {field.kind!r} is not one of {', '.join(KINDS)}"
    elif field.stored not in (ways := STORED.get(field.kind, (AS_IT_IS,))):
        fine = ", ".join(way for way in ways if way)
        yield f"{field.kind} is not stored as {field.stored!r}" + (f"; choose {fine}" if fine else "")
    yield from _text_whys("the doc", field.doc)


def _filter_whys(item: SourceFilter, columns: Mapping[str, SourceField]) -> Iterator[str]:
    yield from _name_whys("the name", item.name)
    if item.name.lower() in RESERVED_FILTERS:
        yield f"the name {item.name!r} is reserved"
    if item.operator not in OPERATORS:
        yield f"the operator {item.operator!r} is not one of {', '.join(OPERATORS)}"
    field = columns.get(item.column)
    if field is None:
        yield f"{item.column!r} is the column of no field"
    elif field.kind in KINDS and field.kind not in OPERATORS.get(item.operator, KINDS):
        yield f"the operator {item.operator!r} does not fit the kind {field.kind}"
    yield from _text_whys("the doc", item.doc)


def _name_whys(what: str, name: str) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"{what} {name!r} is not PascalCase of 1 to 60 letters and digits"


def _identifier_whys(what: str, name: str, dialect: str) -> Iterator[str]:
    if not name:
        yield f"{what} is empty"
    if _CONTROL.search(name):
        yield f"{what} {name!r} holds a control character"
        return
    longest = _LONGEST_IDENTIFIER.get(dialect, _LONGEST_IDENTIFIER[SQLITE])
    if len(name.encode()) > longest:
        yield f"{what} {name!r} is longer than {longest} bytes"


def _schema_whys(schema: str, dialect: str) -> Iterator[str]:
    if dialect == SQLITE:
        yield f"the schema {schema!r} is given, and SQLite has none"
    else:
        yield from _identifier_whys("the schema", schema, dialect)


def _text_whys(what: str, text: str) -> Iterator[str]:
    if len(text) > _LONGEST_DOC:
        yield f"{what} is longer than {_LONGEST_DOC} characters"


_T = TypeVar("_T", bound=str)


def _twice(what: str, names: Sequence[_T], *, cased: bool = False) -> Iterator[str]:
    """Names that stand twice; those of addresses are matched without regard to case."""
    seen: set[str] = set()
    for name in names:
        one = name if cased else name.lower()
        if one in seen:
            yield f"{what} {name!r} stands twice"
        seen.add(one)
