"""Following published versions: ready from the first one on, and never worse off by a newer one."""

from __future__ import annotations

import asyncio

from millgate.assembly.following import Follower
from millgate.assembly.operations import OperationsPlane
from millgate.assembly.reports import Reports
from millgate.core.clock import StillClock
from millgate.snapshot.document import Document, encode
from millgate.stores.memory import MemoryVersions
from support.exchange import Answer, ask
from support.world import NOW, document


def ready(follower: Follower) -> Answer:
    reports = Reports(follower, StillClock(NOW))
    return asyncio.run(ask(OperationsPlane(reports), "GET", "/-/ready"))


def test_before_the_first_version_the_service_is_not_ready() -> None:
    versions = MemoryVersions()
    follower = Follower(versions, {"echo": None})
    answer = ready(follower)

    assert answer.status == 503
    assert answer.json["message"] == "The service is starting and has no published configuration yet."
    assert answer.headers["retry-after"] == "1"
    versions.add(encode(document()))
    assert follower.refresh()
    assert ready(follower).json["number"] == 1


def test_a_version_comes_into_force_once() -> None:
    versions = MemoryVersions()
    versions.add(encode(Document()))
    follower = Follower(versions, {"echo": None})
    first = follower.holder.current

    assert not follower.refresh()
    assert follower.holder.current is first
    versions.add(encode(document()))
    assert follower.refresh()
    assert follower.holder.current.document == document()


def test_a_version_that_cannot_be_read_leaves_the_old_one_in_force() -> None:
    versions = MemoryVersions()
    versions.add(encode(document()))
    follower = Follower(versions, {"echo": None})
    versions.add(b'{"newer": true}')

    assert not follower.refresh()
    assert follower.holder.current.document == document()


def test_a_version_that_cannot_be_built_whole_serves_what_can() -> None:
    versions = MemoryVersions()
    versions.add(encode(document()))
    follower = Follower(versions, {})

    assert follower.holder.current.document == document()
    assert follower.holder.current.subscriptions
