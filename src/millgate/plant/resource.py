"""The words in which a resource is declared.

SQL fragments in a declaration (sources, columns) are ours. Nothing of a request ever becomes part of SQL
text: values are bound. Fragments read the same in every engine, but for `{greatest}`, the function that
gives the greatest of its arguments, and `{now}`, the instant of the call.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from millgate.plant.kinds import INSTANT, INTEGER, Kind
from millgate.stores.ports import PlantReader

MOST_ROWS: Final = 1000
"""How many rows a page holds at most, unless a resource says less."""


class Action(StrEnum):
    """What a call may do with a resource."""

    LIST = "list"
    ONE = "one"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"

    @property
    def writes(self) -> bool:
        """Whether it changes rows."""
        return self not in {Action.LIST, Action.ONE}


def target_name(resource: str, action: Action) -> str:
    """How the catalogue names an operation of the plant: `Parts.list`."""
    return f"{resource}.{action}"


class Module(msgspec.Struct, frozen=True, eq=False):
    """An API that resources belong to.

    Attributes:
        key: stable: lower case, digits and dashes.
        name: as shown.
        suffix: the first segment of its managed address.
        description: a sentence or two.
    """

    key: str
    name: str
    suffix: str
    description: str


class Field(msgspec.Struct, frozen=True, eq=False):
    """One member of a row.

    Attributes:
        name: on the wire, camelCase.
        kind: what it holds.
        column: the table's column, with the alias of its table in the source.
        doc: what it means, with its unit.
        expression: SQL that makes it, where it is not simply the column.
        rows: where the rows inside come from; for `kinds.ROWS` alone.
    """

    name: str
    kind: Kind
    column: str
    doc: str
    expression: str = ""
    rows: Rows | None = None

    @property
    def alias(self) -> str:
        """The column without its table: its name in results, and in the answer to a failure."""
        return self.column.rpartition(".")[2]


class Rows(msgspec.Struct, frozen=True, eq=False):
    """The rows inside a row: a list that is short by nature, read with its row in one statement.

    Attributes:
        source: their table, with an alias that the resource does not use.
        where: what ties them to the row outside, its company included.
        order: columns that put them in a total order.
        fields: their members. None holds rows itself.
    """

    source: str
    where: str
    order: tuple[str, ...]
    fields: tuple[Field, ...]


def like_pattern(text: str) -> str:
    r"""A pattern for `LIKE … ESCAPE '\'` in which only `%` is a wildcard."""
    return text.replace("\\", "\\\\").replace("_", "\\_")


class Operator(msgspec.Struct, frozen=True, eq=False):
    r"""How a filter compares.

    Attributes:
        sql: the comparison of `{column}` with `{value}`; `{like}` is the engine's word.
        sentence: added to the filter's description.
        repeatable: whether several values may be sent.
        pattern: makes of a text what is bound, where that is another text.
    """

    sql: str
    sentence: str
    repeatable: bool = False
    pattern: Callable[[str], str] | None = None


EQUAL: Final = Operator("{column} = {value}", "")
LIKE: Final = Operator(
    "{column} {like} {value} ESCAPE '\\'",
    "% stands for any characters; upper and lower case of A to Z are the same.",
    pattern=like_pattern,
)
ANY_OF: Final = Operator("{column} IN ({value})", "Repeat the name for several values.", repeatable=True)
SINCE: Final = Operator("{column} >= {value}", "The instant itself is included.")
BEFORE: Final = Operator("{column} < {value}", "The instant itself is not included.")


class Filter(msgspec.Struct, frozen=True, eq=False):
    """One query parameter that restricts a list.

    Attributes:
        name: PascalCase; matched without regard to case.
        kind: what is sent.
        column: SQL of what is compared.
        operator: how.
        doc: what it means.
        values: the possible values when they are few. `ANY_OF` accepts no other.
        example: a value that works on the sample company.
        days_ago: instead of an example, for an instant: so many days before the API is described, or
            after it where negative. The sample company moves with the clock, so a fixed instant would soon
            lie before its first row.
    """

    name: str
    kind: Kind
    column: str
    operator: Operator
    doc: str
    values: tuple[str, ...] = ()
    example: str = ""
    days_ago: int = 0


def modified_since(column: str, *, days_ago: int = 7) -> Filter:
    """The filter of every list whose rows know when they were last changed."""
    doc = "Only rows changed since this instant."
    return Filter("ModifiedSince", INSTANT, column, SINCE, doc, days_ago=days_ago)


SELDOM_CHANGED: Final = 120
"""Days ago, for the example of a resource whose rows stay as they were founded."""


class Window(msgspec.Struct, frozen=True, eq=False):
    """The rule of two filters that bound a time: the end lies after the begin.

    Attributes:
        begin: the filter with the first instant inside.
        end: the filter with the first instant outside.
        most_days: without a key in the path both are needed, at most so many days apart; 0 asks nothing.
    """

    begin: str
    end: str
    most_days: int = 0

    def required(self, *, keyed: bool) -> frozenset[str]:
        """The filters that a call must send."""
        return frozenset() if keyed or not self.most_days else frozenset({self.begin, self.end})

    def fault(self, values: Mapping[str, datetime], *, keyed: bool) -> str:
        """What is wrong with the two values together; empty when nothing is."""
        begin, end = values.get(self.begin), values.get(self.end)
        if begin is None or end is None:
            return ""
        if end <= begin:
            return f"{self.end} must be later than {self.begin}."
        if self.most_days and not keyed and end - begin > timedelta(days=self.most_days):
            return f"{self.begin} and {self.end} must be at most {self.most_days} days apart."
        return ""


class PathKey(msgspec.Struct, frozen=True, eq=False):
    """The key in the path.

    Attributes:
        name: in the template.
        column: SQL of what it is compared with.
        doc: what it means.
        example: a key of the sample company.
        kind: what is sent; a text that is not of it is the key of no row.
    """

    name: str
    column: str
    doc: str
    example: str
    kind: Kind = INTEGER


class Operation(msgspec.Struct, frozen=True, eq=False):
    """One operation.

    Attributes:
        key: stable within the API.
        action: what it does.
        name: the title of its page.
        summary: one sentence.
        keyed: whether its path holds the key.
    """

    key: str
    action: Action
    name: str
    summary: str
    keyed: bool = False


class Join(msgspec.Struct, frozen=True, eq=False):
    """A table beside the first one: at most one of its rows for each row there, of the same company.

    Attributes:
        alias: under which columns name it; no other alias ends like it.
        sql: the whole clause.
    """

    alias: str
    sql: str


class Dimension(msgspec.Struct, frozen=True, eq=False):
    """One way to group the rows of a report.

    Attributes:
        name: a value of GroupBy.
        fields: wire names of the members that tell groups apart; null where it is not grouped by.
        doc: what a group is.
    """

    name: str
    fields: tuple[str, ...]
    doc: str = ""


Compute: TypeAlias = Callable[[Any, PlantReader, datetime, float], Awaitable[list[dict[str, object]]]]
"""Makes all rows of a resource that one statement cannot make, as dicts by wire name: of a plan (which
stands on this module and is not named here), a database, the time now and the seconds it may take."""


class Resource(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A resource: where its rows come from, how they read, and what may be asked of them.

    Attributes:
        name: the last fixed segment of its address, and how refusals name it.
        controller: what an account's roles must open.
        module: the API that it belongs to.
        path: the backend path, shown in links and as `instance`.
        source: the table of its rows, with an alias.
        joins: tables beside it. None multiplies rows, and filters name none that stands on another.
        where: what rows of the table must meet to be rows of the resource; empty for all of them.
        pcn: the column of the source that names the company. Every statement is restricted by it.
        order: columns that put the rows in a total order, none of them null. For a report: wire names of
            fields, with ` DESC` where the greatest comes first; equals are ordered by their group.
        fields: the members of a row.
        filters: what a list may be restricted by.
        operations: how it can be called.
        path_key: the key in the path, of the row or of the parent whose rows are listed.
        windows: rules of filters that belong together.
        dimensions: what the rows of a report may be grouped by; all other fields are sums then.
        grouped_by: the dimensions of a call that names none.
        compute: makes the rows, where no statement can; the declared source is not read then.
        most_rows: how many rows a page holds at most, whatever limit is sent.
    """

    name: str
    controller: str
    module: Module
    path: str
    source: str
    pcn: str
    order: tuple[str, ...]
    fields: tuple[Field, ...]
    filters: tuple[Filter, ...]
    operations: tuple[Operation, ...]
    path_key: PathKey | None = None
    windows: tuple[Window, ...] = ()
    joins: tuple[Join, ...] = ()
    where: str = ""
    dimensions: tuple[Dimension, ...] = ()
    grouped_by: tuple[str, ...] = ()
    compute: Compute | None = None
    most_rows: int = MOST_ROWS

    def required(self, *, keyed: bool) -> frozenset[str]:
        """The filters that a list must send."""
        return frozenset[str]().union(*(window.required(keyed=keyed) for window in self.windows))


@lru_cache(maxsize=512)
def place_fields(resource: Resource) -> tuple[Field, ...]:
    """The fields that tell a row's place in its order; empty where rows have no place of their own."""
    if resource.dimensions or resource.compute:
        return ()
    by_column = {field.column: field for field in resource.fields if not field.expression}
    fields = [by_column.get(column) for column in resource.order]
    return () if None in fields else tuple(field for field in fields if field is not None)
