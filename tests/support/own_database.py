"""Somebody's own database as a data source, published in a small world and called through its gateway."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from millgate.assembly.sources import SourceBackends
from millgate.core.settings import Settings
from millgate.plant.sources.describe import api_of
from millgate.plant.sources.reading import read_source
from millgate.snapshot.document import Account, Adapter, Catalogue, Document
from millgate.snapshot.sources import DataSource, SourceDatabase, sealed_for
from millgate.stores.sealing import Sealer
from support.exchange import Answer
from support.world import MASTER, World, document

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.stores.ports import Notice

ORDERS = """
key = "orders"
name = "Orders"
suffix = "Erp"
description = "Customers' orders."

[[resources]]
name = "Orders"
table = "order_book"
key = "order_id"
sort = ["order_no"]
pcn = "company"
fields = [
  { column = "order_id", kind = "integer", nullable = false },
  { column = "order_no", nullable = false, doc = "The number that the customer sees." },
  { column = "due_date", kind = "instant" },
  { column = "quantity", kind = "number", doc = "Pieces." },
  { column = "open", kind = "boolean" },
]
filters = [
  { name = "OrderNo", column = "order_no", operator = "like" },
  { name = "Number", column = "order_no", operator = "any of" },
  { name = "Open", column = "open" },
  { name = "DueDateBegin", column = "due_date", operator = "since" },
  { name = "DueDateEnd", column = "due_date", operator = "before" },
]
row_cap = 50
"""

TABLES = """
CREATE TABLE order_book (
  order_id INTEGER PRIMARY KEY, order_no VARCHAR(20) NOT NULL, due_date TEXT, quantity REAL, open INTEGER,
  company INTEGER NOT NULL
);
CREATE INDEX order_book_no ON order_book (company, order_no, order_id);
"""


def order_book(path: Path, rows: int = 120) -> Path:
    """A SQLite file with orders of the companies 1 and 2 in turn."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(TABLES)
        connection.executemany(
            "INSERT INTO order_book VALUES (?, ?, ?, ?, ?, ?)",
            [
                (n, f"A-{n:04}", f"2026-01-{n % 28 + 1:02} 06:00:00", n * 1.5, n % 2, 1 if n % 3 else 2)
                for n in range(1, rows + 1)
            ],
        )
    return path


def changed(path: Path, script: str) -> None:
    """Change somebody's database behind our back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(script)


def sealed(source: DataSource, **urls: str) -> DataSource:
    """A source with its databases, by tier."""
    sealer = Sealer(MASTER)
    databases = tuple(
        SourceDatabase(tier, sealer.seal(url.encode(), sealed_for(source.key, tier)).hex())
        for tier, url in urls.items()
    )
    return msgspec.structs.replace(source, databases=databases)


def published(*sources: DataSource) -> Document:
    """The small world's document with these sources, open to its key and account."""
    base = document()
    apis = tuple(api_of(source) for source in sources)
    product = Adapter(key="product", name="Product", apis=("parts", *(api.key for api in apis)))
    controllers = tuple(resource.opened_by for source in sources for resource in source.resources)
    accounts = (Account("svc", (1,), ("Parts", *controllers), ()),)
    return Document(
        Catalogue((*base.catalogue.apis, *apis), (product, *base.catalogue.adapters[1:]), sources),
        msgspec.structs.replace(base.directory, accounts=accounts),
    )


@dataclass
class Told:
    """Notices as they were told."""

    notices: list[Notice] = field(default_factory=list)

    def notify(self, notice: Notice) -> None:
        self.notices.append(notice)


class OwnWorld:
    """A world in which data sources are published."""

    def __init__(self, home: Path, *sources: DataSource, query_seconds: float = 5.0) -> None:
        self.world = World(published(*sources))
        self.told = Told()
        self.backends = SourceBackends(
            self.world.managed._backends,
            holder=self.world.holder,
            sealer=Sealer(MASTER),
            settings=Settings(home=home, query_seconds=query_seconds),
            clock=self.world.clock,
            notices=self.told,
        )
        self.world.managed._backends = self.backends

    def publish(self, *sources: DataSource) -> None:
        """Put other sources in force."""
        self.world.publish(published(*sources))

    async def get(self, target: str, **headers: str) -> Answer:
        """A managed call by the first company."""
        return await self.world.get(target, token=await self.world.token(), **headers)

    async def rows(self, target: str) -> list[dict[str, Any]]:
        """The rows of an answer that must have some."""
        answer = await self.get(target)
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json["embedded"]
        return found


def source_of(text: str, path: Path | str) -> DataSource:
    """A source on the production tier, from its declaration and the file or address of its database."""
    url = path if isinstance(path, str) else f"sqlite://{path}"
    return sealed(read_source(text, "toml"), production=url)
