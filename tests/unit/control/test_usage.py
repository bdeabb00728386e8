"""Usage: what machines counted, read back for pages, and the pages themselves."""

from __future__ import annotations

import html
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse

from millgate.control.usage.models import CallCount, Refusal
from millgate.control.usage.selectors import Scope, calls_by_interval, counted_values
from millgate.stores.latency import BUCKETS
from millgate.stores.ports import CallRecord
from millgate.stores.sqlite.usage import SqliteUsage
from support.django_home import django_databases
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from collections.abc import Iterator

MIDNIGHT: Final = 1_699_920_000
ALWAYS: Final = Scope(since=0, until=2_000_000_000)


def call(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "at": MIDNIGHT + 1.5,
        "request_id": "r1",
        "method": "GET",
        "path": "/test/parts/v1/Parts",
        "client": "10.0.0.7",
        "tier": "test",
        "api": "parts",
        "operation": "list-parts",
        "subscription": "sub",
        "application": "app",
        "status": 200,
        "micros": 300,
        "upstream_micros": 200,
        "bytes_in": 10,
        "bytes_out": 1000,
    }
    return CallRecord(**(values | changes))


@pytest.fixture
def usage(committed: None) -> Iterator[SqliteUsage]:  # noqa: ARG001 - the machine writes by a connection of its own
    """The machine's store on the file that the pages read."""
    with closing(SqliteUsage(django_databases() / "usage.db")) as store:
        yield store


def put(usage: SqliteUsage, *calls: CallRecord) -> None:
    for item in calls:
        usage.record(item)
    usage.flush(usage.gather())


def test_calls_are_summed_over_any_interval_and_by_class(usage: SqliteUsage) -> None:
    put(
        usage,
        *(call(at=MIDNIGHT + 60 * minute, micros=300) for minute in range(90)),
        call(status=404, micros=90_000),
        call(status=429, code="MG401"),
        call(status=503),
        call(status=304, at=MIDNIGHT + 3600),
    )

    later, first = calls_by_interval(ALWAYS, seconds=3600)
    assert first.start == datetime.fromtimestamp(MIDNIGHT, UTC)
    assert first.calls == {"success": 60, "blocked": 1, "failed": 1, "other": 1}
    assert (first.total, first.longest_ms, first.p95_ms) == (63, 90.0, 0.5)
    assert first.mean_ms == pytest.approx((62 * 0.3 + 90) / 63)
    assert (first.bytes_in, first.bytes_out, first.upstream_micros) == (630, 63_000, 12_600)
    assert later.calls == {"success": 31, "blocked": 0, "failed": 0, "other": 0}
    assert len(calls_by_interval(ALWAYS, seconds=60)) == 90
    assert [day.total for day in calls_by_interval(ALWAYS, seconds=86_400)] == [94]


def test_a_scope_narrows_down(usage: SqliteUsage) -> None:
    put(usage, call(), call(api="jobs", status=500), call(subscription="other"), call(application="other"))
    put(usage, call(at=MIDNIGHT + 60))

    def total(**scope: Any) -> int:
        given = {"since": 0, "until": 2_000_000_000} | scope
        return sum(found.total for found in calls_by_interval(Scope(**given), seconds=60))

    assert total() == 5
    assert total(api="jobs") == 1
    assert total(subscription="sub") == 4
    assert total(application="other") == 1
    assert total(outcome="failed") == 1
    assert total(outcome="success", api="jobs") == 0
    assert total(since=MIDNIGHT + 60) == 1
    assert total(until=MIDNIGHT + 60) == 4
    assert counted_values(ALWAYS, "api") == ["parts", "jobs"]
    assert counted_values(ALWAYS, "subscription") == ["sub", "other"]


def test_rows_that_were_rolled_up_and_those_of_the_first_release_are_counted_with_the_others(
    usage: SqliteUsage,
) -> None:
    put(usage, call(), call())
    for _ in range(5):
        usage.tidy(MIDNIGHT + 5 * 86_400)
    with closing(sqlite3.connect(django_databases() / "usage.db")) as connection, connection:
        connection.execute("UPDATE usage_call_count SET took_1 = 0")
    put(usage, call(at=MIDNIGHT + 900, micros=700))

    (day,) = calls_by_interval(ALWAYS, seconds=86_400)
    assert (day.total, day.p95_ms) == (3, 1.0)


