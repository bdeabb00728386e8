"""Analytics: what was counted, summed by interval and by what calls have in common, and the pages of it."""

from __future__ import annotations

import csv
import html
import io
import re
from contextlib import closing
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from millgate.control.accounts.models import Company
from millgate.control.clients.report_forms import RANGES
from millgate.control.console import analytics_views
from millgate.control.usage import analytics
from millgate.control.usage.analytics import (
    DIMENSIONS,
    MOST_LIMITS,
    MOST_NAMED,
    Narrowing,
    blocked_calls,
    limits_hit,
    most_called,
    sums_before,
    sums_by_interval,
    total_of,
)
from millgate.control.usage.models import CallCount, Refusal
from millgate.control.usage.periods import HOUR, MOST_INTERVALS, days, midnight, rolling
from millgate.core.clock import Clock
from millgate.core.outcomes import StatusClass, status_class
from millgate.stores.latency import BUCKETS, percentile
from millgate.stores.ports import CallRecord
from millgate.stores.retention import DAY
from millgate.stores.sqlite.usage import SqliteUsage
from support.console_pages import helper, text
from support.django_home import django_databases
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from collections.abc import Iterator

DETROIT: Final = ZoneInfo("America/Detroit")
NOW: Final = datetime(2026, 11, 20, 14, 37, 12, tzinfo=UTC).timestamp()
PAGE: Final = "/console/analytics/"


# Periods


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 8), 23), (date(2026, 3, 9), 24), (date(2026, 11, 1), 25)],
)
def test_a_day_is_as_long_as_its_zone_makes_it(day: date, hours: int) -> None:
    now = datetime(2026, 11, 3, tzinfo=UTC).timestamp() if day.month == 11 else midnight(day, UTC) + 2 * DAY
    one = days(day, day, now, DETROIT)
    assert one.edges[-1] - one.edges[0] == hours * HOUR
    assert one.step == 900
    assert {end - start for start, end in zip(one.edges, one.edges[1:], strict=False)} == {one.step}
    assert one.starts()[0].isoformat() == f"{day}T00:00:00{one.starts()[0]:%z}"[:-2] + ":00"


def test_a_week_with_a_long_day_has_days_that_start_at_midnight() -> None:
    now = datetime(2026, 11, 10, tzinfo=UTC).timestamp()
    week = days(date(2026, 10, 28), date(2026, 11, 3), now, DETROIT)
    assert week.step == 2 * HOUR
    starts = week.starts()
    assert sum(start.hour == 0 for start in starts) == 7
    assert len(starts) == 7 * 12 + 1, "the last interval of the long day is an hour"
    assert week.since - week.before == 7 * DAY, "the seven days before have no change of clocks"


