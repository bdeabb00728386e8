"""Real failures of a plant's database give the documented 500s, and the plant answers again when they end."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from millgate.plant.backend import PlantBackend
from millgate.stores.ports import PlantStore
from millgate.stores.postgres.plant import PostgresPlant
from millgate.stores.sqlite.plant import SqlitePlant
from support.plant_database import CLOCK, call, small_plant
from support.postgres import Server, migrated_plant, require_postgres

UNREACHABLE = (
    "An attempt to use the SQL data store has failed.  A network-related or instance-specific error occurred"
    " while establishing a connection to SQL Server. The server was not found or was not accessible."
)
CONNECT_TIMEOUT = "An attempt to establish a SQL connection has timed out.  Connection Timeout Expired."
TOO_SLOW = (
    "Timeout expired.  The timeout period elapsed prior to completion of the operation or the server is not"
    " responding."
)
EMPTY = "Resource not found. Buildings"


async def buildings(store: PlantStore, seconds: float = 5.0) -> tuple[int, dict[str, object]]:
    """Status and body of the list of buildings."""
    answer = await PlantBackend({"production": store}, CLOCK, seconds)(call("Buildings.list"))
    assert isinstance(answer.body, bytes)
    return answer.status, json.loads(answer.body)


def failed(detail: str) -> tuple[int, dict[str, object]]:
    """The documented answer, which names no instance."""
    return 500, {"type": None, "title": "Unknown Error", "status": 500, "detail": detail}


@asynccontextmanager
async def postgres(url: str, connect_seconds: float = 5.0) -> AsyncIterator[PostgresPlant]:
    store = PostgresPlant(url, pool_size=2, connect_seconds=connect_seconds)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    require_postgres()
    with Server() as made:
        yield made


def test_a_stopped_server_is_unreachable_and_found_again(server: Server) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS plant_building (pcn int)")

    async def run() -> None:
        async with postgres(server.url()) as store:
            before = await buildings(store)
            await asyncio.to_thread(server.stop)
            assert await buildings(store) == failed(UNREACHABLE)
            await asyncio.to_thread(server.start)
            assert await buildings(store) == before

    asyncio.run(run())


def test_a_server_that_takes_connections_and_says_nothing_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://me:secret@127.0.0.1:{silent.getsockname()[1]}/plant"

        async def run() -> None:
            async with postgres(url, connect_seconds=0.2) as store:
                assert await buildings(store) == failed(CONNECT_TIMEOUT)

        asyncio.run(run())


def test_a_query_that_waits_too_long_is_told_and_the_next_one_answers() -> None:
    require_postgres()
    url = migrated_plant()

    async def run() -> None:
        async with postgres(url) as store:
            assert (await buildings(store))[1]["detail"] == EMPTY
            with psycopg.connect(url) as holder:
                holder.execute("LOCK TABLE plant_building IN ACCESS EXCLUSIVE MODE")
                assert await buildings(store, seconds=0.3) == failed(TOO_SLOW)
            assert (await buildings(store))[1]["detail"] == EMPTY

    asyncio.run(run())


def test_a_column_that_is_gone_is_named_until_it_is_back() -> None:
    require_postgres()
    url = migrated_plant()

    async def run() -> None:
        async with postgres(url) as store:
            for change, there in (("building_code TO gone", False), ("gone TO building_code", True)):
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute(f"ALTER TABLE plant_building RENAME COLUMN {change}".encode())
                answer = await buildings(store)
                assert (answer[1]["detail"] == EMPTY) if there else (answer == failed("Building_Code"))

    asyncio.run(run())


def test_a_sqlite_file_that_is_gone_is_unreachable_until_it_is_back(tmp_path: Path) -> None:
    path = small_plant(tmp_path / "plant.db")
    away = tmp_path / "away.db"

    async def run() -> None:
        store = SqlitePlant(path)
        assert (await buildings(store))[0] == 200
        path.rename(away)
        assert await buildings(store) == failed(UNREACHABLE)
        away.rename(path)
        assert (await buildings(store))[0] == 200
        store.close()

    asyncio.run(run())


def test_a_sqlite_file_that_is_none_is_unreachable(tmp_path: Path) -> None:
    path = tmp_path / "plant.db"
    path.write_bytes(b"this is no database, whatever its name says" * 100)

    async def run() -> None:
        store = SqlitePlant(path)
        assert await buildings(store) == failed(UNREACHABLE)
        store.close()

    asyncio.run(run())
