"""Sessions of the action API: their tokens, their ages to the second, what ends them, and as what one acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client

from millgate.control.accounts import one_time_codes, passwords
from millgate.control.accounts.second_factors import second_factor_enable
from millgate.control.accounts.services import person_block, person_hats_set, service_account_create
from millgate.control.actions.applications import (
    application_account_set,
    application_set,
    application_token_revoke,
    application_token_rotate,
)
from millgate.control.actions.models import Application, Session
from millgate.control.actions.sessions import MOST
from millgate.control.audit.models import Entry
from millgate.core.clock import StillClock
from support.accounts import OTHER, PASSWORD
from support.actions import EMPLOYEE, actions_make, call, signed_in, worker_make

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

pytestmark = pytest.mark.usefixtures("rows")

HOUR = 3600
DAY = 24 * HOUR
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def clock(rows: None, monkeypatch: pytest.MonkeyPatch) -> StillClock:
    """A still clock, between two seconds, in a house with its registry."""
    del rows
    clock = StillClock(1_800_000_000.4)
    monkeypatch.setattr(settings, "CLOCK", clock)
    actions_make()
    return clock


@pytest.fixture(autouse=True)
def edna(clock: StillClock) -> Person:
    del clock
    return worker_make()


def status(token: str) -> str:
    return str(call("sessions/read", token)["status"])


def test_a_session_is_answered_with_its_user_role_and_end_and_its_token_only_once() -> None:
    made = call("sessions/create", email=EMPLOYEE, password=PASSWORD, application="planoorder")
    assert made["session"]["role"] == "employee"
    assert made["session"]["user"]["email"] == EMPLOYEE
    assert made["session"]["expires_at"] == "2027-01-18T08:00:00Z"
    assert made["application"] == {"slug": "planoorder", "name": "Planoorder"}
    token = made["data"]["token"]
    read = call("sessions/read", token)
    assert read["session"] == made["session"]
    assert token not in str(read)
    assert not Session.objects.filter(token_digest=token).exists()
    assert token not in str(list(Entry.objects.values()))


@pytest.mark.parametrize(
    ("unused", "answer"), [(72 * HOUR, "action-successful"), (72 * HOUR + 1, "session-expired")]
)
def test_a_session_lives_72_hours_unused_to_the_second(unused: int, answer: str, clock: StillClock) -> None:
    token = signed_in()
    clock.jump(unused)
    assert status(token) == answer


@pytest.mark.parametrize(
    ("age", "answer"), [(7 * DAY, "action-successful"), (7 * DAY + 1, "session-expired")]
)
def test_a_session_lives_seven_days_in_use_to_the_second(age: int, answer: str, clock: StillClock) -> None:
    token = signed_in()
    for _ in range(6):
        clock.jump(DAY)
        assert status(token) == "action-successful"
    clock.jump(age - 6 * DAY)
    assert status(token) == answer


def test_a_refused_call_counts_as_use_once_its_session_was_found_valid(clock: StillClock) -> None:
    token = signed_in()
    clock.jump(70 * HOUR)
    assert call("sessions/update", token)["status"] == "missing-param"
    clock.jump(70 * HOUR)
    assert status(token) == "action-successful"


def test_remember_me_keeps_sessions_and_switched_off_ends_an_old_one_at_once(clock: StillClock) -> None:
    token = signed_in()
    saved = call("sessions/update", token, verb="PUT", remember_me=True)
    assert (saved["session"]["remember_me"], saved["session"]["expires_at"]) == (True, None)
    clock.jump(400 * DAY)
    assert status(token) == "action-successful"
    assert status(signed_in(remember_me=False)) == "action-successful", "a new session is not too old"
    assert status(token) == "session-expired", "it was saved for the user, whichever session saved it"


def test_signing_out_everywhere_ends_them_too(edna: Person) -> None:
    token = signed_in()
    browser = Client()
    browser.force_login(edna)
    browser.post("/portal/profile/security/sessions/")
    assert status(token) == "invalid-token"
    assert Entry.objects.filter(action="action sessions ended", key=edna.user_id).exists()


def test_an_expired_session_does_not_come_back_by_remember_me_nor_by_the_clock(clock: StillClock) -> None:
    seen, unseen = signed_in(), signed_in()
    clock.jump(72 * HOUR + 1)
    assert status(seen) == "session-expired"
    signed_in(remember_me=True)
    assert status(seen) == "session-expired"
    assert status(unseen) == "session-expired", "nobody had looked at it, and it was expired all the same"
    clock.jump(-72 * HOUR)
    assert status(seen) == "session-expired"


def test_a_session_that_is_destroyed_is_unknown_and_one_can_end_ones_others_but_nobody_elses() -> None:
    worker_make("elsa@example.com")
    mine, other, hers = signed_in(), signed_in(), signed_in("elsa@example.com")
    other_id = call("sessions/read", other)["data"]["id"]
    hers_id = call("sessions/read", hers)["data"]["id"]
    assert call("sessions/destroy", mine, verb="DELETE", id=hers_id)["status"] == "invalid-param"
    assert call("sessions/destroy", mine, verb="DELETE", id=other_id)["data"] == {"id": other_id}
    assert (status(mine), status(other), status(hers)) == (
        "action-successful",
        "invalid-token",
        "action-successful",
    )
    assert call("sessions/destroy", mine)["status"] == "action-successful"
    assert status(mine) == "invalid-token"
    assert Entry.objects.filter(action="action session ended", email=EMPLOYEE).count() == 2


def test_ones_sessions_are_listed_with_the_present_one_marked() -> None:
    first, second = signed_in(), signed_in(application="planox2")
    listed = call("sessions/index", second, count=True)
    assert listed["count"] == 2
    assert [(item["application"], item["current"]) for item in listed["data"]] == [
        ("planox2", True),
        ("planoauth", False),
    ]
    assert first not in str(listed)


def test_a_new_password_ends_every_session(edna: Person) -> None:
    token = signed_in()
    passwords.password_give(person=edna, password=OTHER)
    assert status(token) == "invalid-token"


def test_somebody_who_is_blocked_has_no_session_any_more(edna: Person) -> None:
    token = signed_in()
    person_block(person=edna)
    assert status(token) == "invalid-token"
    refused = call("sessions/create", email=EMPLOYEE, password=PASSWORD, application="planoauth")
    assert refused["status"] == "invalid-password"


def test_a_new_session_ends_the_least_used_of_too_many(
    monkeypatch: pytest.MonkeyPatch, clock: StillClock
) -> None:
    assert MOST > 2
    monkeypatch.setattr("millgate.control.actions.sessions.MOST", 2)
    first = signed_in()
    clock.jump(1)
    second = signed_in()
    clock.jump(1)
    third = signed_in()
    assert [status(token) for token in (first, second, third)] == [
        "invalid-token",
        *["action-successful"] * 2,
    ]


@pytest.mark.parametrize(
    ("view", "members"),
    [
        ("none", None),
        ("minimal", {"id", "role", "expires_at"}),
        (
            "default",
            {
                "id",
                "role",
                "expires_at",
                "user",
                "roles",
                "remember_me",
                "application",
                "created_at",
                "last_used_at",
            },
        ),
    ],
)
def test_a_session_is_answered_as_its_view_says(view: str, members: set[str] | None) -> None:
    session = call("sessions/read", signed_in(), session_view=view)["session"]
    assert (None if session is None else set(session)) == members
    assert call("sessions/read", signed_in(), application_view="none")["application"] is None


# Roles


@pytest.mark.parametrize(
    ("application", "role"), [("planoauth", "employee"), ("planoorder", "client"), ("planox2", "client")]
)
def test_the_application_decides_as_what_somebody_acts(application: str, role: str, edna: Person) -> None:
    person_hats_set(person=edna, hats=["client", "employee", "liaison"])
    token = signed_in(application="planoauth")
    found = call("sessions/read", token, application=application)
    assert (found["session"]["role"], found["session"]["roles"]) == (role, ["client", "employee", "liaison"])


def test_the_order_of_roles_is_data_of_the_application(edna: Person) -> None:
    person_hats_set(person=edna, hats=["client", "liaison"])
    application = Application.objects.get(slug="planoauth")
    assert call("sessions/read", signed_in())["session"]["role"] == "liaison"
    application_set(application, name="Planoauth", roles=["client", "employee"], active=True)
    assert call("sessions/read", signed_in())["session"]["role"] == "client"


def test_an_application_that_is_switched_off_has_no_sessions() -> None:
    token = signed_in(application="planox2")
    application = Application.objects.get(slug="planox2")
    application_set(application, name="Planox2", roles=application.roles, active=False)
    assert status(token) == "invalid-token"
    refused = call("sessions/create", email=EMPLOYEE, password=PASSWORD, application="planox2")
    assert refused["status"] == "invalid-param"


def test_a_token_of_an_application_has_no_session_and_is_replaced_by_the_next(clock: StillClock) -> None:
    application = Application.objects.get(slug="planoorder")
    token = application_token_rotate(application).reveal()
    clock.jump(400 * DAY)
    listed = call("applications/index", token)
    assert (listed["status"], listed["session"]) == ("action-successful", None)
    assert listed["application"]["slug"] == "planoorder"
    assert status(token) == "permission-denied", "it is nobody's"
    assert call("applications/index", token, application="planox2")["status"] == "invalid-param"
    newer = application_token_rotate(application).reveal()
    assert call("applications/index", token)["status"] == "invalid-token"
    assert call("applications/index", newer)["status"] == "action-successful"
    application_token_revoke(application)
    assert call("applications/index", newer)["status"] == "invalid-token"
    told = Entry.objects.filter(kind="action application").order_by("pk")
    assert [entry.action for entry in told][-3:] == ["token made", "token made", "token revoked"]


def test_an_application_acts_as_its_service_account_while_that_is_active(edna: Person) -> None:
    application = Application.objects.get(slug="planoorder")
    token = application_token_rotate(application).reveal()
    refused = call("employees/index", token)
    assert (refused["status"], "service account" in refused["message"]) == ("permission-denied", True)
    assert edna.company is not None
    account = service_account_create(user_id="svc-orders", company=edna.company)
    application_account_set(application, account)
    assert [item["user"]["email"] for item in call("employees/index", token)["data"]] == [EMPLOYEE]
    person_block(person=account)
    assert call("employees/index", token)["status"] == "permission-denied"
    with pytest.raises(ValidationError):
        application_account_set(application, edna)


# Signing in


def test_five_wrong_passwords_lock_out_with_the_pages_counts_and_say_for_how_long(clock: StillClock) -> None:
    wrong = {"email": EMPLOYEE, "password": OTHER, "application": "planoauth"}
    for _ in range(4):
        assert call("sessions/create", **wrong)["status"] == "invalid-password"
    assert call("sessions/create", **wrong)["status"] == "rate-limit-exceeded"
    right = wrong | {"password": PASSWORD}
    assert call("sessions/create", **right)["status"] == "rate-limit-exceeded"
    assert (
        Entry.objects.filter(action="locked out", email="").exists()
        or Entry.objects.filter(action="locked out").exists()
    )
    clock.jump(15 * 60 + 1)
    assert call("sessions/create", **right)["status"] == "action-successful"


def test_a_second_factor_is_asked_for_by_name_and_used_up(edna: Person, clock: StillClock) -> None:
    code = one_time_codes.code_at(SECRET, int(clock.at // one_time_codes.SECONDS))
    recovery = second_factor_enable(person=edna, secret=SECRET, code=code)
    given = {"email": EMPLOYEE, "password": PASSWORD, "application": "planoauth"}
    assert call("sessions/create", **given)["status"] == "second-factor-required"
    assert call("sessions/create", **given, otp="000000")["status"] == "second-factor-required"
    assert call("sessions/create", **given, otp=recovery[0])["status"] == "action-successful"
    assert call("sessions/create", **given, otp=recovery[0])["status"] == "second-factor-required"
    clock.at += 90
    code = one_time_codes.code_at(SECRET, int(clock.at // one_time_codes.SECONDS))
    assert call("sessions/create", **given, otp=code)["status"] == "action-successful"


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("/portal/", True),
        ("http://testserver/portal/?a=b", True),
        ("//evil.example/", False),
        ("https://evil.example/", False),
        ("/\\evil.example/", False),
        ("javascript:alert(1)", False),
        ("http://testserver.evil.example/", False),
        ("http://[", False),
    ],
)
def test_whoever_signs_in_is_led_on_within_this_installation_only(url: str, *, taken: bool) -> None:
    given = {"email": EMPLOYEE, "password": PASSWORD, "application": "planoauth", "redirect_url": url}
    found = call("sessions/create", **given)
    assert found["status"] == ("action-successful" if taken else "invalid-param")
    assert not taken or found["data"]["redirect_url"] == url