def test_what_the_first_release_counted_stays_readable(committed: None) -> None:  # noqa: ARG001 - it migrates
    at_once = connections["usage"]
    MigrationExecutor(at_once).migrate([("usage", "0002_notices")])
    with at_once.cursor() as cursor:
        cursor.execute(
            "INSERT INTO usage_call_count (interval_start, tier, api, operation, subscription, application,"
            " status, calls, micros_total, micros_max, bytes_out)"
            " VALUES (1699920000, 'test', 'parts', 'list-parts', 'sub', 'app', 200, 4, 650, 300, 2001)"
        )
    newest = MigrationExecutor(at_once)
    newest.migrate(newest.loader.graph.leaf_nodes("usage"))

    (quarter,) = calls_by_interval(ALWAYS, seconds=900)
    assert (quarter.total, quarter.longest_ms, quarter.bytes_out, quarter.p95_ms) == (4, 0.3, 2001, None)
    assert CallCount.objects.get().interval_seconds == 900


def test_the_columns_of_buckets_are_those_of_the_bounds() -> None:
    columns = [field.name for field in CallCount._meta.get_fields() if field.name.startswith("took_")]
    assert columns == [f"took_{bucket}" for bucket in range(BUCKETS)]


# Pages


@pytest.fixture
def sample(usage: SqliteUsage) -> Sample:  # noqa: ARG001 - both stand on committed rows
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    client = Client()
    client.force_login(sample.administrator)
    return client


def text(content: bytes) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", content.decode())).split())


def rows_of(content: bytes) -> list[list[str]]:
    body = content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    cells = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL)
    return [[text(cell.encode()) for cell in cells.findall(row)] for row in body.split("</tr>")[:-1]]


def test_the_page_of_calls_shows_a_period_and_narrows_it_down(
    ada: Client, sample: Sample, usage: SqliteUsage
) -> None:
    now = settings.CLOCK.now()
    key = str(sample.subscription.pk)
    put(
        usage,
        call(at=now - 120, subscription=key),
        call(at=now - 120, subscription=key, status=429, code="x"),
    )
    put(usage, call(at=now - 7200, api="jobs"), call(at=now - 10 * 86_400))
    page = reverse("admin:usage_callcount_changelist")

    hour = ada.get(page)
    assert [row[1:6] for row in rows_of(hour.content)] == [["2", "1", "1", "0", "0"]]
    assert sample.subscription.name in text(hour.content)
    assert sum(int(row[1]) for row in rows_of(ada.get(page, {"period": "day"}).content)) == 3
    assert sum(int(row[1]) for row in rows_of(ada.get(page, {"period": "month"}).content)) == 4
    blocked = ada.get(page, {"period": "month", "outcome": "blocked", "subscription": key})
    assert [row[1:6] for row in rows_of(blocked.content)] == [["1", "0", "1", "0", "0"]]


@pytest.mark.parametrize(
    "query",
    [
        {"period": "hour", "api": "never-called"},
        {"period": "century"},
        {"outcome": "unknown"},
        {"period": "day", "subscription": "'; DROP TABLE usage_call_count; --<script>"},
    ],
)
def test_the_page_of_calls_says_when_there_is_nothing_to_show(ada: Client, query: dict[str, str]) -> None:
    answer = ada.get(reverse("admin:usage_callcount_changelist"), query)

    assert answer.status_code == 200
    assert "There is no data for the selected period and scope" in text(answer.content)
    assert b"--<script>" not in answer.content


def test_a_refused_call_is_found_by_its_request_id_with_its_limit_and_the_next_chance(
    ada: Client, usage: SqliteUsage
) -> None:
    limited = call(
        request_id="5f0c7c26-0000-4000-8000-1234567890ab",
        status=429,
        code="MG401",
        limit="20 calls per minute",
        wait=46,
    )
    put(usage, limited, call(request_id="another", status=401, code="MG202"))
    page = reverse("admin:usage_refusal_changelist")

    found = text(ada.get(page, {"q": "5f0c7c26-0000-4000"}).content)
    assert "20 calls per minute" in found
    assert "another" not in found
    refusal = Refusal.objects.get(code="MG401")
    shown = text(ada.get(reverse("admin:usage_refusal_change", args=(refusal.pk,))).content)
    assert "/test/parts/v1/Parts" in shown
    assert refusal.allowed_at == MIDNIGHT + 47.5
    assert "2023-11-14 00:00:48" in shown


def test_who_is_no_administrator_sees_no_usage(sample: Sample) -> None:
    client = Client()
    client.force_login(sample.developer)

    assert client.get(reverse("admin:usage_callcount_changelist")).status_code in {302, 403}
