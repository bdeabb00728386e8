"""Counters at the console: what is used of each limit, and begun anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.urls import reverse

from millgate.control.accounts.services import person_create
from millgate.control.audit.models import Entry
from millgate.control.catalogue.services import adapter_put, api_put
from millgate.control.clients.services import subscription_create
from millgate.control.publish.services import directory_change, publication_make
from millgate.snapshot.document import Adapter, Limit
from millgate.snapshot.policies import CallQuota, KilobyteQuota, RateLimit
from millgate.stores.counting import TableCounters
from millgate.stores.ports import Standing, StoreUnreachable
from support.console_pages import act, administrator, helper, page, text
from support.sample import JOBS

if TYPE_CHECKING:
    from django.test import Client

    from millgate.control.clients.models import Subscription

pytestmark = pytest.mark.usefixtures("rows")

WEEK = 604_800
LIMITS = (
    Limit("rate", 3, 60),
    Limit("calls", 1000, WEEK),
    Limit("calls", 5, 0, "job-tracking", "get-job"),
    Limit("bandwidth", 10, 3600, "job-tracking"),
)


@pytest.fixture
def ada(rows: None) -> Client:  # noqa: ARG001 - it must stand on rows that are rolled back
    return administrator()


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch) -> TableCounters:
    """The counters of a server, reached as its pages reach them."""
    made = TableCounters()
    monkeypatch.setattr(settings, "COUNTER_DESK", made)
    return made


@pytest.fixture
def subscription(rows: None) -> Subscription:  # noqa: ARG001 - as above
    api_put(JOBS)
    adapter = adapter_put(Adapter(key="jobs", name="Jobs", apis=("job-tracking",), limits=LIMITS))
    with directory_change(by="test"):
        owner = person_create(email="dev@example.com", first_name="Dee", last_name="Developer")
        made = subscription_create(owner=owner, adapter=adapter, name="Night shift", approved=True)
    publication_make(by="test")
    return made


def call(counters: TableCounters, subscription: Subscription, times: int, *, sent: int = 0) -> None:
    """Calls of an operation, as the gateway counts them."""
    rate, week = RateLimit("jobs", 3, 60), CallQuota("jobs", 1000, WEEK)
    volume = KilobyteQuota("jobs", 10, 3600, "job-tracking")
    assert subscription.started_at is not None
    of = str(subscription.pk), int(subscription.started_at.timestamp())
    for _ in range(times):
        asyncio.run(counters.take(*of, [rate.take(), week.take()], settings.CLOCK.now()))
    if sent:
        asyncio.run(counters.add(*of, [volume.take()], sent, settings.CLOCK.now()))


def lines(client: Client, subscription: Subscription) -> str:
    return " ".join(text(client.get(page(subscription))).split())


def test_what_is_used_of_each_limit_is_told_on_the_page_of_a_subscription(
    ada: Client, subscription: Subscription, counters: TableCounters
) -> None:
    call(counters, subscription, 3, sent=2560)
    shown = lines(ada, subscription)
    assert subscription.started_at is not None
    until = int(subscription.started_at.timestamp()) + WEEK

    assert "Rate limit (calls) all APIs of jobs 3 / 3 calls Used up 1 minute —" in shown
    assert "Quota (calls) all APIs of jobs 3 / 1,000 calls 7 days 20" in shown
    assert "Quota (calls) API job-tracking, operation get-job 0 / 5 calls for life —" in shown
    assert "Quota (kilobytes) API job-tracking 2.5 / 10 kilobytes 1 hour 20" in shown
    ends = ada.get(page(subscription)).context["counters"].used[1].until
    assert ends.timestamp() == until


def test_one_counter_begins_at_zero_and_the_others_go_on(
    ada: Client, subscription: Subscription, counters: TableCounters
) -> None:
    call(counters, subscription, 3)
    answer = act(ada, subscription, "counter-reset", scope=RateLimit("jobs", 3, 60).scope)

    assert "the counter begins at zero" in text(answer)
    shown = lines(ada, subscription)
    assert "0 / 3 calls" in shown
    assert "3 / 1,000 calls" in shown
    assert Entry.objects.get(through="console").action == "counter reset"


def test_all_counters_of_a_subscription_begin_at_zero(
    ada: Client, subscription: Subscription, counters: TableCounters
) -> None:
    call(counters, subscription, 2, sent=99)
    act(ada, subscription, "counters-reset")

    assert counters.standing(str(subscription.pk), settings.CLOCK.now()) == []
    assert "Choose a limit" in text(act(ada, subscription, "counter-reset"))

    call(counters, subscription, 2)
    chosen = {"action": "counters-reset", "_selected_action": [str(subscription.pk)]}
    ada.post(reverse("admin:clients_subscription_changelist"), chosen)
    assert counters.standing(str(subscription.pk), settings.CLOCK.now()) == []


def test_a_count_without_its_limit_is_told_as_such(
    ada: Client, subscription: Subscription, counters: TableCounters
) -> None:
    call(counters, subscription, 2)
    adapter_put(Adapter(key="jobs", name="Jobs", apis=("job-tracking",)))
    publication_make(by="test")

    assert "2 calls no limit any more" in lines(ada, subscription)


def test_the_list_tells_of_active_subscriptions_and_is_searched(
    ada: Client, subscription: Subscription, counters: TableCounters
) -> None:
    call(counters, subscription, 2)
    listing = reverse("admin:usage_counter_changelist")

    shown = ada.get(listing)
    assert "2 / 3 calls" in text(shown)
    assert page(subscription) in shown.content.decode()
    assert "Night shift" in text(ada.get(f"{listing}?q=DEV@example"))
    assert "There is no such subscription" in text(ada.get(f"{listing}?q=<b>day</b>&p=7"))


class _Away:
    """A store of counters that does not answer."""

    def standing(self, _subscription: str, _now: float) -> list[Standing]:
        raise StoreUnreachable("gone")

    def reset(self, subscription: str | None = None, scope: str | None = None) -> None:
        raise StoreUnreachable(f"{subscription} {scope}")


def test_pages_say_when_counters_cannot_be_reached(
    ada: Client, subscription: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "COUNTER_DESK", None)
    assert "served apart from the gateway" in lines(ada, subscription)
    assert "cannot be reached from here" in text(act(ada, subscription, "counters-reset"))

    monkeypatch.setattr(settings, "COUNTER_DESK", _Away())
    assert "their store does not answer" in lines(ada, subscription)
    assert "they may or may not be reset" in text(act(ada, subscription, "counters-reset"))
    assert not Entry.objects.filter(through="console").exists()


def test_whoever_may_only_look_resets_nothing(subscription: Subscription, counters: TableCounters) -> None:
    call(counters, subscription, 2)
    looker = helper("view_subscription", "view_counter")

    for address in (page(subscription), reverse("admin:usage_counter_changelist")):
        shown = looker.get(address)
        assert "2 / 3 calls" in text(shown)
        assert "Reset" not in text(shown)
    assert act(looker, subscription, "counters-reset").status_code == 403
    assert "2 / 3 calls" in lines(looker, subscription)
