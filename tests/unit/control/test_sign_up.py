"""Signing up: confirmed by whoever reads the mail, once, and the same answer whoever has an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from millgate.control.accounts.models import Person, PersonState
from millgate.control.accounts.selectors import accounts_waiting
from millgate.control.accounts.settings_services import account_settings_set
from millgate.control.accounts.sign_in_models import SignUp
from millgate.control.audit.models import Entry
from millgate.core.clock import StillClock
from support.accounts import PASSWORD, SIGN_UP, link_in_mail, mails_to, person_make, sign_in, text_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    clock = StillClock(1_800_000_000.0)
    monkeypatch.setattr(settings, "CLOCK", clock)
    return clock


def decide(sign_up: str = "approval", *, terms: str = "", required: bool = True) -> None:
    account_settings_set(
        sign_up=sign_up, administrators_need_second_factor=False, terms=terms, terms_required=required
    )


def ask(**changes: str) -> Response:
    return Client().post("/portal/sign-up/", SIGN_UP | changes)


def confirm(path: str, password: str = PASSWORD) -> Response:
    return Client().post(path, {"password": password})


def test_somebody_signs_up_confirms_and_waits_for_an_administrator() -> None:
    administrator = person_make("ada@example.com", is_staff=True, is_superuser=True)
    assert ask().headers["Location"] == "/portal/sign-up/sent/"
    assert not Person.objects.filter(email="una@example.com").exists(), "there is no account before"

    path = link_in_mail("una@example.com", "address-confirm")
    assert "una@example.com" in text_of(Client().get(path))
    assert not Person.objects.filter(email="una@example.com").exists(), "a mail scanner confirmed it"
    assert confirm(path).headers["Location"] == "/portal/sign-up/waiting/"

    una = accounts_waiting().get()
    assert (una.email, una.asked_company, una.state) == (
        "una@example.com",
        "Example Pumps",
        PersonState.PENDING,
    )
    assert [hat.kind for hat in una.hats.all()] == ["developer"]
    assert mails_to(administrator.email) == ["account-waiting"]
    assert "not active" in text_of(sign_in(Client(), una.email))


def test_where_the_installation_says_so_a_confirmed_account_is_active_at_once() -> None:
    decide("at-once")
    ask()
    confirm(link_in_mail("una@example.com", "address-confirm"))
    assert sign_in(Client(), "una@example.com").status_code == 303
    assert mails_to("una@example.com") == ["address-confirm", "account-confirmed"]


def test_a_link_works_once() -> None:
    ask()
    path = link_in_mail("una@example.com", "address-confirm")
    confirm(path)
    again = confirm(path)
    assert again.status_code == 404
    assert "This link does not work" in text_of(again)
    assert Person.objects.filter(email="una@example.com").count() == 1


def test_a_link_works_for_48_hours(clock: StillClock) -> None:
    ask()
    path = link_in_mail("una@example.com", "address-confirm")
    clock.jump(48 * 3600 - 1)
    assert Client().get(path).status_code == 200
    clock.jump(2)
    assert Client().get(path).status_code == 404


def test_whoever_asks_with_the_address_of_somebody_else_gets_nothing_when_that_one_follows_the_link() -> None:
    """Of two requests for one address, the one that is confirmed is that of whoever knows its password."""
    ask(password="an intruder's choice", again="an intruder's choice")
    theirs = link_in_mail("una@example.com", "address-confirm")
    ask()
    assert "not the password" in text_of(confirm(theirs))
    assert not Person.objects.filter(email="una@example.com").exists()
    confirm(link_in_mail("una@example.com", "address-confirm"))
    assert Person.objects.get(email="una@example.com").check_password(PASSWORD)
    assert not SignUp.objects.exists(), "the intruder's request is gone, too"


def test_the_password_of_a_link_cannot_be_guessed() -> None:
    ask()
    path = link_in_mail("una@example.com", "address-confirm")
    for _ in range(5):
        assert "not the password" in text_of(confirm(path, "something else"))
    assert "Too many tries" in text_of(confirm(path))


def test_the_answer_is_the_same_whether_there_is_an_account_or_not() -> None:
    person_make("dee@example.com")
    known, unknown = ask(email="DEE@example.com"), ask()
    assert (known.status_code, known.headers["Location"]) == (
        unknown.status_code,
        unknown.headers["Location"],
    )
    assert mails_to("dee@example.com") == ["account-exists"]
    assert not SignUp.objects.filter(email="dee@example.com").exists()


def test_an_address_is_not_flooded_with_mails() -> None:
    for _ in range(8):
        assert ask().status_code == 302
    assert len(mails_to("una@example.com")) == 5


def test_one_network_does_not_have_mails_sent_to_everybody() -> None:
    answers = [ask(email=f"una{number}@example.com") for number in range(21)]
    assert {answer.status_code for answer in answers[:20]} == {302}
    assert "Too many requests" in text_of(answers[20])


def test_where_sign_up_is_closed_the_form_is_refused_and_so_is_a_link_of_before() -> None:
    """Azure API Management's portal switched the page off and went on accepting its form (CWE-284)."""
    ask()
    path = link_in_mail("una@example.com", "address-confirm")
    decide("closed")
    assert "Nobody can sign up here" in text_of(Client().get("/portal/sign-up/"))
    assert ask(email="other@example.com").status_code == 403
    assert mails_to("other@example.com") == []
    confirm(path)
    assert not Person.objects.filter(email="una@example.com").exists()
    assert "Sign up" not in text_of(Client().get("/portal/sign-in/"))


def test_terms_are_shown_and_must_be_accepted() -> None:
    decide(terms="## Be kind\n\n<script>alert(1)</script> [x](javascript:alert(1))")
    page = Client().get("/portal/terms/").content.decode()
    assert "<h2>Be kind</h2>" in page
    assert "<script>" not in page
    assert 'href="javascript' not in page
    assert "Accept the terms of use" in text_of(ask())
    ask(terms="on")
    confirm(link_in_mail("una@example.com", "address-confirm"))
    assert Person.objects.get(email="una@example.com").terms_accepted_at is not None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short1", "too short"),
        ("newcomer una 1", "too similar to the last name"),
        ("onlyletters", "different character classes"),
        ("abababab1ab1ab1", "Too many repetitions"),
        ("my12345word!", "contains sequences"),
        ("x1" * 70, "longer than 128"),
    ],
)
def test_a_password_that_breaks_a_rule_is_refused_with_the_rule(password: str, why: str) -> None:
    assert why in text_of(ask(password=password, again=password))
    assert mails_to("una@example.com") == []


def test_the_rules_are_shown_and_a_slip_of_the_finger_is_noticed() -> None:
    shown = text_of(Client().get("/portal/sign-up/"))
    assert "at least 10 characters" in shown
    assert "no sequences such as 12345" in shown
    assert "not the same as above" in text_of(ask(again="nine tall millx"))


def test_the_audit_log_tells_of_the_account_and_of_no_secret() -> None:
    ask()
    confirm(link_in_mail("una@example.com", "address-confirm"))
    entry = Entry.objects.get(kind="person", action="added", after__has_key="asked_company")
    assert entry.after["asked_company"] == "Example Pumps"
    assert PASSWORD not in str(list(Entry.objects.values()))
    assert "pbkdf2" not in str(list(Entry.objects.values()))


def test_a_form_from_elsewhere_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/portal/sign-up/", SIGN_UP).status_code == 403
    assert client.post("/portal/sign-in/", {"username": "a", "password": "b"}).status_code == 403
    assert client.post("/console/login/", {"username": "a", "password": "b"}).status_code == 403
