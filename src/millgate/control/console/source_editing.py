"""A resource of a data source as a table that can be edited: a row for each column, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from millgate.snapshot.sources import (
    MOST_ROWS,
    TEXT,
    DataSource,
    SourceField,
    SourceFilter,
    SourceResource,
    camel,
    pascal,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from millgate.plant.sources.schema import Table

MOST_COLUMNS: Final = 100
"""How many columns a page edits; Django takes a thousand fields from one form. More are edited as text."""
BETWEEN: Final = "between"
"""Two filters: since an instant or date, and before another."""
KEPT: Final = "kept"
"""Filters as they are declared, which the table has no word for."""
SORTS: Final = ", "
_SIMPLE: Final = ("equal", "like", "any of")


def resource_initial(resource: SourceResource) -> dict[str, Any]:
    """What the form of a resource begins with."""
    owner = "every" if resource.every_company else "column" if isinstance(resource.pcn, str) else "company"
    return {
        "name": resource.name,
        "table": resource.table,
        "schema": resource.schema,
        "description": resource.description,
        "controller": resource.controller,
        "key": resource.key,
        "sort": SORTS.join(resource.sort),
        "owner": owner if resource.every_company or resource.pcn is not None else "",
        "pcn_column": resource.pcn if isinstance(resource.pcn, str) else "",
        "pcn": resource.pcn if isinstance(resource.pcn, int) else None,
        "row_cap": resource.row_cap,
    }


def rows_initial(resource: SourceResource, table: Table | None) -> list[dict[str, Any]]:
    """A row for each field, and then one for each other column of the table, which is not shown."""
    types = {column.name: column for column in table.columns} if table else {}
    fields = [
        {
            "column": field.column,
            "type": types[field.column].type if field.column in types else "",
            "shown": True,
            "name": field.name,
            "kind": field.kind,
            "stored": field.stored,
            "present": not field.nullable,
            "filter": filter_word(resource, field.column),
            "doc": field.doc,
        }
        for field in resource.fields
    ]
    declared = {field.column for field in resource.fields}
    others = [
        {
            "column": column.name,
            "type": column.type,
            "shown": False,
            "kind": column.kind or TEXT,
            "stored": column.stored if column.kind else "any",
            "present": not column.nullable,
            "filter": "",
        }
        for column in types.values()
        if column.name not in declared
    ]
    return (fields + others)[: max(MOST_COLUMNS, len(fields))]


def filter_word(resource: SourceResource, column: str) -> str:
    """How lists are restricted by a column, in the words of the table; empty when they are not."""
    operators = [item.operator for item in resource.filters if item.column == column]
    if not operators:
        return ""
    if sorted(operators) == ["before", "since"]:
        return BETWEEN
    return operators[0] if len(operators) == 1 and operators[0] in _SIMPLE else KEPT


def resource_made(
    given: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], before: SourceResource
) -> SourceResource:
    """The resource that a filled form means.

    Args:
        given: what the form of the resource holds.
        rows: what the form of each column holds.
        before: as it is declared, of which filters that stay keep their names and words.
    """
    shown = [row for row in rows if row["shown"]]
    return SourceResource(
        name=given["name"],
        table=before.table,
        schema=before.schema,
        controller=given["controller"],
        key=given["key"],
        sort=tuple(column for column in given["sort"].split(SORTS) if column),
        pcn={"column": given["pcn_column"], "company": given["pcn"]}.get(given["owner"]),
        every_company=given["owner"] == "every",
        fields=tuple(_field(row) for row in shown),
        filters=_in_order([item for row in shown for item in _filters(row, before)], before),
        row_cap=given["row_cap"] or MOST_ROWS,
        description=given["description"],
    )


def resource_put(source: DataSource, made: SourceResource, *, instead_of: str = "") -> DataSource:
    """The source with a resource behind the others, or in the place of the one of a name."""
    if not instead_of:
        return msgspec.structs.replace(source, resources=(*source.resources, made))
    resources = (made if item.name == instead_of else item for item in source.resources)
    return msgspec.structs.replace(source, resources=tuple(resources))


def _field(row: Mapping[str, Any]) -> SourceField:
    column, name = row["column"], row["name"]
    return SourceField(
        column=column,
        kind=row["kind"],
        name="" if name == camel(column) else name,
        doc=row["doc"],
        stored=row["stored"],
        nullable=not row["present"],
    )


def _in_order(filters: list[SourceFilter], before: SourceResource) -> tuple[SourceFilter, ...]:
    """Filters that stay in their order, and those that are new behind them."""
    stay = [item for item in before.filters if item in filters]
    return (*stay, *(item for item in filters if item not in stay))


def _filters(row: Mapping[str, Any], before: SourceResource) -> list[SourceFilter]:
    column, word = row["column"], row["filter"]
    if word and word == filter_word(before, column):
        return [item for item in before.filters if item.column == column]
    name = pascal(row["name"] or column)
    if word == BETWEEN:
        return [
            SourceFilter(name=f"{name}Begin", column=column, operator="since"),
            SourceFilter(name=f"{name}End", column=column, operator="before"),
        ]
    return [SourceFilter(name=name, column=column, operator=word)] if word in _SIMPLE else []
