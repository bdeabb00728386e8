"""A first declaration from a database's own schema: it is true, it says what was guessed, and it works."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from millgate.assembly.declaring import inspect
from millgate.assembly.sources import open_source
from millgate.core.settings import Settings
from millgate.plant.sources.guessing import Sample, guess_postgresql, guess_sqlite
from millgate.plant.sources.inspecting import tables_of
from millgate.plant.sources.reading import DeclarationFaulty, lines_of, read_source
from millgate.stores.ports import StoreUnreachable
from support import postgres
from support.own_database import OwnWorld, changed, source_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from millgate.plant.sources.schema import Table
    from millgate.snapshot.sources import DataSource, SourceResource

ERP = """
CREATE TABLE order_book (
  order_id INTEGER PRIMARY KEY,
  order_no VARCHAR(20) NOT NULL UNIQUE,
  due_date TEXT,
  created_at INTEGER,
  shipped TEXT,
  pcn INT NOT NULL,
  quantity NUMERIC,
  is_open INTEGER,
  photo BLOB,
  day DATE,
  shift_start TEXT,
  mixed
);
CREATE INDEX order_book_due ON order_book (pcn, due_date);
CREATE VIEW late AS SELECT order_no, quantity FROM order_book WHERE is_open;
CREATE VIEW broken AS SELECT * FROM gone;
CREATE TABLE files (content BLOB);
INSERT INTO order_book VALUES
  (1, 'A-1', '2026-01-01 06:00:00', 1769839200, '2026-01-31T01:00:00-05:00', 1, 1.5, 1, x'00', '2026-01-31',
   '06:00', 'x'),
  (2, 'A-2', NULL, 1769839201, '2026-01-31T06:00:00Z', 2, 2, 0, NULL, '2026-02-01', '14:30', 7);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "erp.db"
    changed(path, ERP)
    return path


def drafted(path: Path, form: str = "toml", names: tuple[str, ...] = ()) -> str:
    return inspect(f"sqlite://{path}", Settings(home=path.parent), names=names, form=form)


def decided(text: str) -> DataSource:
    """What a person makes of a draft in which no column tells the company."""
    form = "toml" if "[[resources]]" in text else "yaml"
    return read_source(text.replace('table = "late"', 'table = "late"\npcn = 1'), form)


def resource(source: DataSource, name: str) -> SourceResource:
    return next(item for item in source.resources if item.name == name)


@pytest.mark.parametrize("form", ["toml", "yaml"])
def test_a_table_is_drafted_whole(path: Path, form: str) -> None:
    source = decided(drafted(path, form, ("order_book",)))
    orders = resource(source, "OrderBook")

    assert (source.key, source.suffix, source.dialect) == ("erp", "Erp", "sqlite")
    assert (orders.key, orders.sort, orders.pcn) == ("order_id", ("order_no",), "pcn")
    assert {field.column: (field.kind, field.stored, field.nullable) for field in orders.fields} == {
        "order_id": ("integer", "", False),
        "order_no": ("text", "", False),
        "due_date": ("instant", "", True),
        "created_at": ("instant", "epoch", True),
        "shipped": ("instant", "iso", True),
        "pcn": ("integer", "", False),
        "quantity": ("number", "", True),
        "is_open": ("boolean", "", True),
        "day": ("date", "", True),
        "shift_start": ("time of day", "", True),
        "mixed": ("text", "any", True),
    }
    assert {(item.name, item.operator) for item in orders.filters} == {
        ("OrderNo", "like"),
        ("DueDateBegin", "since"),
        ("DueDateEnd", "before"),
        ("Mixed", "like"),
    }


def test_what_was_guessed_or_left_out_is_said_beside_it(path: Path) -> None:
    lines = drafted(path).splitlines()

    def beside(word: str) -> str:
        return next(line for line in lines if word in line)

    assert "seconds since 1970" in beside('"created_at"')
    assert "by its name" in beside('"is_open"')
    assert "taken for UTC" in beside('"due_date", kind')
    assert "#" not in beside('"shipped", kind').replace("# by the form of its values", "")
    assert "texts and numbers" in beside('"mixed", kind')
    assert "# Left out: photo (it holds bytes)" in lines
    assert any(line.startswith("# Left out:") and "broken" in line and "files" in line for line in lines)


