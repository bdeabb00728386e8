"""The User Manager: who is listed how, who is added with what, and who may do that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from millgate.control.accounts.models import Person, PersonState, RoleAssignment
from millgate.control.accounts.services import company_create, person_create
from millgate.control.publish.selectors import version_newest
from millgate.snapshot.document import decode
from support.accounts import mails_to
from support.console_pages import act, filled, page, signed_in, text
from support.people import account_asked, reader
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.usefixtures("rows")
LIST = "/console/accounts/person/"
ADD = "/console/accounts/person/add/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


def listed(client: Client, query: str = "") -> list[str]:
    """The e-mails that a list shows."""
    return [person.email for person in client.get(LIST + query).context["cl"].result_list]


# Adding


def test_somebody_is_added_with_what_the_form_asks_for_and_nothing_else(ada: Client) -> None:
    shown = ada.get(ADD)

    labels = [str(field.label) for field in shown.context["adminform"].form]
    assert sorted(labels) == sorted(
        (
            "First Name",
            "Last Name",
            "User ID",
            "E-mail",
            "Password",
            "Position",
            "Department",
            "Default Customer (PCN)",
            "Security Roles",
        )
    )
    words = text(shown)
    assert "Operator" in words
    assert "Everyone" not in words, "everybody has it, so it is given to nobody"
    for plain in ("uperuser", "Designates", "staff"):
        assert plain not in words


def test_member_and_admin_are_two_boxes_of_each_role(ada: Client, sample: Sample) -> None:
    data = {
        "first_name": "Olga",
        "last_name": "Operator",
        "email": "Olga@Example.com",
        "user_id": "olga",
        "password": "a long password",
        "company": str(sample.company.pcn),
        "security_roles-operator-member": "on",
        "security_roles-engineer-admin": "on",
    }
    assert ada.post(ADD, data).status_code == 302
    olga = Person.objects.get(user_id="olga")
    standings = RoleAssignment.objects.filter(person=olga).values_list("role__key", "member", "admin")
    assert sorted(standings) == [("engineer", False, True), ("operator", True, False)]
    version = version_newest()
    assert version is not None
    (account,) = (item for item in decode(version.document.encode()).directory.accounts if item.key == "olga")
    assert "WorkcenterProductionLogs" in account.writes
    assert "Parts" not in account.writes, "an admin of a role who is no member has nothing of it"

    change = filled(ada, page(olga)) | {"security_roles-operator-admin": "on"}
    ada.post(page(olga), change)
    standings = RoleAssignment.objects.filter(person=olga).values_list("role__key", "member", "admin")
    assert list(standings) == [("operator", False, True)]


def test_what_an_administrator_changes_about_signing_in_is_told_to_whom_it_concerns(
    ada: Client, sample: Sample
) -> None:
    dee, old = sample.developer, sample.developer.email
    ada.post(page(dee), filled(ada, page(dee)) | {"department": "Tool room"})
    assert mails_to(old) == []
    ada.post(page(dee), filled(ada, page(dee)) | {"email": "dee@elsewhere.example"})
    assert mails_to(old) == ["address-changed"]
    assert mails_to("dee@elsewhere.example") == ["sign-in-changed"]
    given = {"password1": "seven slow looms", "password2": "seven slow looms"}
    assert ada.post(page(dee).replace("change/", "password/"), given).status_code == 302
    assert mails_to("dee@elsewhere.example") == ["sign-in-changed"] * 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"company": "4711"}, "There is no company with this PCN"),
        ({"company": "99999999999999999999"}, "There is no company with this PCN"),
        ({"user_id": "svc.jobs"}, "already exists"),
        ({"password": "olga@example.com"}, "too similar"),
        ({"email": "nobody"}, "valid email"),
    ],
)
def test_what_cannot_be_added_says_why_and_adds_nothing(ada: Client, data: dict[str, str], why: str) -> None:
    before = Person.objects.count()
    good = {"email": "olga@example.com", "user_id": "olga", "password": "a long password"}
    answer = ada.post(ADD, good | data)
    assert why in text(answer)
    assert Person.objects.count() == before


def test_where_there_are_many_companies_a_pcn_is_typed(ada: Client, sample: Sample) -> None:
    for number in range(101):
        company_create(pcn=5000 + number, code=f"C{number}", name=f"Company {number}")
    shown = ada.get(ADD).content.decode()
    assert re.search(r'<input type="text" name="company"[^>]*inputmode="numeric"', shown)
    data = {"email": "new@example.com", "password": "a long password", "company": "5042"}
    assert ada.post(ADD, data).status_code == 302
    made = Person.objects.get(email="new@example.com")
    assert (made.user_id, str(made.company)) == ("new@example.com", "Company 42 (5042)")
    assert sample.company != made.company


# The list


def test_the_list_marks_and_finds_every_kind(ada: Client, sample: Sample) -> None:
    account_asked("sam@example.com")
    shown = text(ada.get(LIST))
    assert "User Manager" in shown
    assert "Service account" in shown
    assert "Full administrator" in shown
    assert "Production Viewer" in shown
    assert listed(ada, "?kind=service-account") == [sample.account.email]
    assert listed(ada, "?kind=administrator") == ["ada@example.com"]
    assert listed(ada, "?kind=waiting") == ["sam@example.com"]
    assert listed(ada, "?state__exact=pending") == ["sam@example.com"]
    assert listed(ada, f"?pcn={sample.company.pcn}") == [sample.account.email]
    assert listed(ada, "?role=production-viewer") == [sample.account.email]
    assert listed(ada, "?q=dee") == ["dev@example.com"]
    assert listed(ada, "?q=grand+mills") == [sample.account.email]
    assert ada.get(LIST + "?pcn=x&kind=nonsense").status_code in {200, 302}


def test_several_are_disabled_and_let_in_at_once(ada: Client, sample: Sample) -> None:
    chosen = [str(sample.developer.pk), str(sample.account.pk), str(sample.administrator.pk)]
    answer = ada.post(LIST, {"action": "block", "_selected_action": chosen}, follow=True)
    assert "Disable: 2" in text(answer)
    assert "The last administrator cannot be shut out" in text(answer)
    sample.developer.refresh_from_db()
    assert sample.developer.state == PersonState.BLOCKED
    answer = ada.post(LIST, {"action": "activate", "_selected_action": chosen[:2]}, follow=True)
    assert "Let in: 2" in text(answer)
    sample.developer.refresh_from_db()
    assert sample.developer.state == PersonState.ACTIVE


def test_ten_thousand_people_are_listed_by_as_many_queries_as_a_few(ada: Client, sample: Sample) -> None:
    ada.get(LIST)  # what is counted once, and kept
    with CaptureQueriesContext(connection) as few:
        assert ada.get(LIST).status_code == 200
    Person.objects.bulk_create(
        Person(email=f"p{number}@example.com", user_id=f"p{number}", last_name="Many", company=sample.company)
        for number in range(300)
    )
    role = RoleAssignment.objects.get(person=sample.account).role
    RoleAssignment.objects.bulk_create(
        RoleAssignment(person=person, role=role) for person in Person.objects.filter(last_name="Many")
    )
    with CaptureQueriesContext(connection) as many:
        assert ada.get(LIST).status_code == 200
    assert len(many) == len(few)


def test_the_order_of_the_list_has_an_index(sample: Sample) -> None:
    with connection.cursor() as cursor:
        names = set(connection.introspection.get_constraints(cursor, Person._meta.db_table))
    assert {"accounts_person_name", "accounts_person_state", "accounts_person_last_login"} <= names
    assert sample.company.pk


# Approving on a person's page


def test_somebody_who_waits_is_approved_or_rejected_on_their_page(ada: Client) -> None:
    sam, tim = account_asked("sam@example.com"), account_asked("tim@example.com")
    shown = text(ada.get(page(sam)))
    assert "Approve" in shown
    assert "Let in" not in shown, "it would tell nobody"
    act(ada, sam, "approve")
    act(ada, tim, "reject", comment="Please use the address of your company.")
    states = dict(Person.objects.filter(pk__in=(sam.pk, tim.pk)).values_list("email", "state"))
    assert states == {"sam@example.com": "active", "tim@example.com": "rejected"}
    assert "does not wait for a decision any more" in text(act(ada, sam, "approve"))


# Rights


def test_rights_are_a_grid_of_plain_words_and_only_full_administrators_see_it(
    ada: Client, sample: Sample
) -> None:
    shown = ada.get(page(sample.developer))
    words = text(shown)
    assert "Full administrator" in words
    assert "Can change" not in words
    right = Permission.objects.get(codename="change_subscription")
    assert re.search(rf'value="{right.pk}" aria-label="Subscriptions: Change"', shown.content.decode())
    data = {
        "first_name": "Dee",
        "last_name": "Developer",
        "email": "dev@example.com",
        "time_zone": "UTC",
        "is_staff": "on",
        "user_permissions": [str(right.pk)],
    }
    assert ada.post(page(sample.developer), data).status_code == 302
    dee = Person.objects.get(pk=sample.developer.pk)
    assert dee.has_perm("clients.change_subscription")

    helper = reader("help@example.com", "change_person", "view_person")
    words = text(helper.get(page(sample.developer)))
    assert "Full administrator" not in words
    assert "Rights of an administrator" not in words
    helper.post(page(sample.developer), data | {"is_superuser": "on", "user_permissions": []})
    dee = Person.objects.get(pk=sample.developer.pk)
    assert (dee.is_superuser, dee.has_perm("clients.change_subscription")) == (False, True)


def test_a_full_administrator_is_an_administrator(ada: Client, sample: Sample) -> None:
    data = {"email": "dev@example.com", "is_superuser": "on", "time_zone": "UTC"}
    assert "is an administrator. Check this, too" in text(ada.post(page(sample.developer), data))


def test_who_may_only_look_sees_no_way_to_change(sample: Sample) -> None:
    looker = reader("look@example.com", "view_person")
    shown = looker.get(page(sample.account))
    assert "Production Viewer" in text(shown)
    assert 'name="_save"' not in shown.content.decode()
    assert "Disable" not in text(shown)
    assert looker.get(ADD).status_code == 403
    assert looker.post(page(sample.account), {"email": "x@example.com"}).status_code == 403


def test_who_lacks_the_right_sees_neither_page_nor_data(sample: Sample) -> None:
    other = reader("other@example.com", "view_api")
    front = text(other.get("/console/"))
    for screen in ("User Manager", "Cloud Access", "Approvals", "Service Requests", "Roles to Give"):
        assert screen not in front
    for address in (LIST, ADD, page(sample.developer), page(sample.developer, "history")):
        answer = other.get(address)
        assert answer.status_code == 403
        assert "dev@example.com" not in text(answer)


def test_the_screens_have_the_names_that_people_know(ada: Client) -> None:
    front = text(ada.get("/console/"))
    for screen in ("User Manager", "Cloud Access", "Approvals", "Service Requests", "Client Applications"):
        assert screen in front
    person_create(email="last@example.com")