@given(
    first=st.dates(date(2026, 9, 1), date(2026, 11, 19)),
    length=st.integers(0, 60),
    zone=st.sampled_from(
        ["America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "America/Detroit", "UTC"]
    ),
)
def test_days_begin_and_end_where_their_zone_has_them_also_where_there_is_no_midnight(
    first: date, length: int, zone: str
) -> None:
    """Clocks are set at midnight in Santiago and Cairo, and by half an hour on Lord Howe Island."""
    here, last = ZoneInfo(zone), first + timedelta(days=length)
    period = days(first, last, datetime(2026, 11, 20, tzinfo=UTC).timestamp(), here)
    starts = [*period.starts(), datetime.fromtimestamp(period.edges[-1], here)]
    assert starts[0].date() == first
    assert datetime.fromtimestamp(period.edges[0] - 1, here).date() < first
    assert datetime.fromtimestamp(period.edges[-1] - 1, here).date() == last
    assert all(end > start for start, end in zip(period.edges, period.edges[1:], strict=False))
    assert (
        max(end - start for start, end in zip(period.edges, period.edges[1:], strict=False))
        <= period.step + HOUR
    )
    assert len(period.edges) <= MOST_INTERVALS + 6
    assert datetime.fromtimestamp(period.before, here).date() == first - timedelta(days=length + 1)


@pytest.mark.parametrize("zone", [UTC, DETROIT, ZoneInfo("Asia/Kathmandu"), ZoneInfo("Australia/Lord_Howe")])
@pytest.mark.parametrize("name", RANGES)
def test_a_rolling_period_has_few_intervals_and_ends_now(name: str, zone: ZoneInfo) -> None:
    for now in (NOW, datetime(2026, 3, 9, 3, 30, tzinfo=UTC).timestamp()):
        period = rolling(RANGES[name], now, zone)
        assert 50 <= len(period.edges) - 1 <= MOST_INTERVALS + 2
        assert period.edges[-2] <= now < period.edges[-1]
        assert period.until == int(now) + 1
        assert period.since <= now - RANGES[name] < period.edges[1]
        assert list(period.edges) == sorted(set(period.edges))
        assert period.since - period.before == period.until - period.since


def test_what_is_kept_only_by_day_is_shown_in_days_of_utc() -> None:
    today = datetime.fromtimestamp(NOW, UTC).date()
    old = days(today - timedelta(days=200), today - timedelta(days=190), NOW, DETROIT)
    assert (old.zone, old.step) == (UTC, DAY)
    young = days(today - timedelta(days=40), today - timedelta(days=40), NOW, DETROIT)
    assert (young.zone, young.step) == (DETROIT, 900)
    assert days(today, today, NOW, DETROIT).step == 900
    long = days(today - timedelta(days=700), today, NOW, DETROIT)
    assert len(long.edges) - 1 <= MOST_INTERVALS + 1


# Sums against a brute-force oracle


def counts(random: Random, number: int, since: int, until: int) -> list[CallCount]:
    """Rows of all three lengths, a few kinds of callers, every class."""
    made = {}
    for _ in range(number):
        seconds = random.choice((60, 900, DAY))
        took = [random.choice((0, 0, 3)) for _ in range(BUCKETS)]
        row = CallCount(
            interval_start=random.randrange(since, until) // seconds * seconds,
            interval_seconds=seconds,
            tier="test",
            api=random.choice(("parts", "jobs", "")),
            operation=random.choice(("list", "one")),
            subscription=random.choice(("s1", "s2", "", "(rest)")),
            application=random.choice(("a1", "a2")),
            status=random.choice((200, 201, 304, 302, 307, 400, 401, 403, 404, 429, 500, 503)),
            calls=random.randrange(1, 50),
            micros_total=random.randrange(1, 10_000),
            micros_max=7,
            bytes_in=random.randrange(1000),
            bytes_out=random.randrange(1000),
            **{f"took_{bucket}": count for bucket, count in enumerate(took)},
        )
        key = (
            row.interval_start,
            seconds,
            row.api,
            row.operation,
            row.subscription,
            row.application,
            row.status,
        )
        made[key] = row
    return list(made.values())


def fits(row: CallCount, since: int, until: int, narrowing: Narrowing) -> bool:
    return since <= row.interval_start < until and all(
        getattr(row, name) == value for name, value in narrowing.given().items()
    )


def classes(rows: list[CallCount]) -> dict[StatusClass, int]:
    return {name: sum(row.calls for row in rows if status_class(row.status) == name) for name in StatusClass}


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("zone", [UTC, DETROIT])
@pytest.mark.parametrize(
    "narrowing",
    [
        Narrowing(),
        Narrowing(api="parts"),
        Narrowing(api="jobs", operation="one", subscription="s1"),
        Narrowing(application="a2", subscription="(rest)"),
        Narrowing(api="gone"),
    ],
)
def test_sums_are_those_of_adding_up_every_row(zone: ZoneInfo, narrowing: Narrowing) -> None:
    period = rolling(7 * DAY, datetime(2026, 11, 4, 9, 1, tzinfo=UTC).timestamp(), zone)
    random = Random(17)  # noqa: S311 - rows of a test
    rows = counts(random, 600, period.before - DAY, period.edges[-1] + DAY)
    CallCount.objects.bulk_create(rows)
    inside = [row for row in rows if fits(row, period.since, period.until, narrowing)]

    found = sums_by_interval(period, narrowing)
    for sums, since, end in zip(found, period.edges, period.edges[1:], strict=False):
        mine = [row for row in inside if fits(row, since, end, narrowing)]
        assert sums.by_class == classes(mine)
        assert sums.bytes_out == sum(row.bytes_out for row in mine)
        took = [sum(getattr(row, f"took_{bucket}") for row in mine) for bucket in range(BUCKETS)]
        wanted = percentile(took, 0.95)
        assert sums.within_ms(0.95) == (None if wanted is None else wanted / 1000)
    assert total_of(found).by_class == classes(inside)
    before = [row for row in rows if fits(row, period.before, period.since, narrowing)]
    assert sums_before(period, narrowing).by_class == classes(before)
    assert sums_before(period, narrowing).micros_total == sum(row.micros_total for row in before)

    for dimension in DIMENSIONS:
        groups: dict[tuple[str, str], list[CallCount]] = {}
        for row in inside:
            api = row.api if dimension == "operation" else ""
            groups.setdefault((api, getattr(row, dimension)), []).append(row)
        named = most_called(period, narrowing, dimension)
        assert {(item.api, item.key): item.sums.by_class for item in named} == {
            key: classes(mine) for key, mine in groups.items()
        }
        assert [item.sums.calls for item in named] == sorted(
            (item.sums.calls for item in named), reverse=True
        )
    blocked = {(row.subscription, row.status) for row in inside if status_class(row.status) == "blocked"}
    assert {(item.subscription, item.status) for item in blocked_calls(period, narrowing)} == blocked


@pytest.mark.usefixtures("rows")
def test_only_so_many_are_named_and_they_are_those_with_most_calls() -> None:
    period = rolling(DAY, NOW, UTC)
    random = Random(1)  # noqa: S311 - rows of a test
    base = counts(random, 1, int(NOW) - HOUR, int(NOW))[0]
    for number in range(MOST_NAMED + 5):
        base.pk, base.subscription, base.calls, base.status = None, f"s{number:02}", number + 1, 429
        base.interval_start, base.interval_seconds = int(NOW) // 60 * 60, 60
        base.save(force_insert=True)
    named = most_called(period, Narrowing(), "subscription")
    assert [item.key for item in named] == [f"s{number:02}" for number in range(14, 4, -1)]
    assert len(blocked_calls(period, Narrowing())) <= MOST_LIMITS


@pytest.mark.usefixtures("rows")
def test_every_status_is_of_one_class_whether_it_is_added_up_here_or_in_the_database() -> None:
    period = rolling(DAY, NOW, UTC)
    (base,) = counts(Random(1), 1, int(NOW) - HOUR, int(NOW))  # noqa: S311 - rows of a test
    base.interval_start, base.interval_seconds, base.calls = int(NOW) // 60 * 60, 60, 1
    made = []
    for status in range(100, 700):
        row = copy(base)
        row.pk, row.status = None, status
        made.append(row)
    CallCount.objects.bulk_create(made)
    (named,) = most_called(period, Narrowing(), "api")
    assert named.sums.by_class == total_of(sums_by_interval(period, Narrowing())).by_class == classes(made)
    assert {item.status for item in blocked_calls(period, Narrowing())} == {401, 403, 429}


@pytest.mark.usefixtures("rows")
def test_refusals_are_told_by_code_subscription_and_limit() -> None:
    def refuse(at: float, **changes: str) -> None:
        given = {"tier": "test", "api": "parts", "operation": "list", "subscription": "s", "application": "a"}
        Refusal.objects.create(at=at, request_id="r", status=429, reason="", **(given | changes))

    for second in range(3):
        refuse(NOW - second, code="MG401", limit="20 calls per minute")
    refuse(NOW - 5, code="MG202")
    refuse(NOW - 2 * DAY, code="MG401", limit="20 calls per minute")
    found = limits_hit(rolling(DAY, NOW, UTC), Narrowing())
    assert [(hit.code, hit.limit, hit.kept) for hit in found] == [
        ("MG401", "20 calls per minute", 3),
        ("MG202", "", 1),
    ]
    assert found[0].last == NOW
    assert limits_hit(rolling(DAY, NOW, UTC), Narrowing(api="jobs")) == []


# Pages


class _Then(Clock):
    """A clock that stands still."""

    def now(self) -> float:
        return NOW


def record(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "at": NOW - 120,
        "request_id": "r1",
        "method": "GET",
        "path": "/test/parts/v1/Parts",
        "client": "10.0.0.7",
        "tier": "test",
        "api": "job-tracking",
        "operation": "list-jobs",
        "subscription": "gone-subscription",
        "application": "gone-application",
        "status": 200,
        "micros": 300,
        "bytes_in": 10,
        "bytes_out": 2_500_000,
    }
    return CallRecord(**(values | changes))


@pytest.fixture
def usage(committed: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteUsage]:  # noqa: ARG001
    monkeypatch.setattr(settings, "CLOCK", _Then())
    with closing(SqliteUsage(django_databases() / "usage.db")) as store:
        yield store


@pytest.fixture
def sample(usage: SqliteUsage) -> Sample:
    made = sample_make()
    key, client = str(made.subscription.pk), str(made.application.client_id)
    calls = [
        record(),
        record(subscription=key, application=client, at=NOW - 3 * HOUR),
        record(subscription=key, status=429, code="MG401", limit="20 calls per minute", micros=90_000),
        record(api="<b>evil</b>", operation='"><script>', status=503, subscription="=1+1"),
        record(at=NOW - 5 * DAY, status=404),
        record(at=NOW - 60 * DAY, status=400),
        record(at=NOW - 27 * HOUR),
    ]
    for call in calls:
        usage.record(call)
    usage.flush(usage.gather())
    return made


@pytest.fixture
def ada(sample: Sample) -> Client:
    client = Client()
    client.force_login(sample.administrator)
    return client


def tables_of(content: bytes) -> dict[str, list[list[str]]]:
    """The cells of each table by the name in its CSV link; instants in full."""
    found = {}
    part = re.compile(r"<table.*?<tbody>(.*?)</tbody>.*?analytics/([\w-]+)\.csv\?", re.DOTALL)
    for body, name in part.findall(content.decode()):
        rows = [row for row in body.split("</tr>") if "<th" in row]
        found[name] = [[_cell(cell) for cell in re.findall(r"<t[hd][^>]*>.*?</t[hd]>", row)] for row in rows]
    return found


def _cell(markup: str) -> str:
    if instant := re.search(r'datetime="([^"]+)"', markup):
        return html.unescape(instant[1])
    shown = html.unescape(re.sub(r"<[^>]+>", "", markup))
    if 'class="number"' in markup:
        return shown.replace(",", "")
    return "" if shown == "\N{EN DASH}" else shown


def csv_rows(client: Client, address: str) -> list[list[str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(lines)))[1:]


def query(name: str) -> dict[str, str]:
    if name == "custom":
        return {"range": name, "since": "2026-11-19", "until": "2026-11-20", "zone": "America/Detroit"}
    return {"range": name, "zone": "UTC"}


@pytest.mark.parametrize(
    ("name", "calls"), [("hour", 3), ("day", 4), ("week", 6), ("month", 6), ("quarter", 7), ("custom", 5)]
)
def test_each_range_has_its_calls_and_every_table_is_had_as_csv(ada: Client, name: str, calls: int) -> None:
    answer = ada.get(PAGE, query(name))
    assert answer.status_code == 200
    tables = tables_of(answer.content)
    assert set(tables) == {
        *("calls", "latency", "bandwidth"),
        *("apis", "operations", "applications", "subscriptions", "blocked", "limits"),
    }
    assert sum(int(row[1]) for row in tables["calls"]) == calls
    for table, rows in tables.items():
        same = [
            [cell.removeprefix("'") for cell in row]
            for row in csv_rows(ada, f"{PAGE}{table}.csv?{_text(query(name))}")
        ]
        assert [[_number(cell) for cell in row] for row in same] == [
            [_number(cell) for cell in row] for row in rows
        ], table


def _text(given: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in given.items())


def _number(cell: str) -> str | float:
    return float(cell) if re.fullmatch(r"\d+(\.\d+)?(e-?\d+)?", cell) else cell


def test_charts_show_what_the_tables_say(ada: Client) -> None:
    answer = ada.get(PAGE, query("day"))
    report = answer.context["report"]
    for chart, table in report.charts():
        columns = list(zip(*table.rows, strict=True))
        skip = 2 if chart.name == "calls" else 1
        for series, column in zip(chart.series, columns[skip:], strict=False):
            assert [cell.value for cell in column] == list(series.points), series.name
        assert f'aria-labelledby="{chart.name}-wide-title' in answer.content.decode()


def test_names_are_shown_and_what_is_gone_by_its_key_and_all_is_escaped(ada: Client, sample: Sample) -> None:
    shown = ada.get(PAGE, query("day")).content.decode()
    assert sample.subscription.name in shown
    assert "Job board" in shown
    assert "<code>gone-subscription</code>" in shown
    assert "<b>evil" not in shown
    assert "<script>" not in shown.replace('<script src="', "")
    assert "style=" not in shown
    lines = csv_rows(ada, f"{PAGE}subscriptions.csv?range=day&zone=UTC")
    assert "'=1+1" in [line[0] for line in lines], "no formula"


def test_a_page_is_narrowed_down_and_keeps_its_range(ada: Client, sample: Sample) -> None:
    key = str(sample.subscription.pk)
    answer = ada.get(PAGE, query("week"))
    links = [
        html.unescape(link)
        for link in re.findall(r'href="(/console/analytics/\?[^"]+)"', answer.content.decode())
    ]
    assert all("range=week&zone=UTC" in link for link in links)
    for narrowed, calls in (
        (f"subscription={key}", 2),
        ("api=job-tracking&operation=list-jobs", 5),
        ("application=gone-application", 5),
        ("api=job-tracking", 5),
    ):
        link = next(link for link in links if link.endswith(narrowed))
        page = ada.get(link)
        assert page.context["report"].total.calls == calls, narrowed
        assert not {name.split("=")[0] + "s" for name in narrowed.split("&")} & set(tables_of(page.content))
        assert all(
            "range=week&zone=UTC" in html.unescape(left)
            for left in re.findall(r'href="(/console/analytics/\?[^"]+)"', page.content.decode())
        )
    assert "Leave out" in text(ada.get(PAGE, {"subscription": key}))


def test_cards_tell_the_change_against_the_period_before(ada: Client) -> None:
    report = ada.get(PAGE, query("day")).context["report"]
    cards = {str(card.label): card for card in report.cards()}
    assert (cards["Calls"].value, cards["Calls"].change, cards["Calls"].trend) == (
        "4",
        "+300.0 % against before",
        "up",
    )
    assert cards["Blocked"].change == "nothing before"
    assert cards["Sent"].value == "10.00 MB"


@pytest.mark.parametrize(
    "given",
    [
        {"range": "hour", "api": "never-called"},
        {"range": "custom", "since": "2026-11-01", "until": "2026-11-02"},
        {"subscription": "'; DROP TABLE usage_call_count; --<script>"},
    ],
)
def test_without_calls_the_page_says_so(ada: Client, given: dict[str, str]) -> None:
    answer = ada.get(PAGE, given)
    assert answer.status_code == 200
    assert "There is no data for the selected period and scope" in text(answer)
    assert b"--<script>" not in answer.content


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"range": "century"}, "Select a valid choice"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"range": "custom"}, "Say from which day to which."),
        ({"range": "custom", "since": "2026-11-02", "until": "2026-11-01"}, "It is before the first day."),
        ({"range": "custom", "since": "2026-11-22", "until": "2026-11-23"}, "It is in the future."),
        ({"range": "custom", "since": "0001-01-01", "until": "9999-12-31"}, "is kept for 800 days"),
        ({"range": "custom", "since": "2026-11-01", "until": "9999-12-31"}, "At most 800 days."),
        ({"range": "custom", "since": "yesterday", "until": "2026-11-01"}, "Enter a valid date"),
    ],
)
def test_a_range_that_is_none_is_told_and_nothing_is_shown(
    ada: Client, given: dict[str, str], why: str
) -> None:
    answer = ada.get(PAGE, given)
    assert answer.status_code == 200
    assert why in text(answer)
    assert "There is no data" not in text(answer)
    assert ada.get(f"{PAGE}calls.csv", given).status_code == 404


