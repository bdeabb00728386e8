"""Requests that come again: what is remembered of them, and how long."""

from __future__ import annotations

import pytest

from millgate.gateway import repeats
from millgate.gateway.admissions import Admission
from millgate.gateway.keys import Entry
from millgate.gateway.repeats import Met, Repeats
from millgate.snapshot.build import build
from millgate.snapshot.model import Snapshot
from millgate.snapshot.routes import Match
from millgate.wire.messages import Memory, Response
from support.world import document


def snapshot() -> Snapshot:
    return build(document(), {"echo": None})


def met(current: Snapshot) -> Met:
    found = current.trees["production"].find("GET", ("PartList", "v1", "Parts"))
    assert isinstance(found, Match)
    return Met(found, "key", Admission(Entry(None, None), None, lambda _: Response(200)))


def test_requests_are_told_apart() -> None:
    known, current = Repeats(), snapshot()
    requests = [Memory() for _ in range(3)]
    first, second = met(current), met(current)
    assert known.find(current, requests[0]) is None
    for request, found in zip(requests, (first, second), strict=False):
        known.remember(current, request, found)

    assert [known.find(current, request) for request in requests] == [first, second, None]


def test_a_version_is_not_held_by_connections_that_rest() -> None:
    known, request = Repeats(), Memory()
    versions = [snapshot() for _ in range(3)]
    for version in versions:
        assert known.find(version, request) is None
        known.remember(version, request, met(version))
        assert known.find(version, request) is not None
        assert list(request.values()) == [1]

    known.find(versions[0], Memory())
    known.remember(versions[1], request, met(versions[1]))
    assert [known.find(version, request) for version in versions] == [None] * 3


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MOST_REMEMBERED", 4)
    known, current = Repeats(), snapshot()
    for _ in range(10):
        request, found = Memory(), met(current)
        known.find(current, request)
        known.remember(current, request, found)
        assert known.find(current, request) is found
        assert len(known._known) <= 4
