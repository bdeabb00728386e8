"""The endpoint at which programs ask people (RFC 6749 section 4.1), through Django's own client."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
from django.conf import settings
from django.test import Client, override_settings
from structlog.testing import capture_logs

from millgate.control.accounts.services import person_block, person_create
from millgate.control.authorize import selectors, services, tickets
from millgate.control.authorize.tickets import Step
from millgate.control.clients.models import ClientType, Consent, ProtectedResource
from millgate.control.clients.vault import digester
from millgate.core.clock import StillClock
from millgate.core.errors import (
    AUTHORIZE_FAILURE,
    AUTHORIZE_PARAMETER_MISSING,
    AUTHORIZE_UNREADABLE,
    CHALLENGE_MISSING,
    CONSENT_REQUIRED,
    DECISION_UNREADABLE,
    GRANTS_UNREACHABLE,
    INTERACTION_REQUIRED,
    LOGIN_REQUIRED,
    PERSON_ELSEWHERE,
    REPLY_ADDRESS_MISSING,
    REPLY_ADDRESS_UNKNOWN,
    TOKEN_CLIENT_UNKNOWN,
    TOKEN_PARAMETER_REPEATED,
    TOKEN_TENANT_UNKNOWN,
)
from millgate.stores.grants import Exchanged, Grant, Handle, HandleKind
from millgate.stores.memory import MemoryGrants
from millgate.stores.ports import StoreUnreachable
from support.console_pages import text
from support.sample import PASSWORD, Sample, sample_make

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from millgate.control.accounts.models import Person
    from millgate.core.errors import Problem

pytestmark = pytest.mark.usefixtures("rows")

NOW = 1_700_000_000
REDIRECT = "https://mes.example/cb?a=1"
RESOURCE = "http://api.plex.com/"
STATE = "s p+ä&="
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
LOOPBACK = "http://127.0.0.1/cb"
ADDRESS = "/oauth2/v1/authorize"


class Down(MemoryGrants):
    """Grants that cannot be reached."""

    def offer(self, code: str, grant: Grant, until: int) -> NoReturn:
        """Fail."""
        raise StoreUnreachable(f"{len(code)} {grant.at} {until}")

    def end_all(self, account: str, client_id: str, now: int) -> NoReturn:
        """Fail."""
        raise StoreUnreachable(f"{account} {client_id} {now}")


@dataclass
class House:
    """A program, a person of its company, and what is kept."""

    sample: Sample
    grants: MemoryGrants
    clock: StillClock

    @property
    def person(self) -> Person:
        return self.sample.developer

    @property
    def client_id(self) -> str:
        return str(self.sample.application.client_id)

    @property
    def tenant(self) -> str:
        return str(self.sample.company.tenant_id)

    def browser(self, person: Person | None = None) -> Client:
        """A browser in which somebody has signed in."""
        client = Client()
        client.force_login(person or self.person)
        return client

    def address(self, path: str | None = None, **changes: str | None) -> str:
        given = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "resource": RESOURCE,
            "state": STATE,
        } | changes
        return f"{path or ADDRESS}?{urlencode({name: value for name, value in given.items() if value is not None})}"

    def public(self, *uris: str) -> None:
        """Make it a program on its users' devices."""
        application = self.sample.application
        application.client_type, application.redirect_uris = ClientType.PUBLIC, list(uris)
        application.save()

    def consented(self, resource: str = RESOURCE) -> None:
        """The person has allowed it before."""
        services.consent_give(person=self.person, application=self.sample.application, resource=resource)

    def found(self, code: str) -> Handle:
        """What a code stands for."""
        handle = self.grants.find(digester().digest(code))
        assert handle is not None
        return handle


@pytest.fixture
def house(rows: None) -> Iterator[House]:  # noqa: ARG001 - it must stand on rows that are rolled back
    sample = sample_make()
    sample.developer.company = sample.company
    sample.developer.save()
    sample.application.redirect_uris = [REDIRECT]
    sample.application.homepage_uri = "https://mes.example/"
    sample.application.save()
    made = House(sample, MemoryGrants(), StillClock(NOW))
    with override_settings(GRANTS=made.grants, CLOCK=made.clock):
        yield made


def shown(answer: Response) -> dict[str, str]:
    """What the form of a consent page holds."""
    assert answer.status_code == 200, answer.content
    found = re.findall(r'name="(tenant|request|shown)" value="([^"]*)"', answer.content.decode())
    assert len(found) == 3
    return {name: html.unescape(value) for name, value in found}


