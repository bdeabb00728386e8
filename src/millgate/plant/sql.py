"""A plan becomes SQL with bound parameters. Identifiers come from declarations alone."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias

from millgate.plant.dialects import Dialect
from millgate.plant.kinds import INSTANT
from millgate.plant.plan import Condition, Plan
from millgate.plant.resource import Field, Filter, Resource, Rows, place_fields
from millgate.stores.ports import Select

_Shape: TypeAlias = tuple[tuple[Filter, int], ...]
_Texts: TypeAlias = tuple[str, str, str]
_SHAPES_KEPT: Final = 1024
_DESCENDING: Final = " DESC"
_NOW: Final = ":now"


def select_of(plan: Plan, dialect: Dialect, now: datetime) -> Select:
    """The statements of a plan. One row more than the limit is asked for, to know whether there is one."""
    shape = tuple([(item.filter, len(item.values)) for item in plan.conditions])
    page, count, rows = _texts(
        plan.resource, dialect, shape, plan.key is not None, plan.after is not None, plan.groups
    )
    parameters: dict[str, object] = {"pcn": plan.pcn, "limit": plan.limit + 1}
    if plan.key is not None:
        parameters["key"] = plan.key
    if plan.after is None:
        parameters["offset"] = plan.offset
    else:
        parameters.update({f"a{number}": value for number, value in enumerate(plan.after)})
    for number, condition in enumerate(plan.conditions):
        _bind(number, condition, parameters)
    if _NOW in page:
        parameters["now"] = now
    return Select(page, count, parameters, rows)


@lru_cache(maxsize=_SHAPES_KEPT)
def row_statement(resource: Resource, dialect: Dialect) -> str:
    """The JSON of one row, by the company `:pcn` and the row's own key `:key`, the last of its order."""
    members = [(field.name, _value(field, dialect)) for field in resource.fields]
    wheres = [f"{resource.pcn} = :pcn", f"{resource.order[-1]} = :key"]
    if resource.where:
        wheres.append(resource.where)
    return dialect.rows(members, f"{_from(resource)} WHERE {' AND '.join(wheres)}")


def _bind(number: int, condition: Condition, parameters: dict[str, object]) -> None:
    pattern = condition.filter.operator.pattern
    for position, value in enumerate(condition.values):
        parameters[f"f{number}_{position}"] = pattern(value) if pattern else value


# The text depends on which filters are used, not on their values, so that few texts serve all calls and
# the store keeps their prepared statements.
@lru_cache(maxsize=_SHAPES_KEPT)
def _texts(  # noqa: PLR0917 - a cache key
    resource: Resource,
    dialect: Dialect,
    shape: _Shape,
    keyed: bool,  # noqa: FBT001 - as above
    seeking: bool,  # noqa: FBT001 - as above
    groups: tuple[str, ...],
) -> _Texts:
    where = _wheres(resource, dialect, shape, keyed=keyed)
    found = " AND ".join(where)
    counted = f"FROM {' '.join([resource.source, *_joins_looked_at(resource, found)])} WHERE {found}"
    if resource.dimensions:
        return _report(resource, dialect, groups, found)
    if seeking:
        found = f"{found} AND {_later(resource, dialect)}"
    rest = (
        f"{_from(resource)} WHERE {found} ORDER BY {_order(resource, dialect)}"
        f" LIMIT :limit{'' if seeking else ' OFFSET :offset'}"
    )
    return _statements(dialect, list(resource.fields), rest, f"SELECT COUNT(*) {counted}")


def _statements(dialect: Dialect, fields: list[Field], rest: str, count: str) -> _Texts:
    members = [(field.name, _value(field, dialect)) for field in fields]
    page = dialect.page.replace("{rows}", dialect.rows(members, rest))
    plain = ", ".join(f"{_plain(field, dialect)} AS {field.alias}" for field in fields if not field.rows)
    return page, count, f"SELECT {plain} {rest}"


def _from(resource: Resource) -> str:
    return f"FROM {' '.join([resource.source, *(join.sql for join in resource.joins)])}"


