"""Calls summed by quarter of an hour, and each refusal with its reason."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from millgate.stores.memory import MemoryUsage
from millgate.stores.ports import CallRecord
from millgate.stores.sqlite import usage as usage_module
from millgate.stores.sqlite.usage import SqliteUsage
from support.machine_files import empty_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUARTER: Final = 1_699_999_200
"""The start of a quarter of an hour."""

CALL: Final = CallRecord(
    at=QUARTER + 1.5,
    request_id="r1",
    tier="test",
    api="parts",
    operation="list-parts",
    subscription="sub",
    application="app",
    status=200,
    code="",
    reason="",
    micros=100,
    bytes_out=1000,
)


def call(**changes: Any) -> CallRecord:
    return msgspec.structs.replace(CALL, **changes)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file of usage."""
    return empty_file("usage.db", tmp_path)


@pytest.fixture
def usage(path: Path) -> Iterator[SqliteUsage]:
    with closing(SqliteUsage(path)) as filling:
        yield filling


def put(usage: SqliteUsage, *calls: CallRecord) -> None:
    for item in calls:
        usage.record(item)
    usage.flush(usage.gather())


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


SUMS: Final = "SELECT interval_start, status, calls, micros_total, micros_max, bytes_out FROM usage_call_count ORDER BY 1, 2"


def test_calls_that_are_alike_are_summed_within_and_between_flushes(usage: SqliteUsage, path: Path) -> None:
    put(usage, call(), call(micros=300, bytes_out=1), call(at=QUARTER + 899.9, micros=50))
    put(usage, call(micros=200, bytes_out=0))

    assert rows(path, SUMS) == [(QUARTER, 200, 4, 650, 300, 2001)]


def test_a_quarter_of_an_hour_later_a_new_sum_begins(usage: SqliteUsage, path: Path) -> None:
    put(usage, call(), call(at=QUARTER + 900))

    assert [row[:3] for row in rows(path, SUMS)] == [(QUARTER, 200, 1), (QUARTER + 900, 200, 1)]


@pytest.mark.parametrize(
    "change",
    [
        {"tier": "production"},
        {"api": "jobs"},
        {"operation": "get-part"},
        {"subscription": ""},
        {"application": "other"},
        {"status": 404},
    ],
)
def test_calls_that_differ_are_summed_apart(usage: SqliteUsage, path: Path, change: dict[str, Any]) -> None:
    put(usage, call(), call(**change))

    assert [row[2] for row in rows(path, SUMS)] == [1, 1]


def test_each_refusal_is_kept_with_its_reason(usage: SqliteUsage, path: Path) -> None:
    put(
        usage,
        call(),
        call(
            request_id="r2",
            status=401,
            code="MG202",
            reason="no subscription has this key",
            at=QUARTER + 2.25,
        ),
        call(request_id="r3", status=429, code="MG401", reason="'; DROP TABLE usage_refusal; --"),
    )

    assert rows(
        path,
        "SELECT request_id, at, tier, api, operation, subscription, application, status, code, reason FROM usage_refusal ORDER BY 1",
    ) == [
        (
            "r2",
            QUARTER + 2.25,
            "test",
            "parts",
            "list-parts",
            "sub",
            "app",
            401,
            "MG202",
            "no subscription has this key",
        ),
        (
            "r3",
            QUARTER + 1.5,
            "test",
            "parts",
            "list-parts",
            "sub",
            "app",
            429,
            "MG401",
            "'; DROP TABLE usage_refusal; --",
        ),
    ]
    assert sum(row[2] for row in rows(path, SUMS)) == 3


def test_only_the_last_refusals_are_kept(
    usage: SqliteUsage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_module, "REFUSALS_KEPT", 3)
    put(usage, *[call(request_id=f"r{number}", code="MG201") for number in range(5)])
    put(usage, call(request_id="r5", code="MG201"))

    with closing(sqlite3.connect(path)) as connection:
        kept = connection.execute("SELECT request_id FROM usage_refusal ORDER BY id").fetchall()
    assert kept == [("r3",), ("r4",), ("r5",)]


def test_recording_does_not_touch_the_file_and_gathering_empties(usage: SqliteUsage, path: Path) -> None:
    usage.record(call())
    assert rows(path, SUMS) == []

    assert usage.gather() == [call()]
    assert usage.gather() == []
    usage.flush([])
    assert rows(path, SUMS) == []


def test_when_too_many_wait_the_rest_is_dropped_and_counted(
    usage: SqliteUsage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_module, "MOST_WAITING", 3)
    for _ in range(5):
        usage.record(call())

    assert len(usage.gather()) == 3
    assert usage.dropped == 2
    usage.record(call())
    assert len(usage.gather()) == 1


def test_what_a_locked_file_does_not_take_is_flushed_the_next_time(usage: SqliteUsage, path: Path) -> None:
    usage._connection.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            put(usage, call(), call(status=401, code="MG201"))
        other.execute("ROLLBACK")
    usage.record(call())
    usage.flush(usage.gather())

    assert [(row[1], row[2]) for row in rows(path, SUMS)] == [(200, 2), (401, 1)]
    assert rows(path, "SELECT count(*) FROM usage_refusal") == [(1,)]


def test_a_flush_that_fails_in_the_middle_leaves_nothing_of_itself(usage: SqliteUsage, path: Path) -> None:
    refused = call(status=401, code="MG201")
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TRIGGER no BEFORE INSERT ON usage_refusal BEGIN SELECT RAISE(ABORT, 'no'); END")

    with pytest.raises(sqlite3.IntegrityError):
        put(usage, call(), refused)

    assert rows(path, SUMS) == []
    assert usage.gather() == [call(), refused]


def test_flushed_calls_survive_a_new_start(path: Path) -> None:
    for _ in range(2):
        with closing(SqliteUsage(path)) as usage:
            put(usage, call())
            usage.record(call())

    assert rows(path, SUMS)[0][2] == 2


def test_memory_keeps_the_last_calls() -> None:
    usage = MemoryUsage(most=2)
    for number in range(3):
        usage.record(call(request_id=str(number)))

    assert [kept.request_id for kept in usage.calls] == ["1", "2"]
