"""What callers of a plant database meet while its server is not there, and after it is back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from millgate.stores.ports import ConnectTimedOut, Select, Statement, StoreUnreachable, Work
from millgate.stores.postgres.plant import PostgresPlant
from millgate.stores.postgres.writing import PostgresPlantWriter
from support.postgres import Server, require_postgres

ASKED = Select("SELECT 'x'", "SELECT 7", {})
SLOW = Select("SELECT pg_sleep(60)::text", "SELECT 0", {})
PLENTY = 20.0


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    require_postgres()
    with Server() as server:
        yield server


@pytest.fixture
def server(own: Server) -> Server:
    if not own.running:
        own.start()
    return own


def one() -> Work[int]:
    ((number,),) = yield Statement("SELECT 7", {})
    return int(number)


async def works(plant: PostgresPlant) -> bool:
    page, number = await plant.select(ASKED, PLENTY), await plant.transact(one, PLENTY)
    return (page.text, page.total, number) == (b"x", 7, 7)


async def refuses(plant: PostgresPlant) -> bool:
    with pytest.raises(StoreUnreachable):
        await plant.select(ASKED, PLENTY)
    with pytest.raises(StoreUnreachable):
        await plant.transact(one, PLENTY)
    return True


@pytest.mark.parametrize("how", ["stop", "crash"])
def test_a_server_that_was_restarted_costs_no_caller_a_failure(server: Server, how: str) -> None:
    async def run() -> None:
        plant = PostgresPlant(server.url(), pool_size=4)
        await asyncio.gather(*(plant.select(ASKED, PLENTY) for _ in range(8)))
        # On the loop's own thread: it learns of the closed connections only when they are used.
        getattr(server, how)()
        server.start()
        assert all(await asyncio.gather(*(works(plant) for _ in range(8))))
        plant.close()

    asyncio.run(run())


def test_a_transaction_finds_the_restarted_server_too(server: Server) -> None:
    async def run() -> None:
        plant = PostgresPlant(server.url(), pool_size=1)
        assert await plant.transact(one, PLENTY) == 7
        server.stop()
        server.start()
        assert await plant.transact(one, PLENTY) == 7
        plant.close()

    asyncio.run(run())


def test_while_the_server_is_down_callers_are_told_and_afterwards_served(server: Server) -> None:
    async def run() -> None:
        plant = PostgresPlant(server.url(), pool_size=2)
        assert await works(plant)
        await asyncio.to_thread(server.stop)
        assert await refuses(plant)
        assert await refuses(plant)
        await asyncio.to_thread(server.start)
        assert await works(plant)
        plant.close()

    asyncio.run(run())


def test_a_read_whose_server_goes_down_is_told_so(server: Server) -> None:
    async def run() -> None:
        plant = PostgresPlant(server.url())
        waiting = asyncio.create_task(plant.select(SLOW, PLENTY))
        while not waiting.done() and not await _sleeping(plant):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.01)
        await asyncio.to_thread(server.stop)
        with pytest.raises(StoreUnreachable):
            await waiting
        plant.close()

    asyncio.run(run())


async def _sleeping(plant: PostgresPlant) -> bool:
    count = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    return (await plant.select(Select(f"SELECT ({count})::text", "SELECT 0", {}), PLENTY)).text == b"1"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://millgate:x@127.0.0.1:1/postgres",
        "postgresql://millgate:x@no-such-host.invalid/postgres",
    ],
)
def test_a_server_that_is_nowhere_is_unreachable(url: str) -> None:
    async def run() -> None:
        plant = PostgresPlant(url)
        assert await refuses(plant)
        plant.close()

    asyncio.run(run())
    with pytest.raises(StoreUnreachable):
        PostgresPlantWriter(url).scalar("SELECT 1")


def test_who_is_not_let_in_is_told_that_the_store_is_unreachable(server: Server) -> None:
    async def run() -> None:
        urls = [server.url(password="wrong"), server.url(user="nobody"), server.url("no_such_database")]
        for url in urls:
            plant = PostgresPlant(url)
            assert await refuses(plant)
            plant.close()

    asyncio.run(run())


def test_no_failure_repeats_the_password(server: Server) -> None:
    async def run() -> None:
        plant = PostgresPlant(server.url(password="hidden"))
        with pytest.raises(StoreUnreachable) as failed:
            await plant.select(ASKED, PLENTY)
        plant.close()
        cause = failed.value.__cause__
        assert "hidden" not in f"{failed.value!r} {cause!r}"

    asyncio.run(run())


def test_a_server_that_takes_connections_and_says_nothing_is_given_up(server: Server) -> None:
    """It is a socket that listens and never answers, as behind a broken proxy."""

    async def run() -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            port = silent.getsockname()[1]
            plant = PostgresPlant(f"postgresql://millgate:x@127.0.0.1:{port}/x", connect_seconds=0.2)
            with pytest.raises(ConnectTimedOut):
                await plant.select(ASKED, PLENTY)
            with pytest.raises(ConnectTimedOut):
                await plant.transact(one, PLENTY)
            plant.close()

    assert server.running
    asyncio.run(run())
