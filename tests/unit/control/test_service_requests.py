"""Service requests: a company asks for a developer account, and an administrator answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from millgate.control.accounts.models import Company, Person, ServiceRequest
from millgate.control.accounts.service_requests import (
    MOST_OPEN,
    service_request_create,
    service_request_decline,
    service_request_take,
)
from millgate.control.accounts.services import company_create, person_block
from millgate.control.audit.models import Entry
from millgate.control.mail.models import Mail
from millgate.control.publish.selectors import version_newest
from millgate.snapshot.document import decode
from support.console_pages import act, page, signed_in, text
from support.people import reader, request_asked
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("rows")
LIST = "/console/accounts/servicerequest/"
PORTAL = "/portal/service-requests/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


@pytest.fixture
def dee(sample: Sample) -> Person:
    """A developer of the sample's company."""
    sample.developer.company = sample.company
    sample.developer.save()
    return sample.developer


def told() -> list[tuple[str, str]]:
    return list(Mail.objects.order_by("pk").values_list("kind", "address"))


def opens(mail: Mail, client: Client) -> bool:
    """Whether the link in a mail gets its reader a page."""
    (link,) = {word for word in mail.text.split() if word.startswith("http://testserver/")}
    return client.get(link.removeprefix("http://testserver"), follow=True).status_code == 200


def account_page(request: ServiceRequest, kind: str = "account") -> str:
    return f"{LIST}{request.pk}/{kind}/"


ACCOUNT = {
    "first_name": "Max",
    "last_name": "Muster",
    "email": "Max@Example.com",
    "user_id": "max.muster",
    "companies": "",
    "service_user_id": "",
}


# In the portal


def test_somebody_asks_in_the_name_of_their_company_and_sees_what_becomes_of_it(
    ada: Client, dee: Person
) -> None:
    client = signed_in(dee)
    assert "You have asked for nothing yet" in text(client.get(PORTAL))
    data = {"company": str(dee.company_id), "purpose": "Count scrap.", "wanted_user_id": "dee.dev"}
    answer = client.post(f"{PORTAL}new/", data, follow=True)
    assert "was received" in text(answer)
    row = ServiceRequest.objects.get()
    assert (row.requested_by, row.requester_email, row.state) == (dee, "dev@example.com", "received")
    received, waiting = Mail.objects.order_by("pk")
    assert told() == [
        ("service-request-received", "dev@example.com"),
        ("service-request-waiting", "ada@example.com"),
    ]
    assert opens(received, client)
    assert opens(waiting, ada)
    assert "Count scrap." in waiting.text

    act(ada, row, "take")
    assert "In progress" in text(client.get(PORTAL))
    act(ada, row, "decline", comment="Use the account that you have.")
    shown = text(client.get(f"{PORTAL}{row.pk}/"))
    assert "Use the account that you have." in shown
    declined = Mail.objects.get(kind="service-request-declined")
    assert "Use the account that you have." in declined.text
    assert opens(declined, client)


def test_requests_of_others_and_companies_of_others_are_not_there(dee: Person, sample: Sample) -> None:
    other = company_create(pcn=2, code="TWO", name="Two")
    theirs = request_asked(other)
    client = signed_in(dee)
    assert client.get(f"{PORTAL}{theirs.pk}/").status_code == 404
    shown = client.get(f"{PORTAL}new/")
    assert "Two (2)" not in text(shown)
    answer = client.post(f"{PORTAL}new/", {"company": str(other.pk), "purpose": "Spy."})
    assert "not one of the available choices" in text(answer)
    with pytest.raises(ValidationError, match="You do not act in this company"):
        service_request_create(
            company=other, requester_name="D", requester_email="d@example.com", purpose="x", requested_by=dee
        )
    assert ServiceRequest.objects.get() == theirs
    assert Client().get(PORTAL).status_code == 302
    assert sample.company.pk


def test_who_belongs_to_no_company_is_told_what_to_do(sample: Sample) -> None:
    shown = text(signed_in(sample.developer).get(f"{PORTAL}new/"))
    assert "Ask an administrator to set your Default Customer" in shown
    assert "Send the request" not in shown


