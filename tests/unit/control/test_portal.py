"""The portal: what is published can be found, read and called."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client, override_settings
from msgspec.structs import replace

from millgate.control.accounts.services import person_block
from millgate.control.catalogue.services import adapter_put, api_put
from millgate.control.portal import selectors
from millgate.control.publish.services import publication_make
from millgate.snapshot.document import Limit
from support.sample import JOBS, PASSWORD, PRODUCTION, Sample, sample_make

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


def text(response: Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def code(response: Response) -> str:
    """The text of a page without the marks of syntax in it."""
    return html.unescape(re.sub(r"</?(span|code)[^>]*>", "", response.content.decode()))


def test_the_root_leads_to_the_portal() -> None:
    assert Client().get("/").headers["Location"] == "/portal/"


def test_an_empty_installation_says_that_nothing_is_published() -> None:
    shown = text(Client().get("/portal/"))
    assert "No API is published yet" in shown
    assert "No adapter is published yet" in shown


@pytest.mark.usefixtures("sample")
def test_home_lists_what_is_published_and_how_to_call_it() -> None:
    shown = text(Client().get("/portal/"))
    assert "Job Tracking" in shown
    assert "2 operations" in shown
    assert "This adapter contains 1 API." in shown
    assert "60 calls per minute" in shown
    commands = code(Client().get("/portal/"))
    assert "http://testserver/oauth2/v1/token" in commands
    assert "client_id=YOUR_CLIENT_ID" in commands
    assert "http://testserver/test/JobTracking/v1/DcJobs" in commands


def test_somebody_signed_in_sees_their_own_client_id(sample: Sample) -> None:
    client = Client()
    client.force_login(sample.developer)
    shown = code(client.get("/portal/"))
    assert f"client_id={sample.application.client_id}" in shown
    assert sample.secret not in shown
    assert "Console" not in shown


@pytest.mark.usefixtures("sample")
def test_an_adapter_page_tells_its_limits_and_apis() -> None:
    shown = text(Client().get("/portal/adapters/production-management/"))
    for words in (
        "This adapter contains 1 API",
        "10,000 calls per week",
        "By an administrator",
        "Job Tracking",
    ):
        assert words in shown
    assert Client().get("/portal/apis/").status_code == 200
    assert Client().get("/portal/adapters/").status_code == 200


@pytest.mark.usefixtures("sample")
def test_an_adapter_that_is_not_shown_has_no_page() -> None:
    adapter_put(replace(PRODUCTION, published=False))
    publication_make(by="ada")
    assert Client().get("/portal/adapters/production-management/").status_code == 404
    assert "Production Management" not in text(Client().get("/portal/apis/job-tracking/"))


@pytest.mark.usefixtures("sample")
def test_a_draft_is_not_shown_before_it_is_published() -> None:
    api_put(replace(JOBS, key="other", name="Other jobs", suffix="Other"))
    assert "Other jobs" not in text(Client().get("/portal/apis/"))
    assert Client().get("/portal/apis/other/").status_code == 404


@pytest.mark.usefixtures("sample")
def test_text_of_an_api_stays_text() -> None:
    """CVE-2016-1000229 and its kin: descriptions that run as script."""
    api_put(replace(JOBS, description="<script>alert(1)</script>", name="<b>Jobs</b>"))
    publication_make(by="ada")
    for address in ("/portal/", "/portal/apis/job-tracking/"):
        page = Client().get(address).content.decode()
        assert "<script>" not in page
        assert "<b>Jobs" not in page


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit("rate", 1, 1), "1 call per second"),
        (Limit("rate", 10, 300), "10 calls in 5 minutes"),
        (Limit("rate", 10, 7), "10 calls in 7 seconds"),
        (Limit("calls", 1000, 0), "1,000 calls in all"),
        (Limit("bandwidth", 2048, 86400), "2,048 kB per day"),
        (Limit("calls", 5, 172_800, "jobs", "list"), "5 calls in 2 days, for jobs / list alone"),
        (Limit("calls", 5, 3600, "jobs"), "5 calls per hour, for jobs alone"),
        (Limit("calls", 5, 7200), "5 calls in 2 hours"),
    ],
)
def test_limits_are_said_in_words(limit: Limit, words: str) -> None:
    assert selectors.limit_words(limit) == words


# Signing in


def test_signing_in_and_out(sample: Sample) -> None:
    client = Client()
    answer = client.post(
        "/portal/sign-in/", {"username": "ADA@example.com", "password": PASSWORD}, follow=True
    )
    assert "Sign out" in text(answer)
    assert "Console" in text(answer)
    assert client.session.get_expire_at_browser_close()
    assert "Sign in" in text(client.post("/portal/sign-out/", follow=True))
    assert client.get("/portal/sign-out/").status_code == 405
    assert sample.administrator.pk


@pytest.mark.usefixtures("sample")
def test_this_computer_remembers_when_asked_to() -> None:
    client = Client()
    client.post("/portal/sign-in/", {"username": "ada@example.com", "password": PASSWORD, "remember": "on"})
    assert client.session.get_expiry_age() == 30 * 24 * 3600
    assert client.cookies["millgate_session"]["max-age"] == 30 * 24 * 3600


def test_wrong_password_unknown_and_blocked_people_get_the_same_answer(sample: Sample) -> None:
    person_block(person=sample.developer)
    answers = {
        text(Client().post("/portal/sign-in/", {"username": "x@example.com", "password": password})).replace(
            username, ""
        )
        for username, password in (
            ("ada@example.com", "wrong"),
            ("nobody@example.com", PASSWORD),
            ("dev@example.com", PASSWORD),
        )
    }
    assert len(answers) == 1
    assert "do not belong together" in answers.pop()


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example/", "http://testserver/portal/"]
)
@pytest.mark.usefixtures("sample")
def test_signing_in_leads_to_pages_of_ours_only(next_page: str) -> None:
    data = {"username": "ada@example.com", "password": PASSWORD, "next": next_page}
    assert Client().post("/portal/sign-in/", data).headers["Location"] == "/portal/"
    answer = Client().post("/portal/sign-in/", data | {"next": "/portal/apis/"})
    assert answer.headers["Location"] == "/portal/apis/"


def test_cookies_are_kept_from_scripts_and_other_sites(sample: Sample) -> None:
    client = Client()
    client.get("/portal/sign-in/")
    client.force_login(sample.developer)
    client.post("/portal/sign-in/", {"username": "ada@example.com", "password": PASSWORD})
    assert client.cookies["millgate_csrf"]["httponly"]
    assert client.cookies["millgate_csrf"]["samesite"] == "Lax"


def test_a_form_from_elsewhere_is_refused_with_a_page() -> None:
    answer = Client(enforce_csrf_checks=True).post("/portal/sign-in/", {})
    assert answer.status_code == 403
    assert "This form is out of date" in text(answer)


# Frame


def test_pages_carry_our_headers() -> None:
    answer = Client().get("/portal/")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.content.decode()
    assert not re.search(
        r"<script(?! type=\"module\" src=\"/static/[a-z/.-]+\"></script>)", answer.content.decode()
    )


def test_the_host_of_a_request_appears_nowhere() -> None:
    """A Host header that chose links would let anybody send people elsewhere."""
    page = Client().get("/portal/", headers={"host": "localhost:1"}).content.decode()
    assert "localhost:1" not in page
    assert Client().get("/portal/", headers={"host": "evil.example"}).status_code == 400


def test_what_is_not_there_and_what_fails_have_pages_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no page at this address" in text(Client().get("/portal/nothing/"))

    def fail() -> None:
        raise RuntimeError("a detail for the log alone")

    monkeypatch.setattr(selectors, "apis_shown", fail)
    answer = Client(raise_request_exception=False).get("/portal/apis/")
    assert answer.status_code == 500
    assert "Something went wrong here" in text(answer)
    assert "a detail" not in text(answer)


def test_a_demo_says_so() -> None:
    assert "This is a demo" not in text(Client().get("/portal/"))
    with override_settings(MILLGATE=replace_demo()):
        assert "This is a demo" in text(Client().get("/portal/"))


def replace_demo() -> object:
    import dataclasses  # noqa: PLC0415 - only here

    return dataclasses.replace(settings.MILLGATE, demo=True)


@pytest.mark.parametrize("path", ["site/tokens.css", "site/site.css", "site/mark.svg", "console/console.css"])
def test_styles_are_served_without_being_collected(path: str) -> None:
    assert finders.find(path)
    answer = Client().get(f"/static/{path}")
    assert answer.status_code == 200
    assert answer.getvalue()