def decided(client: Client, answer: Response, decision: str = "allow") -> Response:
    """Press a button of a consent page, and go where that leads."""
    return posted(client, shown(answer), decision)


def posted(client: Client, form: dict[str, str], decision: str = "allow") -> Response:
    """Send a decision, and follow while it leads to pages of ours."""
    answer = client.post("/portal/consent/", form | {decision: "1"})
    while answer.headers.get("Location", "").startswith("/"):
        answer = client.get(answer.headers["Location"])
    return answer


def sent_to(answer: Response) -> str:
    """Where an answer goes, whether the browser is redirected or a page of ours leads there."""
    if answer.status_code == 303:
        return answer.headers["Location"]
    assert answer.status_code == 200, answer.content
    (found,) = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.content.decode())
    assert f'href="{found}"' in answer.content.decode(), "and a link for whom it does not take there"
    return html.unescape(found)


def told(answer: Response) -> dict[str, str]:
    """What a program is told in the query of its redirect URI."""
    parts = urlsplit(sent_to(answer))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == REDIRECT.partition("?")[0]
    pairs = parse_qsl(parts.query, strict_parsing=True)
    assert pairs[0] == ("a", "1"), "the registered query stays"
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs[1:])


def refused(answer: Response, problem: Problem, *words: str) -> None:
    """A page of ours that tells a problem, and sends nobody anywhere."""
    assert answer.status_code == problem.status
    assert "Location" not in answer.headers
    read = text(answer)
    for expected in (problem.code, problem.remedy, "Trace ID", "2023-11-14 22:13:20Z", *words):
        assert expected in read, expected
    assert "http-equiv" not in answer.content.decode()


# The whole path


def test_somebody_signs_in_allows_and_the_program_gets_a_code(house: House) -> None:
    client = Client()
    first = client.get(house.address(code_challenge=CHALLENGE, code_challenge_method="S256", nonce="n"))
    assert first.status_code == 303
    assert first.headers["Location"].startswith("/portal/sign-in/?next=%2Foauth2%2Fv1%2Fauthorize%3F")

    page = client.get(first.headers["Location"])
    (next_page,) = re.findall(r'name="next" value="([^"]+)"', page.content.decode())
    credentials = {"username": "dev@example.com", "password": PASSWORD, "next": html.unescape(next_page)}
    signed_in = client.post(first.headers["Location"], credentials)
    assert signed_in.status_code == 303, "RFC 9700 section 4.12"
    asking = client.get(signed_in.headers["Location"])
    read = text(asking)
    for words in (
        "Allow Job board?",
        "A program of Grand Mills",
        "https://mes.example/",
        "Dee Developer",
        "dev@example.com",
        "as you",
        RESOURCE,
        "To the site mes.example",
    ):
        assert words in re.sub(r"\s+", " ", read), words

    said = told(decided(client, asking))
    assert set(said) == {"code", "session_state", "state"}
    assert said["state"] == STATE
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", said["session_state"]
    )
    handle = house.found(said["code"])
    assert (handle.kind, handle.until, handle.used) == (HandleKind.CODE, NOW + 600, False)
    assert handle.grant == Grant(
        client_id=house.client_id,
        pcn=79870,
        account=house.person.user_id,
        resource=RESOURCE,
        scope="user_impersonation",
        names={
            "upn": "dev@example.com",
            "name": "Dee Developer",
            "given_name": "Dee",
            "family_name": "Developer",
        },
        redirect_uri=REDIRECT,
        challenge=CHALLENGE,
        method="S256",
        nonce="n",
        at=NOW,
    )
    assert Consent.objects.get().resource == RESOURCE


def test_what_was_allowed_is_not_asked_again_for_the_same_resource(house: House) -> None:
    house.consented()
    client = house.browser()
    answer = client.get(house.address(redirect_uri=None))
    assert answer.status_code == 303
    first = told(answer)
    assert house.found(first["code"]).grant.redirect_uri == ""
    second = told(client.get(house.address()))
    assert first["code"] != second["code"]
    assert first["session_state"] == second["session_state"]

    ProtectedResource.objects.create(identifier="https://plant.example/api", name="Plant")
    other = client.get(house.address(resource="https://plant.example/api"))
    assert "use Plant" in text(other)
    unnamed = told(client.get(house.address(resource=None)))
    assert house.found(unnamed["code"]).grant.resource == ""
    assert [consent.resource for consent in Consent.objects.all()] == [settings.MILLGATE.resource]


