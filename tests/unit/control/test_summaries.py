"""Summaries of calls: a report that reads them says what adding up every count would, whatever happened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from millgate.control.usage import covering
from millgate.control.usage.analytics import (
    DIMENSIONS,
    Narrowing,
    blocked_calls,
    most_called,
    sums_before,
    sums_by_interval,
)
from millgate.control.usage.covering import COUNTS, Reach, covered, one_moment
from millgate.control.usage.models import CallSummary, SummaryMark
from millgate.control.usage.periods import HOUR, days, rolling
from millgate.control.usage.selectors import Scope, calls_by_interval, counted_values
from millgate.stores.ports import CallRecord
from millgate.stores.retention import DAY
from millgate.stores.sqlite import usage as usage_module
from millgate.stores.sqlite.call_summaries import summarise
from millgate.stores.sqlite.usage import SqliteUsage
from support.django_home import django_databases

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW: Final = datetime(2026, 11, 20, 14, 37, 12, tzinfo=UTC).timestamp()
ZONES: Final = ("UTC", "America/Detroit", "Asia/Kathmandu", "Australia/Lord_Howe")


def call(at: float, **changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "at": at,
        "request_id": "r",
        "method": "GET",
        "path": "/",
        "client": "10.0.0.7",
        "tier": "test",
        "api": "parts",
        "operation": "list",
        "subscription": "s1",
        "application": "a1",
        "status": 200,
        "micros": 300,
        "upstream_micros": 100,
        "bytes_in": 1,
        "bytes_out": 7,
    }
    return CallRecord(**(values | changes))


@pytest.fixture
def usage(committed: None) -> Iterator[SqliteUsage]:  # noqa: ARG001
    with closing(SqliteUsage(django_databases() / "usage.db")) as store:
        yield store


def put(usage: SqliteUsage, *calls: CallRecord) -> None:
    for item in calls:
        usage.record(item)
    usage.flush(usage.gather())


def tidy_up(usage: SqliteUsage, now: float) -> None:
    """Everything that is due by then."""
    for _ in range(300):
        before = counted()
        usage.tidy(now)
        if counted() == before:
            return
    raise AssertionError("it has no end")


def counted() -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(django_databases() / "usage.db")) as connection:
        counts = "SELECT interval_seconds, count(*) FROM usage_call_count GROUP BY 1"
        return [
            *connection.execute(counts),
            *connection.execute("SELECT summarised_until, hours_since FROM usage_summary_mark"),
            *connection.execute("SELECT count(*) FROM usage_call_summary"),
        ]


def told(period: Any, narrowing: Narrowing) -> list[Any]:
    """Everything that reports ask of a period."""
    scope = Scope(since=period.since, until=period.until, api=narrowing.api)
    return [
        sums_by_interval(period, narrowing),
        sums_before(period, narrowing),
        blocked_calls(period, narrowing),
        calls_by_interval(scope, seconds=HOUR if period.until - period.since < 9 * DAY else DAY),
        *(most_called(period, narrowing, dimension) for dimension in DIMENSIONS),
        *(counted_values(scope, name) for name in ("api", "subscription", "application")),
    ]


def same_from_counts_alone(period: Any, narrowing: Narrowing) -> bool:
    quick = told(period, narrowing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(covering, "reach", Reach)
        return told(period, narrowing) == quick


CALLS: Final = st.lists(
    st.builds(
        call,
        st.floats(NOW - 100 * DAY, NOW) | st.floats(NOW - 2 * DAY, NOW) | st.floats(NOW - 3 * HOUR, NOW),
        api=st.sampled_from(("parts", "jobs", "")),
        operation=st.sampled_from(("list", "one")),
        subscription=st.sampled_from(("s1", "s2", "")),
        application=st.sampled_from(("a1", "a2")),
        status=st.sampled_from((200, 304, 401, 404, 429, 503)),
        micros=st.integers(1, 20_000_000),
    ),
    min_size=1,
    max_size=12,
)
NARROWINGS: Final = st.builds(
    Narrowing,
    api=st.sampled_from(("", "parts", "gone")),
    operation=st.sampled_from(("", "list")),
    subscription=st.sampled_from(("", "", "s1")),
    application=st.sampled_from(("", "", "a2")),
)
PERIODS: Final = st.builds(
    rolling,
    st.sampled_from((HOUR, DAY, 7 * DAY, 30 * DAY, 90 * DAY)),
    st.just(NOW),
    st.sampled_from(ZONES).map(ZoneInfo),
) | st.builds(
    lambda first, length, zone: days(
        date.fromordinal(first), date.fromordinal(first + length), NOW, ZoneInfo(zone)
    ),
    st.integers(date(2026, 8, 1).toordinal(), date(2026, 11, 20).toordinal()),
    st.integers(0, 40),
    st.sampled_from(ZONES),
)


@given(early=CALLS, late=CALLS, ages=st.lists(st.floats(0, 100 * DAY), max_size=3), data=st.data())
@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck],
)
def test_whatever_was_counted_and_tidied_a_report_says_what_the_counts_alone_say(
    usage: SqliteUsage, early: list[CallRecord], late: list[CallRecord], ages: list[float], data: Any
) -> None:
    """Early calls are taken into summaries, late ones come behind the mark; old ones become coarser."""
    with closing(sqlite3.connect(django_databases() / "usage.db")) as file, file:
        for table in ("call_count", "call_summary", "summary_mark"):
            file.execute(f"DELETE FROM usage_{table}")  # noqa: S608 - names of this test
    put(usage, *early)
    for age in sorted(ages, reverse=True):
        tidy_up(usage, NOW - age)
    put(usage, *late)
    tidy_up(usage, NOW)

    for _ in range(3):
        assert same_from_counts_alone(data.draw(PERIODS), data.draw(NARROWINGS))


@pytest.mark.usefixtures("usage")
@given(
    slots=st.lists(st.tuples(st.integers(0, 9 * DAY), st.integers(0, 4 * DAY)), min_size=1, max_size=4),
    until=st.integers(0, 10 * DAY),
    hours_since=st.integers(0, 10 * DAY),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_second_is_read_once_and_as_coarsely_as_can_be(
    slots: list[tuple[int, int]], until: int, hours_since: int
) -> None:
    there = Reach(until, hours_since)
    slots = [(since, since + length) for since, length in slots]
    found = covered(slots, there)

    for number, (since, end) in enumerate(slots):
        pieces = sorted(
            (piece.since, piece.until, length)
            for length, stretches in found.items()
            for piece in stretches
            if piece.slot == number
        )
        edges = [since, *(last for _, last, _ in pieces)]
        assert [first for first, _, _ in pieces] == edges[:-1]
        assert edges[-1] == end
        for first, last, length in pieces:
            if length:
                assert first % length == last % length == 0
                assert last <= until
                assert length == DAY or first >= hours_since
            else:
                whole = -(-max(first, hours_since) // HOUR) * HOUR
                assert whole + HOUR > min(last, until), "a whole hour was read by its counts"
    assert set(found) == {DAY, HOUR, COUNTS}


def test_a_kill_between_two_pieces_or_in_one_counts_nothing_twice(
    usage: SqliteUsage, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(usage, *(call(NOW - hours * HOUR, status=429) for hours in range(1, 30)))
    whole = summarise

    def killed(connection: sqlite3.Connection, now: float, *, hours_days: int) -> bool:
        whole(connection, now, hours_days=hours_days)
        raise sqlite3.OperationalError("killed")

    monkeypatch.setattr(usage_module, "SUMMARISING_SECONDS", 0)
    for turn in range(40):
        if turn % 2:
            usage.tidy(NOW)
        else:
            monkeypatch.setattr(usage_module, "summarise", killed)
            with pytest.raises(sqlite3.OperationalError):
                usage.tidy(NOW)
            monkeypatch.setattr(usage_module, "summarise", whole)
        assert same_from_counts_alone(rolling(2 * DAY, NOW, UTC), Narrowing())
    assert same_from_counts_alone(rolling(2 * DAY, NOW, UTC), Narrowing(subscription="s1"))


def test_one_tidying_takes_in_a_piece_at_a_time_and_says_how_far_it_came(
    usage: SqliteUsage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first start on an old file works through it piece by piece, while calls are counted."""
    put(usage, *(call(NOW - quarters * 900) for quarters in range(1, 9)))
    monkeypatch.setattr(usage_module, "SUMMARISING_SECONDS", 0)
    reached = []
    for _ in range(10):
        usage.tidy(NOW)
        reached.append(SummaryMark.objects.get().summarised_until)
    assert len(set(reached)) == 8
    assert reached == sorted(reached)
    assert reached[-1] == int(NOW - 120) // 900 * 900


def test_old_hours_and_days_are_dropped(usage: SqliteUsage) -> None:
    put(usage, call(NOW))
    tidy_up(usage, NOW + DAY)
    lengths = CallSummary.objects.order_by().values_list("interval_seconds", flat=True).distinct()
    assert set(lengths) == {HOUR, DAY}
    tidy_up(usage, NOW + 94 * DAY)
    tidy_up(usage, NOW + 94 * DAY)
    assert set(lengths.all()) == {DAY}
    tidy_up(usage, NOW + 803 * DAY)
    assert not CallSummary.objects.exists()


def test_whoever_reads_sees_one_moment_and_keeps_no_writer_waiting(usage: SqliteUsage) -> None:
    put(usage, call(NOW - 60))
    period = rolling(HOUR, NOW, UTC)
    with one_moment():
        before = told(period, Narrowing())
        put(usage, call(NOW - 60))
        assert told(period, Narrowing()) == before
    assert told(period, Narrowing()) != before