def _joins_looked_at(resource: Resource, found: str) -> list[str]:
    """The joins that conditions look at, and those that these stand on.

    A join never multiplies rows, so counting needs no other.
    """
    needed: list[str] = []
    for join in reversed(resource.joins):
        if f"{join.alias}." in " ".join([found, *needed]):
            needed.insert(0, join.sql)
    return needed


def _wheres(resource: Resource, dialect: Dialect, shape: _Shape, *, keyed: bool) -> list[str]:
    wheres = [f"{resource.pcn} = :pcn"]
    if resource.where:
        wheres.append(resource.where)
    if keyed and resource.path_key is not None:
        key = resource.path_key
        wheres.append(f"{key.column} = {dialect.bind(key.kind, 'key')}")
    for number, (item, count) in enumerate(shape):
        names = ", ".join(dialect.bind(item.kind, f"f{number}_{position}") for position in range(count))
        wheres.append(
            item.operator.sql.format(column=_sql(item.column, dialect), value=names, like=dialect.like)
        )
    return wheres


def _order(resource: Resource, dialect: Dialect) -> str:
    kinds = {field.column: field.kind for field in resource.fields}
    return ", ".join(
        dialect.order(kinds[column], column) if column in kinds else column for column in resource.order
    )


def _later(resource: Resource, dialect: Dialect) -> str:
    """The rows behind a place. A comparison of row values is answered by the index that orders them."""
    fields = place_fields(resource)
    columns = ", ".join(dialect.order(field.kind, field.column) for field in fields)
    values = ", ".join(dialect.bind(field.kind, f"a{number}") for number, field in enumerate(fields))
    return f"({columns}) > ({values})"


def _sql(text: str, dialect: Dialect) -> str:
    return text.replace("{greatest}", dialect.greatest).replace("{now}", dialect.bind(INSTANT, "now"))


def _plain(field: Field, dialect: Dialect) -> str:
    return _sql(field.expression or field.column, dialect)


def _value(field: Field, dialect: Dialect) -> str:
    made = _nested(field.rows, dialect) if field.rows else _plain(field, dialect)
    return dialect.show(field.kind, made)


def _nested(rows: Rows, dialect: Dialect) -> str:
    members = [(field.name, _value(field, dialect)) for field in rows.fields]
    rest = f"FROM {rows.source} WHERE {rows.where} ORDER BY {', '.join(rows.order)}"
    return dialect.nested.replace("{rows}", dialect.rows(members, rest))


# Reports


def _report(resource: Resource, dialect: Dialect, groups: tuple[str, ...], where: str) -> _Texts:
    """Sums by group. Without a group there is one row, and none where nothing was found."""
    telling = {name for item in resource.dimensions for name in item.fields}
    used = {name for item in resource.dimensions if item.name in groups for name in item.fields}
    fields = [_nulled(field) if field.name in telling - used else field for field in resource.fields]
    grouped = [field for field in fields if field.name in used]
    by = [_plain(field, dialect) for field in grouped]
    tail = f"GROUP BY {', '.join(by)}" if by else "HAVING COUNT(*) > 0"
    body = f"{_from(resource)} WHERE {where} {tail}"
    order = ", ".join(_report_order(resource, dialect, grouped, telling - used)) or "1"
    rest = f"{body} ORDER BY {order} LIMIT :limit OFFSET :offset"
    return _statements(dialect, fields, rest, f"SELECT COUNT(*) FROM (SELECT COUNT(*) AS one {body}) t")  # noqa: S608


def _nulled(field: Field) -> Field:
    return Field(field.name, field.kind, field.column, field.doc, expression="NULL")


def _report_order(resource: Resource, dialect: Dialect, grouped: list[Field], unused: set[str]) -> list[str]:
    by_name = {field.name: field for field in resource.fields}
    names = [name for name in resource.order if name.removesuffix(_DESCENDING) not in unused]
    return [
        _ordered(by_name[name.removesuffix(_DESCENDING)], dialect, descending=name.endswith(_DESCENDING))
        for name in [*names, *(field.name for field in grouped)]
    ]


def _ordered(field: Field, dialect: Dialect, *, descending: bool) -> str:
    # Engines differ in where they put what is null, unless they are told.
    column = dialect.order(field.kind, f"({_plain(field, dialect)})")
    return f"{column} DESC NULLS LAST" if descending else f"{column} NULLS FIRST"
