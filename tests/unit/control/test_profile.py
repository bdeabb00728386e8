"""People look after their own accounts: password, address, second factor, sessions, and closing."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client

from millgate.control.accounts import one_time_codes
from millgate.control.accounts.models import Person, PersonState
from millgate.control.accounts.recovering import recover
from millgate.control.accounts.second_factors import second_factor_enable
from millgate.control.audit.models import Entry
from millgate.control.publish.selectors import snapshot_current
from millgate.core.clock import StillClock
from support.accounts import (
    OTHER,
    PASSWORD,
    link_in_mail,
    mails_to,
    person_make,
    sign_in,
    signed_in_as,
    text_of,
)
from support.sample import sample_make

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    clock = StillClock(1_800_000_000.0)
    monkeypatch.setattr(settings, "CLOCK", clock)
    return clock


@pytest.fixture
def dee(rows: None) -> Person:  # noqa: ARG001 - it must stand on rows that are rolled back
    return person_make("dee@example.com")


@pytest.fixture
def client(dee: Person) -> Client:
    client = Client()
    sign_in(client, dee.email)
    return client


# A forgotten password


def test_a_forgotten_password_is_chosen_anew_once(dee: Person, client: Client) -> None:
    asked = Client().post("/portal/password/forgot/", {"email": "DEE@example.com"})
    path = link_in_mail(dee.email, "password-reset")
    for _ in range(5):
        sign_in(Client(), dee.email, OTHER)
    new = {"password": OTHER, "again": OTHER}
    assert Client().post(path, new).headers["Location"] == "/portal/sign-in/"
    assert not signed_in_as(client), "signed out wherever it was signed in"
    assert sign_in(Client(), dee.email, OTHER).status_code == 303, "and unlocked"
    assert Client().post(path, new).status_code == 404

    nobody = Client().post("/portal/password/forgot/", {"email": "nobody@example.com"})
    assert (asked.status_code, asked.headers["Location"]) == (nobody.status_code, nobody.headers["Location"])
    assert mails_to("nobody@example.com") == []


def test_a_link_to_a_new_password_expires_and_a_later_one_ends_the_others(
    dee: Person, clock: StillClock
) -> None:
    for _ in range(2):
        Client().post("/portal/password/forgot/", {"email": dee.email})
    newest = link_in_mail(dee.email, "password-reset")
    refused = Client().post(newest, {"password": "short", "again": "short"})
    assert "too short" in text_of(refused), "and the link still works"
    clock.jump(4 * 3600 + 1)
    assert Client().get(newest).status_code == 404
    Client().post("/portal/password/forgot/", {"email": dee.email})
    older = link_in_mail(dee.email, "password-reset")
    Client().post("/portal/password/forgot/", {"email": dee.email})
    Client().post(link_in_mail(dee.email, "password-reset"), {"password": OTHER, "again": OTHER})
    assert Client().get(older).status_code == 404


@pytest.mark.parametrize("state", [PersonState.PENDING, PersonState.BLOCKED, PersonState.CLOSED])
def test_nobody_who_is_not_active_is_sent_a_link(dee: Person, state: PersonState) -> None:
    dee.state = state
    dee.save()
    Client().post("/portal/password/forgot/", {"email": dee.email})
    assert mails_to(dee.email) == []


# Password, name, address


def test_a_changed_password_ends_every_other_session(dee: Person, client: Client) -> None:
    elsewhere = Client()
    sign_in(elsewhere, dee.email)
    form = {"own_password": PASSWORD, "password": OTHER, "again": OTHER}
    assert "not your password" in text_of(
        client.post("/portal/profile/password/", form | {"own_password": OTHER})
    )
    client.post("/portal/profile/password/", form)
    assert signed_in_as(client) == dee.user_id
    assert not signed_in_as(elsewhere)
    assert mails_to(dee.email) == ["sign-in-changed"]
    assert Entry.objects.filter(action="password set", who=dee.user_id).exists()


def test_name_time_zone_and_language_of_mails_are_changed(dee: Person, client: Client) -> None:
    form = {"first_name": "Dee", "last_name": "Smith", "time_zone": "America/Detroit", "language": "de"}
    client.post("/portal/profile/", form)
    dee.refresh_from_db()
    assert (dee.last_name, dee.time_zone, dee.language) == ("Smith", "America/Detroit", "de")
    assert client.post("/portal/profile/", form | {"time_zone": "Nowhere"}).status_code == 200


def test_an_address_is_changed_by_whoever_reads_the_new_one(dee: Person, client: Client) -> None:
    form = {"email": "Smith@example.com", "own_password": PASSWORD}
    client.post("/portal/profile/address/", form)
    path = link_in_mail("smith@example.com", "address-confirm")
    dee.refresh_from_db()
    assert dee.email == "dee@example.com"

    other = Client()
    sign_in(other, person_make("eve@example.com").email)
    assert other.post(path).status_code == 404, "the link of another"
    assert "/portal/sign-in/" in Client().get(path).headers["Location"]

    client.get(path)
    client.post(path)
    dee.refresh_from_db()
    assert (dee.email, dee.user_id) == ("smith@example.com", "dee@example.com")
    assert mails_to("dee@example.com") == ["address-changed"]
    assert client.post(path).status_code == 404


def test_asking_for_the_address_of_somebody_else_tells_nothing(client: Client) -> None:
    person_make("eve@example.com")
    answers = [
        client.post("/portal/profile/address/", {"email": email, "own_password": PASSWORD}).headers[
            "Location"
        ]
        for email in ("eve@example.com", "free@example.com")
    ]
    assert answers[0] == answers[1]
    assert mails_to("eve@example.com") == ["account-exists"]


def test_the_password_that_a_page_asks_for_cannot_be_guessed(client: Client) -> None:
    form = {"own_password": OTHER}
    answers = [client.post("/portal/profile/close/", form) for _ in range(5)]
    assert "Too many tries" in text_of(answers[-1])
    assert "Too many tries" in text_of(client.post("/portal/profile/close/", {"own_password": PASSWORD}))


# Security


def test_the_second_factor_is_turned_on_and_off_with_the_password(
    dee: Person, client: Client, clock: StillClock
) -> None:
    page = client.get("/portal/profile/security/second-factor/")
    code = one_time_codes.code_at(page.context["secret"].replace(" ", ""), int(clock.at // 30))
    address = "/portal/profile/security/second-factor/"
    assert "not your password" in text_of(client.post(address, {"code": code, "own_password": OTHER}))
    shown = client.post(address, {"code": code, "own_password": PASSWORD})
    assert len(shown.context["codes"]) == 10
    assert "10 recovery codes are left" in text_of(client.get("/portal/profile/security/"))
    assert "no-store" in shown.headers["Cache-Control"]

    renewed = client.post("/portal/profile/security/recovery-codes/", {"own_password": PASSWORD})
    assert set(renewed.context["codes"]).isdisjoint(shown.context["codes"])
    assert sign_in(Client(), dee.email).headers["Location"] == "/portal/sign-in/code/"
    client.post("/portal/profile/security/second-factor/off/", {"own_password": PASSWORD})
    assert sign_in(Client(), dee.email).headers["Location"] == "/portal/"
    told = Entry.objects.filter(kind="person", action__startswith="second factor").order_by("pk")
    assert [entry.action for entry in told] == ["second factor turned on", "second factor turned off"]


def test_other_sessions_are_listed_and_ended(dee: Person, client: Client) -> None:
    phone = Client(headers={"User-Agent": "A phone"}, REMOTE_ADDR="192.0.2.44")
    sign_in(phone, dee.email)
    shown = text_of(client.get("/portal/profile/security/"))
    assert "A phone" in shown
    assert "192.0.2.44" in shown
    client.post("/portal/profile/security/sessions/")
    assert not signed_in_as(phone)
    assert signed_in_as(client) == dee.user_id
    assert "A phone" not in text_of(client.get("/portal/profile/security/"))


def test_signing_out_needs_a_post_and_forgets_the_session(dee: Person, client: Client) -> None:
    assert client.get("/portal/sign-out/").status_code == 405
    client.post("/portal/sign-out/")
    assert not signed_in_as(client)
    sign_in(client, dee.email)
    assert len(client.get("/portal/profile/security/").context["sessions"]) == 1


# Closing


def test_a_closed_account_is_out_of_force_at_once() -> None:
    sample = sample_make()
    client = Client()
    sign_in(client, sample.developer.email)
    assert "not your password" in text_of(client.post("/portal/profile/close/", {"own_password": OTHER}))
    answer = client.post("/portal/profile/close/", {"own_password": PASSWORD}, follow=True)
    assert "Your account is closed" in text_of(answer)

    directory = snapshot_current().document.directory
    accounts = {account.key: account for account in directory.accounts}
    assert not accounts[sample.developer.user_id].active
    assert mails_to(sample.developer.email)[-1] == "account-closed"
    assert "do not belong together" in text_of(sign_in(Client(), sample.developer.email))


def test_the_last_administrator_stays() -> None:
    ada = person_make("ada@example.com", is_staff=True, is_superuser=True)
    client = Client()
    sign_in(client, ada.email)
    answer = client.post("/portal/profile/close/", {"own_password": PASSWORD})
    assert "last administrator" in text_of(answer)
    ada.refresh_from_db()
    assert ada.state == PersonState.ACTIVE


# Who can ask nobody


def test_the_command_line_lets_somebody_in_who_has_lost_everything(dee: Person, clock: StillClock) -> None:
    secret = one_time_codes.secret_new()
    second_factor_enable(person=dee, secret=secret, code=one_time_codes.code_at(secret, int(clock.at // 30)))
    for _ in range(5):
        sign_in(Client(), dee.email, OTHER)
    new = recover(email="DEE@example.com", second_factor=True, password=True)
    assert new is not None
    assert sign_in(Client(), dee.email, new.reveal()).headers["Location"] == "/portal/"
    assert Entry.objects.filter(action="second factor reset", who__startswith="command line").exists()

    with pytest.raises(ValidationError, match="no active person"):
        recover(email="nobody@example.com", second_factor=False, password=False)
    with pytest.raises(ValidationError, match="no second factor"):
        recover(email=dee.email, second_factor=True, password=False)