def test_codes_are_long_never_the_same_and_kept_only_as_digests(house: House) -> None:
    house.consented()
    client = house.browser()
    codes = {told(client.get(house.address()))["code"] for _ in range(5)}
    assert len(codes) == 5
    assert all(len(code) >= 43 for code in codes)
    assert all(house.grants.find(code) is None for code in codes)


def test_codes_are_in_no_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.consented()
    with capture_logs() as lines, caplog.at_level(logging.DEBUG):
        code = told(house.browser().get(house.address()))["code"]
    assert [line["event"] for line in lines] == ["code_offered"]
    assert code not in f"{lines} {caplog.text}"


def test_a_request_may_be_posted(house: House) -> None:
    house.consented()
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.person)
    form = house.address().partition("?")[2]
    answer = client.post(ADDRESS, form, content_type="application/x-www-form-urlencoded;charset=UTF-8")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/oauth2/v1/authorize?client_id=")
    assert told(client.get(answer.headers["Location"]))["state"] == STATE
    in_address = client.post(house.address(), "", content_type="application/x-www-form-urlencoded")
    refused(client.get(in_address.headers["Location"]), AUTHORIZE_PARAMETER_MISSING)
    twice = client.post(ADDRESS, f"{form}&nonce=1&nonce=2", content_type="application/x-www-form-urlencoded")
    assert told(client.get(twice.headers["Location"]))["error"] == "invalid_request"


@pytest.mark.parametrize("method", ["head", "put", "delete", "options"])
def test_other_methods_make_no_code(house: House, method: str) -> None:
    house.consented()
    assert getattr(house.browser(), method)(house.address()).status_code == 405


# Where answers go


def test_an_address_that_names_a_tenant_tells_its_issuer(house: House) -> None:
    """RFC 9207: against mixing up servers."""
    house.consented()
    client = house.browser()
    said = told(client.get(house.address(f"/{house.tenant.upper()}/oauth2/authorize")))
    assert said["iss"] == f"http://testserver/{house.tenant}/"
    said = told(client.get(house.address(f"/{house.tenant}/oauth2/authorize", response_type="token")))
    assert said["iss"] == f"http://testserver/{house.tenant}/"
    assert "iss" not in told(client.get(house.address("/common/oauth2/authorize")))


def test_a_fragment_and_a_form_carry_the_answer_as_well(house: House) -> None:
    house.consented()
    client = house.browser()
    fragment = urlsplit(sent_to(client.get(house.address(response_mode="fragment"))))
    assert fragment.query == "a=1"
    assert dict(parse_qsl(fragment.fragment))["state"] == STATE

    answer = client.get(house.address(response_mode="form_post"))
    page = answer.content.decode()
    assert f'<form id="answer" method="post" action="{REDIRECT}">' in page
    fields = {
        html.unescape(name): html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    }
    assert set(fields) == {"code", "session_state", "state"}
    assert fields["state"] == STATE
    assert house.found(fields["code"]).grant.resource == RESOURCE
    assert "form-action https://mes.example/cb;" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert re.findall(r"<script[^>]*>", page) == ['<script type="module" src="/static/authorize/submit.js">']
    assert "csrfmiddlewaretoken" not in page, "our token is nobody else's"


def test_a_program_on_a_device_is_answered_at_its_scheme(house: House) -> None:
    house.public("com.example.mes:/cb")
    client = house.browser()
    asking = client.get(house.address(redirect_uri=None, code_challenge=CHALLENGE))
    assert "To the program on this device that opens com.example.mes:" in re.sub(r"\s+", " ", text(asking))
    assert sent_to(decided(client, asking)).startswith("com.example.mes:/cb?code=")


def test_a_public_program_on_a_device_asks_each_time(house: House) -> None:
    """RFC 8252 section 8.6: any program there can ask in its name."""
    house.public(LOOPBACK, REDIRECT)
    house.consented()
    client = house.browser()
    here: dict[str, str | None] = {"redirect_uri": "http://127.0.0.1:49152/cb", "code_challenge": CHALLENGE}
    asking = client.get(house.address(**here))
    read = re.sub(r"\s+", " ", text(asking))
    assert "To a program on this computer, at 127.0.0.1:49152" in read
    assert "cannot prove who it is" in read
    assert "You allowed this on 2023-11-14" in read
    allowed = urlsplit(sent_to(decided(client, asking)))
    assert (allowed.netloc, allowed.path) == ("127.0.0.1:49152", "/cb")
    assert "Allow Job board?" in text(client.get(house.address(**here)))
    silent = client.get(house.address(prompt="none", **here))
    assert "error=consent_required" in sent_to(silent)
    assert "code" in told(client.get(house.address(code_challenge=CHALLENGE))), "a site is known by its host"


