"""A secret in use that is about to expire is told of twice: two weeks and two days before, once each."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from millgate.assembly.machine import Machine, open_stores
from millgate.assembly.pages import Pages
from millgate.assembly.secret_watch import SecretWatch
from millgate.core.clock import StillClock
from millgate.core.settings import Settings
from millgate.snapshot.document import ClientSecret
from millgate.stores.ports import TokenCaller
from millgate.stores.sqlite.usage import SqliteUsage
from support.machine_files import empty_file
from support.world import CLIENT, NOW, World, application

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY: Final = 86_400
CALLER: Final = TokenCaller(CLIENT, "10.0.0.7", "curl/8")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return empty_file("usage.db", tmp_path)


@pytest.fixture
def usage(path: Path) -> Iterator[SqliteUsage]:
    with closing(SqliteUsage(path)) as filling:
        yield filling


@pytest.fixture
def clock() -> StillClock:
    return StillClock(NOW)


def world(clock: StillClock, *secrets: ClientSecret, **changes: Any) -> World:
    made = World(clock=clock)
    ours = application(CLIENT, secrets=secrets, **changes)
    directory = msgspec.structs.replace(made.document.directory, applications=(ours,))
    made.publish(msgspec.structs.replace(made.document, directory=directory))
    return made


def use(usage: SqliteUsage, clock: StillClock, *keys: str) -> None:
    for key in keys:
        usage.tokens.used(key, CALLER, clock.now())
    usage.flush(usage.gather())


def told(made: World, usage: SqliteUsage, path: Path) -> list[tuple[str, int]]:
    """What stands in the file after two looks: the subject of each notice, and how often it was counted."""
    for _ in range(2):
        SecretWatch(made.holder, usage, made.clock).look()
        usage.flush(usage.gather())
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT kind, subject, count, read_at FROM usage_notice ORDER BY id")
        return [(subject, count) for kind, subject, count, _ in rows if kind == "secret"]


def test_it_is_told_two_weeks_and_two_days_before_and_once_each(
    usage: SqliteUsage, path: Path, clock: StillClock
) -> None:
    made = world(clock, ClientSecret("7", "digest", int(NOW) + 20 * DAY), ClientSecret("8", "other"))
    use(usage, clock, "7", "8")
    assert told(made, usage, path) == []

    clock.jump(6 * DAY)
    end = "2023-12-04 22:13 UTC"
    first = (f"App: a secret ends {end} (14 days ahead, no. 7)", 1)
    assert told(made, usage, path) == [first]
    clock.jump(11 * DAY)
    assert told(made, usage, path) == [first]

    clock.jump(1 * DAY)
    second = (f"App: a secret ends {end} (2 days ahead, no. 7)", 1)
    assert told(made, usage, path) == [first, second]
    clock.jump(3 * DAY)
    assert told(made, usage, path) == [first, second]


def test_a_notice_that_was_read_stays_read(usage: SqliteUsage, path: Path, clock: StillClock) -> None:
    made = world(clock, ClientSecret("7", "digest", int(NOW) + DAY))
    use(usage, clock, "7")
    told(made, usage, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE usage_notice SET read_at = last_seen")
    clock.jump(60)
    told(made, usage, path)

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT read_at >= last_seen FROM usage_notice").fetchall() == [(1,)]


def test_an_end_that_was_brought_forward_is_told_anew(
    usage: SqliteUsage, path: Path, clock: StillClock
) -> None:
    use(usage, clock, "7")
    assert len(told(world(clock, ClientSecret("7", "d", int(NOW) + 10 * DAY)), usage, path)) == 1
    assert len(told(world(clock, ClientSecret("7", "d", int(NOW) + 5 * DAY)), usage, path)) == 2


def test_a_secret_that_nobody_uses_and_one_of_a_disabled_application_end_without_a_word(
    usage: SqliteUsage, path: Path, clock: StillClock
) -> None:
    use(usage, clock, "7", "9")
    clock.jump(91 * DAY)
    at = int(clock.now()) + DAY
    assert told(world(clock, ClientSecret("7", "d", at), ClientSecret("8", "e", at)), usage, path) == []

    use(usage, clock, "9")
    assert told(world(clock, ClientSecret("9", "f", at), enabled=False), usage, path) == []
    assert len(told(world(clock, ClientSecret("9", "f", at)), usage, path)) == 1


def no_pages(_environ: dict[str, Any], _start: object) -> list[bytes]:
    return []


def test_a_server_looks_and_writes_what_it_found(tmp_path: Path, path: Path, clock: StillClock) -> None:
    empty_file("control.db", tmp_path)
    empty_file("tokens.db", tmp_path)
    settings = Settings(home=tmp_path)
    stores = open_stores(settings)
    use(stores.usage, clock, "7")
    pages = Pages(lambda: no_pages, threads=1, body_limit=1, origin_host="localhost")
    machine = Machine(settings, clock, pages, stores)
    machine.follower.holder.swap(world(clock, ClientSecret("7", "d", int(NOW) + DAY)).holder.current)

    async def turn() -> None:
        await machine.watch()
        await machine.flush()
        await machine.close()

    asyncio.run(turn())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT kind FROM usage_notice").fetchall() == [("secret",)]
