"""What people are told of: requests and what was decided, secrets that expire, quotas nearly used up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.test import Client

from millgate.control.accounts.models import PersonState
from millgate.control.accounts.services import person_create
from millgate.control.catalogue.models import Adapter
from millgate.control.clients.mails import approvers, secret_ending_tell
from millgate.control.clients.services import (
    application_secret_add,
    secret_expire_now,
    subscription_approve,
    subscription_create,
    subscription_reject,
)
from millgate.control.console.quotas import quotas_look
from millgate.control.mail.models import Mail
from millgate.core.clock import StillClock
from millgate.stores.counting import scope_of, standing_of, window_start
from millgate.stores.ports import StoreUnreachable
from support.console_pages import act
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from millgate.stores.ports import Standing

pytestmark = pytest.mark.usefixtures("rows")
NOW = 1_795_000_000.0
DAY = 86_400


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


def told() -> list[tuple[str, str]]:
    return list(Mail.objects.order_by("pk").values_list("kind", "address"))


def opens(mail: Mail, client: Client) -> bool:
    """Whether the link in a mail gets its reader a page."""
    (link,) = {word for word in mail.text.split() if word.startswith("http://testserver/")}
    return client.get(link.removeprefix("http://testserver")).status_code == 200


def reader(person: object) -> Client:
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    return client


# Subscriptions


def test_a_subscription_that_an_administrator_makes_is_told_to_nobody(sample: Sample) -> None:
    assert sample.subscription.state == "active"
    assert told() == []


def test_a_request_is_told_to_who_asks_and_to_who_may_approve(sample: Sample) -> None:
    asked = subscription_create(
        owner=sample.developer, adapter=sample.subscription.adapter, name="Night shift"
    )

    received, waiting = Mail.objects.order_by("pk")
    assert told() == [("request-received", "dev@example.com"), ("approval-waiting", "ada@example.com")]
    assert "“Night shift” to Production Management" in received.text
    assert "Dee Developer (dev@example.com) asks" in waiting.text
    assert f"/console/clients/subscription/{asked.pk}/change/" in waiting.text
    assert opens(received, reader(sample.developer))
    assert opens(waiting, reader(sample.administrator))


def test_what_was_decided_is_told_with_its_reason(sample: Sample) -> None:
    adapter = sample.subscription.adapter
    good, bad = (subscription_create(owner=sample.developer, adapter=adapter) for _ in range(2))
    Mail.objects.all().delete()
    ada = reader(sample.administrator)

    act(ada, good, "approve")
    act(ada, bad, "reject", comment="Say which plant.\nThen ask again.")

    approved, rejected = Mail.objects.order_by("pk")
    assert told() == [("request-approved", "dev@example.com"), ("request-rejected", "dev@example.com")]
    assert "  | Say which plant.\n  | Then ask again.\n" in rejected.text
    assert opens(approved, reader(sample.developer))
    assert opens(rejected, reader(sample.developer))


def test_a_decision_that_is_refused_is_told_to_nobody(sample: Sample) -> None:
    asked = subscription_create(owner=sample.developer, adapter=sample.subscription.adapter)
    subscription_approve(subscription=asked)
    Mail.objects.all().delete()
    act(reader(sample.administrator), asked, "reject", comment="no")
    assert told() == []


def test_a_request_to_an_adapter_without_approval_is_told_as_active(sample: Sample) -> None:
    Adapter.objects.update(approval_required=False)
    adapter = Adapter.objects.get()
    subscription_create(owner=sample.developer, adapter=adapter)
    assert told() == [("request-approved", "dev@example.com")]


def test_an_account_that_reads_no_mail_is_sent_none(sample: Sample) -> None:
    asked = subscription_create(owner=sample.account, adapter=sample.subscription.adapter)
    subscription_reject(subscription=asked, comment="no")
    assert told() == []


def test_those_who_may_approve_are_told_by_right_and_only_while_active(sample: Sample) -> None:
    right = Permission.objects.get(content_type__app_label="clients", codename="change_subscription")
    group = Group.objects.create(name="approvers")
    group.permissions.add(right)
    by_right, by_group, without, gone, outside = (
        person_create(email=f"{name}@example.com", is_staff=name != "outside")
        for name in ("right", "group", "without", "gone", "outside")
    )
    for person in (by_right, gone, outside):
        person.user_permissions.add(right)
    by_right.groups.add(group)
    by_group.groups.add(group)
    gone.state = PersonState.BLOCKED
    gone.save()
    assert list(approvers()) == [sample.administrator, by_right, by_group]
    assert without not in approvers()


# Secrets


def test_the_owner_of_an_application_is_told_of_a_secret_once_each_time_ahead(sample: Sample) -> None:
    end = settings.CLOCK.utc() + timedelta(days=13)
    row, plain = application_secret_add(application=sample.application, description="line 4", expires_at=end)
    for days in (14, 14, 2):
        secret_ending_tell(secret=row.pk, days=days, expires_at=end)

    assert told() == [("secret-expiring", "dev@example.com")] * 2
    mail = Mail.objects.earliest("pk")
    assert mail.subject == "A secret of Job board expires in 14 days"
    assert f"line 4 ({row})" in mail.text
    assert plain.reveal() not in mail.text
    assert opens(mail, reader(sample.developer))


def test_a_secret_that_is_gone_or_whose_application_has_no_owner_is_told_to_nobody(sample: Sample) -> None:
    end = settings.CLOCK.utc() + timedelta(days=1)
    gone, _ = application_secret_add(application=sample.application, expires_at=end)
    secret_expire_now(secret=gone)
    sample.application.owner = None
    sample.application.save()
    stands, _ = application_secret_add(application=sample.application, expires_at=end)
    for secret in (gone.pk, stands.pk, 10_000):
        secret_ending_tell(secret=secret, days=2, expires_at=end)
    assert told() == []


# Quotas

CALLS = scope_of("calls", "production-management", None, None, 604_800)
RATE = scope_of("rate", "production-management", None, None, 60)


class Desk:
    """Counters as they stand."""

    def __init__(self) -> None:
        self.used = {CALLS: 0, RATE: 60}
        self.asked: list[str] = []
        self.away = False
        self.started = 0

    def standing(self, subscription: str, now: float) -> list[Standing]:
        if self.away:
            raise StoreUnreachable("gone")
        self.asked.append(subscription)
        begun = window_start(self.started, 604_800, now)
        return [standing_of(scope, used, begun) for scope, used in self.used.items()]

    def reset(self, subscription: str | None = None, scope: str | None = None) -> None:
        raise NotImplementedError(subscription, scope)


@pytest.fixture
def desk(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> Desk:
    counters = Desk()
    assert sample.subscription.started_at is not None
    counters.started = int(sample.subscription.started_at.timestamp())
    monkeypatch.setattr(settings, "COUNTER_DESK", counters)
    return counters


def mails_of_a_look() -> int:
    before = Mail.objects.count()
    assert quotas_look() is None
    return Mail.objects.count() - before


def test_a_quota_is_told_from_four_fifths_on_once_in_each_window(
    desk: Desk, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = StillClock(desk.started + DAY)
    monkeypatch.setattr(settings, "CLOCK", clock)
    desk.used[CALLS] = 7999
    assert mails_of_a_look() == 0, "a full rate limit is no quota"
    desk.used[CALLS] = 8000
    assert mails_of_a_look() == 1
    desk.used[CALLS] = 12_000
    assert mails_of_a_look() == 0, "told in this window"
    clock.jump(7 * DAY)
    assert mails_of_a_look() == 1

    mail = Mail.objects.earliest("pk")
    assert told() == [("quota-approaching", "dev@example.com")] * 2
    assert "has used 8000 of 10000 calls" in " ".join(mail.text.split())
    assert "80 %" in mail.subject
    assert opens(mail, reader(sample.developer))


def test_a_quota_is_told_in_its_reader_s_language_to_the_last_word(desk: Desk, sample: Sample) -> None:
    sample.developer.language = "de"
    sample.developer.save()
    desk.used[CALLS] = 8000
    assert mails_of_a_look() == 1
    assert "8000 von 10000 verbraucht (Aufrufe)" in " ".join(Mail.objects.get().text.split())


def test_only_so_many_subscriptions_are_looked_at_in_a_turn(desk: Desk, sample: Sample) -> None:
    for _ in range(4):
        subscription_create(owner=sample.developer, adapter=sample.subscription.adapter, approved=True)
    first = quotas_look(most=2)
    second = quotas_look(after=first, most=2)
    assert len(desk.asked) == 4
    assert quotas_look(after=second, most=2) is None, "the next turn begins anew"
    assert len(desk.asked) == len(set(desk.asked)) == 5, "each turn goes on where the last ended"


def test_counters_that_cannot_be_read_are_told_to_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.used[CALLS] = 9000
    desk.away = True
    assert mails_of_a_look() == 0
    monkeypatch.setattr(settings, "COUNTER_DESK", None)
    assert mails_of_a_look() == 0
