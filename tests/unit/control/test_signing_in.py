"""Signing in: lock-out, the second factor on every path, and no session before all of it was given."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client

import millgate
from millgate.control.accounts import one_time_codes
from millgate.control.accounts.models import PersonState
from millgate.control.accounts.second_factors import recovery_codes_left, second_factor_enable
from millgate.control.accounts.services import person_block, service_account_create
from millgate.control.accounts.settings_services import account_settings_set
from millgate.control.accounts.sign_in_models import SecondFactor, SignInTries
from millgate.control.audit.models import Entry
from millgate.core.clock import StillClock
from support.accounts import OTHER, PASSWORD, mails_to, person_make, sign_in, signed_in_as, text_of
from support.sample import sample_make

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

pytestmark = pytest.mark.usefixtures("rows")

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    clock = StillClock(1_800_000_000.0)
    monkeypatch.setattr(settings, "CLOCK", clock)
    return clock


def code_now(clock: StillClock) -> str:
    return one_time_codes.code_at(SECRET, int(clock.at // one_time_codes.SECONDS))


def with_second_factor(person: Person, clock: StillClock) -> list[str]:
    """Turned on a while ago, so that the code of now is unused; returns the recovery codes."""
    codes = second_factor_enable(person=person, secret=SECRET, code=code_now(clock))
    clock.at += 90
    return codes


# Lock-out


@pytest.mark.parametrize("email", ["dee@example.com", "nobody@example.com"])
def test_after_five_failures_nobody_may_try_whether_there_is_an_account_or_not(
    email: str, clock: StillClock
) -> None:
    person_make("dee@example.com")
    client = Client()
    for _ in range(4):
        assert "do not belong together" in text_of(sign_in(client, email, OTHER))
    assert "Nobody can try this e-mail from here until 08:15 UTC" in text_of(sign_in(client, email, OTHER))
    assert "Too many tries" in text_of(sign_in(client, email))
    assert "Too many tries" in text_of(sign_in(client, email, at="/console/login/")), "one count everywhere"
    clock.jump(15 * 60 + 1)
    signed_in = sign_in(client, email).status_code == 303
    assert signed_in == (email == "dee@example.com")


def test_a_lock_out_holds_for_the_address_it_came_from_as_the_server_sees_it() -> None:
    """What a client says of where it comes from (X-Forwarded-For and the like) changes nothing."""
    person_make("dee@example.com")
    for number in range(5):
        said = {"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": f"for=198.51.100.{number}"}
        sign_in(Client(headers=said, REMOTE_ADDR="192.0.2.7"), "dee@example.com", OTHER)
    locked = Client(headers={"X-Forwarded-For": "198.51.100.9"}, REMOTE_ADDR="192.0.2.7")
    assert "Too many tries" in text_of(sign_in(locked, "dee@example.com"))
    elsewhere = Client(REMOTE_ADDR="192.0.2.8")
    assert sign_in(elsewhere, "dee@example.com").status_code == 303


def test_what_was_typed_for_a_name_is_not_kept() -> None:
    sign_in(Client(), "my secret password", OTHER)
    kept = str(list(SignInTries.objects.values())) + str(list(Entry.objects.values()))
    assert "my secret password" not in kept


def test_signing_in_forgets_the_failures_of_that_name_alone() -> None:
    person_make("dee@example.com")
    client = Client()
    for _ in range(4):
        sign_in(client, "dee@example.com", OTHER)
        sign_in(client, "other@example.com", OTHER)
    sign_in(client, "dee@example.com")
    assert SignInTries.objects.get(most=5).tries == 4, "of the other name"
    assert SignInTries.objects.get(most=100).tries == 8, "of the address"


def test_one_address_cannot_try_a_password_on_everybody() -> None:
    person_make("dee@example.com")
    SignInTries.objects.all().delete()
    sign_in(Client(), "a@example.com", OTHER)
    SignInTries.objects.filter(most=100).update(tries=100)
    assert "Too many tries" in text_of(sign_in(Client(), "dee@example.com"))


def test_a_plant_behind_one_address_signs_in_all_day(clock: StillClock) -> None:
    person_make("dee@example.com")
    for number in range(1, 31):
        clock.jump(60)
        if number % 5 == 0:
            sign_in(Client(), "una@example.com", OTHER)
        sign_in(Client(), "dee@example.com")
    assert SignInTries.objects.get(most=100).tries <= 3, "failures of a quarter of an hour alone"


def test_a_lock_out_is_told_once_and_an_administrator_ends_it() -> None:
    person = person_make("dee@example.com")
    ada = person_make("ada@example.com", is_staff=True, is_superuser=True)
    for _ in range(7):
        sign_in(Client(), "dee@example.com", OTHER)
    assert Entry.objects.filter(action="locked out", key=person.user_id).count() == 1

    console = Client(REMOTE_ADDR="192.0.2.9")
    console.force_login(ada)
    listed = console.get("/console/accounts/person/?locked=1")
    assert [row.email for row in listed.context["cl"].result_list] == ["dee@example.com"]
    console.post(f"/console/accounts/person/{person.pk}/act/unlock/")
    assert Entry.objects.filter(action="unlocked", who=ada.user_id).count() == 1
    assert sign_in(Client(), "dee@example.com").status_code == 303


# The second factor


def test_a_password_alone_signs_nobody_in_who_has_a_second_factor(clock: StillClock) -> None:
    person = person_make("dee@example.com")
    with_second_factor(person, clock)
    client = Client()
    answer = sign_in(client, person.email, next="/portal/adapters/", remember="on")
    assert answer.headers["Location"] == "/portal/sign-in/code/"
    assert not signed_in_as(client)
    before = client.session.session_key

    wrong = client.post("/portal/sign-in/code/", {"code": "000000"})
    assert "This code is wrong" in text_of(wrong)
    right = client.post("/portal/sign-in/code/", {"code": code_now(clock)})
    assert right.headers["Location"] == "/portal/adapters/"
    assert signed_in_as(client) == person.user_id
    assert client.session.session_key != before, "session fixation"
    assert not client.session.get_expire_at_browser_close()


def test_a_code_is_good_once(clock: StillClock) -> None:
    person = person_make("dee@example.com")
    with_second_factor(person, clock)
    first, second = Client(), Client()
    for client in (first, second):
        sign_in(client, person.email)
    first.post("/portal/sign-in/code/", {"code": code_now(clock)})
    assert "used already" in text_of(second.post("/portal/sign-in/code/", {"code": code_now(clock)}))
    assert signed_in_as(first)
    assert not signed_in_as(second)


def test_a_recovery_code_signs_in_once(clock: StillClock) -> None:
    person = person_make("dee@example.com")
    codes = with_second_factor(person, clock)
    for expected in (person.user_id, ""):
        client = Client()
        sign_in(client, person.email)
        client.post("/portal/sign-in/code/", {"code": codes[3].upper().replace("-", " ")})
        assert signed_in_as(client) == expected
    assert recovery_codes_left(person) == 9
    assert codes[3] not in str(list(Entry.objects.values()))


def test_codes_cannot_be_guessed_from_many_addresses_and_the_person_is_warned(clock: StillClock) -> None:
    person = person_make("dee@example.com")
    with_second_factor(person, clock)
    guessers = [Client(REMOTE_ADDR=f"192.0.2.{number}") for number in range(10)]
    for client in guessers:
        sign_in(client, person.email)
    answers = [client.post("/portal/sign-in/code/", {"code": "000000"}) for client in guessers]
    client = guessers[-1]
    assert "Too many tries" in text_of(answers[-1])
    assert "Too many tries" in text_of(client.post("/portal/sign-in/code/", {"code": code_now(clock)}))
    assert mails_to(person.email)[-1] == "sign-in-changed"


@pytest.mark.parametrize("after", ["later", "blocked", "another password"])
def test_a_password_given_waits_for_the_code_only_for_a_while(after: str, clock: StillClock) -> None:
    person = person_make("dee@example.com")
    with_second_factor(person, clock)
    client = Client()
    sign_in(client, person.email)
    if after == "later":
        clock.at += 601
    elif after == "blocked":
        person_block(person=person)
    else:
        person.set_password(OTHER)
        person.save()
    client.post("/portal/sign-in/code/", {"code": code_now(clock)})
    assert not signed_in_as(client)


def test_the_page_for_the_code_asks_nobody_who_gave_no_password(clock: StillClock) -> None:
    with_second_factor(person_make("dee@example.com"), clock)
    answer = Client().post("/portal/sign-in/code/", {"code": code_now(clock)}, follow=True)
    assert "Begin again" in text_of(answer)


def test_the_console_asks_for_the_code_too(clock: StillClock) -> None:
    ada = person_make("ada@example.com", is_staff=True, is_superuser=True)
    with_second_factor(ada, clock)
    client = Client()
    answer = sign_in(client, ada.email, at="/console/login/")
    assert answer.headers["Location"] == "/portal/sign-in/code/"
    assert client.get("/console/").status_code == 302
    done = client.post("/portal/sign-in/code/", {"code": code_now(clock)})
    assert done.headers["Location"] == "/console/"
    assert client.get("/console/").status_code == 200


def test_a_program_that_asks_gets_nothing_before_the_code(clock: StillClock) -> None:
    sample = sample_make()
    with_second_factor(sample.developer, clock)
    asked = f"/oauth2/v1/authorize?client_id={sample.application.client_id}&response_type=code"
    page = Client().get("/portal/sign-in/", {"next": asked, "again": "1"})
    assert f"Sign in to continue to {sample.application.display_name}" in text_of(page)

    client = Client()
    sign_in(client, sample.developer.email, next=asked)
    assert not signed_in_as(client)
    assert "/portal/sign-in/" in client.get("/portal/applications/").headers["Location"]
    done = client.post("/portal/sign-in/code/", {"code": code_now(clock)})
    assert done.headers["Location"] == asked


def test_administrators_who_need_a_second_factor_set_it_up_before_anything_else(clock: StillClock) -> None:
    account_settings_set(
        sign_up="approval", administrators_need_second_factor=True, terms="", terms_required=True
    )
    ada = person_make("ada@example.com", is_staff=True, is_superuser=True)
    client = Client()
    assert sign_in(client, ada.email, at="/console/login/").headers["Location"] == "/portal/sign-in/set-up/"
    assert client.get("/console/").status_code == 302
    page = client.get("/portal/sign-in/set-up/")
    assert "<svg" in page.content.decode()
    assert "style=" not in page.content.decode(), "nothing inline"
    secret = page.context["secret"].replace(" ", "")
    assert "not the code" in text_of(client.post("/portal/sign-in/set-up/", {"code": "000000"}))
    code = one_time_codes.code_at(secret, int(clock.at // 30))
    shown = client.post("/portal/sign-in/set-up/", {"code": code})
    assert len(shown.context["codes"]) == 10
    assert client.get("/console/").status_code == 200
    assert secret.encode() not in bytes(SecondFactor.objects.get().sealed)

    developer = person_make("dee@example.com")
    assert sign_in(Client(), developer.email).headers["Location"] == "/portal/"


def test_an_administrator_resets_a_lost_second_factor(clock: StillClock) -> None:
    person = person_make("dee@example.com")
    with_second_factor(person, clock)
    ada = person_make("ada@example.com", is_staff=True, is_superuser=True)
    console = Client()
    console.force_login(ada)
    console.post(f"/console/accounts/person/{person.pk}/act/reset-second-factor/")
    assert Entry.objects.filter(action="second factor reset", key=person.user_id, who=ada.user_id).exists()
    assert mails_to(person.email)[-1] == "sign-in-changed"
    assert sign_in(Client(), person.email).headers["Location"] == "/portal/"


def test_codes_are_those_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    expected = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: one_time_codes.code_at(secret, at // 30) for at in expected} == expected


# Who may sign in at all, and where one is sent


def test_service_accounts_sign_in_by_no_path() -> None:
    sample = sample_make()
    account = service_account_create(user_id="robot", company=sample.application.company)
    account.set_password(PASSWORD)
    account.save()
    for at in ("/portal/sign-in/", "/console/login/"):
        assert "do not belong together" in text_of(sign_in(Client(), account.email, at=at))
    Client().post("/portal/password/forgot/", {"email": account.email})
    assert mails_to(account.email) == []


def test_a_developer_is_refused_by_the_console_as_if_the_password_were_wrong() -> None:
    person_make("dee@example.com")
    right = text_of(sign_in(Client(), "dee@example.com", at="/console/login/"))
    wrong = text_of(sign_in(Client(), "dee@example.com", OTHER, at="/console/login/"))
    assert "do not belong together" in right
    assert right.replace("dee@example.com", "") == wrong.replace("dee@example.com", "")


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
@pytest.mark.parametrize("at", ["/portal/sign-in/", "/console/login/"])
def test_nobody_is_sent_elsewhere(onward: str, at: str) -> None:
    person_make("ada@example.com", is_staff=True)
    answer = sign_in(Client(), "ada@example.com", at=at, next=onward)
    assert answer.headers["Location"] in {"/portal/", "/console/"}


def test_a_session_of_before_is_not_the_one_of_after() -> None:
    person_make("dee@example.com")
    client = Client()
    client.get("/portal/sign-in/")
    session = client.session
    session["planted"] = "1"
    session.save()
    before = session.session_key
    sign_in(client, "dee@example.com")
    assert client.session.session_key != before


def test_the_same_time_is_taken_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django hashes what was typed for nobody, too; counted instead of measured."""
    from django.contrib.auth.hashers import MD5PasswordHasher  # noqa: PLC0415

    blocked = person_make("una@example.com")
    blocked.state = PersonState.BLOCKED
    blocked.save()
    person_make("dee@example.com")
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, *more: Any) -> str:
        hashed.append(password)
        return encode(self, password, *more)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    counts = []
    for email in ("dee@example.com", "una@example.com", "nobody@example.com"):
        hashed.clear()
        sign_in(Client(), email, OTHER)
        counts.append(len(hashed))
    assert counts[0] == counts[1] == counts[2] == 1


def test_there_is_one_way_into_a_session() -> None:
    """Whatever calls Django's own `login` besides `sign_in` could forget the second factor."""
    callers = [
        path.name
        for path in Path(millgate.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "django.contrib.auth"
        and any(item.name == "login" for item in node.names)
    ]
    assert callers == ["signing_in.py"]
