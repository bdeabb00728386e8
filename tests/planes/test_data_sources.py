"""Somebody's own tables over the managed gateway: what they answer, and what happens when they change."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import pytest

from millgate.assembly import sources as sources_module
from millgate.assembly.sources import open_source
from millgate.core.settings import Settings
from millgate.plant.sources.reading import read_source
from millgate.snapshot.document import Account
from millgate.snapshot.sources import SourceDatabase
from millgate.stores.ports import Statement, StoreUnreachable, Work
from support.own_database import ORDERS, OwnWorld, changed, order_book, sealed, source_of

ALL = "/Erp/v1/Orders"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Somebody's database."""
    return order_book(tmp_path / "own.db")


def told(path: Path, story: Callable[[OwnWorld], Awaitable[None]], *texts: str, **given: Any) -> None:
    """Play a story in a world with sources over a file."""

    async def played() -> None:
        sources = [source_of(text, path) for text in texts or (ORDERS,)]
        own = OwnWorld(path.parent, *sources, **given)
        try:
            await story(own)
        finally:
            own.backends.close()

    asyncio.run(played())


def table(columns: str, *, name: str = "Things", of: str = "things", more: str = "") -> str:
    """The declaration of a source with one resource that every company may read."""
    return f"""
key = "own"
name = "Own"
suffix = "Own"
[[resources]]
name = "{name}"
table = {of!r}
every_company = true
{more}
fields = [{columns}]
"""


def test_a_table_answers_like_any_resource(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        page = (await own.get(f"{ALL}?limit=2&OrderNo=a-000%25")).json
        one = (await own.get(f"{ALL}/4")).json

        assert page["total"] == 6
        assert page["embedded"] == [
            {
                "orderId": 1,
                "orderNo": "A-0001",
                "dueDate": "2026-01-02T06:00:00Z",
                "quantity": 1.5,
                "open": True,
            },
            {
                "orderId": 2,
                "orderNo": "A-0002",
                "dueDate": "2026-01-03T06:00:00Z",
                "quantity": 3,
                "open": False,
            },
        ]
        assert [link["rel"] for link in page["links"]] == ["self", "first", "next", "last"]
        assert one["embedded"][0]["orderNo"] == "A-0004"

    told(path, story)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("OrderNo=A-0001", {1}),
        ("Number=A-0001&Number=A-0002&Number=A-0003", {1, 2}),
        ("Open=true&OrderNo=A-000%25", {1, 5, 7}),
        ("DueDateBegin=2026-01-02T06:00:00Z&DueDateEnd=2026-01-03T06:00:00Z", {1, 29, 85, 113}),
        ("openx=1", None),
        ("DueDateBegin=yesterday", None),
    ],
)
def test_filters_are_those_that_are_declared(path: Path, query: str, numbers: set[int] | None) -> None:
    async def story(own: OwnWorld) -> None:
        if numbers is None:
            assert (await own.get(f"{ALL}?{query}")).status == 400
        else:
            assert {row["orderId"] for row in await own.rows(f"{ALL}?{query}")} == numbers

    told(path, story)