# Faults that only the person is told


def test_nothing_is_sent_anywhere_before_program_and_redirect_uri_are_known(house: House) -> None:
    client = house.browser()
    application, company = house.sample.application, house.sample.company
    elsewhere = "https://evil.example/"
    refused(client.get(house.address(client_id=None)), AUTHORIZE_PARAMETER_MISSING, "'client_id'")
    refused(client.get(house.address() + "&client_id=x"), TOKEN_PARAMETER_REPEATED, "'client_id'")
    nobody = "0d5f8f8a-5a42-4c35-8f43-6c7d3b0e1111"
    for wrong in (nobody, "x", "{" + house.client_id + "}", house.client_id.replace("-", "")):
        words = f"AADSTS70001: Application with identifier {wrong} was not found in the directory common"
        refused(client.get(house.address(client_id=wrong)), TOKEN_CLIENT_UNKNOWN, words)
    refused(
        client.get(house.address(redirect_uri=elsewhere)),
        REPLY_ADDRESS_UNKNOWN,
        f"AADSTS50011: The reply address '{elsewhere}' does not match the reply addresses configured for the "
        f"application: '{house.client_id}'. More details: not specified",
    )
    refused(client.get(house.address() + "&x=%ff"), AUTHORIZE_UNREADABLE)
    refused(
        client.post(ADDRESS, b"state=\xff", content_type="application/x-www-form-urlencoded"),
        AUTHORIZE_UNREADABLE,
    )
    for tenant in ("nobody", nobody):
        at = house.address(f"/{tenant}/oauth2/authorize")
        refused(client.get(at), TOKEN_TENANT_UNKNOWN, f"AADSTS90002: Requested tenant identifier '{tenant}'")
    application.redirect_uris = []
    application.save()
    refused(client.get(house.address(redirect_uri=None)), REPLY_ADDRESS_MISSING, "AADSTS500113")
    application.redirect_uris, application.enabled = [REDIRECT], False
    application.save()
    refused(client.get(house.address()), TOKEN_CLIENT_UNKNOWN)
    application.enabled, company.active = True, False
    application.save()
    company.save()
    refused(client.get(house.address()), TOKEN_CLIENT_UNKNOWN)


def test_an_application_is_unknown_in_another_company(house: House) -> None:
    from millgate.control.accounts.services import company_create  # noqa: PLC0415 - only here

    other = company_create(pcn=2, code="OTHER", name="Other")
    answer = house.browser().get(house.address(f"/{other.tenant_id}/oauth2/authorize"))
    refused(answer, TOKEN_CLIENT_UNKNOWN, f"in the directory {other.tenant_id}")


def test_what_was_sent_is_text_on_the_page(house: House) -> None:
    client = house.browser()
    hostile = '"><script>alert(1)</script>'
    for changes in ({"redirect_uri": hostile}, {"client_id": hostile}):
        page = client.get(house.address(**changes)).content.decode()
        assert "<script" not in page
        assert html.escape(hostile) in page
    house.sample.application.display_name = hostile
    house.sample.application.save()
    for prompt in (None, "select_account"):
        assert "<script" not in client.get(house.address(prompt=prompt)).content.decode()


def test_ids_of_the_caller_stand_on_the_page(house: House) -> None:
    given = "7b0c5f3e-94f5-4a3e-9f60-0d6f35a0a001"
    assert given in text(house.browser().get(house.address(client_id="x") + f"&client-request-id={given}"))
    assert "<b>" not in text(house.browser().get(house.address(client_id="x") + "&client-request-id=<b>"))