def test_what_takes_too_long_to_add_up_is_given_up(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analytics, "_STEPS_BETWEEN_LOOKS", 10)
    no_time = partial(analytics.in_time, 0)
    monkeypatch.setattr(analytics_views, "in_time", no_time)
    monkeypatch.setattr(analytics, "in_time", no_time)
    answer = ada.get(PAGE, query("day"))
    assert answer.status_code == 503
    assert "Adding this up takes too long" in text(answer)
    assert ada.get(f"{PAGE}calls.csv", query("day")).status_code == 503
    monkeypatch.undo()
    assert CallCount.objects.count(), "the connection goes on working"


def test_a_reader_chooses_between_utc_and_the_zone_of_their_company(ada: Client, sample: Sample) -> None:
    def zones() -> list[str]:
        return [value for value, _ in ada.get(PAGE).context["form"].fields["zone"].choices]

    Company.objects.create(pcn=1, code="X", name="X", time_zone="Europe/Berlin")
    assert zones() == ["UTC", "America/Detroit", "Europe/Berlin"], "of no company: all of them"
    sample.administrator.company = sample.company
    sample.administrator.save()
    assert zones() == ["UTC", "America/Detroit"]
    assert ada.get(PAGE, {"zone": "Europe/Berlin"}).context.get("report") is None