def test_only_so_many_requests_of_one_person_wait(dee: Person) -> None:
    client = signed_in(dee)
    data = {"company": str(dee.company_id), "purpose": "More."}
    for _ in range(MOST_OPEN):
        assert client.post(f"{PORTAL}new/", data).status_code == 302
    assert "requests of yours wait already" in text(client.post(f"{PORTAL}new/", data))
    assert ServiceRequest.objects.count() == MOST_OPEN
    answer = client.post(
        f"{PORTAL}new/", {"company": "x", "purpose": "y" * 2001, "requester_phone": "1" * 41}
    )
    assert "at most 2000 characters" in text(answer)


# In the console


def test_an_administrator_writes_one_down(ada: Client, sample: Sample) -> None:
    other = company_create(pcn=201, code="TWO", name="Two")
    data = {
        "company": str(sample.company.pcn),
        "requester_name": "Max Muster",
        "requester_email": "max@example.com",
        "purpose": "By phone.",
        "wanted_companies": "201, 79870",
    }
    answer = ada.post(f"{LIST}add/", data | {"wanted_companies": "201 999"})
    assert "There is no company 999" in text(answer)
    assert ada.post(f"{LIST}add/", data).status_code == 302
    row = ServiceRequest.objects.get()
    assert (row.requested_by, list(row.wanted_companies.all())) == (None, [other])
    assert opens(Mail.objects.get(kind="service-request-received"), Client())
    shown = text(ada.get(page(row)))
    assert "By phone." in shown
    assert "Two (201)" in shown


def test_producing_the_account_makes_it_with_its_service_account_and_ends_the_request(
    ada: Client, sample: Sample
) -> None:
    company_create(pcn=201, code="TWO", name="Two")
    row = request_asked(sample.company)
    shown = ada.get(account_page(row))
    assert shown.context["form"].initial["user_id"] == "max.muster"
    role = shown.context["form"].fields["roles"].queryset.get(key="operator")
    data = ACCOUNT | {"companies": "201", "roles": [str(role.pk)], "service_user_id": "svc.max"}

    answer = ada.post(account_page(row), data, follow=True)

    assert "is done: its account is Max Muster" in text(answer)
    row.refresh_from_db()
    assert row.account is not None
    assert row.service_account is not None
    assert (row.state, row.account.email, row.handled_by) == ("done", "max@example.com", sample.administrator)
    assert not row.account.has_usable_password()
    version = version_newest()
    assert version is not None
    accounts = {item.key: item for item in decode(version.document.encode()).directory.accounts}
    assert accounts["svc.max"].pcns == accounts["max.muster"].pcns == (79870, 201)
    assert "WorkcenterProductionLogs" in accounts["svc.max"].writes
    done = Mail.objects.get(kind="service-request-done")
    assert "max.muster" in done.text
    assert page(row.account) in ada.get(page(row)).content.decode()
    words = Entry.objects.filter(kind="service request").order_by("pk").values_list("action", flat=True)
    assert list(words) == ["added", "done"]
    assert ada.get(account_page(row)).status_code == 404


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"email": "DEV@example.com"}, "An account has this e-mail already"),
        ({"user_id": "svc.jobs"}, "Another account has this user ID"),
        ({"service_user_id": "max.muster"}, "The developer account has this user ID"),
        ({"companies": "12x"}, "There is no company 12x"),
        ({"password": "short"}, "too short"),
        ({"service_user_id": "two words"}, "valid email"),
    ],
)
def test_what_cannot_be_produced_says_why_and_makes_nothing(
    ada: Client, sample: Sample, data: dict[str, str], why: str
) -> None:
    row = request_asked(sample.company)
    before = Person.objects.count()
    assert why in text(ada.post(account_page(row), ACCOUNT | data, follow=True))
    row.refresh_from_db()
    assert (row.state, Person.objects.count()) == ("received", before)


