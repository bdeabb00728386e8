"""Looking at a PostgreSQL database while it is declared: as at a file, in words without its password."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
import pytest

from millgate.assembly.source_desk import LiveSourceDesk
from millgate.core.clock import Clock
from millgate.core.settings import Settings
from millgate.plant.sources.desk import SourceUnreadable
from millgate.plant.sources.reading import read_source
from support.own_database import ORDERS
from support.postgres import drop, fresh_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = """
CREATE SCHEMA sales;
CREATE TABLE sales.order_book (
  order_id int PRIMARY KEY, order_no text NOT NULL, due_date text, quantity text, open boolean, company int
);
INSERT INTO sales.order_book VALUES (1, 'A-1', '2026-01-31 06:00:00', '1.5', true, 1);
"""


@pytest.fixture
def url() -> Iterator[str]:
    made = fresh_database()
    yield made
    drop(made)


def run(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.encode())


def test_tables_columns_rows_and_columns_that_fail_are_told(url: str, tmp_path: Path) -> None:
    run(url, TABLES)
    desk = LiveSourceDesk(Settings(home=tmp_path), Clock())
    assert [f"{table.schema}.{table.name}" for table in desk.tables(url)] == ["sales.order_book"]
    (table,) = desk.columns(url, ["sales.order_book"])
    assert table.unique == ("order_id",)
    declaration = ORDERS.replace('key = "orders"', 'key = "orders"\ndialect = "postgresql"', 1)
    declaration = declaration.replace('table = "order_book"', 'table = "order_book"\nschema = "sales"')
    source = read_source(declaration, "toml")
    preview = desk.preview(url, source, "Orders", 1)
    assert preview.faults == {}
    assert preview.rows[0][:3] == (1, "A-1", "2026-01-31T06:00:00Z")
    run(url, "UPDATE sales.order_book SET due_date = 'soon'")
    preview = desk.preview(url, source, "Orders", 1)
    assert set(preview.faults) == {"due_date"}
    assert preview.rows[0][:2] == (1, "A-1")
    run(url, "DROP TABLE sales.order_book")
    with pytest.raises(SourceUnreadable, match=r"there is no table or view sales\.order_book"):
        desk.preview(url, source, "Orders", 1)
    with pytest.raises(SourceUnreadable) as refused:
        desk.tables(re.sub("//.*@", "//nobody:hidden-word@", url))
    assert "hidden-word" not in str(refused.value)
