"""One worker takes up what is published while clients go on calling."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx

from support.console import Console
from support.publishing import PARTS, eventually, loaded, published
from support.served import running

if TYPE_CHECKING:
    from pathlib import Path


def test_publications_follow_each_other_without_a_failed_call(home: Path) -> None:
    with running(home, command="serve") as server:
        with Console(server) as console, loaded(server) as statuses:
            numbers = [published(server, console, enabled=bool(turn % 2)) for turn in range(4)]

        assert set(statuses) == {200}
        assert numbers == sorted(set(numbers))
        assert httpx.get(f"{server.origin}/-/ready").json()["number"] == numbers[-1]


def test_a_version_that_cannot_be_read_leaves_the_old_one_in_force(home: Path) -> None:
    """As after going back to an older release: what it cannot read, it says, and it serves on."""
    with running(home, command="serve") as server:
        before = httpx.get(f"{server.origin}/-/ready").json()
        with closing(sqlite3.connect(home / "control.db")) as connection, connection:
            connection.execute(
                "INSERT INTO publish_version (document, content_hash, kind, made_at, made_by, note)"
                " VALUES ('{\"newer\": true}', 'x', 'directory', '2026-01-01 00:00:00', 'test', '')"
            )
        eventually(lambda: "version_unreadable" in server.printed())
        with server.client() as client:
            assert client.get(PARTS).status_code == 200
        assert httpx.get(f"{server.origin}/-/ready").json() == before
