"""Somebody's own tables in a PostgreSQL database over the managed gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from support import postgres
from support.own_database import ORDERS, OwnWorld, source_of

DECLARED = (
    ORDERS.replace('key = "orders"', 'key = "orders"\ndialect = "postgresql"', 1)
    .replace('table = "order_book"', 'table = "order_book"\nschema = "Sales Dept"')
    .replace(
        "fields = [",
        "fields = [\n"
        '  { column = "made", kind = "instant" },\n'
        '  { column = "seen", kind = "instant", stored = "epoch" },\n'
        '  { column = "said", kind = "instant", stored = "iso" },\n'
        '  { column = "day", kind = "date" },\n'
        '  { column = "start", kind = "time of day" },\n'
        '  { column = "id", stored = "any" },',
    )
)
TABLES = """
CREATE SCHEMA "Sales Dept";
CREATE TABLE "Sales Dept".order_book (
  order_id bigint PRIMARY KEY, order_no varchar(20) NOT NULL, due_date timestamptz, quantity numeric(19, 5),
  open boolean, company integer NOT NULL, made timestamp, seen double precision, said text, day date,
  start time, id uuid
);
INSERT INTO "Sales Dept".order_book
  SELECT n, 'A-' || lpad(n::text, 4, '0'), timestamptz '2026-01-01 06:00:00Z' + n % 28 * interval '1 day',
    n * 1.5, n % 2 = 1, CASE WHEN n % 3 = 0 THEN 2 ELSE 1 END, timestamp '2026-01-31 06:00:00.25', 1769839200,
    '2026-01-31T01:00:00-05:00', date '2026-01-31', time '06:00:00', '00000000-0000-0000-0000-000000000001'
  FROM generate_series(1, 120) AS n;
"""
ALL = "/Erp/v1/Orders"


@pytest.fixture
def url() -> Iterator[str]:
    """Somebody's database."""
    url = postgres.fresh_database()
    changed(url, TABLES)
    yield url
    postgres.drop(url)


def changed(url: str, script: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script)


def told(url: str, home: Path, story: Callable[[OwnWorld], Awaitable[None]], text: str = DECLARED) -> None:
    """Play a story in a world with a source over a database."""

    async def played() -> None:
        own = OwnWorld(home, source_of(text, url))
        try:
            await story(own)
        finally:
            own.backends.close()

    asyncio.run(played())


def test_a_table_answers_with_every_kind_of_value(url: str, tmp_path: Path) -> None:
    async def story(own: OwnWorld) -> None:
        assert await own.rows(f"{ALL}/4") == [
            {
                "made": "2026-01-31T06:00:00.250000Z",
                "seen": "2026-01-31T06:00:00Z",
                "said": "2026-01-31T06:00:00Z",
                "day": "2026-01-31",
                "start": "06:00",
                "id": "00000000-0000-0000-0000-000000000001",
                "orderId": 4,
                "orderNo": "A-0004",
                "dueDate": "2026-01-05T06:00:00Z",
                "quantity": 6,
                "open": False,
            }
        ]

    told(url, tmp_path, story)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("OrderNo=a-0001", {1}),
        ("Number=A-0001&Number=A-0002&Number=A-0003", {1, 2}),
        ("Open=true&OrderNo=A-000%25", {1, 5, 7}),
        ("DueDateBegin=2026-01-02T06:00:00Z&DueDateEnd=2026-01-03T06:00:00Z", {1, 29, 85, 113}),
    ],
)
def test_filters_are_those_that_are_declared(url: str, tmp_path: Path, query: str, numbers: set[int]) -> None:
    async def story(own: OwnWorld) -> None:
        assert {row["orderId"] for row in await own.rows(f"{ALL}?{query}")} == numbers

    told(url, tmp_path, story)


@pytest.mark.parametrize("pcn", ['pcn = "company"', "every_company = true", "pcn = 1"])
def test_a_walk_reaches_the_companys_rows_once(url: str, tmp_path: Path, pcn: str) -> None:
    async def story(own: OwnWorld) -> None:
        keys, target = [], f"{ALL}?limit=500"
        while target:
            page = (await own.get(target)).json
            assert page["count"] <= 50
            keys += [row["orderId"] for row in page["embedded"]]
            links = {link["rel"]: link["href"] for link in page["links"]}
            target = f"{ALL}?{urlsplit(links['next']).query}" if "next" in links else ""
        assert keys == [n for n in range(1, 121) if n % 3 or pcn != 'pcn = "company"']

    told(url, tmp_path, story, DECLARED.replace('pcn = "company"', pcn))


def test_a_view_without_a_key_loses_no_row(url: str, tmp_path: Path) -> None:
    changed(url, "CREATE VIEW alike AS SELECT 'x'::text AS a, NULL::int AS b FROM generate_series(1, 5)")
    text = """
key = "own"
name = "Own"
suffix = "Own"
dialect = "postgresql"
[[resources]]
name = "Alike"
table = "alike"
every_company = true
sort = ["b"]
fields = [{ column = "a" }, { column = "b", kind = "integer" }]
"""

    async def story(own: OwnWorld) -> None:
        page = (await own.get("/Own/v1/Alike?limit=2")).json
        assert (page["total"], page["count"]) == (5, 2)
        assert len(await own.rows("/Own/v1/Alike?limit=2&offset=4")) == 1

    told(url, tmp_path, story, text)


