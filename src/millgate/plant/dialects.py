"""How each engine writes rows as JSON, compares and binds.

Both make the finished JSON of a page themselves, in one text: measured on SQLite, this costs two thirds of
handing out values and encoding them here. A value that an engine keeps in a type other than its kind's
comes out as JSON of that other type, which the check of the page finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, NUMBER, ROWS, TEXT, TIME_OF_DAY, Kind

_PAIRS_IN_ONE_CALL: Final = 50
"""Members that SQLite's `json_object` takes at once; a function has at most 127 arguments."""


class Dialect(msgspec.Struct, frozen=True, eq=False):
    """One engine's SQL.

    Attributes:
        name: as stores name it.
        shown: by the name of a kind, how `{column}` becomes what stands in JSON.
        bound: by the name of a kind, how the parameter `{value}` is compared.
        like: compares texts with patterns, upper and lower case of A to Z being the same.
        ordered: how a text column is put in the order of its UTF-8 bytes.
        greatest: the function that gives the greatest of its arguments.
        rows: makes, of names with their SQL and of what follows the list of columns, a statement whose one
            column `j` is the JSON of a row.
        page: one text with the rows `{rows}`, each on a line.
        nested: the JSON array of the rows `{rows}`.
    """

    name: str
    shown: Mapping[str, str]
    bound: Mapping[str, str]
    like: str
    ordered: str
    greatest: str
    rows: Callable[[Sequence[tuple[str, str]], str], str]
    page: str
    nested: str

    def show(self, kind: Kind, column: str) -> str:
        """The SQL of a value as it goes into JSON."""
        return self.shown[kind.name].format(column=column)

    def bind(self, kind: Kind, name: str) -> str:
        """The SQL of a parameter that is compared with a column of this kind."""
        return self.bound[kind.name].format(value=f":{name}")

    def order(self, kind: Kind, column: str) -> str:
        """The SQL by which a column orders rows, and is compared with a place among them."""
        return self.ordered.format(column=column) if kind is TEXT else column


def _object(members: Sequence[tuple[str, str]]) -> str:
    """`json_object` over all members, in several calls where one could not take them."""
    calls = [
        "json_object("
        + ", ".join(f"'{name}', {value}" for name, value in members[start : start + _PAIRS_IN_ONE_CALL])
        + ")"
        for start in range(0, len(members), _PAIRS_IN_ONE_CALL)
    ]
    if len(calls) == 1:
        return calls[0]
    inside = [f"substr({call}, 2, length({call}) - 2)" for call in calls]
    return "'{' || " + " || ',' || ".join(inside) + " || '}'"


def _rows_of_objects(members: Sequence[tuple[str, str]], rest: str) -> str:
    return f"SELECT {_object(members)} AS j {rest}"


def _rows_to_json(members: Sequence[tuple[str, str]], rest: str) -> str:
    made = ", ".join(f'{value} AS "{name}"' for name, value in members)
    return f"SELECT row_to_json(r)::text AS j FROM (SELECT {made} {rest}) r"  # noqa: S608 - declared


_AS_IT_IS: Final = "{column}"

SQLITE: Final = Dialect(
    name="sqlite",
    shown={
        INTEGER.name: _AS_IT_IS,
        # A column of REAL says 100.0 where people counted 100 pieces; JSON has no infinity.
        NUMBER.name: (
            "CASE WHEN {column} = CAST({column} AS INTEGER) THEN CAST({column} AS INTEGER)"
            " WHEN {column} BETWEEN -1e300 AND 1e300 THEN {column} ELSE CAST({column} AS TEXT) END"
        ),
        TEXT.name: _AS_IT_IS,
        # Some writers keep -1 for true.
        BOOLEAN.name: (
            "json(CASE {column} WHEN 0 THEN 'false' WHEN 1 THEN 'true' WHEN -1 THEN 'true'"
            " ELSE json_quote({column}) END)"
        ),
        INSTANT.name: "replace({column}, ' ', 'T') || 'Z'",
        DATE.name: _AS_IT_IS,
        TIME_OF_DAY.name: "substr({column}, 1, 5)",
        ROWS.name: "json({column})",
    },
    bound=dict.fromkeys(
        (kind.name for kind in (INTEGER, NUMBER, TEXT, BOOLEAN, INSTANT, DATE, TIME_OF_DAY)), "{value}"
    ),
    like="LIKE",
    ordered=_AS_IT_IS,
    greatest="MAX",
    rows=_rows_of_objects,
    # SQLite keeps the ORDER BY of an inner statement that has a LIMIT, and may drop it otherwise.
    page="SELECT group_concat(j, char(10)) FROM ({rows})",
    nested="(SELECT json_group_array(json(j)) FROM ({rows} LIMIT -1))",
)

POSTGRESQL: Final = Dialect(
    name="postgresql",
    shown={
        INTEGER.name: _AS_IT_IS,
        # What was divided is `numeric` and would say 24.0000000000000000.
        NUMBER.name: "CAST({column} AS double precision)",
        TEXT.name: _AS_IT_IS,
        BOOLEAN.name: _AS_IT_IS,
        INSTANT.name: (
            "replace(to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'),"
            " '.000000Z', 'Z')"
        ),
        DATE.name: _AS_IT_IS,
        TIME_OF_DAY.name: "to_char({column}, 'HH24:MI')",
        ROWS.name: _AS_IT_IS,
    },
    bound={
        INTEGER.name: "CAST({value} AS bigint)",
        NUMBER.name: "CAST({value} AS double precision)",
        TEXT.name: "CAST({value} AS text)",
        BOOLEAN.name: "CAST({value} AS boolean)",
        INSTANT.name: "CAST({value} AS timestamptz)",
        DATE.name: "CAST({value} AS date)",
        TIME_OF_DAY.name: "CAST({value} AS time)",
    },
    like='COLLATE "C" ILIKE',
    ordered='{column} COLLATE "C"',
    greatest="GREATEST",
    rows=_rows_to_json,
    page="SELECT string_agg(j, chr(10)) FROM ({rows}) s",
    nested="COALESCE((SELECT json_agg(j::json) FROM ({rows}) s), '[]'::json)",
)

DIALECTS: Final = {dialect.name: dialect for dialect in (SQLITE, POSTGRESQL)}
"""Every dialect by the name that stores use."""
