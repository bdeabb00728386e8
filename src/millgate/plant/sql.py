"""A plan becomes SQL with bound parameters. Identifiers come from declarations alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias

from millgate.plant.plan import Condition, Plan
from millgate.plant.resource import Field, Filter, Resource, Rows
from millgate.stores.ports import Select

_Shape: TypeAlias = tuple[tuple[Filter, int], ...]
_SHAPES_KEPT: Final = 512


def select_of(plan: Plan) -> Select:
    """The statements of a plan: its page, and how many rows there are in all."""
    shape = tuple([(item.filter, len(item.values)) for item in plan.conditions])
    rows, count = _texts(plan.resource, plan.key is not None, shape)
    parameters: dict[str, object] = {"pcn": plan.pcn, "limit": plan.limit, "offset": plan.offset}
    if plan.key is not None:
        parameters["key"] = plan.key
    for number, condition in enumerate(plan.conditions):
        _bind(number, condition, parameters)
    return Select(rows, count, parameters)


def _bind(number: int, condition: Condition, parameters: dict[str, object]) -> None:
    operator, kind = condition.filter.operator, condition.filter.kind
    for position, value in enumerate(condition.values):
        bound = operator.pattern(value) if operator.pattern else kind.bind(value)
        parameters[f"f{number}_{position}"] = bound


# The text depends on which filters are used, not on their values, so that few texts serve all calls and
# the store keeps their prepared statements.
@lru_cache(maxsize=_SHAPES_KEPT)
def _texts(resource: Resource, keyed: bool, shape: _Shape) -> tuple[str, str]:  # noqa: FBT001 - cache key
    where = " AND ".join(_wheres(resource, shape, keyed=keyed))
    rows = (
        f"SELECT {', '.join(map(_column, resource.fields))}"  # noqa: S608 - from declarations alone
        f" FROM {' '.join([resource.source, *(join.sql for join in resource.joins)])} WHERE {where}"
        f" ORDER BY {', '.join(resource.order)} LIMIT :limit OFFSET :offset"
    )
    # A join never multiplies rows, so counting needs only the joins that a filter looks at.
    joins = [join.sql for join in resource.joins if f"{join.alias}." in where]
    count = f"SELECT COUNT(*) FROM {' '.join([resource.source, *joins])} WHERE {where}"  # noqa: S608
    return rows, count


def _wheres(resource: Resource, shape: _Shape, *, keyed: bool) -> list[str]:
    wheres = [f"{resource.pcn} = :pcn"]
    if resource.where:
        wheres.append(resource.where)
    if keyed and resource.path_key is not None:
        wheres.append(f"{resource.path_key.column} = :key")
    for number, (item, count) in enumerate(shape):
        names = ", ".join(f":f{number}_{position}" for position in range(count))
        wheres.append(item.operator.sql.format(column=item.column, value=names))
    return wheres


def _column(field: Field) -> str:
    made = _nested(field.rows) if field.rows else field.expression or field.column
    return f"{field.kind.select.format(column=made)} AS {field.alias}"


def _nested(rows: Rows) -> str:
    """The rows inside a row as one text, an array of arrays.

    The LIMIT keeps them in order: SQLite may drop the ORDER BY of an inner statement that has none. The
    concatenation makes JSON a plain text, which a page holds the same way whoever puts it together.
    """
    names = ", ".join(field.alias for field in rows.fields)
    inner = (
        f"SELECT {', '.join(map(_column, rows.fields))} FROM {rows.source}"  # noqa: S608 - from declarations alone
        f" WHERE {rows.where} ORDER BY {', '.join(rows.order)} LIMIT -1"
    )
    return f"(SELECT '' || json_group_array(json_array({names})) FROM ({inner}))"  # noqa: S608
