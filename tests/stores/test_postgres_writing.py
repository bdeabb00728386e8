"""Many rows at once into the plant's tables on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Barrier

import psycopg
import pytest

from millgate.plant import sample
from millgate.plant.sample.ledger import FIRST_FREE_KEY
from millgate.stores.ports import ReadRows, RowConflict, StoreUnreachable
from millgate.stores.postgres.writing import PostgresPlantWriter
from support.postgres import drop, fresh_database, migrated_plant

NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)


@pytest.fixture
def url() -> Iterator[str]:
    made = migrated_plant()
    yield made
    drop(made)


@dataclass(frozen=True)
class Some:
    """Rows as the port has them."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


BUILDING = ("building_key", "pcn", "building_code", "name", "city", "state", "country", "active")


def buildings(*rows: tuple[object, ...]) -> Some:
    given: list[tuple[object, ...]] = [
        (key, 1, code, name, "", "", "", 1, "2026-03-14 05:06:07") for key, code, name in rows
    ]
    return Some("plant_building", (*BUILDING, "modified_date"), given)


def query(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql.encode()).fetchall()


def test_rows_are_put_by_their_first_column_with_values_of_their_types(url: str) -> None:
    writer = PostgresPlantWriter(url)
    text = "tab\t line\n back\\slash \\N 'quote' \U0001d518"

    assert writer.put([buildings((1, "A", "old"), (2, "B", text))]) == 2
    assert writer.put([buildings((1, "A", "new"))]) == 1
    assert query(url, "SELECT name, active, modified_date FROM plant_building ORDER BY building_key") == [
        ("new", True, datetime(2026, 3, 14, 5, 6, 7, tzinfo=UTC)),
        (text, True, datetime(2026, 3, 14, 5, 6, 7, tzinfo=UTC)),
    ]


def test_of_two_rows_with_one_key_the_last_counts(url: str) -> None:
    PostgresPlantWriter(url).put([buildings((1, "A", "first"), (1, "A", "last"))])
    assert query(url, "SELECT name FROM plant_building") == [("last",)]


def test_instants_are_read_as_utc_whatever_the_server_says(url: str) -> None:
    name = url.rpartition("/")[2]
    with psycopg.connect(url) as connection:
        connection.execute(f"ALTER DATABASE \"{name}\" SET timezone TO 'America/Detroit'".encode())
    PostgresPlantWriter(url).put([buildings((1, "A", "x"))])

    assert query(url, "SELECT modified_date AT TIME ZONE 'UTC' FROM plant_building") == [
        (datetime(2026, 3, 14, 5, 6, 7),)  # noqa: DTZ001 - what the server says without a zone
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        buildings((3, "A", "the code of another")),
        Some(
            "plant_department",
            ("department_key", "pcn", "department_no", "name", "building_key"),
            [(1, 1, 1, "x", 99)],
        ),
        Some("plant_building", ("building_key", "pcn"), [(4, None)]),
    ],
    ids=["unique", "reference", "missing"],
)
def test_a_contradiction_leaves_nothing_behind(url: str, wrong: Some) -> None:
    with pytest.raises(RowConflict):
        PostgresPlantWriter(url).put([buildings((1, "A", "x"), (2, "B", "y")), wrong])
    assert query(url, "SELECT count(*) FROM plant_building") == [(0,)]