def test_a_view_without_a_company_waits_for_a_decision(path: Path) -> None:
    text = drafted(path)

    assert "No column tells the company" in text
    with pytest.raises(DeclarationFaulty) as faulty:
        read_source(text, "toml")
    assert all("say whose rows these are" in line for line in lines_of(faulty.value.faults))
    assert resource(decided(text), "Late").key == ""


def test_a_draft_that_was_decided_on_answers(path: Path) -> None:
    source = decided(drafted(path, names=("order_book",)))

    async def story() -> None:
        text = drafted_text
        own = OwnWorld(path.parent, source_of(text, path))
        try:
            assert await own.rows("/Erp/v1/OrderBook") == [
                {
                    "orderId": 1,
                    "orderNo": "A-1",
                    "dueDate": "2026-01-01T06:00:00Z",
                    "createdAt": "2026-01-31T06:00:00Z",
                    "shipped": "2026-01-31T06:00:00Z",
                    "pcn": 1,
                    "quantity": 1.5,
                    "isOpen": True,
                    "day": "2026-01-31",
                    "shiftStart": "06:00",
                    "mixed": "x",
                }
            ]
        finally:
            own.backends.close()

    drafted_text = drafted(path, names=("order_book",))
    assert len(source.resources) == 1
    asyncio.run(story())


def test_odd_names_are_quoted_and_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    table = (
        'CREATE TABLE "my ""table""" (id INTEGER PRIMARY KEY, pcn INT, "a b" TEXT, "a_b" TEXT, "日本" TEXT,'
    )
    changed(path, f'{table} "it\'s" TEXT, "x\ny" TEXT, "on" TEXT, "limit" TEXT)')
    changed(path, 'ALTER TABLE "my ""table""" DROP COLUMN "x\ny"')
    for form in ("toml", "yaml"):
        (orders,) = read_source(drafted(path, form), form).resources
        assert orders.table == 'my "table"'
        assert [field.column for field in orders.fields] == [
            "id",
            "pcn",
            "a b",
            "a_b",
            "日本",
            "it's",
            "on",
            "limit",
        ]
        assert len({field.wire_name for field in orders.fields}) == 8
        assert "limit" not in {item.name.lower() for item in orders.filters}


def test_many_columns_and_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "wide.db"
    columns = ", ".join(f"c{n} {'INTEGER' if n % 2 else 'DATETIME'}" for n in range(130))
    changed(path, f"CREATE TABLE wide (pcn INTEGER, {columns})")
    (wide,) = read_source(drafted(path), "toml").resources

    assert [field.kind for field in wide.fields[1:3]] == ["instant", "integer"]
    assert len(wide.fields) == 131
    assert "no values" in drafted(path)


def test_texts_that_are_not_utf_8_do_not_stop_a_draft(tmp_path: Path) -> None:
    path = tmp_path / "latin.db"
    changed(path, "CREATE TABLE t (pcn INT, name TEXT); INSERT INTO t VALUES (1, CAST(x'e9' AS TEXT))")
    (found,) = read_source(drafted(path), "toml").resources

    assert [(field.column, field.kind) for field in found.fields] == [("pcn", "integer"), ("name", "text")]


def test_a_database_that_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable):
        drafted(tmp_path / "none.db")
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        connection.execute("VACUUM")
    with pytest.raises(ValueError, match="no table or view"):
        drafted(tmp_path / "empty.db")


def test_a_table_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(LookupError, match="nothing_here"):
        drafted(path, names=("order_book", "nothing_here"))