# Faults that the program is told


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        (
            {"response_type": "token"},
            "unsupported_response_type",
            "AADSTS70005: The response type 'token' is",
        ),
        ({"response_type": None}, "invalid_request", "AADSTS90014: The request body must contain"),
        ({"response_mode": "x"}, "invalid_request", "AADSTS70007: 'x' is not a supported value of"),
        ({"code_challenge": "short"}, "invalid_request", "AADSTS50147: The size of the code challenge"),
        (
            {"code_challenge": CHALLENGE, "code_challenge_method": "S1"},
            "invalid_request",
            "AADSTS50149: Invalid Code_Challenge_method parameter.",
        ),
        ({"resource": "x"}, "invalid_resource", "AADSTS50001: The application named x was not found in"),
        ({"prompt": "x"}, "invalid_request", "AADSTS90023: Unsupported 'prompt' value."),
        ({"nonce": "n" * 2000}, "invalid_request", "AADSTS90023: The value of the parameter 'nonce' is not"),
    ],
)
def test_a_program_is_told_what_it_did_wrong(
    house: House, changes: dict[str, str | None], error: str, words: str
) -> None:
    answer = Client().get(house.address(**changes))
    said = told(answer)
    assert set(said) == {"error", "error_description", "state"}
    assert said["error"] == error
    assert said["error_description"].startswith(words)
    assert said["state"] == STATE


def test_a_public_program_without_a_challenge_is_refused(house: House) -> None:
    house.public(REDIRECT)
    said = told(Client().get(house.address()))
    assert said["error"] == CHALLENGE_MISSING.title
    assert said["error_description"].startswith(CHALLENGE_MISSING.message)


def test_faults_go_where_answers_go(house: House) -> None:
    fragment = urlsplit(sent_to(Client().get(house.address(response_mode="fragment", response_type="x"))))
    assert dict(parse_qsl(fragment.fragment))["error"] == "unsupported_response_type"
    form = Client().get(house.address(response_mode="form_post", response_type="x"))
    assert 'name="error" value="unsupported_response_type"' in form.content.decode()


def test_somebody_who_says_no_is_heard(house: House) -> None:
    client = house.browser()
    said = told(decided(client, client.get(house.address()), "cancel"))
    assert said["error"] == "access_denied"
    assert said["error_description"].startswith("AADSTS65004: User declined to consent to access the app.")
    assert said["state"] == STATE
    assert not Consent.objects.exists()
    assert "Allow Job board?" in text(client.get(house.address())), "and may change their mind"


@pytest.mark.parametrize("grants", [Down(), None], ids=["down", "none"])
def test_a_store_that_cannot_be_reached_is_told_as_such(house: House, grants: MemoryGrants | None) -> None:
    house.consented()
    with override_settings(GRANTS=grants):
        said = told(house.browser().get(house.address()))
    assert said["error"] == "temporarily_unavailable"
    assert said["error_description"].startswith(GRANTS_UNREACHABLE.message)