def test_batches_that_fail_to_come_leave_nothing_behind(url: str) -> None:
    def batches() -> Iterator[Some]:
        yield buildings((1, "A", "x"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PostgresPlantWriter(url).put(batches())
    assert query(url, "SELECT count(*) FROM plant_building") == [(0,)]


def test_what_cannot_be_stored_is_told(url: str) -> None:
    with pytest.raises(StoreUnreachable):
        PostgresPlantWriter(url).put([Some("plant_nothing", ("a",), [(1,)])])


def test_a_scalar_is_the_first_column_of_the_first_row(url: str) -> None:
    writer = PostgresPlantWriter(url)

    assert writer.scalar("SELECT n, 'x' FROM generate_series(5, 6) n") == 5
    assert writer.scalar("SELECT state FROM plant_simulation") is None
    with pytest.raises(StoreUnreachable):
        writer.scalar("SELECT nothing FROM nowhere")


def test_a_database_without_tables_says_so() -> None:
    url = fresh_database()
    with pytest.raises(StoreUnreachable, match="plant_simulation"):
        PostgresPlantWriter(url).scalar("SELECT state FROM plant_simulation")
    drop(url)


def test_the_sample_company_is_stored_and_moves_on(url: str) -> None:
    writer = PostgresPlantWriter(url)
    put = writer.put(sample.generate(seed=7, now=NOW, days=3))
    state = writer.scalar("SELECT state FROM plant_simulation")
    before = writer.scalar("SELECT count(*) FROM plant_production_log")

    assert put > 1000
    assert isinstance(state, str)
    assert writer.put(sample.advance(state=state, now=NOW + timedelta(hours=2))) > 0
    assert writer.scalar("SELECT count(*) FROM plant_production_log") > before  # type: ignore[operator] # numbers
    assert writer.scalar("SELECT max(production_log_key) FROM plant_production_log") < FIRST_FREE_KEY  # type: ignore[operator]


def test_after_many_rows_the_server_knows_how_large_each_table_is(url: str) -> None:
    """A table whose size it does not know counts as -1, and reports that join it are planned badly."""
    batches = list(sample.generate(seed=7, now=NOW, days=3))
    PostgresPlantWriter(url).put(batches)
    unknown = {name for (name,) in query(url, "SELECT relname FROM pg_class WHERE reltuples = -1")}

    assert [batch.table for batch in batches if batch.table in unknown] == []


def test_rows_that_plants_make_get_keys_of_their_own(url: str) -> None:
    """Written with a key they keep it; without one, the database begins behind the sample company's."""
    tables = {
        "plant_part": "part_key",
        "plant_approved_workcenter": "approved_workcenter_key",
        "plant_job": "job_key",
        "plant_job_operation": "job_op_key",
        "plant_workcenter_setup": "setup_key",
        "plant_status_log": "log_key",
        "plant_production_log": "production_log_key",
        "plant_scrap_log": "scrap_log_key",
    }
    for table, key in tables.items():
        first = query(url, f"SELECT nextval(pg_get_serial_sequence('{table}', '{key}'))")
        assert first == [(FIRST_FREE_KEY,)]


# Reading and putting in one


def test_what_is_revised_is_read_and_put_in_one_transaction(url: str) -> None:
    """Two that each put a row only when there is none: whoever is second sees the first one's row."""
    writer = PostgresPlantWriter(url)
    both = Barrier(2)
    calls: list[int] = []

    def make(name: str) -> Callable[[ReadRows], list[Some]]:
        def make_(read: ReadRows) -> list[Some]:
            calls.append(1)
            found = read("SELECT 1 FROM plant_building")
            if len(calls) <= 2:
                both.wait(20)
            return [] if found else [buildings((len(name), name, name))]

        return make_

    with ThreadPoolExecutor(2) as threads:
        put = [threads.submit(writer.revise, make(name)) for name in ("A", "BB")]
    assert sorted(each.result() for each in put) == [0, 1]
    assert len(calls) == 3
    assert query(url, "SELECT count(*) FROM plant_building") == [(1,)]


def test_rows_are_read_in_utc(url: str) -> None:
    writer = PostgresPlantWriter(url)
    writer.put([buildings((1, "A", "x"))])

    assert writer.rows("SELECT building_key, modified_date, modified_date::text FROM plant_building") == [
        (1, datetime(2026, 3, 14, 5, 6, 7, tzinfo=UTC), "2026-03-14 05:06:07+00")
    ]