def test_a_company_sees_its_own_rows_alone(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        answer = await own.get(f"{ALL}?limit=50")
        other = await own.get(f"{ALL}/3")

        assert answer.json["total"] == 80
        assert all(row["orderId"] % 3 for row in answer.json["embedded"])
        assert other.status == 404

    told(path, story)


@pytest.mark.parametrize(
    ("pcn", "status"), [("pcn = 1", 200), ("pcn = 2", 404), ("every_company = true", 200)]
)
def test_rows_without_a_companys_column_are_of_one_company_or_of_all(
    path: Path, pcn: str, status: int
) -> None:
    async def story(own: OwnWorld) -> None:
        answer = await own.get(f"{ALL}?limit=1")
        assert answer.status == status
        if status == 200:
            assert answer.json["total"] == 120

    told(path, story, ORDERS.replace('pcn = "company"', pcn))


def test_an_account_without_the_controller_reads_nothing(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        refused = await own.get(ALL)
        assert (refused.status, "ErpOrders" in refused.json["detail"]) == (403, True)

    text = ORDERS.replace('table = "order_book"', 'table = "order_book"\ncontroller = "ErpOrders"')

    async def closed(own: OwnWorld) -> None:
        base = own.world.holder.current.document
        directory = msgspec.structs.replace(base.directory, accounts=(Account("svc", (1,), ("Orders",), ()),))
        own.world.publish(msgspec.structs.replace(base, directory=directory))
        await story(own)

    told(path, closed, text)


def test_a_walk_reaches_every_row_once_and_no_page_passes_the_row_cap(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        keys, target = [], f"{ALL}?limit=500"
        while target:
            page = (await own.get(target)).json
            assert page["count"] <= 50
            keys += [row["orderId"] for row in page["embedded"]]
            links = {link["rel"]: link["href"] for link in page["links"]}
            target = f"{ALL}?{urlsplit(links['next']).query}" if "next" in links else ""
        assert keys == [n for n in range(1, 121) if n % 3]

    told(path, story)


def test_nothing_is_written_to_a_database_that_may_not_be_written(path: Path) -> None:
    path.chmod(0o444)
    before = path.read_bytes()

    async def story(own: OwnWorld) -> None:
        assert (await own.get(ALL)).status == 200

    told(path, story)
    assert path.read_bytes() == before
    assert sorted(item.name for item in path.parent.iterdir() if item.name.startswith("own")) == ["own.db"]


def test_an_export_holds_every_row(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        answer = await own.get(ALL, accept="text/csv")
        lines = answer.body.decode("utf-8-sig").splitlines()
        assert lines[0] == "orderId,orderNo,dueDate,quantity,open"
        assert len(lines) == 81

    told(path, story)


# Shapes of tables


def test_a_table_with_70_columns_and_a_view_of_it(tmp_path: Path) -> None:
    path = tmp_path / "wide.db"
    names = [f"column_{n}" for n in range(70)]
    changed(path, f"CREATE TABLE things ({', '.join(f'{name} INTEGER NOT NULL' for name in names)})")
    values = ", ".join(map(str, range(70)))
    changed(path, f"INSERT INTO things VALUES ({values})")  # noqa: S608 - a test's own
    changed(path, "CREATE VIEW later AS SELECT * FROM things WHERE column_0 < 10")
    fields = ", ".join(f'{{ column = "{name}", kind = "integer" }}' for name in names)

    async def story(own: OwnWorld) -> None:
        for resource in ("Things", "Later"):
            (row,) = await own.rows(f"/Own/v1/{resource}")
            assert row == {f"column{n}": n for n in range(70)}

    text = table(fields, more='key = "column_0"')
    view = f'[[resources]]\nname = "Later"\ntable = "later"\nevery_company = true\nfields = [{fields}]'
    told(path, story, text + view)


def test_a_table_without_a_key_loses_no_row_that_is_like_another(tmp_path: Path) -> None:
    path = tmp_path / "alike.db"
    changed(path, "CREATE TABLE things (a TEXT, b INTEGER)")
    rows = [("x", 1)] * 4 + [(None, 2), ("y", None), (None, None)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO things VALUES (?, ?)", rows)

    async def story(own: OwnWorld) -> None:
        found, target = [], "/Own/v1/Things?limit=2"
        while target:
            page = (await own.get(target)).json
            found += [(row["a"], row["b"]) for row in page["embedded"]]
            links = {link["rel"]: link["href"] for link in page["links"]}
            target = f"/Own/v1/Things?{urlsplit(links['next']).query}" if "next" in links else ""
        assert sorted(found, key=str) == sorted(rows, key=str)
        assert (await own.get("/Own/v1/Things/1")).json["message"] == "Resource not found"

    told(path, story, table('{ column = "a" }, { column = "b", kind = "integer" }', more='sort = ["a"]'))


def test_rows_that_lack_a_sorted_value_are_reached_too(tmp_path: Path) -> None:
    path = tmp_path / "lacking.db"
    changed(path, "CREATE TABLE things (id INTEGER PRIMARY KEY, due TEXT)")
    changed(path, "INSERT INTO things (due) VALUES ('2026-01-02'), (NULL), ('2026-01-01'), (NULL), (NULL)")

    async def story(own: OwnWorld) -> None:
        found, target = [], "/Own/v1/Things?limit=2"
        while target:
            page = (await own.get(target)).json
            found += [row["id"] for row in page["embedded"]]
            links = {link["rel"]: link["href"] for link in page["links"]}
            target = f"/Own/v1/Things?{urlsplit(links['next']).query}" if "next" in links else ""
        assert found == [2, 4, 5, 3, 1]

    fields = '{ column = "id", kind = "integer" }, { column = "due", kind = "date" }'
    told(path, story, table(fields, more='key = "id"\nsort = ["due"]'))


def test_a_key_may_be_a_text(tmp_path: Path) -> None:
    path = tmp_path / "codes.db"
    changed(
        path, "CREATE TABLE things (code TEXT PRIMARY KEY); INSERT INTO things VALUES ('a'), ('ä \"b'), ('z')"
    )

    async def story(own: OwnWorld) -> None:
        odd = 'ä "b'
        assert await own.rows(f"/Own/v1/Things/{quote(odd)}") == [{"code": odd}]
        assert [row["code"] for row in await own.rows("/Own/v1/Things")] == ["a", "z", odd]

    told(path, story, table('{ column = "code", nullable = false }', more='key = "code"'))


HOSTILE = (
    'x"; DROP TABLE things; --',
    "select",
    "it's",
    "größe",
    "a.b",
    "{rows}",
    "{greatest}",
    ":pcn",
    "%s ? $1",
    "日本",
    "x" * 64,
    "[br]ackets`",
    "back\\slash",
    "millgate_7",
)


def test_identifiers_of_any_kind_are_only_names(tmp_path: Path) -> None:
    path = tmp_path / "hostile.db"
    quoted = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in HOSTILE]
    odd = 'order "book"; --'
    name = f'"{odd.replace(chr(34), chr(34) * 2)}"'
    changed(path, f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, {', '.join(f'{q} TEXT' for q in quoted)})")
    values = ", ".join(f"'v{n}'" for n in range(len(HOSTILE)))
    changed(path, f"INSERT INTO {name} VALUES (1, {values})")  # noqa: S608 - a test's own
    fields = "".join(
        f"[[resources.fields]]\ncolumn = '''{column}'''\nname = \"f{n}\"\n"
        for n, column in enumerate(HOSTILE)
    )
    filters = "".join(
        f"[[resources.filters]]\ncolumn = '''{column}'''\nname = \"F{n}\"\n"
        for n, column in enumerate(HOSTILE)
    )
    text = (
        'key = "own"\nname = "Own"\nsuffix = "Own"\n[[resources]]\nname = "Things"\n'
        f"table = '''{odd}'''\nkey = \"id\"\nevery_company = true\n"
        f'[[resources.fields]]\ncolumn = "id"\nkind = "integer"\n{fields}{filters}'
    )

    async def story(own: OwnWorld) -> None:
        expected = {"id": 1} | {f"f{n}": f"v{n}" for n in range(len(HOSTILE))}
        assert await own.rows("/Own/v1/Things") == [expected]
        for n in range(len(HOSTILE)):
            assert await own.rows(f"/Own/v1/Things?F{n}=v{n}") == [expected]
            assert (await own.get(f"/Own/v1/Things?F{n}=no")).status == 404

    told(path, story, text)


@pytest.mark.parametrize(
    ("stored", "column_type", "value", "shown"),
    [
        ("text", "TEXT", "'2026-01-31 06:00:00'", "2026-01-31T06:00:00Z"),
        ("text", "TEXT", "'2026-01-31 06:00:00.250000'", "2026-01-31T06:00:00.250000Z"),
        ("iso", "TEXT", "'2026-01-31T06:00:00Z'", "2026-01-31T06:00:00Z"),
        ("iso", "TEXT", "'2026-01-31T01:00:00-05:00'", "2026-01-31T06:00:00Z"),
        ("iso", "TEXT", "'2026-01-31T06:00'", "2026-01-31T06:00:00Z"),
        ("iso", "TEXT", "'2026-01-31T06:00:00.250Z'", "2026-01-31T06:00:00.250000Z"),
        ("epoch", "INTEGER", "1769839200", "2026-01-31T06:00:00Z"),
        ("epoch", "REAL", "1769839200.25", "2026-01-31T06:00:00.250000Z"),
    ],
)
def test_instants_are_read_as_other_programs_keep_them(
    tmp_path: Path, stored: str, column_type: str, value: str, shown: str
) -> None:
    path = tmp_path / "times.db"
    changed(path, f"CREATE TABLE things (at {column_type})")
    changed(path, f"INSERT INTO things VALUES ({value}), (NULL)")  # noqa: S608 - a test's own
    more = """filters = [
      { name = "Begin", column = "at", operator = "since" }, { name = "End", column = "at", operator = "before" },
    ]"""

    async def story(own: OwnWorld) -> None:
        assert {row["at"] for row in await own.rows("/Own/v1/Things")} == {shown, None}
        assert await own.rows(f"/Own/v1/Things?Begin={shown}") == [{"at": shown}]
        assert (await own.get(f"/Own/v1/Things?End={shown}")).status == 404

    told(path, story, table(f'{{ column = "at", kind = "instant", stored = "{stored}" }}', more=more))


def test_any_column_can_be_shown_as_a_text(tmp_path: Path) -> None:
    path = tmp_path / "mixed.db"
    changed(path, "CREATE TABLE things (code); INSERT INTO things VALUES (12), ('A12'), (1.5)")

    async def story(own: OwnWorld) -> None:
        assert sorted(row["code"] for row in await own.rows("/Own/v1/Things")) == ["1.5", "12", "A12"]

    told(path, story, table('{ column = "code", stored = "any" }'))


# What goes wrong


@pytest.mark.parametrize(
    ("harm", "column", "mend"),
    [
        (
            "ALTER TABLE order_book DROP COLUMN quantity",
            "quantity",
            "ALTER TABLE order_book ADD COLUMN quantity REAL",
        ),
        (
            "ALTER TABLE order_book RENAME COLUMN due_date TO due",
            "due_date",
            "ALTER TABLE order_book RENAME COLUMN due TO due_date",
        ),
        (
            "UPDATE order_book SET quantity = 'many' WHERE order_id = 2",
            "quantity",
            "UPDATE order_book SET quantity = 2 WHERE order_id = 2",
        ),
        (
            "UPDATE order_book SET due_date = x'00ff' WHERE order_id = 2",
            "due_date",
            "UPDATE order_book SET due_date = NULL WHERE order_id = 2",
        ),
        (
            "ALTER TABLE order_book RENAME COLUMN company TO pcn",
            "company",
            "ALTER TABLE order_book RENAME COLUMN pcn TO company",
        ),
    ],
)
def test_a_changed_column_is_named_and_noticed_and_heals(
    path: Path, harm: str, column: str, mend: str
) -> None:
    async def story(own: OwnWorld) -> None:
        assert (await own.get(ALL)).status == 200
        changed(path, harm)
        failed = await own.get(ALL)
        again = await own.get(ALL)
        changed(path, mend)

        assert (failed.status, again.status) == (500, 500)
        assert failed.json == {"type": None, "title": "Unknown Error", "status": 500, "detail": column}
        assert [notice.subject for notice in own.told.notices] == [f"source orders, Orders.{column}"] * 2
        assert {notice.kind for notice in own.told.notices} == {"column"}
        assert (await own.get(ALL)).status == 200
        assert len(own.told.notices) == 2

    told(path, story)


def test_a_column_that_fails_in_the_middle_of_an_export_is_noticed(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO order_book VALUES (?, ?, NULL, 'many', 0, 1)",
            [(n, f"B-{n}") for n in range(5000, 5001)],
        )
        connection.executemany(
            "INSERT INTO order_book VALUES (?, ?, NULL, 1, 0, 1)",
            [(n, f"A-x{n}") for n in range(1000, 2500)],
        )

    async def story(own: OwnWorld) -> None:
        with pytest.raises(Exception, match="millgate_3"):
            await own.get(ALL, accept="text/csv")
        assert [notice.subject for notice in own.told.notices] == ["source orders, Orders.quantity"]

    told(path, story)


def test_a_missing_database_is_noticed_and_found_when_it_is_there(path: Path) -> None:
    away = path.with_name("away.db")
    path.rename(away)

    async def story(own: OwnWorld) -> None:
        failed = await own.get(ALL)
        assert failed.status == 500
        assert "SQL data store" in failed.json["detail"]
        assert [(n.kind, n.subject) for n in own.told.notices] == [
            ("database", "source orders, production tier")
        ]
        away.rename(path)
        assert (await own.get(ALL)).status == 200

    told(path, story)


def test_a_statement_is_stopped_at_the_sources_deadline(tmp_path: Path) -> None:
    path = tmp_path / "slow.db"
    changed(
        path,
        "CREATE VIEW things AS WITH RECURSIVE n (a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n)"
        " SELECT max(a) AS a FROM n",
    )

    async def story(own: OwnWorld) -> None:
        answer = await own.get("/Own/v1/Things")
        assert (answer.status, answer.json["detail"][:15]) == (500, "Timeout expired")
        assert not own.told.notices

    text = table('{ column = "a", kind = "integer" }').replace(
        'suffix = "Own"', 'suffix = "Own"\nseconds = 0.2'
    )
    told(path, story, text)


# Publishing while serving


def test_a_newer_declaration_takes_effect_and_a_removed_source_is_gone(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        assert "quantity" in (await own.rows(ALL))[0]
        lines = [line for line in ORDERS.splitlines() if '"quantity"' not in line]
        own.publish(source_of("\n".join(lines), path))
        assert "quantity" not in (await own.rows(ALL))[0]
        own.publish()
        assert (await own.get(ALL)).json == {"statusCode": 404, "message": "Resource not found"}

    told(path, story)


def test_a_source_follows_its_database_to_another_place(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        assert (await own.get(ALL)).json["total"] == 80
        own.publish(source_of(ORDERS, order_book(path.with_name("newer.db"), rows=30)))
        assert (await own.get(ALL)).json["total"] == 20

    told(path, story)


def test_each_tier_has_its_own_database(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        test = order_book(path.with_name("test.db"), rows=3)
        urls = {"production": f"sqlite://{path}", "test": "sqlite:test.db"}
        own.publish(sealed(read_source(ORDERS, "toml"), **urls))
        assert test.exists()
        assert (await own.get(ALL)).json["total"] == 80
        assert (await own.get(f"/test{ALL}")).json["total"] == 2

    told(path, story)


def test_an_address_sealed_for_another_source_is_not_opened(path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        stolen = own.world.holder.current.document.catalogue.sources[0].databases[0].url
        other = read_source(ORDERS.replace('key = "orders"', 'key = "others"'), "toml")
        own.publish(msgspec.structs.replace(other, databases=(SourceDatabase("production", stolen),)))
        assert (await own.get(ALL)).status == 500
        assert [notice.kind for notice in own.told.notices] == ["database"]

    told(path, story)


def test_a_text_that_is_not_utf_8_is_named_and_noticed(path: Path) -> None:
    changed(path, "UPDATE order_book SET order_no = CAST(x'41e9' AS TEXT) WHERE order_id = 1")

    async def story(own: OwnWorld) -> None:
        failed = await own.get(f"{ALL}/1")
        assert failed.json == {"type": None, "title": "Unknown Error", "status": 500, "detail": "order_no"}
        assert own.told.notices[-1].subject == "source orders, Orders.order_no"

    told(path, story)


async def until(comes: Callable[[], bool]) -> None:
    """Wait for what happens on another thread, or in the middle of a call."""
    while not comes():  # noqa: ASYNC110 - it sets no event of ours
        await asyncio.sleep(0.001)


def opened(path: Path) -> bool:
    """Whether this process has a file open."""
    return any(link.is_symlink() and link.resolve() == path for link in Path("/proc/self/fd").iterdir())


def test_a_call_that_runs_while_its_source_changes_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "slow.db"
    changed(
        path,
        "CREATE VIEW things AS WITH RECURSIVE n (a) AS"
        " (SELECT 1 UNION ALL SELECT a + 1 FROM n LIMIT 1500000) SELECT max(a) AS a FROM n",
    )
    text = table('{ column = "a", kind = "integer" }')

    async def story(own: OwnWorld) -> None:
        running = asyncio.create_task(own.get("/Own/v1/Things"))
        await until(lambda: bool(own.backends._open))
        own.publish(source_of(ORDERS, order_book(path.with_name("own.db"))))
        assert (await own.get(ALL)).status == 200
        assert not running.done()
        assert (await running).json["embedded"] == [{"a": 1_500_000}]

    told(path, story, text, query_seconds=30)


def test_the_database_of_a_source_that_changed_is_let_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources_module, "_GRACE_SECONDS", 0.0)

    async def story(own: OwnWorld) -> None:
        assert (await own.get(ALL)).status == 200
        assert opened(path)
        own.publish(source_of(ORDERS, order_book(path.with_name("newer.db"))))
        assert (await own.get(ALL)).status == 200
        assert sorted(own.backends) == ["echo", "source.orders"]
        assert len(own.backends) == 2
        await until(lambda: not opened(path))
        assert (await own.get(ALL)).status == 200

    told(path, story, query_seconds=0.5)


def test_nothing_can_be_written_through_a_source(path: Path) -> None:
    async def story() -> None:
        store = open_source(f"sqlite://{path}", Settings(home=path.parent))

        def work() -> Work[None]:
            yield Statement("DELETE FROM order_book", {})

        with pytest.raises(StoreUnreachable, match="only read"):
            await store.transact(work, 5)
        store.close()

    asyncio.run(story())