@pytest.mark.parametrize(
    ("harm", "column", "mend"),
    [
        ("DROP COLUMN quantity", "quantity", "ADD COLUMN quantity numeric"),
        ("RENAME COLUMN due_date TO due", "due_date", "RENAME COLUMN due TO due_date"),
        (
            "ALTER COLUMN quantity TYPE text USING 'many'",
            "quantity",
            "ALTER COLUMN quantity TYPE numeric USING 1",
        ),
        (
            "ALTER COLUMN said TYPE text USING 'yesterday at noon'",
            "said",
            "ALTER COLUMN said TYPE text USING NULL",
        ),
        ("RENAME COLUMN company TO pcn", "company", "RENAME COLUMN pcn TO company"),
        (
            "ALTER COLUMN company TYPE text",
            "company",
            "ALTER COLUMN company TYPE integer USING company::integer",
        ),
    ],
)
def test_a_changed_column_is_named_and_noticed_and_heals(
    url: str, tmp_path: Path, harm: str, column: str, mend: str
) -> None:
    async def story(own: OwnWorld) -> None:
        assert (await own.get(ALL)).status == 200
        await asyncio.to_thread(changed, url, f'ALTER TABLE "Sales Dept".order_book {harm}')
        failed = await own.get(ALL)
        await asyncio.to_thread(changed, url, f'ALTER TABLE "Sales Dept".order_book {mend}')

        assert failed.status == 500
        assert failed.json == {"type": None, "title": "Unknown Error", "status": 500, "detail": column}
        assert {notice.subject for notice in own.told.notices} == {f"source orders, Orders.{column}"}
        assert (await own.get(ALL)).status == 200

    told(url, tmp_path, story)


def test_identifiers_of_any_kind_are_only_names(url: str, tmp_path: Path) -> None:
    names = (
        'x"; DROP TABLE things; --',
        "select",
        "it's",
        "größe",
        "a.b",
        "{rows}",
        ":pcn",
        "%s $1",
        "x" * 63,
    )
    quoted = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names]
    changed(url, f'CREATE TABLE "Odd ""one""" (id int PRIMARY KEY, {", ".join(f"{q} text" for q in quoted)})')
    values = ", ".join(f"'v{n}'" for n in range(len(names)))
    changed(url, f'INSERT INTO "Odd ""one""" VALUES (1, {values})')  # noqa: S608 - a test's own
    parts = "".join(
        f"[[resources.fields]]\ncolumn = '''{column}'''\nname = \"f{n}\"\n"
        f"[[resources.filters]]\ncolumn = '''{column}'''\nname = \"F{n}\"\n"
        for n, column in enumerate(names)
    )
    text = (
        'key = "own"\nname = "Own"\nsuffix = "Own"\ndialect = "postgresql"\n[[resources]]\nname = "Things"\n'
        'table = \'Odd "one"\'\nkey = "id"\nevery_company = true\n'
        f'[[resources.fields]]\ncolumn = "id"\nkind = "integer"\n{parts}'
    )

    async def story(own: OwnWorld) -> None:
        expected = {"id": 1} | {f"f{n}": f"v{n}" for n in range(len(names))}
        for n in range(len(names)):
            assert await own.rows(f"/Own/v1/Things?F{n}=v{n}") == [expected]

    told(url, tmp_path, story, text)


def test_a_server_that_lets_nobody_in_is_noticed_without_the_password(url: str, tmp_path: Path) -> None:
    parts = urlsplit(url)
    wrong = f"postgresql://somebody:{quote('s3cret word')}@{parts.hostname}:{parts.port}{parts.path}"

    async def story(own: OwnWorld) -> None:
        failed = await own.get(ALL)
        assert failed.status == 500
        assert [notice.subject for notice in own.told.notices] == ["source orders, production tier"]
        assert "s3cret" not in str(own.told.notices) + failed.body.decode()

    told(wrong, tmp_path, story)


def test_a_table_that_may_not_be_read_is_noticed(url: str, tmp_path: Path) -> None:
    changed(url, "DROP ROLE IF EXISTS millgate_reader")
    changed(url, "CREATE ROLE millgate_reader LOGIN PASSWORD 'reads alone'")
    changed(url, 'GRANT USAGE ON SCHEMA "Sales Dept" TO millgate_reader')
    parts = urlsplit(url)
    reader = f"postgresql://millgate_reader:reads%20alone@{parts.hostname}:{parts.port}{parts.path}"

    async def story(own: OwnWorld) -> None:
        assert (await own.get(ALL)).status == 500
        assert "permission denied" in own.told.notices[0].text
        await asyncio.to_thread(changed, url, 'GRANT SELECT ON "Sales Dept".order_book TO millgate_reader')
        assert (await own.get(ALL)).status == 200

    try:
        told(reader, tmp_path, story)
    finally:
        changed(url, "DROP OWNED BY millgate_reader; DROP ROLE millgate_reader")
