"""Uses of secrets and refused token requests: summed, bounded whoever asks, and dropped when they are old."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import pytest

from millgate.stores import token_tally as tally_module
from millgate.stores.ports import TokenCaller, TokenRefusal
from millgate.stores.retention import CALLERS_KEPT, TOKEN_REFUSALS_KEPT
from millgate.stores.sqlite.usage import SqliteUsage
from millgate.stores.token_tally import MOST_ALIKE
from support.machine_files import empty_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY: Final = 86_400
NOW: Final = 1_700_000_000.0
MES: Final = TokenCaller("app", "10.0.0.7", "MSAL.Python 1.39.0")
CURL: Final = TokenCaller("app", "10.0.0.8", "curl/8")
WRONG: Final = TokenRefusal("MG706")
PLUS: Final = TokenRefusal("MG706", "plus-as-space", "7")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return empty_file("usage.db", tmp_path)


@pytest.fixture
def usage(path: Path) -> Iterator[SqliteUsage]:
    with closing(SqliteUsage(path)) as filling:
        yield filling


def flush(usage: SqliteUsage) -> None:
    usage.flush(usage.gather())


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


USES: Final = "SELECT secret, application, first_at, last_at, times FROM usage_secret_use ORDER BY secret"
CALLERS: Final = "SELECT secret, client, library, first_at, last_at, times FROM usage_secret_caller ORDER BY secret, client"
REFUSED: Final = (
    "SELECT application, code, hint, secret, client, library, request_id, first_at, last_at, times"
    " FROM usage_token_refusal ORDER BY code, hint"
)


def test_uses_are_summed_by_secret_and_by_caller_within_and_between_flushes(
    usage: SqliteUsage, path: Path
) -> None:
    usage.tokens.used("7", MES, NOW)
    usage.tokens.used("7", MES, NOW + 5)
    usage.tokens.used("8", MES, NOW + 6)
    flush(usage)
    usage.tokens.used("7", CURL, NOW + 7)
    usage.tokens.used("7", MES, NOW + 9)
    flush(usage)

    assert rows(path, USES) == [("7", "app", NOW, NOW + 9, 4), ("8", "app", NOW + 6, NOW + 6, 1)]
    assert rows(path, CALLERS) == [
        ("7", "10.0.0.7", "MSAL.Python 1.39.0", NOW, NOW + 9, 3),
        ("7", "10.0.0.8", "curl/8", NOW + 7, NOW + 7, 1),
        ("8", "10.0.0.7", "MSAL.Python 1.39.0", NOW + 6, NOW + 6, 1),
    ]


def test_several_workers_write_to_one_home(path: Path) -> None:
    with closing(SqliteUsage(path)) as one, closing(SqliteUsage(path)) as two:
        one.tokens.used("7", MES, NOW + 3)
        two.tokens.used("7", MES, NOW)
        flush(one)
        flush(two)

    assert rows(path, USES) == [("7", "app", NOW, NOW + 3, 2)]


def test_refused_requests_that_are_alike_are_one_row_with_the_last_id(usage: SqliteUsage, path: Path) -> None:
    for at, name in ((NOW, "r1"), (NOW + 1, "r2")):
        usage.tokens.refused(WRONG, MES, name, at)
    usage.tokens.refused(PLUS, MES, "r3", NOW + 2)
    flush(usage)
    usage.tokens.refused(WRONG, MES, "r4", NOW + 3)
    flush(usage)

    who = ("10.0.0.7", "MSAL.Python 1.39.0")
    assert rows(path, REFUSED) == [
        ("app", "MG706", "", "", *who, "r4", NOW, NOW + 3, 3),
        ("app", "MG706", "plus-as-space", "7", *who, "r3", NOW + 2, NOW + 2, 1),
    ]


def test_of_a_secret_that_is_used_from_everywhere_the_last_callers_are_kept_and_all_uses_counted(
    usage: SqliteUsage, path: Path
) -> None:
    usage.tokens.used("8", CURL, NOW)
    for number in range(CALLERS_KEPT + 50):
        usage.tokens.used("7", TokenCaller("app", f"10.0.{number}", "x"), NOW + number)
    flush(usage)
    usage.tokens.used("7", TokenCaller("app", "newest", "x"), NOW + 1000)
    flush(usage)

    kept = {row[1] for row in rows(path, CALLERS) if row[0] == "7"}
    assert len(kept) == CALLERS_KEPT
    assert "newest" in kept
    assert "10.0.50" not in kept
    assert {row[0]: row[4] for row in rows(path, USES)} == {"7": CALLERS_KEPT + 51, "8": 1}
    assert any(row[0] == "8" for row in rows(path, CALLERS))


def test_past_so_many_waiting_callers_are_not_told_apart_and_no_use_is_lost(
    usage: SqliteUsage, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally_module, "MOST_USES", 2)
    for number in range(10):
        usage.tokens.used("7", TokenCaller("app", str(number), "x"), NOW + number)
    flush(usage)

    assert [row[1] for row in rows(path, CALLERS)] == ["0", "1"]
    assert rows(path, USES) == [("7", "app", NOW, NOW + 9, 10)]


def test_a_stranger_who_hammers_crowds_out_no_hint(usage: SqliteUsage, path: Path) -> None:
    usage.tokens.refused(PLUS, MES, "r1", NOW)
    flush(usage)
    for turn in range(3):
        for number in range(MOST_ALIKE * 3):
            caller = TokenCaller("app", str(turn), str(number))
            usage.tokens.refused(WRONG, caller, "r", NOW + turn)
        flush(usage)

    kept = [row[2] for row in rows(path, REFUSED)]
    assert kept.count("plus-as-space") == 1
    assert kept.count("") == TOKEN_REFUSALS_KEPT
    assert {row[4] for row in rows(path, REFUSED) if row[2] == ""} == {"2"}


def test_nothing_is_kept_of_requests_that_name_no_application(usage: SqliteUsage, path: Path) -> None:
    usage.tokens.refused(WRONG, TokenCaller("", "10.0.0.7", "x"), "r1", NOW)
    flush(usage)

    assert rows(path, REFUSED) == []


def test_what_a_locked_file_does_not_take_is_written_the_next_time(usage: SqliteUsage, path: Path) -> None:
    usage._connection.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for at in (NOW, NOW + 1):
            usage.tokens.used("7", MES, at)
            usage.tokens.refused(PLUS, MES, "r1", at)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                flush(usage)
        other.execute("ROLLBACK")
    flush(usage)

    assert rows(path, USES) == [("7", "app", NOW, NOW + 1, 2)]
    assert [row[-1] for row in rows(path, REFUSED)] == [2]


@pytest.mark.parametrize(
    ("days", "left"), [(29, (1, 1, 1)), (31, (1, 1, 0)), (181, (1, 0, 0)), (801, (0, 0, 0))]
)
def test_rows_grow_old_and_go(usage: SqliteUsage, path: Path, days: int, left: tuple[int, int, int]) -> None:
    usage.tokens.used("7", MES, NOW)
    usage.tokens.refused(WRONG, MES, "r1", NOW)
    flush(usage)
    usage.tidy(NOW + days * DAY)

    assert (len(rows(path, USES)), len(rows(path, CALLERS)), len(rows(path, REFUSED))) == left


def test_the_last_uses_of_many_secrets_are_read_at_once(usage: SqliteUsage) -> None:
    for number in range(0, 1200, 2):
        usage.tokens.used(str(number), MES, NOW + number)
    flush(usage)

    found = usage.secrets_last_used(str(number) for number in range(1200))
    assert len(found) == 600
    assert found["1198"] == NOW + 1198
