"""Signing in at Workcenter Lookup, what its token is, going on with it, and signing out."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client

from millgate.control.accounts import one_time_codes
from millgate.control.accounts.passwords import password_give
from millgate.control.accounts.second_factors import second_factor_enable
from millgate.control.accounts.services import person_block
from millgate.control.accounts.settings_services import account_settings_set
from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import Api
from millgate.control.clients.models import ClientApplication
from millgate.control.clients.services import subscription_suspend
from millgate.control.lookup import services, views, workbook
from millgate.control.lookup.selectors import application_id, application_of
from millgate.control.publish import targets
from millgate.control.publish.selectors import snapshot_current
from millgate.control.publish.services import directory_change, publication_make
from millgate.core.clock import StillClock
from millgate.plant import registry
from millgate.snapshot.access_tokens import Issuing, read_token, token_digest
from millgate.snapshot.principals import principal_of_person
from millgate.stores.memory import MemoryGrants
from support.accounts import OTHER, PASSWORD
from support.lookup_plant import Pane, Plant, bearer, demo_make, page_tokens, plant_make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from millgate.control.accounts.models import Company
    from millgate.snapshot.access_tokens import AccessToken

pytestmark = pytest.mark.usefixtures("rows", "_quiet")

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def _quiet() -> Iterator[None]:
    """What is refused is logged as a warning."""
    logger = logging.getLogger("django.request")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    clock = StillClock(1_800_000_000.0)
    monkeypatch.setattr(settings, "CLOCK", clock)
    return clock


@pytest.fixture
def grants(monkeypatch: pytest.MonkeyPatch) -> MemoryGrants:
    kept = MemoryGrants()
    monkeypatch.setattr(settings, "GRANTS", kept)
    return kept


@pytest.fixture
def plant(rows: None, clock: StillClock, grants: MemoryGrants, monkeypatch: pytest.MonkeyPatch) -> Plant:  # noqa: ARG001 - it stands on these
    monkeypatch.setattr(targets, "known", lambda: {registry.UPSTREAM: registry.targets()})
    monkeypatch.setattr(settings, "PAGE_TOKENS", page_tokens())
    monkeypatch.setattr(services, "plant_clock", services_clock)
    monkeypatch.setattr("millgate.control.lookup.services.time.sleep", lambda _seconds: None)
    return plant_make()


def services_clock(_pcn: int) -> Any:
    """There is no plant in these tests."""
    from millgate.control.lookup.calendars import PlantClock  # noqa: PLC0415 - Django must be ready

    return PlantClock.of("America/Detroit")


@pytest.fixture
def pane() -> Pane:
    return Pane()


def session_of(pane: Pane, plant: Plant, **changes: str) -> dict[str, Any]:
    answer = pane.sign_in(plant, **changes)
    assert answer.status_code == 200, answer.content
    session: dict[str, Any] = answer.json()
    return session


def problem(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.content
    told = answer.json()
    assert told["message"]
    return str(told["error"])


def read(token: str) -> AccessToken:
    return read_token(
        snapshot_current(), Issuing(settings.MILLGATE.public_origin, settings.MILLGATE.resource), token
    )


# What a session is


def test_whoever_gives_all_that_is_asked_gets_a_short_token_as_themselves(pane: Pane, plant: Plant) -> None:
    session = session_of(pane, plant)
    token = read(session["token"])

    assert session["expires_in"] == token.expires - int(settings.CLOCK.now()) == 900
    assert (session["person"], session["base"]) == ("Niamh O'Brien", "")
    assert session["company"] == {"code": "GRAND", "name": "Grand Mills", "time_zone": "America/Detroit"}
    assert session["subscription_key_required"] is True
    assert session["subscription_key"] == ""
    snapshot = snapshot_current()
    principal = principal_of_person(
        snapshot.applications[token.client_id], snapshot.accounts.get(token.account or "")
    )
    assert principal is not None
    assert principal.account == "n.obrien"
    assert "WorkcenterProductionLogs" in principal.reads
    assert not principal.writes


def test_a_user_id_is_the_pun_in_any_case_or_the_e_mail(pane: Pane, plant: Plant) -> None:
    for typed in ("N.OBRIEN", " n.obrien ", "niamh@example.com"):
        assert session_of(pane, plant, user_id=typed, company_code=" grand ")["person"] == "Niamh O'Brien"


def test_the_tier_is_the_one_that_the_key_opens(pane: Pane, plant: Plant) -> None:
    assert session_of(pane, plant, subscription_key=plant.test_key)["base"] == "/test"


def test_the_first_of_a_company_makes_its_application_without_a_secret(pane: Pane, plant: Plant) -> None:
    session_of(pane, plant)
    session_of(pane, plant)
    (application,) = ClientApplication.objects.filter(client_id=application_id(plant.company))
    assert str(application) == "Workcenter Lookup"
    assert not application.secrets.exists()
    made = Entry.objects.get(name="Workcenter Lookup", action="added")
    assert made.through == "lookup"


def test_a_sign_in_is_told_and_nothing_that_was_given_is_kept(pane: Pane, plant: Plant) -> None:
    session = session_of(pane, plant)
    told = Entry.objects.get(action="signed in")
    assert (told.key, told.through, told.who) == ("n.obrien", "lookup", "n.obrien")
    written = " ".join(str(vars(entry)) for entry in Entry.objects.all())
    for secret in (PASSWORD, plant.key, session["token"], session["refresh"]):
        assert secret not in written


def test_no_cookie_is_given_or_needed(plant: Plant) -> None:
    pane = Pane()
    answer = pane.sign_in(plant)
    assert not answer.cookies
    assert answer.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")


# What is refused


def test_what_is_wrong_is_said(pane: Pane, plant: Plant) -> None:
    wrong: list[tuple[dict[str, str], int, str]] = [
        ({"password": "wrong"}, 401, "wrong-credentials"),
        ({"user_id": "nobody"}, 401, "wrong-credentials"),
        ({"password": ""}, 400, "incomplete"),
        ({"user_id": " "}, 400, "incomplete"),
        ({"company_code": "OTHER"}, 403, "wrong-company"),
        ({"company_code": ""}, 403, "wrong-company"),
        ({"subscription_key": ""}, 400, "key-missing"),
        ({"subscription_key": "f" * 32}, 400, "key-unknown"),
        ({"mode": "neither"}, 400, "unreadable"),
        ({"more": "x"}, 400, "unreadable"),
        ({"password": "x" * 9000}, 413, "too-large"),
    ]
    for changes, status, error in wrong:
        answer = pane.sign_in(plant, **changes)
        assert problem(answer, status) == error, changes
        assert PASSWORD not in answer.content.decode()
    assert not ClientApplication.objects.filter(client_id=application_id(plant.company)).exists()


def test_a_key_for_other_apis_and_one_that_is_suspended_are_told_apart(pane: Pane, plant: Plant) -> None:
    assert problem(pane.sign_in(plant, subscription_key=plant.other_key), 400) == "key-elsewhere"
    with directory_change(by="test"):
        subscription_suspend(subscription=plant.subscription)
    assert problem(pane.sign_in(plant), 400) == "key-inactive"


def test_a_further_company_is_not_the_main_one(pane: Pane, plant: Plant) -> None:
    from millgate.control.accounts.services import company_create  # noqa: PLC0415 - Django must be ready

    with directory_change(by="test"):
        plant.person.companies.add(company_create(pcn=2, code="OTHER", name="Other"))
    answer = pane.sign_in(plant, company_code="OTHER")
    assert problem(answer, 403) == "wrong-company"
    assert "is not your main company" in answer.json()["message"]


def test_after_too_many_tries_nobody_may_try_here_or_at_any_other_page(
    pane: Pane, plant: Plant, clock: StillClock
) -> None:
    for _ in range(4):
        assert problem(pane.sign_in(plant, password="wrong"), 401) == "wrong-credentials"
    answer = pane.sign_in(plant, password="wrong")
    assert problem(answer, 429) == "locked"
    assert answer.headers["Retry-After"] == str(answer.json()["retry_after"]) == "900"
    assert problem(pane.sign_in(plant), 429) == "locked", "even with the right password"
    page = Client().post("/portal/sign-in/", {"username": "niamh@example.com", "password": PASSWORD})
    assert "Too many tries" in page.content.decode()
    clock.at += 901
    session_of(pane, plant)


def test_whoever_has_a_second_factor_is_asked_for_its_code(
    pane: Pane, plant: Plant, clock: StillClock
) -> None:
    def code() -> str:
        return one_time_codes.code_at(SECRET, int(clock.at // one_time_codes.SECONDS))

    second_factor_enable(person=plant.person, secret=SECRET, code=code())
    clock.at += 90
    assert problem(pane.sign_in(plant), 401) == "code-wanted"
    assert problem(pane.sign_in(plant, password="wrong", otp=code()), 401) == "wrong-credentials"
    assert problem(pane.sign_in(plant, otp="000000"), 401) == "code-wrong"
    assert session_of(pane, plant, otp=code())["person"] == "Niamh O'Brien"
    assert problem(pane.sign_in(plant, otp=code()), 401) == "code-wrong", "a code is good once"


def test_an_administrator_who_must_set_up_a_second_factor_does_so_first(pane: Pane, plant: Plant) -> None:
    plant.person.is_staff = True
    plant.person.save()
    account_settings_set(
        sign_up="approval", administrators_need_second_factor=True, terms="", terms_required=False
    )
    assert problem(pane.sign_in(plant), 403) == "second-factor-missing"


def test_a_company_that_switched_it_off_has_it_off(pane: Pane, plant: Plant) -> None:
    session = session_of(pane, plant)
    application = application_of(plant.company)
    assert application is not None
    with directory_change(by="test"):
        application.enabled = False
        application.save()
    assert problem(pane.sign_in(plant), 403) == "switched-off"
    assert problem(pane.post("session/renew", {"refresh": session["refresh"]}), 401) == "session-ended"
    assert problem(pane.get("windows", **bearer(session)), 401) == "session-ended"


def test_a_company_that_is_not_active_has_no_sessions(pane: Pane, plant: Plant) -> None:
    plant.company.active = False
    plant.company.save()
    answer = pane.sign_in(plant)
    assert problem(answer, 403) == "company-inactive"
    assert answer.json()["message"] == "This company is not active here. Ask your administrator."


def test_a_session_ends_with_its_company(pane: Pane, plant: Plant) -> None:
    session = session_of(pane, plant)
    with directory_change(by="test"):
        plant.company.active = False
        plant.company.save()
    assert problem(pane.post("session/renew", {"refresh": session["refresh"]}), 401) == "session-ended"
    assert problem(pane.get("windows", **bearer(session)), 401) == "session-ended"


def test_two_who_are_the_first_of_their_company_at_once_both_sign_in(
    pane: Pane, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_of(pane, plant)
    seen: list[Company] = []

    def not_yet(company: Company) -> ClientApplication | None:
        seen.append(company)
        return application_of(company) if len(seen) > 1 else None

    monkeypatch.setattr(services, "application_of", not_yet)
    session_of(pane, plant)
    assert len(seen) == 2


def test_days_before_there_were_any_are_no_time_frame(
    pane: Pane, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "plant_clock", services_clock)
    headers = bearer(session_of(pane, plant))
    for start, end in (
        ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"),
        ("1899-12-30T00:00", "1900-06-01T00:00"),
    ):
        answer = pane.get(f"windows?start={start}&end={end}", **headers)
        assert problem(answer, 400) == "window-wrong"
        assert answer.json()["message"] == "A time frame begins in 1900 at the earliest."


def test_where_workcenters_are_not_published_signing_in_says_so(pane: Pane, plant: Plant) -> None:
    Api.objects.filter(key="workcenter").update(online=False)
    publication_make(by="test")
    answer = pane.sign_in(plant)
    assert problem(answer, 404) == "not-published"
    assert answer.json()["message"].startswith("This installation does not publish the API that this needs.")


def test_a_workbook_that_waits_too_long_for_its_turn_is_refused_in_words(
    pane: Pane, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of(pane, plant)
    monkeypatch.setattr(views, "plant_clock", services_clock)
    monkeypatch.setattr(workbook, "TURN_SECONDS", 0.01)
    asked = {"report": "job-progress", "workcenter": {"code": "A"}, "rows": []}
    with workbook._turn:
        answer = pane.post("sheets", asked, Accept=workbook.MEDIA_TYPE, **bearer(session))
    assert problem(answer, 503) == "busy"
    assert answer.headers["Retry-After"] == "5"
    assert pane.post("sheets", asked, Accept=workbook.MEDIA_TYPE, **bearer(session)).status_code == 200


def test_another_site_cannot_have_its_visitors_try_passwords(plant: Plant) -> None:
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert problem(Pane(**headers).sign_in(plant), 403) == "not-from-here", headers


def test_a_request_that_does_not_say_that_it_is_the_panes_is_refused(plant: Plant) -> None:
    answer = Client().post("/lookup/session", {"mode": "demo"}, content_type="application/json")
    assert problem(answer, 403) == "not-from-here"
    assert problem(Pane(Origin="http://testserver").sign_in(plant, password="wrong"), 401)


def test_a_form_is_no_json(plant: Plant) -> None:
    client = Client(headers={"X-Millgate-Lookup": "1"})
    answer = client.post("/lookup/session", {"mode": "own", "password": plant.key})
    assert problem(answer, 415) == "unreadable"


def test_without_a_store_of_grants_it_says_to_try_again(
    pane: Pane, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "GRANTS", None)
    answer = pane.sign_in(plant)
    assert problem(answer, 503) == "unavailable"
    assert answer.headers["Retry-After"] == "5"


def test_problems_are_told_in_the_language_of_the_page(plant: Plant) -> None:
    answer = Pane(**{"Accept-Language": "de"}).sign_in(plant, password="wrong")
    assert answer.json()["message"].startswith("Benutzer-ID und Passwort")


# Going on, and signing out


def test_a_session_goes_on_with_a_handle_that_is_good_once(
    pane: Pane, plant: Plant, clock: StillClock, grants: MemoryGrants
) -> None:
    first = session_of(pane, plant)
    clock.at += 880
    answer = pane.post("session/renew", {"refresh": first["refresh"]})
    assert answer.status_code == 200
    second = answer.json()
    assert second["token"] != first["token"]
    assert second["base"] is None
    assert problem(pane.post("session/renew", {"refresh": first["refresh"]}), 401) == "session-ended"
    assert grants.is_revoked(token_digest(second["token"])), "who brings it twice ends it for both"


def test_signing_out_revokes_the_token_that_is_out(pane: Pane, plant: Plant, grants: MemoryGrants) -> None:
    session = session_of(pane, plant)
    assert pane.post("session/end", {"refresh": session["refresh"]}).status_code == 204
    assert grants.is_revoked(token_digest(session["token"]))
    assert problem(pane.post("session/renew", {"refresh": session["refresh"]}), 401) == "session-ended"
    assert pane.post("session/end", {"refresh": session["refresh"]}).status_code == 204
    assert pane.post("session/end", {"refresh": "none"}).status_code == 204
    assert Entry.objects.filter(action="signed out", key="n.obrien").count() == 1


def test_signing_out_everywhere_ends_every_session_of_the_pane_at_once(
    pane: Pane, plant: Plant, grants: MemoryGrants
) -> None:
    browser = Client()
    browser.force_login(plant.person)
    sessions = [session_of(pane, plant) for _ in range(2)]
    page = browser.get("/portal/profile/security/").content.decode()
    assert "your sessions of Workcenter Lookup" in page
    told = browser.post("/portal/profile/security/sessions/", follow=True).content.decode()
    assert "signed out, and so are Workcenter Lookup and the action API." in told
    for session in sessions:
        assert grants.is_revoked(token_digest(session["token"]))
        assert problem(pane.get("windows", **bearer(session)), 401) == "session-ended"
        assert problem(pane.post("session/renew", {"refresh": session["refresh"]}), 401) == "session-ended"
    entry = Entry.objects.get(action="sessions ended", comment="Workcenter Lookup")
    assert (entry.key, entry.who) == ("n.obrien", "n.obrien")
    session_of(pane, plant)


def test_a_new_password_revokes_the_token_of_the_pane_that_is_out(
    pane: Pane, plant: Plant, grants: MemoryGrants
) -> None:
    session = session_of(pane, plant)
    password_give(person=plant.person, password=OTHER)
    assert grants.is_revoked(token_digest(session["token"]))


def test_what_could_not_be_ended_is_said(
    pane: Pane, plant: Plant, grants: MemoryGrants, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_of(pane, plant)
    browser, elsewhere = Client(), Client()
    for client in (browser, elsewhere):
        client.post("/portal/sign-in/", {"username": "niamh@example.com", "password": PASSWORD})
    monkeypatch.setattr(settings, "GRANTS", None)
    told = browser.post("/portal/profile/security/sessions/", follow=True).content.decode()
    assert "Sessions of Workcenter Lookup could not be ended. Try again in a moment." in told
    assert "_auth_user_id" not in elsewhere.session, "browsers are signed out all the same"
    password_give(person=plant.person, password=OTHER)
    monkeypatch.setattr(settings, "GRANTS", grants)
    browser.post("/portal/sign-in/", {"username": "niamh@example.com", "password": OTHER})
    told = browser.post("/portal/profile/security/sessions/", follow=True).content.decode()
    assert "0 other browsers are signed out, and so are Workcenter Lookup" in told


def test_a_session_ends_when_it_was_not_renewed_for_long(pane: Pane, plant: Plant, clock: StillClock) -> None:
    session = session_of(pane, plant)
    clock.at += services.IDLE_SECONDS + 1
    assert problem(pane.post("session/renew", {"refresh": session["refresh"]}), 401) == "session-ended"


def test_a_session_ends_after_a_long_shift_however_often_it_was_renewed(
    pane: Pane, plant: Plant, clock: StillClock
) -> None:
    session = session_of(pane, plant)
    for _ in range(11):
        clock.at += 3600
        answer = pane.post("session/renew", {"refresh": session["refresh"]})
        assert answer.status_code == 200
        session = answer.json()
    clock.at += 3600
    assert problem(pane.post("session/renew", {"refresh": session["refresh"]}), 401) == "session-ended"


@pytest.mark.parametrize("what", ["blocked", "password", "moved"])
def test_a_session_ends_with_what_it_stood_on(what: str, pane: Pane, plant: Plant) -> None:
    session = session_of(pane, plant)
    with directory_change(by="test"):
        if what == "blocked":
            person_block(person=plant.person)
        elif what == "password":
            plant.person.set_password(OTHER)
            plant.person.save()
        else:
            plant.person.company = None
            plant.person.save()
    assert problem(pane.post("session/renew", {"refresh": session["refresh"]}), 401) == "session-ended"


def test_a_handle_of_another_program_is_none_of_a_session(
    pane: Pane, plant: Plant, grants: MemoryGrants
) -> None:
    from millgate.control.clients.vault import digester  # noqa: PLC0415 - Django must be ready
    from millgate.stores.grants import Exchanged, Grant  # noqa: PLC0415 - as above

    now = int(settings.CLOCK.now())
    grant = Grant(
        client_id="another",
        pcn=plant.company.pcn,
        account="n.obrien",
        resource="",
        scope="",
        names={},
        at=now,
    )
    grants.offer("code", grant, now + 60)
    given = Exchanged(
        access="a", access_until=now + 60, refresh=digester().digest("handle"), refresh_until=now + 60
    )
    assert grants.exchange("code", given, now)
    assert problem(pane.post("session/renew", {"refresh": "handle"}), 401) == "session-ended"
    assert pane.post("session/end", {"refresh": "handle"}).status_code == 204
    assert not grants.is_revoked("a")


# Demo Mode


def test_demo_mode_reads_the_test_tier_as_an_account_of_its_own(pane: Pane, plant: Plant) -> None:
    demo_make(plant.company)
    session = pane.post("session", {"mode": "demo"}).json()
    token = read(session["token"])
    principal = snapshot_current().principals[token.client_id]
    assert principal is not None
    assert (principal.account, sorted(principal.writes)) == ("svc-lookup-demo", [])
    assert (session["base"], session["refresh"], session["person"]) == ("/test", "", "")
    assert session["subscription_key"]
    assert session["expires_in"] == 900


def test_demo_mode_is_not_there_without_the_sample_company(pane: Pane, plant: Plant) -> None:
    del plant
    answer = pane.post("session", {"mode": "demo"})
    assert problem(answer, 404) == "demo-unavailable"
    assert '"demo_available": false' in pane.get("").content.decode()


def test_one_address_gets_so_many_tokens_of_demo_mode(
    pane: Pane, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    from millgate.control.accounts import tries  # noqa: PLC0415 - Django must be ready

    demo_make(plant.company)
    monkeypatch.setattr(tries, "HANDED", 2)
    for _ in range(2):
        assert pane.post("session", {"mode": "demo"}).status_code == 200
    answer = pane.post("session", {"mode": "demo"})
    assert problem(answer, 429) == "too-many"
    assert answer.json()["retry_after"] == 900
    session_of(pane, plant)
