"""Approvals: everything that waits in one list, decided by whoever has the right to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from millgate.control.accounts.models import Person, ServiceRequest
from millgate.control.catalogue.models import Adapter
from millgate.control.clients.models import Subscription
from millgate.control.clients.services import subscription_create
from millgate.control.mail.models import Mail
from millgate.control.publish.selectors import version_newest
from millgate.snapshot.document import decode
from support.console_pages import signed_in, text
from support.people import account_asked, reader, request_asked
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.usefixtures("rows")
PAGE = "/console/approvals/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


def ago(days: float) -> dict[str, object]:
    return {"created_at": settings.CLOCK.utc() - timedelta(days=days)}


@pytest.fixture
def waiting(sample: Sample) -> dict[str, str]:
    """One of each kind that waits, by kind: what the page calls it."""
    asked = subscription_create(owner=sample.developer, adapter=Adapter.objects.get(), name="Night shift")
    Subscription.objects.filter(pk=asked.pk).update(**ago(2))
    request = request_asked(sample.company)
    ServiceRequest.objects.filter(pk=request.pk).update(**ago(5))
    person = account_asked("sam@example.com")
    Mail.objects.all().delete()
    return {
        "account": f"account:{person.pk}",
        "subscription": f"subscription:{asked.pk}",
        "request": f"service-request:{request.pk}",
    }


def names(client: Client, query: str = "") -> list[str]:
    return [shown.item.name for shown in client.get(PAGE + query).context["items"]]


def told() -> list[tuple[str, str]]:
    return list(Mail.objects.order_by("pk").values_list("kind", "address"))


def test_everything_that_waits_is_in_one_list_the_oldest_first_with_its_age(
    ada: Client, waiting: dict[str, str]
) -> None:
    assert names(ada) == [waiting["request"], waiting["subscription"], waiting["account"]]
    shown = text(ada.get(PAGE))
    for words in (
        "5\xa0days",
        "2\xa0days",
        "just now",
        "Subscription to Production Management",
        "Example Pumps",
    ):
        assert words in shown
    assert names(ada, "?kind=account") == [waiting["account"]]
    assert len(names(ada, "?kind=nonsense&p=x")) == 3
    for shown_item in ada.get(PAGE).context["items"]:
        assert ada.get(shown_item.item.page).status_code == 200


def test_several_are_approved_at_once_and_take_effect_at_once(
    ada: Client, sample: Sample, waiting: dict[str, str]
) -> None:
    answer = ada.post(PAGE, {"item": list(waiting.values()), "approve": "1"}, follow=True)
    assert "3 were approved" in text(answer)
    assert sorted(told()) == [
        ("account-confirmed", "sam@example.com"),
        ("request-approved", "dev@example.com"),
    ]
    version = version_newest()
    assert version is not None
    directory = decode(version.document.encode()).directory
    assert all(item.active for item in directory.subscriptions)
    assert next(item.active for item in directory.accounts if item.key == "sam@example.com")
    request = ServiceRequest.objects.get()
    assert (request.state, request.handled_by) == ("in-progress", sample.administrator)
    assert names(ada) == [waiting["request"]], "it waits for its account"


def test_several_are_rejected_with_one_comment_that_each_is_told(
    ada: Client, waiting: dict[str, str]
) -> None:
    data = {"item": list(waiting.values()), "reject": "1", "comment": "Please name your plant."}
    assert "3 were rejected" in text(ada.post(PAGE, data, follow=True))
    assert sorted(told()) == [
        ("account-rejected", "sam@example.com"),
        ("request-rejected", "dev@example.com"),
        ("service-request-declined", "max@example.com"),
    ]
    assert all("Please name your plant." in mail.text for mail in Mail.objects.all())
    assert names(ada) == []
    assert "Nothing waits" in text(ada.get(PAGE))


def test_what_cannot_be_done_is_told_and_the_others_go_on(ada: Client, waiting: dict[str, str]) -> None:
    data = {"item": [waiting["request"], waiting["account"], "account:999999"], "reject": "1"}
    shown = text(ada.post(PAGE, data, follow=True))
    assert "Max Muster, A developer account" in shown
    assert "Say why" in shown
    assert "does not wait any more" in shown
    assert "1 was rejected" in shown
    assert Person.objects.get(email="sam@example.com").state == "rejected"
    assert "Nothing was decided" in text(ada.post(PAGE, {"approve": "1"}, follow=True))


@pytest.mark.parametrize(
    "name", ["", "account", "account:x", "subscription:x", "user:1", "account:" + "9" * 40]
)
def test_a_name_that_names_nothing_decides_nothing(ada: Client, waiting: dict[str, str], name: str) -> None:
    assert "does not wait any more" in text(ada.post(PAGE, {"item": name, "approve": "1"}, follow=True))
    assert len(names(ada)) == len(waiting)


@pytest.mark.parametrize(
    ("right", "kind", "words", "hidden"),
    [
        ("change_person", "account", "sam@example.com", "dev@example.com"),
        ("change_subscription", "subscription", "dev@example.com", "sam@example.com"),
        ("change_servicerequest", "request", "max@example.com", "sam@example.com"),
    ],
)
def test_each_right_shows_and_decides_its_kind_and_no_other(
    waiting: dict[str, str], right: str, kind: str, words: str, hidden: str
) -> None:
    helper = reader("help@example.com", right)
    assert "Approvals" in text(helper.get("/console/"))
    assert names(helper) == [waiting[kind]]
    shown = text(helper.get(PAGE))
    assert words in shown
    assert hidden not in shown
    answer = helper.post(PAGE, {"item": list(waiting.values()), "approve": "1"}, follow=True)
    assert "1 was approved" in text(answer)
    open_left = {
        "account": Person.objects.filter(state="pending"),
        "subscription": Subscription.objects.filter(state="submitted"),
    }
    assert {name: rows.exists() for name, rows in open_left.items()} == {
        name: name != kind for name in open_left
    }


def test_who_may_decide_nothing_sees_no_page(waiting: dict[str, str]) -> None:
    other = reader("other@example.com", "view_person", "view_subscription", "view_servicerequest")
    assert other.get(PAGE).status_code == 403
    assert other.post(PAGE, {"item": waiting["account"], "approve": "1"}).status_code == 403
    assert "Approvals" not in text(other.get("/console/"))
    assert Person.objects.get(email="sam@example.com").state == "pending"


def test_the_list_is_read_by_as_many_queries_however_much_waits(
    ada: Client, sample: Sample, waiting: dict[str, str]
) -> None:
    names(ada)  # what is counted once, and kept
    with CaptureQueriesContext(connection) as few:
        assert len(names(ada)) == len(waiting)
    Person.objects.bulk_create(
        Person(
            email=f"p{number}@example.com",
            user_id=f"p{number}",
            confirmed_at=settings.CLOCK.utc(),
            company=sample.company,
        )
        for number in range(120)
    )
    with CaptureQueriesContext(connection) as many:
        assert len(names(ada)) == 50
    assert len(many) == len(few)
    pages = [name for number in (1, 2, 3) for name in names(ada, f"?p={number}")]
    assert len(pages) == len(set(pages)) == 123