def test_a_mistake_of_ours_is_told_without_its_details(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.consented()

    def fail(**_: object) -> NoReturn:
        raise RuntimeError("a detail for the log alone")

    monkeypatch.setattr(services, "code_offer", fail)
    with capture_logs() as lines:
        said = told(house.browser().get(house.address()))
    assert said["error"] == "server_error"
    assert said["error_description"].startswith(AUTHORIZE_FAILURE.message)
    assert "a detail" not in said["error_description"]
    assert any(line["event"] == "authorize_failure" and line["exc_info"] for line in lines)


# Prompts


def test_nobody_is_asked_anything_when_nothing_may_be_shown(house: House) -> None:
    said = told(Client().get(house.address(prompt="none")))
    assert said["error"] == "login_required"
    assert said["error_description"].startswith(LOGIN_REQUIRED.message)
    client = house.browser()
    said = told(client.get(house.address(prompt="none")))
    assert said["error"] == CONSENT_REQUIRED.title
    assert said["error_description"].startswith(
        f"AADSTS65001: The user or administrator has not consented to use the application with ID "
        f"'{house.client_id}'. Send an interactive authorization request for this user and resource."
    )
    stranger = house.browser(person_create(email="eve@example.com", password=PASSWORD))
    said = told(stranger.get(house.address(prompt="none")))
    assert said["error"] == "interaction_required"
    assert said["error_description"].startswith(INTERACTION_REQUIRED.message)
    house.consented()
    assert "code" in told(client.get(house.address(prompt="none")))


def signed_in_again(client: Client, at: str, email: str = "dev@example.com") -> Response:
    """Sign in at the page that was led to, and go on to where that leads."""
    next_page = parse_qs(urlsplit(at).query)["next"][0]
    answer = client.post(at, {"username": email, "password": PASSWORD, "next": next_page})
    assert answer.status_code == 303, text(answer)
    return client.get(answer.headers["Location"])


def test_a_wrong_password_does_not_lose_the_request(house: House) -> None:
    client = Client()
    at = client.get(house.address()).headers["Location"]
    next_page = parse_qs(urlsplit(at).query)["next"][0]
    again = client.post(at, {"username": "dev@example.com", "password": "wrong", "next": next_page})
    assert again.status_code == 200
    assert f'name="next" value="{html.escape(next_page)}"' in again.content.decode()
    assert "Allow Job board?" in text(signed_in_again(client, at))


def test_a_password_is_asked_for_again_once(house: House) -> None:
    house.consented()
    client = house.browser()
    before = told(client.get(house.address()))["session_state"]
    asked = client.get(house.address(prompt="login"))
    at = asked.headers["Location"]
    assert at.startswith("/portal/sign-in/?")
    page = client.get(at)
    assert page.status_code == 200, "although they are signed in"
    assert 'value="dev@example.com"' in page.content.decode()
    back = parse_qs(urlsplit(at).query)["next"][0]
    assert client.get(back).headers["Location"].startswith("/portal/sign-in/"), "there is no way around it"
    said = told(signed_in_again(client, at))
    assert house.found(said["code"]).grant.resource == RESOURCE
    assert said["session_state"] != before


def test_a_password_that_was_asked_for_may_be_another_persons(house: House) -> None:
    other = person_create(email="mia@example.com", password=PASSWORD, company=house.sample.company)
    client = house.browser()
    at = client.get(house.address(prompt="login")).headers["Location"]
    asking = signed_in_again(client, at, "mia@example.com")
    assert "mia@example.com" in text(asking)
    assert house.found(told(decided(client, asking))["code"]).grant.account == other.user_id


def test_an_account_is_chosen(house: House) -> None:
    house.consented()
    client = house.browser()
    page = client.get(house.address(prompt="select_account"))
    assert "Continue as Dee Developer" in text(page)
    links = [
        html.unescape(link)
        for link in re.findall(r'class="button[^"]*" href="([^"]+)"', page.content.decode())
    ]
    go_on, another = links
    assert house.found(told(client.get(go_on))["code"]).grant.resource == RESOURCE
    assert client.get(another).status_code == 200, "the sign-in page"
    assert house.found(told(signed_in_again(client, another))["code"]).grant.resource == RESOURCE
    stranger = house.browser(house.sample.administrator)
    assert "Continue as Ada Admin" in text(stranger.get(go_on)), "a choice is the chooser's own"


@pytest.mark.parametrize(("prompt", "admin"), [("consent", None), ("admin_consent", "True")])
def test_consent_is_asked_for_again(house: House, prompt: str, admin: str | None) -> None:
    house.consented()
    client = house.browser()
    house.clock.jump(86_400)
    asking = client.get(house.address(prompt=prompt))
    assert "You allowed this on 2023-11-14" in text(asking)
    said = told(decided(client, asking))
    assert house.found(said["code"]).grant.resource == RESOURCE
    assert said.get("admin_consent") == admin
    assert Consent.objects.get().given_at.timestamp() == NOW + 86_400


def test_the_hint_is_filled_in(house: House) -> None:
    at = Client().get(house.address(login_hint="mia+1@example.com")).headers["Location"]
    page = Client().get(at).content.decode()
    assert 'value="mia+1@example.com"' in page
    hostile = Client().get(Client().get(house.address(login_hint='"><script>')).headers["Location"])
    assert "<script" not in hostile.content.decode()


# Who may be acted as


def test_somebody_of_another_company_can_use_another_account(house: House) -> None:
    stranger = person_create(email="eve@example.com", password=PASSWORD)
    client = house.browser(stranger)
    page = client.get(house.address())
    refused(
        page,
        PERSON_ELSEWHERE,
        f"AADSTS50020: User account 'eve@example.com' does not exist in tenant '{house.tenant}' and cannot access the "
        f"application '{house.client_id}' in that tenant.",
        "Use another account",
    )
    another, back = re.findall(r'class="button[^"]*" href="([^"]+)"', page.content.decode())
    assert told(client.get(html.unescape(back)))["error"] == "access_denied"
    assert "Allow Job board?" in text(signed_in_again(client, html.unescape(another)))
    stranger.companies.add(house.sample.company)
    assert "Allow Job board?" in text(house.browser(stranger).get(house.address()))


def test_a_blocked_person_is_signed_out(house: House) -> None:
    house.consented()
    client = house.browser()
    person_block(person=house.person)
    assert client.get(house.address()).headers["Location"].startswith("/portal/sign-in/")


def test_the_roles_of_a_person_are_named(house: House) -> None:
    from millgate.control.accounts.services import person_roles_set  # noqa: PLC0415 - only here

    read = text(house.browser().get(house.address()))
    assert "whatever is open to everyone" in read
    person_roles_set(person=house.person, roles=("production-viewer", "operator"))
    assert "Operator, Production Viewer" in re.sub(r"\s+", " ", text(house.browser().get(house.address())))


# Approvals belong to what was shown


def test_an_approval_is_of_what_was_shown_and_nothing_else(house: House) -> None:
    """Confused deputy: an old click may not allow another resource, challenge or redirect URI."""
    client = house.browser()
    ticket = shown(client.get(house.address()))
    signed = ticket["shown"]
    for value in ("x" + signed, signed[:-1], signed + "x", "", "x:y", "é", signed.partition(":")[0]):
        answer = client.post("/portal/consent/", ticket | {"shown": value, "allow": "1"})
        refused(answer, DECISION_UNREADABLE)
    wider = ticket["request"].replace(quote(RESOURCE, safe=""), quote("https://plant.example/api", safe=""))
    assert wider != ticket["request"]
    for changes in (
        {"request": wider},
        {"request": ticket["request"] + "&code_challenge=x"},
        {"request": ""},
        {"tenant": house.tenant},
    ):
        answer = client.post("/portal/consent/", ticket | changes | {"allow": "1"})
        assert answer.status_code == 400
        assert not Consent.objects.exists()
    # The address of the form does not count, only what was shown.
    answer = client.post(
        "/portal/consent/?resource=x", ticket | {"allow": "1", "resource": "x", "redirect_uri": "x"}
    )
    said = told(client.get(answer.headers["Location"]))
    assert house.found(said["code"]).grant.resource == RESOURCE
    # What was allowed of one request is not allowed of another.
    query = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    changed = query | {"code_challenge": CHALLENGE, "prompt": "consent"}
    assert "Allow Job board?" in text(client.get(f"{ADDRESS}?{urlencode(changed)}"))


def test_a_step_cannot_be_passed_off_as_another(house: House) -> None:
    client = house.browser()
    ticket = shown(client.get(house.address(prompt="consent")))
    answer = client.get(f"{house.address(prompt='consent')}&millgate_ticket={quote(ticket['shown'])}")
    assert "Allow Job board?" in text(answer)
    after = client.post("/portal/consent/", ticket | {"allow": "1"}).headers["Location"]
    (allowed,) = parse_qs(urlsplit(after).query)["millgate_ticket"]
    refused(client.post("/portal/consent/", ticket | {"shown": allowed, "allow": "1"}), DECISION_UNREADABLE)


def test_an_approval_is_the_approvers_own(house: House) -> None:
    other = person_create(email="mia@example.com", company=house.sample.company)
    ticket = shown(house.browser().get(house.address()))
    for client in (house.browser(other), house.browser(), Client()):
        answer = client.post("/portal/consent/", ticket | {"allow": "1"})
        assert answer.headers["Location"].startswith(f"{ADDRESS}?client_id=")
        assert "millgate_ticket" not in answer.headers["Location"], "it is shown anew"
    assert not Consent.objects.exists()


def test_an_approval_of_yesterday_is_asked_for_anew(house: House) -> None:
    client = house.browser()
    ticket = shown(client.get(house.address()))
    house.clock.jump(86_400)
    answer = posted(client, ticket)
    assert "Allow Job board?" in text(answer)
    assert not Consent.objects.exists()


def test_an_address_after_an_approval_counts_for_a_minute(house: House) -> None:
    client = house.browser()
    asking = client.get(house.address(prompt="consent"))
    after = client.post("/portal/consent/", shown(asking) | {"allow": "1"}).headers["Location"]
    assert "code" in told(client.get(after))
    house.clock.jump(61)
    assert "Allow Job board?" in text(client.get(after))


def test_what_has_become_wrong_since_it_was_shown_is_not_allowed(house: House) -> None:
    client = house.browser()
    ticket = shown(client.get(house.address()))
    house.person.company = None
    house.person.save()
    answer = posted(client, ticket)
    refused(answer, PERSON_ELSEWHERE)
    application = house.sample.application
    application.redirect_uris = ["https://elsewhere.example/"]
    application.save()
    refused(client.post("/portal/consent/", ticket | {"allow": "1"}), REPLY_ADDRESS_UNKNOWN)
    application.redirect_uris, application.client_type = [REDIRECT], ClientType.PUBLIC
    application.save()
    assert told(posted(client, ticket))["error"] == "invalid_request"
    assert not Consent.objects.exists()


def test_an_approval_comes_from_our_own_page(house: House) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(house.person)
    ticket = shown(client.get(house.address()))
    answer = client.post("/portal/consent/", ticket | {"allow": "1"})
    assert answer.status_code == 403
    assert client.get("/portal/consent/").status_code == 405
    assert not Consent.objects.exists()


def test_consent_that_is_revoked_while_a_code_is_made_gives_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = house.browser()
    seen = iter([Consent(given_at=house.clock.utc())])
    monkeypatch.setattr(selectors, "consent_given", lambda *_: next(seen, None))
    assert "Allow Job board?" in text(client.get(house.address()))


# What every page carries


def test_pages_and_redirects_can_be_neither_kept_nor_framed_nor_followed_home(house: House) -> None:
    client = house.browser()
    consent = client.get(house.address())
    answers = {
        "sign-in": Client().get(house.address()),
        "consent": consent,
        "accounts": client.get(house.address(prompt="select_account")),
        "fault": client.get(house.address(response_type="x")),
        "page": client.get(house.address(client_id="x")),
        "form": client.get(house.address(response_mode="form_post", response_type="x")),
        "decision": client.post("/portal/consent/", shown(consent) | {"allow": "1"}),
        "code": client.get(house.address()),
    }
    answers["forward"] = client.get(answers["decision"].headers["Location"])
    for name, answer in answers.items():
        assert answer.headers["Cache-Control"] == "no-store", name
        policy = answer.headers["Referrer-Policy"]
        assert policy == ("same-origin" if name == "consent" else "no-referrer"), name
        assert answer.headers["X-Frame-Options"] == "DENY", name
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], name
        action = "https://mes.example/cb" if name == "form" else "'self'"
        assert f"form-action {action};" in answer.headers["Content-Security-Policy"], name
        assert answer.status_code in {200, 303, 400}, name
        page = answer.content.decode()
        assert "style=" not in page
        assert "<script>" not in page
    assert "code" in told(answers["forward"])


