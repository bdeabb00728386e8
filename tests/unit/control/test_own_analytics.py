"""A developer's own calls in a report, and of nobody else's."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.conf import settings
from django.test import Client

from millgate.control.accounts.services import person_create
from millgate.control.catalogue.models import Adapter
from millgate.control.clients.services import subscription_create
from millgate.control.usage.models import CallCount, CallSummary, SummaryMark
from millgate.control.usage.selectors import last_called
from millgate.stores.retention import DAY
from millgate.stores.summaries import HOUR, grouping_for
from support.console_pages import signed_in, text
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from millgate.control.clients.models import Subscription

pytestmark = pytest.mark.usefixtures("rows")

PAGE: Final = "/portal/profile/analytics/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def dee(sample: Sample) -> Client:
    return signed_in(sample.developer)


@pytest.fixture
def theirs(sample: Sample) -> Subscription:
    """A subscription of somebody else, with many calls."""
    del sample
    other = person_create(email="other@example.com", first_name="Otto")
    row = subscription_create(owner=other, adapter=Adapter.objects.get(), name="Secret plans", approved=True)
    counted(row, calls=7_777, operation="get-job")
    return row


def counted(
    subscription: Subscription | None, *, calls: int, status: int = 200, ago: float = 600, **members: Any
) -> None:
    """Calls of one minute, as the machine would have summed them."""
    start = int(settings.CLOCK.now() - ago) // 60 * 60
    given = {
        "tier": "production",
        "api": "job-tracking",
        "operation": "list-jobs",
        "application": "",
        "micros_max": 9_000,
        "bytes_out": 1_000_000 * calls,
        "took_3": calls,
    }
    CallCount.objects.create(
        interval_start=start,
        interval_seconds=60,
        subscription=str(subscription.pk) if subscription else "",
        status=status,
        calls=calls,
        micros_total=2_000 * calls,
        **{**given, **members},
    )


def table(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def test_own_calls_are_added_up_by_outcome_api_operation_and_subscription(
    sample: Sample, dee: Client, theirs: Subscription
) -> None:
    del theirs
    second = subscription_create(
        owner=sample.developer, adapter=Adapter.objects.get(), name="Line 2", approved=True
    )
    counted(sample.subscription, calls=5)
    counted(sample.subscription, calls=2, status=429)
    counted(second, calls=1, status=500)
    counted(second, calls=4, status=404)
    counted(None, calls=999)
    answer = dee.get(PAGE)
    cards = {str(card.label): card.value for card in answer.context["shown"]["cards"]}
    assert [cards[name] for name in ("Calls", "Success", "Blocked", "Failed", "Other", "Sent")] == [
        *("12", "5", "2", "1", "4"),
        "12.00 MB",
    ]
    shown = text(answer)
    for words in ("Job Tracking", "List jobs", "Line 2", sample.subscription.name, "Blocked calls"):
        assert words in shown
    assert "<svg" in answer.content.decode()
    for words in ("7,777", "999", "Secret plans"):
        assert words not in shown

    found = table(dee.get(f"{PAGE}subscriptions.csv"))
    assert {row["Subscription"]: row["Calls"] for row in found} == {
        sample.subscription.name: "7",
        "Line 2": "5",
    }
    one = dee.get(PAGE, {"subscription": str(second.pk)})
    assert {str(card.label): card.value for card in one.context["shown"]["cards"]}["Calls"] == "5"
    apis = table(dee.get(f"{PAGE}apis.csv", {"subscription": str(second.pk)}))
    assert [(row["API"], row["Calls"], row["Failed"]) for row in apis] == [("Job Tracking", "5", "1")]


def test_reports_read_summaries_of_one_s_own_too(sample: Sample, dee: Client, theirs: Subscription) -> None:
    now = int(settings.CLOCK.now())
    hour = now // HOUR * HOUR - 3 * HOUR
    for row, calls in ((sample.subscription, 40), (theirs, 1_000)):
        summed = {"tier": "", "api": "", "operation": "", "application": "", "status": 200, "micros_total": 1}
        CallSummary.objects.create(
            grouping=grouping_for({"subscription"}),
            interval_seconds=HOUR,
            interval_start=hour,
            subscription=str(row.pk),
            calls=calls,
            micros_max=1,
            bytes_out=0,
            **summed,
        )
    SummaryMark.objects.create(summarised_until=hour + HOUR, hours_since=0)
    told = table(dee.get(f"{PAGE}calls.csv", {"range": "week", "zone": "UTC"}))
    assert sum(int(row["Calls"]) for row in told) == 40


def test_days_are_those_of_the_person_and_a_range_of_ones_own_has_both_ends(
    sample: Sample, dee: Client
) -> None:
    sample.developer.time_zone = "Asia/Tokyo"
    sample.developer.save()
    counted(sample.subscription, calls=1)
    answer = dee.get(PAGE)
    assert answer.context["form"].data["zone"] == "Asia/Tokyo"
    assert "From (Asia/Tokyo)" in text(answer)
    assert "Say from which day to which." in text(dee.get(PAGE, {"range": "custom", "zone": "UTC"}))
    assert dee.get(f"{PAGE}calls.csv", {"range": "custom"}).status_code == 404
    long_ago = {"range": "custom", "since": "2026-01-01", "until": "2026-01-02", "zone": "UTC"}
    assert "There is no data for the selected period and scope" in text(dee.get(PAGE, long_ago))


def test_there_is_no_data_of_who_has_no_subscription(sample: Sample, theirs: Subscription) -> None:
    del theirs
    client = signed_in(sample.administrator)
    for query in ({}, {"api": "job-tracking"}, {"application": str(sample.application.client_id)}):
        assert "There is no data for the selected period and scope" in text(client.get(PAGE, query))


@pytest.mark.parametrize("address", [PAGE, f"{PAGE}calls.csv", f"{PAGE}subscriptions.csv"])
def test_nobody_else_s_subscription_can_be_asked_for(dee: Client, theirs: Subscription, address: str) -> None:
    """Broken object level authorization, the first of OWASP's list for APIs."""
    assert dee.get(address, {"subscription": str(theirs.pk)}).status_code == 404
    assert dee.get(address, {"subscription": "nonsense"}).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("name", ["limits", "applications", "none"])
def test_a_table_that_is_none_of_the_page_s_is_not_found(dee: Client, name: str) -> None:
    assert dee.get(f"{PAGE}{name}.csv").status_code == 404


def test_when_a_subscription_was_last_called_is_known_to_the_minute(sample: Sample) -> None:
    key = str(sample.subscription.pk)
    assert last_called([key]) == {}
    counted(sample.subscription, calls=1, ago=9 * DAY)
    counted(sample.subscription, calls=1, ago=8 * DAY)
    newest = max(CallCount.objects.values_list("interval_start", flat=True))
    assert last_called([key]) == {key: newest}
    SummaryMark.objects.create(summarised_until=int(settings.CLOCK.now()), hours_since=0)
    hour = newest // HOUR * HOUR
    CallSummary.objects.create(
        grouping=grouping_for({"subscription"}),
        interval_seconds=HOUR,
        interval_start=hour,
        subscription=key,
        status=200,
        calls=1,
        micros_total=1,
        micros_max=1,
        bytes_out=1,
    )
    assert last_called([key]) == {key: newest}
    CallCount.objects.all().delete()
    assert last_called([key]) == {key: hour}
