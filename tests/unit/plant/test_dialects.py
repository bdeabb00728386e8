"""Both engines show, compare and order values alike: the same cases, run by each of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import psycopg
import pytest

from millgate.plant.dialects import DIALECTS, POSTGRESQL, SQLITE, Dialect
from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, NUMBER, ROWS, TEXT, TIME_OF_DAY, Kind
from millgate.plant.resource import LIKE, like_pattern
from support.postgres import drop, fresh_database

Run: TypeAlias = Callable[[str], Any]
COLUMNS = {
    INTEGER: ("BIGINT", "bigint"),
    NUMBER: ("REAL", "double precision"),
    TEXT: ("VARCHAR", "varchar"),
    BOOLEAN: ("BOOL", "boolean"),
    INSTANT: ("DATETIME", "timestamptz"),
    DATE: ("DATE", "date"),
    TIME_OF_DAY: ("TIME", "time"),
}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Run]:
    url = fresh_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET TIME ZONE 'America/Detroit'")
        yield lambda sql: [row[0] for row in _rows(connection.execute(sql.encode()))]
    drop(url)


def _rows(cursor: Any) -> Any:
    return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Run]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    yield lambda sql: [row[0] for row in connection.execute(sql).fetchall()]
    connection.close()


@pytest.fixture(params=[SQLITE.name, POSTGRESQL.name])
def engine(request: pytest.FixtureRequest) -> tuple[Dialect, Run]:
    dialect = DIALECTS[request.param]
    return dialect, request.getfixturevalue("sqlite" if dialect is SQLITE else "postgres")


def page(engine: tuple[Dialect, Run], members: list[tuple[str, str]], rest: str) -> list[dict[str, Any]]:
    """The rows that a statement shows."""
    dialect, run = engine
    (text,) = run(dialect.page.replace("{rows}", dialect.rows(members, rest)))
    return [json.loads(line) for line in (text or "").split("\n") if line]


def table(engine: tuple[Dialect, Run], kind: Kind, *values: str) -> None:
    """A table `kept` with a column `v` of this kind that holds these literals."""
    dialect, run = engine
    column = COLUMNS[kind][dialect is POSTGRESQL]
    run("DROP TABLE IF EXISTS kept")
    run(f"CREATE TABLE kept (n INTEGER, v {column})")
    for number, value in enumerate(values):
        run(f"INSERT INTO kept VALUES ({number}, {value})")  # noqa: S608 - of the test


def shown(engine: tuple[Dialect, Run], kind: Kind, *values: str) -> list[Any]:
    """How stored values are shown."""
    table(engine, kind, *values)
    rows = page(engine, [("v", engine[0].show(kind, "x.v"))], "FROM kept x ORDER BY x.n LIMIT 100")
    return [row["v"] for row in rows]


@pytest.mark.parametrize(
    ("kind", "stored", "expected"),
    [
        (
            INTEGER,
            ["5", "-9223372036854775808", "9223372036854775807", "NULL"],
            [5, -(2**63), 2**63 - 1, None],
        ),
        (
            NUMBER,
            ["1.5", "100.0", "-3", "0.1", "16.67", "1e15", "NULL"],
            [1.5, 100, -3, 0.1, 16.67, 10**15, None],
        ),
        (TEXT, ["''", "'a\"b\\c'", "'Größe \U0001d518'", "NULL"], ["", 'a"b\\c', "Größe \U0001d518", None]),
        (DATE, ["'2026-01-05'", "NULL"], ["2026-01-05", None]),
        (TIME_OF_DAY, ["'06:00:00'", "'23:59:30'", "NULL"], ["06:00", "23:59", None]),
    ],
    ids=lambda value: value.name if isinstance(value, Kind) else "",
)
def test_values_are_shown_alike(
    engine: tuple[Dialect, Run], kind: Kind, stored: list[str], expected: list[Any]
) -> None:
    assert shown(engine, kind, *stored) == expected


def test_whole_numbers_are_shown_without_a_fraction(engine: tuple[Dialect, Run]) -> None:
    assert [repr(value) for value in shown(engine, NUMBER, "100.0", "-0.5", "2")] == ["100", "-0.5", "2"]


def test_instants_are_utc_with_six_digits_of_a_second_where_it_has_a_fraction(
    engine: tuple[Dialect, Run],
) -> None:
    zone = "+00" if engine[0] is POSTGRESQL else ""
    stored = ["2026-01-05 06:00:00", "2026-07-05 23:59:59.250000", "2026-01-05 06:00:00.000001"]
    assert shown(engine, INSTANT, *(f"'{text}{zone}'" for text in stored), "NULL") == [
        "2026-01-05T06:00:00Z",
        "2026-07-05T23:59:59.250000Z",
        "2026-01-05T06:00:00.000001Z",
        None,
    ]


def test_a_quotient_is_shown_as_a_number_like_any_other(engine: tuple[Dialect, Run]) -> None:
    table(engine, INTEGER, "86400", "5400")
    rows = page(engine, [("v", engine[0].show(NUMBER, "(x.v / 3600.0)"))], "FROM kept x ORDER BY x.n LIMIT 9")
    assert [repr(row["v"]) for row in rows] == ["24", "1.5"]


def test_truth_values_are_shown_as_such(engine: tuple[Dialect, Run]) -> None:
    stored = ["true", "false", "NULL"] if engine[0] is POSTGRESQL else ["1", "0", "NULL"]
    assert shown(engine, BOOLEAN, *stored) == [True, False, None]


def test_minus_one_is_true_and_what_is_no_truth_value_is_not_made_one(sqlite: Run) -> None:
    assert shown((SQLITE, sqlite), BOOLEAN, "-1", "2", "'yes'") == [True, 2, "yes"]


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (INTEGER, "'twelve'"),
        (NUMBER, "'twelve'"),
        (NUMBER, "9e999"),
        (INSTANT, "'soon'"),
        (TIME_OF_DAY, "'six'"),
    ],
)
def test_a_stored_value_of_another_type_does_not_pass_for_one(sqlite: Run, kind: Kind, stored: str) -> None:
    (value,) = shown((SQLITE, sqlite), kind, stored)
    assert isinstance(value, str)


def test_rows_come_in_the_order_of_the_statement(engine: tuple[Dialect, Run]) -> None:
    table(engine, INTEGER, *(str(number * 37 % 101) for number in range(100)))
    rows = page(engine, [("v", "x.v")], "FROM kept x ORDER BY x.v LIMIT 50 OFFSET 10")
    assert [row["v"] for row in rows] == sorted(number * 37 % 101 for number in range(100))[10:60]


def test_no_rows_are_no_text(engine: tuple[Dialect, Run]) -> None:
    table(engine, INTEGER)
    dialect, run = engine
    assert run(dialect.page.replace("{rows}", dialect.rows([("v", "x.v")], "FROM kept x"))) == [None]


def test_more_members_than_a_function_takes_arguments(engine: tuple[Dialect, Run]) -> None:
    table(engine, INTEGER, "1", "2")
    members = [(f"m{number}", f"x.v + {number}") for number in range(120)]
    first, second = page(engine, members, "FROM kept x ORDER BY x.n LIMIT 9")
    assert first == {f"m{number}": 1 + number for number in range(120)}
    assert list(second) == [f"m{number}" for number in range(120)]


def test_rows_inside_a_row_are_an_array_in_their_order(engine: tuple[Dialect, Run]) -> None:
    table(engine, TEXT, "'b'", "'a'", "'ü\"'")
    dialect, _ = engine
    for where, expected in (("1 = 1", ["a", "b", 'ü"']), ("1 = 0", [])):
        inner = dialect.rows(
            [("name", "i.v")], f"FROM kept i WHERE {where} ORDER BY {dialect.order(TEXT, 'i.v')}"
        )
        nested = dialect.show(ROWS, dialect.nested.replace("{rows}", inner))
        (row,) = page(engine, [("n", "x.n"), ("all", nested)], "FROM kept x WHERE x.n = 0 LIMIT 1")
        assert row == {"n": 0, "all": [{"name": name} for name in expected]}


TEXTS = [
    "",
    "A",
    "Z",
    "a",
    "z",
    "-",
    "_",
    "1",
    "10",
    "2",
    "Ä",
    "ä",
    "ö",
    "\U0001d518",
    "\uffff",
    "a-1",
    "a_1",
    "A 1",
    "é",
    "e",
]


def test_texts_stand_in_the_order_of_their_bytes(engine: tuple[Dialect, Run]) -> None:
    table(engine, TEXT, *(f"'{text}'" for text in TEXTS))
    order = engine[0].order(TEXT, "x.v")
    rows = page(engine, [("v", "x.v")], f"FROM kept x ORDER BY {order} LIMIT 100")
    assert [row["v"] for row in rows] == sorted(TEXTS, key=str.encode)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a", ["A", "a"]),
        ("%", TEXTS),
        ("_", ["_"]),
        ("a_1", ["a_1"]),
        ("A%1", ["a-1", "a_1", "A 1"]),
        ("ä", ["ä"]),
        ("É", []),
        ("\\", []),
        ("%\\%", []),
        ("z", ["Z", "z"]),
    ],
)
def test_patterns_find_alike(engine: tuple[Dialect, Run], pattern: str, expected: list[str]) -> None:
    dialect, _ = engine
    table(engine, TEXT, *(f"'{text}'" for text in TEXTS))
    value = "'" + like_pattern(pattern) + "'"
    where = LIKE.sql.format(column="x.v", value=value, like=dialect.like)
    rows = page(engine, [("v", "x.v")], f"FROM kept x WHERE {where} ORDER BY x.n LIMIT 100")
    assert [row["v"] for row in rows] == expected


def test_the_greatest_of_its_arguments(engine: tuple[Dialect, Run]) -> None:
    dialect, run = engine
    assert run(f"SELECT {dialect.greatest}(3, 9, 4)") == [9]
