"""Taking up versions while calls go on."""

from __future__ import annotations

import asyncio
import gc
import sqlite3

import pytest

from millgate.assembly.following import Follower
from millgate.snapshot.document import Document, encode
from millgate.stores.memory import MemoryVersions
from support.world import document


class Versions(MemoryVersions):
    """Versions that tell how often one was read, and can fail to be read."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0
        self.failing = False

    def load(self, number: int) -> bytes:
        self.loads += 1
        if self.failing:
            raise sqlite3.OperationalError("the file cannot be read now")
        return super().load(number)


@pytest.fixture
def versions() -> Versions:
    kept = Versions()
    kept.add(encode(Document()))
    return kept


def test_of_several_turns_at_once_one_builds(versions: Versions) -> None:
    follower = Follower(versions, {"echo": None})
    versions.add(encode(document()))

    async def turns() -> list[bool]:
        return await asyncio.gather(*(follower.follow() for _ in range(5)))

    assert sorted(asyncio.run(turns())) == [False] * 4 + [True]
    assert versions.loads == 2
    assert follower.holder.current.document == document()


def test_number_and_version_change_together(versions: Versions) -> None:
    follower = Follower(versions, {"echo": None})
    first = follower.holder.current.version
    versions.add(encode(document()))

    async def seen() -> set[tuple[int, bool]]:
        turn = asyncio.create_task(follower.follow())
        found = set()
        while not turn.done():
            found.add((follower.number, follower.holder.current.version == first))
            await asyncio.sleep(0)
        found.add((follower.number, follower.holder.current.version == first))
        return found

    assert asyncio.run(seen()) == {(1, True), (2, False)}


def test_a_version_that_cannot_be_read_now_is_tried_again(versions: Versions) -> None:
    follower = Follower(versions, {"echo": None})
    versions.add(encode(document()))
    versions.failing = True
    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(follower.follow())
    assert follower.number == 1

    versions.failing = False
    assert asyncio.run(follower.follow())
    assert follower.number == 2


def test_a_version_that_this_release_cannot_read_is_looked_at_once(versions: Versions) -> None:
    follower = Follower(versions, {"echo": None})
    versions.add(b'{"newer": true}')

    assert not asyncio.run(follower.follow())
    assert not asyncio.run(follower.follow())
    assert (versions.loads, follower.number) == (2, 1)


def test_the_collector_is_at_work_again_after_a_version_that_failed(versions: Versions) -> None:
    follower = Follower(versions, {"echo": None})
    versions.add(encode(document()))
    versions.failing = True
    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(follower.follow())

    assert gc.isenabled()