def test_the_number_of_queries_does_not_grow(ada: Client, sample: Sample, usage: SqliteUsage) -> None:
    def asked() -> tuple[int, int]:
        with (
            CaptureQueriesContext(connections["default"]) as here,
            CaptureQueriesContext(connections["usage"]) as there,
        ):
            assert ada.get(PAGE, query("month")).status_code == 200
        return len(here), len(there)

    asked()  # the navigation remembers what it counted
    few = asked()
    known = {"subscription": str(sample.subscription.pk), "application": str(sample.application.client_id)}
    for _ in range(9):
        usage.record(record(**known))
    for number in range(300):
        usage.record(
            record(
                at=NOW - number * HOUR,
                subscription=f"s{number}",
                application=f"a{number}",
                api=f"api{number}",
                operation=f"o{number}",
                status=200 + number,
            )
        )
    usage.flush(usage.gather())
    asked()  # what the navigation remembers is counted anew after a change
    assert asked() == few
    assert few[1] == 16, "each question asks how far summaries reach; the last whether anything has changed"


def test_without_the_right_there_is_neither_page_nor_link_nor_data(sample: Sample) -> None:
    blind = helper("view_api")
    assert "/console/analytics/" not in blind.get("/console/").content.decode()
    assert blind.get(PAGE).status_code == 403
    for name in ("calls", "apis", "limits", "nonsense"):
        assert blind.get(f"{PAGE}{name}.csv").status_code == 403
    developer = Client()
    developer.force_login(sample.developer)
    assert developer.get(PAGE).status_code == 302
    assert developer.get(f"{PAGE}calls.csv").status_code == 302


def test_who_may_see_counts_but_no_refused_calls_sees_none_of_them(sample: Sample) -> None:
    reader = helper("view_callcount")
    assert sample.company.pk
    assert reverse("console-analytics") in reader.get("/console/").content.decode()
    shown = reader.get(PAGE, query("day"))
    assert shown.status_code == 200
    assert "20 calls per minute" not in text(shown)
    assert "limits" not in tables_of(shown.content)
    assert reader.get(f"{PAGE}limits.csv").status_code == 404
    assert reader.get(f"{PAGE}nonsense.csv").status_code == 404