def test_a_person_who_is_there_already_is_linked(ada: Client, sample: Sample) -> None:
    row = request_asked(sample.company)
    link = account_page(row, "link")
    assert "There is no account" in text(ada.post(link, {"person": "nobody@example.com"}))
    assert "cannot sign in" in text(ada.post(link, {"person": "svc.jobs"}, follow=True))
    assert "is done" in text(ada.post(link, {"person": "DEV@example.com"}, follow=True))
    row.refresh_from_db()
    assert row.account == sample.developer


def test_of_two_administrators_the_later_is_told_what_the_other_did(ada: Client, sample: Sample) -> None:
    row = request_asked(sample.company)
    hal = reader("hal@example.com", "change_servicerequest", "view_servicerequest")
    assert "in progress, and yours" in text(act(hal, row, "take"))
    assert "USR-" in text(act(ada, row, "take"))
    assert "in progress; Hal Helper handles it" in text(act(ada, row, "take"))
    assert "Say why" in text(act(ada, row, "decline", comment=" "))
    act(ada, row, "decline", comment="No.")
    assert "is declined; Ada Admin handles it" in text(act(hal, row, "decline", comment="Yes."))
    assert Mail.objects.filter(kind="service-request-declined").count() == 1


def test_a_blocked_person_is_no_answer(ada: Client, sample: Sample) -> None:
    row = request_asked(sample.company)
    person_block(person=sample.developer)
    answer = ada.post(account_page(row, "link"), {"person": "dev@example.com"}, follow=True)
    assert "is not active. Let them in first" in text(answer)


# Rights


def _look(client: Client, row: ServiceRequest) -> int:
    return client.get(page(row)).status_code


def _take(client: Client, row: ServiceRequest) -> int:
    return act(client, row, "take").status_code


def _produce(client: Client, row: ServiceRequest) -> int:
    return client.post(account_page(row), ACCOUNT).status_code


def _link(client: Client, row: ServiceRequest) -> int:
    return client.post(account_page(row, "link"), {"person": "dev@example.com"}).status_code


def _add(client: Client, _row: ServiceRequest) -> int:
    return client.get(f"{LIST}add/").status_code


LOOKER, HANDLER = ("view_servicerequest",), ("view_servicerequest", "change_servicerequest")
MAKER = (*HANDLER, "add_person", "change_person")


@pytest.mark.parametrize(
    ("rights", "does", "status"),
    [
        (("view_person",), _look, 403),
        (LOOKER, _look, 200),
        (LOOKER, _take, 403),
        (LOOKER, _add, 403),
        (HANDLER, _take, 200),
        (HANDLER, _produce, 403),
        (HANDLER, _link, 403),
        (MAKER, _produce, 302),
        (MAKER, _link, 302),
        (("add_servicerequest",), _add, 200),
    ],
)
def test_each_right_opens_what_it_says(
    sample: Sample, rights: tuple[str, ...], does: Callable[[Client, ServiceRequest], int], status: int
) -> None:
    row = request_asked(sample.company)
    assert does(reader("help@example.com", *rights), row) == status


def test_a_handler_who_may_not_add_people_sees_no_button_for_it(sample: Sample) -> None:
    row = request_asked(sample.company)
    shown = text(reader("help@example.com", *HANDLER).get(page(row)))
    assert "Decline" in shown
    assert "Produce the account" not in shown
    looker = reader("look@example.com", *LOOKER).get(page(row)).content.decode()
    assert "/act/" not in looker


def test_many_requests_are_listed_by_as_many_queries_as_a_few(ada: Client, sample: Sample) -> None:
    request_asked(sample.company)
    ada.get(LIST)  # what is counted once, and kept
    with CaptureQueriesContext(connection) as few:
        ada.get(LIST)
    company = Company.objects.get(pk=sample.company.pk)
    for number in range(20):
        row = request_asked(company, email=f"r{number}@example.com")
        service_request_take(request=row, by=sample.administrator)
    with CaptureQueriesContext(connection) as many:
        assert "USR-" in text(ada.get(LIST))
    assert len(many) == len(few)


def test_a_reason_is_kept_within_bounds(sample: Sample) -> None:
    row = request_asked(sample.company)
    service_request_decline(request=row, by=sample.administrator, reason="x" * 900)
    row.refresh_from_db()
    assert len(row.reason) == 500
