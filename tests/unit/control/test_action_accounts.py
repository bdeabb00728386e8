"""Registration, passwords, one's own account, and records of people, by the action API."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from millgate.control.accounts.models import Hat, HatKind, Person, PersonState, SignUpPolicy
from millgate.control.accounts.services import company_create, person_hats_set
from millgate.control.accounts.settings_services import account_settings_set
from millgate.control.actions.models import Notification
from millgate.control.actions.pipeline import limiting
from millgate.control.audit.models import Entry
from millgate.control.mail.models import Mail, MailState
from millgate.control.mail.outbox import outbox_turn
from millgate.core.secrets import Secret
from support.accounts import OTHER, PASSWORD, mails_to
from support.actions import EMPLOYEE, actions_make, call, signed_in, worker_make
from support.mail_servers import provider

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("rows")

NEW = {"email": "nora@example.com", "password": PASSWORD, "first_name": "Nora", "last_name": "New"}


@pytest.fixture(autouse=True)
def edna(rows: None) -> Iterator[Person]:
    del rows
    actions_make()
    limiting.LIMITER.forget()
    yield worker_make()
    limiting.LIMITER.forget()


@pytest.fixture
def mail_by(monkeypatch: pytest.MonkeyPatch) -> Any:
    def by(url: str) -> None:
        monkeypatch.setattr(settings, "MILLGATE", replace(settings.MILLGATE, mail_url=Secret(url)))

    return by


def register(**changed: Any) -> dict[str, Any]:
    return call("clients/register", application="planoorder", client=NEW | changed)


def _policy(sign_up: SignUpPolicy) -> None:
    account_settings_set(
        sign_up=sign_up, administrators_need_second_factor=False, terms="", terms_required=True
    )


def permit(person: Person, *rights: str) -> None:
    """Give rights as the console does."""
    for right in rights:
        app, codename = right.split(".")
        person.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))


# Registration


def test_a_client_registers_confirms_by_mail_and_signs_in_as_client() -> None:
    _policy(SignUpPolicy.AT_ONCE)
    found = register()
    assert (found["status"], found["data"]["state"]) == ("action-successful", "confirmation-mailed")
    assert not Person.objects.filter(email=NEW["email"]).exists(), "whose address it is must show first"
    mail = Mail.objects.get()
    assert (mail.state, mail.address) == (MailState.SENT, "nora@example.com"), "it has left with the call"
    outbox = settings.MILLGATE.home / "outbox"
    text = (outbox / (mail.message_id.strip("<>").partition("@")[0] + ".eml")).read_text()
    link = "/portal/" + text.replace("=\n", "").split("http://testserver/portal/", 1)[1].split()[0]
    Client().post(link, {"password": PASSWORD})
    signed = call("sessions/create", email="nora@example.com", password=PASSWORD, application="planoorder")
    assert (signed["status"], signed["session"]["role"]) == ("action-successful", "client")


def test_a_client_who_registers_waits_for_approval_where_accounts_do() -> None:
    assert register(company_name="Example Pumps", company_id=7001)["status"] == "action-successful"
    assert call("sessions/create", **_sign_in(NEW["email"]))["status"] == "email-not-found"


def _sign_in(email: str) -> dict[str, str]:
    return {"email": email, "password": PASSWORD, "application": "planoauth"}


@pytest.mark.parametrize(
    ("changed", "status", "word"),
    [
        ({"email": "no address"}, "client-validation-failed", "client.email"),
        ({"email": "EDNA@example.com"}, "email-already-registered", "sign in"),
        ({"password": "short"}, "client-validation-failed", "too short"),
        ({"first_name": None}, "missing-param", "client.first_name"),
        ({"fax": "1"}, "invalid-param", "client.fax"),
    ],
)
def test_a_registration_that_cannot_be_is_told_what_to_mend(
    changed: dict[str, Any], status: str, word: str
) -> None:
    found = register(**changed)
    assert found["status"] == status
    assert word in found["message"]
    assert not Mail.objects.exists()


def test_an_enterprise_names_its_company() -> None:
    found = call("clients/register", application="planoorder", enterprise=True, client=NEW)
    assert (found["status"], "client.company_name" in found["message"]) == ("missing-param", True)


def test_where_nobody_can_sign_up_no_client_can_either() -> None:
    _policy(SignUpPolicy.CLOSED)
    assert register()["status"] == "client-validation-failed"


def test_registrations_from_one_address_are_bounded() -> None:
    for _ in range(20):
        register(email="no address")
    limited = register()
    assert limited["status"] == "rate-limit-exceeded"


def test_an_address_is_sent_a_few_links_an_hour_and_nobody_is_told_of_another() -> None:
    assert [register()["status"] for _ in range(6)] == ["action-successful"] * 5 + ["rate-limit-exceeded"]
    asked = [call("users/forgot_password", email=EMPLOYEE)["status"] for _ in range(6)]
    assert asked == ["action-successful"] * 5 + ["rate-limit-exceeded"]
    assert Mail.objects.count() == 10


def test_whoever_has_a_session_and_no_record_becomes_a_client_and_goes_on() -> None:
    una = worker_make("una@example.com", hats=())
    token = signed_in("una@example.com")
    refused = call("applications/index", token)
    assert refused["status"] == "action-successful", "what needs no record is open"
    una_is = call("users/client_register", token, client={"first_name": "Una"})
    assert (una_is["status"], una_is["session"]["role"]) == ("action-successful", "client")
    assert list(Hat.objects.filter(person=una).values_list("kind", flat=True)) == ["client"]
    assert Person.objects.get(pk=una.pk).first_name == "Una"
    entry = Entry.objects.filter(kind="person", key=una.user_id, after__has_key="hat client, kind").get()
    assert (entry.who, entry.through, entry.page) == (
        una.user_id,
        "action API planoauth",
        "/api/v1/users/client_register",
    )
    assert "already" in call("users/client_register", token, client={})["message"]


# Passwords


def test_a_forgotten_password_is_chosen_anew_by_the_mailed_link() -> None:
    old = signed_in()
    assert call("users/forgot_password", email="EDNA@example.com")["status"] == "action-successful"
    mail = Mail.objects.get(kind="password-reset")
    assert mail.state == MailState.SENT
    text = next(
        path.read_text()
        for path in (settings.MILLGATE.home / "outbox").glob("*.eml")
        if path.stem in mail.message_id
    )
    secret = text.replace("=\n", "").split("/portal/password/reset/", 1)[1].split("/")[0]
    weak = call("users/reset_password", reset_token=secret, password="short")
    assert (weak["status"], "password" in weak["message"]) == ("invalid-param", True)
    assert call("users/reset_password", reset_token=secret, password=OTHER)["status"] == "action-successful"
    again = call("users/reset_password", reset_token=secret, password=OTHER)
    assert (again["status"], "reset_token" in again["message"]) == ("invalid-param", True)
    assert call("sessions/read", old)["status"] == "invalid-token"
    assert call("sessions/create", email=EMPLOYEE, password=OTHER, application="planoauth")["code"] == 200


def test_a_new_password_takes_the_old_one_and_keeps_only_this_session() -> None:
    this, other = signed_in(), signed_in()
    given = {"password": OTHER, "current_password": PASSWORD}
    assert call("users/update", this, password=OTHER)["status"] == "missing-param"
    wrong = call("users/update", this, **given | {"current_password": "wrong"})
    assert wrong["status"] == "invalid-password"
    assert call("users/update", this, **given | {"password": "short"})["status"] == "invalid-param"
    assert call("users/update", this, **given)["status"] == "action-successful"
    assert call("sessions/read", this)["status"] == "action-successful"
    assert call("sessions/read", other)["status"] == "invalid-token"
    assert "sign-in-changed" in mails_to(EMPLOYEE)


def test_guessing_the_present_password_is_locked_out() -> None:
    token = signed_in()
    guesses = [
        call("users/update", token, password=OTHER, current_password=f"guess {number}")["status"]
        for number in range(6)
    ]
    assert guesses == ["invalid-password"] * 4 + ["rate-limit-exceeded"] * 2


# Mail that does not leave


@pytest.mark.parametrize(
    ("step", "state", "severity"),
    [("http-500", MailState.WAITING, "warning"), ("rejected", MailState.FAILED, "error")],
)
def test_a_mail_that_is_not_taken_answers_so_keeps_the_record_and_notifies(
    step: str, state: str, severity: str, mail_by: Any, edna: Person
) -> None:
    mail_by(f"failing:{step}")
    permit(edna, "actions.view_notification", "actions.change_notification", "mail.view_mail")
    found = call("users/forgot_password", email=EMPLOYEE)
    assert (found["status"], found["code"]) == ("mandrill-email-failed", 500)
    assert found["data"] == {"email": EMPLOYEE, "state": "link-mailed", "hours": 4}
    assert Mail.objects.get().state == state
    call("users/forgot_password", email=EMPLOYEE)

    token = signed_in()
    listed = call(
        "notifications/index", token, count=True, filters=[{"attribute": "resolved", "value": False}]
    )
    assert listed["count"] == 1
    told = listed["data"][0]
    assert (told["kind"], told["route"], told["severity"], told["count"]) == (
        "mandrill-email-failed",
        "users/forgot_password",
        severity,
        2,
    )
    assert (told["recipient"], told["provider"], told["reason"]) == (
        "e…@example.com",
        "failing",
        f"scripted: {step}",
    )
    assert told["record"] == {"type": "user", "id": str(edna.pk)}
    emails = call("emails/index", token, sort={"by": "id"})["data"]
    assert [(item["kind"], item["address"]) for item in emails] == [("password-reset", "e…@example.com")] * 2
    assert told["email_id"] == emails[1]["id"]
    assert PASSWORD not in str(emails)
    assert "/portal/password/reset/" not in str(emails)

    seen = call("notifications/read", token, id=told["id"])["data"]
    assert seen["seen_at"]
    done = call("notifications/resolve", token, verb="PUT", id=told["id"])["data"]
    assert (done["resolved"], done["resolved_by"]) == (True, "Dee Developer")
    call("users/forgot_password", email=EMPLOYEE)
    assert Notification.objects.count() == 2, "the same trouble afterwards is another notification"


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        ((200, [{"email": EMPLOYEE, "status": "queued", "_id": "q1"}]), "action-successful", ""),
        (
            (200, [{"email": EMPLOYEE, "status": "rejected", "reject_reason": "hard-bounce", "_id": "x"}]),
            "mandrill-email-failed",
            "hard-bounce",
        ),
        (
            (500, {"status": "error", "code": -1, "name": "Invalid_Key", "message": "Invalid API key"}),
            "mandrill-email-failed",
            "Invalid_Key",
        ),
        (None, "mandrill-email-failed", "Connection"),
    ],
    ids=["queued", "rejected", "wrong key", "gone"],
)
def test_what_mandrill_answers_decides_what_the_call_answers(
    answer: tuple[int, object] | None, status: str, reason: str, mail_by: Any
) -> None:
    with provider() as api:
        api.answers.append(answer)
        mail_by(f"mandrill:md-secret-key?api={api.address}")
        found = call("users/forgot_password", email=EMPLOYEE)
    assert found["status"] == status
    assert len(api.asked) == 1
    for told in Notification.objects.all():
        assert (told.provider, reason in told.reason) == ("mandrill", True), told.reason
        assert "md-secret-key" not in told.reason
    assert Notification.objects.count() == (status != "action-successful")


def test_a_mail_that_was_held_and_not_taken_is_tried_again_by_the_outbox(mail_by: Any) -> None:
    mail_by("failing:http-500")
    call("users/forgot_password", email=EMPLOYEE)
    mail_by("file:")
    settings.CLOCK.jump(60)
    try:
        assert outbox_turn().sent == 1
    finally:
        settings.CLOCK.jump(-60)
    assert Mail.objects.get().state == MailState.SENT


def test_a_mail_under_way_with_its_call_is_not_taken_by_the_outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def sending(_self: object, _message: object) -> str:
        taken.append(outbox_turn().sent)
        return "at-the-provider"

    monkeypatch.setattr("millgate.control.mail.transports.FileTransport.send", sending)
    assert call("users/forgot_password", email=EMPLOYEE)["status"] == "action-successful"
    assert taken == [0]
    assert Mail.objects.get().provider_id == "at-the-provider"


# People


def test_only_ones_own_company_is_seen_unless_one_may_see_everybody(edna: Person) -> None:
    elsewhere = company_create(pcn=7002, code="OTHER", name="Other Mill (Sample)")
    cleo = worker_make("cleo@example.com", hats=["client"])
    carl = worker_make("carl@example.com", hats=["client"], company=elsewhere)
    token = signed_in()
    assert _emails(call("clients/index", token)) == ["cleo@example.com"]
    hidden = call("clients/read", token, id=carl.hats.get().pk)
    assert hidden["status"] == "invalid-param"
    assert call("clients/read", token, id=cleo.hats.get().pk)["data"]["user"]["email"] == "cleo@example.com"
    assert call("users/read", token, id=carl.pk)["status"] == "invalid-param"
    permit(edna, "accounts.view_person")
    assert _emails(call("clients/index", token)) == ["carl@example.com", "cleo@example.com"]
    assert call("users/read", token, id=carl.pk)["data"]["email"] == "carl@example.com"


def _emails(found: dict[str, Any]) -> list[str]:
    return [item["user"]["email"] for item in found["data"]]


def test_records_are_given_and_taken_by_whoever_administers_people(edna: Person) -> None:
    una = worker_make("una@example.com", hats=())
    token = signed_in()
    assert call("employees/create", token, email=una.email)["status"] == "permission-denied"
    permit(edna, "accounts.change_person", "accounts.view_person")
    made = call("employees/create", token, email="UNA@example.com")
    assert (made["status"], made["data"]["role"]) == ("action-successful", "employee")
    assert call("employees/create", token, user_id=una.user_id)["status"] == "invalid-param", "she has it"
    record = made["data"]["id"]
    changed = call("employees/update", token, verb="PUT", id=record, department="Stamping")
    assert changed["data"]["user"]["department"] == "Stamping"
    assert call("liaisons/update", token, id=record, active=False)["status"] == "invalid-param", (
        "it is no liaison's"
    )
    gone = call("employees/update", token, id=record, active=False)
    assert (gone["status"], gone["data"]["active"]) == ("action-successful", False)
    assert not Hat.objects.filter(person=una, kind=HatKind.EMPLOYEE).exists()
    assert Person.objects.get(pk=una.pk).state == PersonState.ACTIVE


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({}, "missing-param"),
        ({"email": "nobody@example.com"}, "invalid-param"),
        ({"user_id": "x"}, "invalid-param"),
    ],
)
def test_a_record_is_given_to_somebody_there_is(params: dict[str, str], status: str, edna: Person) -> None:
    permit(edna, "accounts.change_person")
    assert call("liaisons/create", signed_in(), **params)["status"] == status


def test_a_client_sees_no_list_of_people() -> None:
    worker_make("cleo@example.com", hats=["client"])
    assert call("employees/index", signed_in("cleo@example.com"))["status"] == "permission-denied"


def test_ones_own_account_is_read_and_changed(edna: Person) -> None:
    token = signed_in()
    changed = call("users/update", token, verb="PUT", last_name="Porter", time_zone="America/Detroit")
    assert (changed["data"]["name"], changed["data"]["time_zone"]) == ("Dee Porter", "America/Detroit")
    assert call("users/read", token)["data"] == changed["data"]
    entry = Entry.objects.filter(kind="person", key=edna.user_id, action="changed").latest("pk")
    assert entry.after == {"last_name": "Porter", "time_zone": "America/Detroit"}
    person_hats_set(person=edna, hats=[])
    assert call("users/read", token)["status"] == "action-successful", "it needs no record"