# Taking back


def test_a_person_sees_what_they_allowed_and_revokes_it(house: House) -> None:
    client = house.browser()
    assert "No program may act as you." in text(client.get("/portal/profile/programs/"))
    assert "Programs you allowed" in text(client.get("/portal/profile/"))
    house.consented()
    house.consented("https://plant.example/api")
    code = told(client.get(house.address()))["code"]
    given = Exchanged(access="a", access_until=NOW + 3600, refresh="r", refresh_until=NOW + 9000)
    assert house.grants.exchange(digester().digest(code), given, NOW)

    listed = re.sub(r"\s+", " ", text(client.get("/portal/profile/programs/")))
    for words in (
        "Job board",
        "Grand Mills",
        RESOURCE,
        "https://plant.example/api",
        "since 2023-11-14",
        "Revoke Job board",
    ):
        assert words in listed, words
    at = f"/portal/profile/programs/{house.client_id}/"
    assert "Revoke Job board?" in text(client.get(at))
    assert Consent.objects.count() == 2, "looking changes nothing"
    assert "Job board may no longer act as you." in text(client.post(at, follow=True))
    assert not Consent.objects.exists()
    assert house.found(code).ended
    assert [item.access for item in house.grants.revoked_since(0)[0]] == ["a"]
    assert "Allow Job board?" in text(client.get(house.address()))
    assert client.post(at).status_code == 404


def test_what_others_allowed_is_nobody_elses(house: House) -> None:
    house.consented()
    code = told(house.browser().get(house.address()))["code"]
    other = house.browser(house.sample.administrator)
    at = f"/portal/profile/programs/{house.client_id}/"
    assert other.get(at).status_code == other.post(at).status_code == 404
    assert Client().get(at).headers["Location"].startswith("/portal/sign-in/")
    assert Client().get("/portal/profile/programs/").headers["Location"].startswith("/portal/sign-in/")
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(house.person)
    assert guarded.post(at).status_code == 403
    assert not house.found(code).ended


def test_nothing_changes_when_tokens_cannot_be_ended(house: House) -> None:
    """A revocation that fails is a failure (CVE-2020-15223)."""
    house.consented()
    client = house.browser()
    with override_settings(GRANTS=Down()):
        answer = client.post(f"/portal/profile/programs/{house.client_id}/", follow=True)
    assert "Job board may still act as you" in text(answer)
    assert Consent.objects.count() == 1


def test_each_step_of_a_request_has_its_time() -> None:
    assert set(tickets.SECONDS) == set(Step)
    assert settings.GRANTS is None, "commands have none"
