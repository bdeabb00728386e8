"""Calls summed by minute, a few of the refused ones with their reasons, and how both stay bounded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from millgate.stores import retention
from millgate.stores import tally as tally_module
from millgate.stores.memory import MemoryUsage
from millgate.stores.ports import CallRecord
from millgate.stores.sqlite import usage as usage_module
from millgate.stores.sqlite.usage import SqliteUsage
from millgate.stores.tally import MOST_ALIKE, MOST_REFUSALS, REST
from support.machine_files import empty_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY: Final = 86_400
MIDNIGHT: Final = 1_699_920_000
"""The start of a day of UTC."""

CALL: Final = CallRecord(
    at=MIDNIGHT + 1.5,
    request_id="r1",
    method="GET",
    path="/test/parts/v1/Parts",
    client="10.0.0.7",
    tier="test",
    api="parts",
    operation="list-parts",
    subscription="sub",
    application="app",
    status=200,
    micros=300,
    upstream_micros=200,
    bytes_in=10,
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


SUMS: Final = (
    "SELECT interval_start, interval_seconds, status, calls, micros_total, micros_max, upstream_micros,"
    " bytes_in, bytes_out FROM usage_call_count ORDER BY 1, 2, 3"
)
REFUSALS: Final = (
    "SELECT request_id, at, method, path, client, tier, api, operation, subscription, application, status,"
    ' code, reason, "limit", allowed_at FROM usage_refusal ORDER BY 1'
)
COUNTS: Final = "SELECT interval_start, interval_seconds, calls FROM usage_call_count ORDER BY 1, 2, status"


def test_calls_that_are_alike_are_summed_within_and_between_flushes(usage: SqliteUsage, path: Path) -> None:
    put(usage, call(), call(micros=500, bytes_out=1), call(at=MIDNIGHT + 59.9, micros=50, upstream_micros=0))
    put(usage, call(micros=200, bytes_out=0, bytes_in=5))

    assert rows(path, SUMS) == [(MIDNIGHT, 60, 200, 4, 1050, 500, 600, 35, 2001)]


def test_a_minute_later_a_new_sum_begins(usage: SqliteUsage, path: Path) -> None:
    put(usage, call(), call(at=MIDNIGHT + 60))

    assert rows(path, COUNTS) == [(MIDNIGHT, 60, 1), (MIDNIGHT + 60, 60, 1)]


def test_how_long_calls_took_is_counted_by_bounds(usage: SqliteUsage, path: Path) -> None:
    put(usage, *(call(micros=micros) for micros in (0, 250, 251, 10_000_000, 10_000_001)))
    put(usage, call(micros=400))

    assert rows(path, "SELECT took_0, took_1, took_2, took_14, took_15 FROM usage_call_count") == [
        (2, 2, 0, 1, 1)
    ]


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

    assert [row[2] for row in rows(path, COUNTS)] == [1, 1]


def test_several_processes_add_to_one_file(path: Path) -> None:
    with closing(SqliteUsage(path)) as one, closing(SqliteUsage(path)) as two:
        put(one, call(), call())
        put(two, call(micros=900))
        put(one, call())

    assert [row[3:6] for row in rows(path, SUMS)] == [(4, 1800, 900)]


# Refused calls


def test_a_refused_call_is_kept_with_its_reason_its_limit_and_the_next_chance(
    usage: SqliteUsage, path: Path
) -> None:
    limited = call(
        request_id="r2",
        status=429,
        code="MG401",
        reason="'; DROP TABLE usage_refusal; --",
        limit="20 calls a minute",
        wait=46,
        at=MIDNIGHT + 2.25,
    )
    put(usage, call(), limited, call(request_id="r3", status=401, code="MG202", reason="no such key"))

    common = ("GET", "/test/parts/v1/Parts", "10.0.0.7", "test", "parts", "list-parts", "sub", "app")
    assert rows(path, REFUSALS) == [
        (
            "r2",
            MIDNIGHT + 2.25,
            *common,
            429,
            "MG401",
            "'; DROP TABLE usage_refusal; --",
            "20 calls a minute",
            MIDNIGHT + 48.25,
        ),
        ("r3", MIDNIGHT + 1.5, *common, 401, "MG202", "no such key", "", None),
    ]
    assert sum(row[2] for row in rows(path, COUNTS)) == 3


def test_of_a_client_that_hammers_a_few_refusals_are_kept_and_all_are_counted(
    usage: SqliteUsage, path: Path
) -> None:
    hammering = [call(status=429, code="MG401", request_id=str(number)) for number in range(1000)]
    put(usage, *hammering, call(status=429, code="MG401", subscription="another", request_id="seen"))

    assert rows(path, "SELECT subscription, count(*) FROM usage_refusal GROUP BY 1 ORDER BY 1") == [
        ("another", 1),
        ("sub", MOST_ALIKE),
    ]
    assert sum(row[2] for row in rows(path, COUNTS)) == 1001


def test_of_many_clients_that_hammer_only_so_many_refusals_are_kept_at_a_time(
    usage: SqliteUsage, path: Path
) -> None:
    put(usage, *(call(code="MG202", subscription=str(number)) for number in range(MOST_REFUSALS + 50)))

    assert rows(path, "SELECT count(*) FROM usage_refusal") == [(MOST_REFUSALS,)]


def test_only_the_last_refusals_are_kept(
    usage: SqliteUsage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_module, "REFUSALS_KEPT", 3)
    put(usage, *[call(request_id=f"r{number}", code="MG201") for number in range(5)])
    put(usage, call(request_id="r5", code="MG201"))

    kept = rows(path, "SELECT request_id FROM usage_refusal ORDER BY id")
    assert kept == [("r3",), ("r4",), ("r5",)]


def test_what_a_client_sends_can_keep_no_row_out_of_the_file(usage: SqliteUsage, path: Path) -> None:
    put(usage, call(code="MG101", status=400, method="G\x00T", path="/\udcff" + "a" * 100_000))

    ((method, kept),) = rows(path, "SELECT method, path FROM usage_refusal")
    assert method == "G\x00T"
    assert kept.startswith("/\\udcff")
    assert len(kept) < 3_000


# Failures


def test_recording_does_not_touch_the_file_and_gathering_empties(usage: SqliteUsage, path: Path) -> None:
    usage.record(call())
    assert rows(path, COUNTS) == []

    assert [found.calls for found in usage.gather().sums.values()] == [1]
    assert not usage.gather()
    usage.flush(usage.gather())
    assert rows(path, COUNTS) == []


def test_what_a_locked_file_does_not_take_is_flushed_the_next_time(usage: SqliteUsage, path: Path) -> None:
    usage._connection.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            put(usage, call(), call(status=401, code="MG201"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            put(usage, call())
        other.execute("ROLLBACK")
    usage.flush(usage.gather())

    assert rows(path, COUNTS) == [(MIDNIGHT, 60, 2), (MIDNIGHT, 60, 1)]
    assert rows(path, "SELECT count(*) FROM usage_refusal") == [(1,)]
    assert usage.dropped == 0


def test_a_flush_that_fails_in_the_middle_leaves_nothing_of_itself(usage: SqliteUsage, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TRIGGER no BEFORE INSERT ON usage_refusal BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(sqlite3.IntegrityError):
        put(usage, call(), call(status=401, code="MG201"))
    assert rows(path, COUNTS) == []

    with closing(sqlite3.connect(path)) as other, other:
        other.execute("DROP TRIGGER no")
    put(usage)
    assert rows(path, COUNTS) == [(MIDNIGHT, 60, 1), (MIDNIGHT, 60, 1)]


def test_when_too_many_sums_wait_for_the_file_calls_are_dropped_and_counted(
    usage: SqliteUsage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally_module, "MOST_WAITING", 3)
    put(usage, *(call(at=MIDNIGHT + 60 * (number % 5)) for number in range(10)))

    assert usage.dropped == 4
    assert sum(row[2] for row in rows(path, COUNTS)) == 6
    put(usage, call(at=MIDNIGHT + DAY))
    assert sum(row[2] for row in rows(path, COUNTS)) == 7


def test_flushed_calls_survive_a_new_start(path: Path) -> None:
    for _ in range(2):
        with closing(SqliteUsage(path)) as usage:
            put(usage, call())
            usage.record(call())

    assert rows(path, COUNTS) == [(MIDNIGHT, 60, 2)]


# Bounds


def test_past_so_many_kinds_in_a_minute_callers_and_then_operations_are_not_told_apart(
    usage: SqliteUsage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally_module, "MOST_KINDS", 3)
    for _ in range(2):
        put(usage, *(call(subscription=f"s{number}") for number in range(10)))
        put(usage, *(call(operation=f"o{number}", application="new") for number in range(10)))

    kinds = rows(path, "SELECT operation, subscription, calls FROM usage_call_count ORDER BY id")
    assert kinds == [
        ("list-parts", "s0", 2),
        ("list-parts", "s1", 2),
        ("list-parts", "s2", 2),
        ("list-parts", REST, 14),
        ("o0", REST, 2),
        ("o1", REST, 2),
        (REST, REST, 16),
    ]


def test_the_next_minute_tells_kinds_apart_again(
    usage: SqliteUsage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally_module, "MOST_KINDS", 1)
    put(usage, call(), call(subscription="second"), call(subscription="second", at=MIDNIGHT + 60))

    named = rows(path, "SELECT subscription FROM usage_call_count ORDER BY interval_start, id")
    assert named == [("sub",), (REST,), ("second",)]


# Ageing


def tidied(usage: SqliteUsage, now: float) -> None:
    for _ in range(20):
        usage.tidy(now)


def test_old_minutes_become_quarters_of_an_hour_and_then_days(usage: SqliteUsage, path: Path) -> None:
    minutes = [call(at=MIDNIGHT + 60 * number, micros=number) for number in range(40)]
    put(usage, *minutes, call(at=MIDNIGHT + DAY))

    tidied(usage, MIDNIGHT + 4 * DAY - 1)
    assert rows(path, COUNTS) == [
        (MIDNIGHT, 900, 15),
        (MIDNIGHT + 900, 900, 15),
        (MIDNIGHT + 1800, 900, 10),
        (MIDNIGHT + DAY, 60, 1),
    ]

    tidied(usage, MIDNIGHT + 93 * DAY)
    assert [row[:6] for row in rows(path, SUMS)] == [
        (MIDNIGHT, DAY, 200, 40, sum(range(40)), 39),
        (MIDNIGHT + DAY, 900, 200, 1, 300, 300),
    ]


def test_a_minute_that_is_written_late_is_added_to_what_it_became(usage: SqliteUsage, path: Path) -> None:
    put(usage, call())
    tidied(usage, MIDNIGHT + 5 * DAY)
    put(usage, call(at=MIDNIGHT + 30, micros=700))
    tidied(usage, MIDNIGHT + 5 * DAY)

    assert [row[:6] for row in rows(path, SUMS)] == [(MIDNIGHT, 900, 200, 2, 1000, 700)]
    assert rows(path, "SELECT took_1, took_2 FROM usage_call_count") == [(1, 1)]


def test_days_are_dropped_in_the_end(usage: SqliteUsage, path: Path) -> None:
    put(usage, call(), call(at=MIDNIGHT + 3 * DAY))
    kept_days = retention.STEPS[-1].days

    tidied(usage, MIDNIGHT + (kept_days + 2) * DAY)
    assert rows(path, COUNTS) == [(MIDNIGHT + 3 * DAY, DAY, 1)]


def test_rows_of_the_first_release_age_with_the_others(usage: SqliteUsage, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        put(usage, call())
        connection.execute("UPDATE usage_call_count SET interval_seconds = 900, took_1 = 0")
    put(usage, call())
    tidied(usage, MIDNIGHT + 5 * DAY)

    assert rows(path, COUNTS) == [(MIDNIGHT, 900, 2)]


def test_memory_keeps_the_last_calls() -> None:
    usage = MemoryUsage(most=2)
    for number in range(3):
        usage.record(call(request_id=str(number)))

    assert [kept.request_id for kept in usage.calls] == ["1", "2"]