@pytest.mark.parametrize(
    ("name", "declared", "samples", "kind", "stored"),
    [
        ("n", "INTEGER", [("integer", "5")], "integer", ""),
        ("n", "REAL", [("integer", "5"), ("real", "1.5")], "number", ""),
        ("done", "BOOLEAN", [("integer", "-1"), ("integer", "0")], "boolean", ""),
        ("done", "INTEGER", [("integer", "1"), ("integer", "0")], "integer", ""),
        ("is_done", "INTEGER", [("integer", "1")], "boolean", ""),
        ("is_done", "INTEGER", [("integer", "2")], "integer", ""),
        ("updated_at", "INTEGER", [("integer", "1769839200")], "instant", "epoch"),
        ("updated_at", "INTEGER", [("integer", "12")], "integer", ""),
        ("part", "TEXT", [("text", "2026-01-31")], "date", ""),
        ("part", "TEXT", [("text", "2026-01-31"), ("text", "none")], "text", ""),
        ("part", "NUMERIC", [("text", "A1")], "text", "any"),
        ("part", "", [("text", "A1")], "text", ""),
        ("part", "TEXT", [("text", "A1"), ("integer", "1")], "text", "any"),
        ("part", "TEXT", [("blob", "")], "", ""),
        ("part", "", [], "text", "any"),
        ("part", "VARCHAR(5)", [], "text", ""),
        ("part", "BLOB", [], "", ""),
        ("part", "DECIMAL(9,2)", [], "number", ""),
        ("part", "TIMESTAMP", [], "instant", ""),
    ],
)
def test_kinds_in_sqlite_are_guessed_from_values(
    name: str, declared: str, samples: list[tuple[str, str]], kind: str, stored: str
) -> None:
    guess = guess_sqlite(name, declared, [Sample(*sample) for sample in samples])
    assert (guess.kind, guess.stored) == (kind, stored)


@pytest.mark.parametrize(
    ("type_", "kind", "stored"),
    [
        ("bigint", "integer", ""),
        ("numeric(19,5)", "number", ""),
        ("character varying(20)", "text", ""),
        ("timestamp(3) without time zone", "instant", ""),
        ("timestamp with time zone", "instant", ""),
        ("time(0) without time zone", "time of day", ""),
        ("uuid", "text", "any"),
        ("integer[]", "text", "any"),
        ("bytea", "", ""),
    ],
)
def test_kinds_in_postgresql_are_those_of_types(type_: str, kind: str, stored: str) -> None:
    guess = guess_postgresql(type_)
    assert (guess.kind, guess.stored) == (kind, stored)


# PostgreSQL


@pytest.fixture
def url() -> Iterator[str]:
    url = postgres.fresh_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            """
            CREATE SCHEMA sales;
            CREATE TABLE sales.orders (
              order_id bigint PRIMARY KEY, order_no varchar(20) NOT NULL, company_no integer NOT NULL,
              due timestamptz, made timestamp, id uuid, photo bytea, tags text[]
            );
            CREATE INDEX ON sales.orders (company_no, order_no);
            CREATE VIEW open_orders AS SELECT order_no, due FROM sales.orders;
            CREATE TABLE parts (id int, pos int, name text, PRIMARY KEY (id, pos));
            """
        )
    yield url
    postgres.drop(url)


def tables(url: str, home: Path, *names: str) -> dict[str, Table]:
    async def read() -> list[Table]:
        store = open_source(url, Settings(home=home))
        try:
            return await tables_of(store, 10, names)
        finally:
            store.close()

    return {table.name: table for table in asyncio.run(read())}


def test_the_tables_of_all_schemas_are_read_with_their_keys(url: str, tmp_path: Path) -> None:
    found = tables(url, tmp_path)

    assert {(table.schema, name, table.view) for name, table in found.items()} == {
        ("sales", "orders", False),
        ("public", "open_orders", True),
        ("public", "parts", False),
    }
    assert found["orders"].unique == ("order_id",)
    assert found["orders"].indexed == ("order_id", "company_no", "order_no")
    assert found["parts"].unique == ()


def test_a_postgresql_table_is_drafted_whole(url: str, tmp_path: Path) -> None:
    text = inspect(url, Settings(home=tmp_path), names=("sales.orders",), form="toml")
    (orders,) = read_source(text, "toml").resources
    given: dict[str, Any] = {field.column: (field.kind, field.stored) for field in orders.fields}

    assert (orders.schema, orders.key, orders.sort, orders.pcn) == (
        "sales",
        "order_id",
        ("order_no",),
        "company_no",
    )
    assert given == {
        "order_id": ("integer", ""),
        "order_no": ("text", ""),
        "company_no": ("integer", ""),
        "due": ("instant", ""),
        "made": ("instant", ""),
        "id": ("text", "any"),
        "tags": ("text", "any"),
    }
    assert "# Left out: photo (bytea)" in text
    assert "it has no time zone; taken for UTC" in text
    assert urlless(text, url)


def urlless(text: str, url: str) -> bool:
    """Whether a draft holds nothing of the address but the database's name."""
    return "throw" not in text and url not in text
