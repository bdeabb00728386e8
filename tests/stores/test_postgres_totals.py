"""When a total is counted again. On a server of its own: whatever is written to one is seen by all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import psycopg
import pytest

from millgate.stores.ports import Select
from millgate.stores.postgres.plant import PostgresPlant
from support.postgres import Server, require_postgres

PLENTY = 20.0
# Each count takes a lock that stays with its session, so that it can be seen from outside how often it ran.
MADE: Final = """
    CREATE TABLE item (id bigint);
    INSERT INTO item SELECT generate_series(1, 500);
    CREATE FUNCTION counted(low bigint) RETURNS bigint VOLATILE LANGUAGE sql AS $$
        SELECT count(pg_advisory_lock(1)) FROM (SELECT 1) AS once;
        SELECT count(*) FROM item WHERE id > low $$;
"""


@pytest.fixture
def server() -> Iterator[Server]:
    require_postgres()
    with Server() as made:
        execute(made.url(), MADE)
        yield made


@pytest.fixture
def url(server: Server) -> str:
    return server.url()


def execute(url: str, sql: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(sql.encode())


def asked(low: int = 0) -> Select:
    return Select("SELECT 'x' WHERE :low >= 0", "SELECT counted(CAST(:low AS bigint))", {"low": low})


def holders(url: str) -> int:
    """How many sessions hold the lock of a count."""
    with psycopg.connect(url) as connection:
        held = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
    assert held is not None
    return int(held[0])


async def counts(plant: PostgresPlant, url: str, low: int = 0) -> tuple[int, bool]:
    """The total of one read, and whether it was counted for it."""
    total = (await plant.select(asked(low), PLENTY)).total
    counted = await asyncio.to_thread(holders, url) == 1
    await plant.select(Select("SELECT pg_advisory_unlock_all()::text", "SELECT 0", {}), PLENTY)
    return total, counted


def test_a_total_is_counted_once_while_nothing_is_written(url: str) -> None:
    async def run() -> None:
        plant = PostgresPlant(url, pool_size=1)
        assert [await counts(plant, url) for _ in range(3)] == [(500, True), (500, False), (500, False)]
        assert [await counts(plant, url, 100) for _ in range(2)] == [(400, True), (400, False)]
        assert await counts(plant, url) == (500, False)
        plant.close()

    asyncio.run(run())


def test_a_total_is_counted_again_after_a_write(url: str) -> None:
    async def run() -> None:
        plant = PostgresPlant(url, pool_size=1)
        assert await counts(plant, url) == (500, True)
        await asyncio.to_thread(execute, url, "DELETE FROM item WHERE id > 400")
        assert [await counts(plant, url) for _ in range(2)] == [(400, True), (400, False)]
        plant.close()

    asyncio.run(run())


def test_a_total_is_counted_again_on_a_new_connection(url: str) -> None:
    """The server may be another, or the same restored to an earlier state."""

    async def run() -> None:
        plant = PostgresPlant(url, pool_size=1)
        assert await counts(plant, url) == (500, True)
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millgate'"
        await asyncio.to_thread(execute, url, ended)
        assert await counts(plant, url) == (500, True)
        plant.close()

    asyncio.run(run())


def test_on_a_standby_a_total_is_counted_each_time(server: Server) -> None:
    """It does not name every transaction that runs, so its views cannot be told apart."""
    server.stand_by()

    async def run() -> None:
        plant = PostgresPlant(server.url(), pool_size=1)
        assert [await counts(plant, server.url()) for _ in range(2)] == [(500, True), (500, True)]
        plant.close()

    asyncio.run(run())
