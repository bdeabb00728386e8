"""Cloud Access: in which companies somebody acts, and the roles that their admins give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from millgate.control.accounts.models import Company, Person, Role, RoleAssignment
from millgate.control.accounts.services import company_create, person_create
from millgate.control.clients.models import ClientApplication
from millgate.control.publish.selectors import version_newest
from millgate.snapshot.document import decode
from support.console_pages import page, signed_in, text
from support.people import reader, role_admin
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.usefixtures("rows")
SEARCH = "/console/cloud-access/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


def of(person: Person) -> str:
    return f"{SEARCH}{person.pk}/"


def standing(person: Person) -> tuple[str | None, list[int]]:
    row = Person.objects.get(pk=person.pk)
    pcns = sorted(row.companies.values_list("pcn", flat=True))
    return (row.company.code if row.company else None), pcns


@pytest.fixture
def others(sample: Sample) -> list[Company]:
    assert sample.company.pk
    return [company_create(pcn=pcn, code=f"M{pcn}", name=f"Mill {pcn}") for pcn in (201, 202, 310)]


# Cloud Access


def test_somebody_is_found_and_given_companies_that_tokens_name_at_once(
    ada: Client, sample: Sample, others: list[Company]
) -> None:
    assert "1 account found" in text(ada.get(SEARCH, {"q": "svc.jobs grand"}))
    assert "Nobody matches" in text(ada.get(SEARCH, {"q": "svc.jobs nonsense"}))
    found = ada.post(of(sample.account), {"q": "20", "default": str(sample.company.pk)})
    assert "Mill 201" in text(found)
    assert "Mill 310" not in text(found)
    assert standing(sample.account) == ("GRAND", []), "a search saves nothing"

    data = {
        "default": str(sample.company.pk),
        "further": [str(others[0].pk), str(others[2].pk)],
        "seen": found.context["seen"],
        "save": "1",
    }
    assert "is saved" in text(ada.post(of(sample.account), data, follow=True))
    assert standing(sample.account) == ("GRAND", [201, 310])
    version = version_newest()
    assert version is not None
    accounts = decode(version.document.encode()).directory.accounts
    assert next(item.pcns for item in accounts if item.key == "svc.jobs") == (79870, 201, 310)


def test_what_is_checked_stays_checked_while_one_searches(
    ada: Client, sample: Sample, others: list[Company]
) -> None:
    chosen = {"default": str(others[1].pk), "further": [str(others[0].pk)], "q": "310", "seen": "0"}
    shown = ada.post(of(sample.developer), chosen).content.decode()
    assert f'name="default" value="{others[1].pk}" aria-label="Mill 202: Default Customer" checked' in shown
    assert f'name="further" value="{others[0].pk}" aria-label="Mill 201: further company" checked' in shown
    assert "Mill 310" in shown


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"default": "", "further": ["first"]}, "Choose which of the companies is the Default Customer"),
        ({"default": ""}, "Applications act as this account there"),
    ],
)
def test_what_would_not_fit_is_refused_with_the_reason(
    ada: Client, sample: Sample, others: list[Company], data: dict[str, object], why: str
) -> None:
    if "further" in data:
        ClientApplication.objects.update(account=None)
        data = data | {"further": [str(others[0].pk)]}
    answer = ada.post(of(sample.account), data | {"save": "1"})
    assert why in text(answer)
    assert standing(sample.account) == ("GRAND", [])


def test_of_two_who_set_it_at_once_the_later_is_told(
    ada: Client, sample: Sample, others: list[Company]
) -> None:
    late = ada.get(of(sample.developer)).context["seen"]
    first = {"default": str(others[0].pk), "seen": late, "save": "1"}
    second = {"default": str(others[1].pk), "seen": late, "save": "1"}
    ada.post(of(sample.developer), first)
    answer = ada.post(of(sample.developer), second)
    assert "Company: from nothing to “201”, by ada@example.com" in text(answer)
    assert standing(sample.developer) == ("M201", [])
    ada.post(of(sample.developer), second | {"seen": answer.context["seen"]})
    assert standing(sample.developer) == ("M202", [])


def test_only_who_may_change_people_sees_it(sample: Sample) -> None:
    for email, right in (("one@example.com", "view_person"), ("two@example.com", "change_subscription")):
        other = reader(email, right)
        assert other.get(SEARCH).status_code == 403
        assert other.get(of(sample.developer)).status_code == 403
        assert other.post(of(sample.developer), {"save": "1"}).status_code == 403
    helper = reader("help@example.com", "change_person")
    assert helper.get(of(sample.developer)).status_code == 200
    assert helper.get(of(sample.administrator)).status_code == 403, "a full administrator"
    assert helper.get(f"{SEARCH}999999/").status_code == 404


def test_a_search_takes_as_many_queries_whatever_it_finds(ada: Client, sample: Sample) -> None:
    ada.get(SEARCH)  # what is counted once, and kept
    with CaptureQueriesContext(connection) as few:
        ada.get(SEARCH, {"q": "example"})
    Person.objects.bulk_create(
        Person(email=f"p{number}@example.com", user_id=f"p{number}", company=sample.company)
        for number in range(200)
    )
    with CaptureQueriesContext(connection) as many:
        assert ada.get(SEARCH, {"q": "example"}).context["people"].paginator.count > 200
    assert len(many) == len(few)


# Roles to Give


def test_an_admin_of_a_role_gives_and_takes_that_role_and_nothing_else(sample: Sample) -> None:
    operator, engineer = Role.objects.get(key="operator"), Role.objects.get(key="engineer")
    rita = role_admin("rita@example.com", operator)
    assert "Roles to Give" in text(rita.get("/console/"))
    listed = text(rita.get("/console/roles/"))
    assert "Operator" in listed
    assert "Engineer" not in listed
    assert "Dee Developer" in text(rita.get("/console/roles/operator/", {"q": "dee"}))

    answer = rita.post(
        "/console/roles/operator/change/", {"person": str(sample.developer.pk), "give": "1"}, follow=True
    )
    assert "Dee Developer has the role Operator" in text(answer)
    assert RoleAssignment.objects.get(person=sample.developer).member
    rita.post("/console/roles/operator/change/", {"person": str(sample.developer.pk), "take": "1"})
    assert not RoleAssignment.objects.filter(person=sample.developer).exists()

    assert rita.get("/console/roles/engineer/").status_code == 404
    gift = {"person": str(sample.developer.pk), "give": "1"}
    assert rita.post("/console/roles/engineer/change/", gift).status_code == 404
    assert rita.get("/console/roles/operator/change/").status_code == 405
    assert rita.get("/console/accounts/person/").status_code == 403
    assert rita.get(page(sample.developer)).status_code == 403
    assert engineer.pk


def test_a_role_is_given_to_others_and_not_to_full_administrators_or_nobody(sample: Sample) -> None:
    operator = Role.objects.get(key="operator")
    rita = role_admin("rita@example.com", operator)
    herself = Person.objects.get(email="rita@example.com")
    for person in (herself, sample.administrator):
        answer = rita.post("/console/roles/operator/change/", {"person": str(person.pk), "give": "1"})
        assert answer.status_code == 403
    for nobody in ("", "x", "999999", "9" * 40):
        answer = rita.post("/console/roles/operator/change/", {"person": nobody, "give": "1"})
        assert answer.status_code == 404
    assert RoleAssignment.objects.filter(role=operator, member=True).count() == 0


def test_taking_a_role_leaves_its_admins_admins(ada: Client, sample: Sample) -> None:
    operator = Role.objects.get(key="operator")
    RoleAssignment.objects.create(person=sample.developer, role=operator, member=True, admin=True)
    ada.post("/console/roles/operator/change/", {"person": str(sample.developer.pk), "take": "1"})
    row = RoleAssignment.objects.get(person=sample.developer)
    assert (row.member, row.admin) == (False, True)


def test_who_is_admin_of_no_role_sees_no_page(sample: Sample) -> None:
    member = person_create(email="plain@example.com", is_staff=True, roles=("operator",))
    client = signed_in(member)
    assert "Roles to Give" not in text(client.get("/console/"))
    assert client.get("/console/roles/").status_code == 403
    assert client.get("/console/roles/operator/").status_code == 403
    assert sample.company.pk
