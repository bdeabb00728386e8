"""Why was I refused: whoever owns a subscription or an application is told, and nobody else is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.conf import settings
from django.test import Client

from millgate.control.accounts.services import person_create
from millgate.control.portal.refusal_views import PER_PAGE
from millgate.control.portal.why import SHOWN_DAYS, explained, why
from millgate.control.usage.models import Refusal
from millgate.core.errors import CATALOGUE
from millgate.stores.retention import DAY
from support.console_pages import signed_in, text
from support.sample import Sample, sample_make
from support.token_records import refused

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

pytestmark = pytest.mark.usefixtures("rows")

LIST: Final = "/portal/profile/refusals/"
TOKEN_ID: Final = "5f0c7c26-0000-4000-8000-000000000001"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def dee(sample: Sample) -> Client:
    return signed_in(sample.developer)


@pytest.fixture
def other(sample: Sample) -> Person:
    del sample
    return person_create(email="other@example.com")


def kept(request_id: str = "r-1", *, ago: float = 60, **members: Any) -> str:
    """A refused call as the machine would have written it down; says its id."""
    given = {
        "method": "GET",
        "path": "/JobTracking/v1/DcJobs",
        "tier": "production",
        "api": "job-tracking",
        "operation": "list-jobs",
        "subscription": "",
        "application": "",
        "status": 401,
        "code": "MG203",
        "reason": "no Authorization header was sent",
    }
    Refusal.objects.create(at=settings.CLOCK.now() - ago, request_id=request_id, **{**given, **members})
    return request_id


def limited(sample: Sample, request_id: str = "r-1", *, wait: float = 40) -> str:
    now = settings.CLOCK.now()
    return kept(
        request_id,
        subscription=str(sample.subscription.pk),
        status=429,
        code="MG401",
        reason="Rate limit is exceeded. Try again in 40 seconds.",
        limit="rate limit of 60 calls in 60 s of adapter production-management",
        allowed_at=now + wait,
    )


def test_a_refused_call_is_told_with_its_check_its_limit_and_when_the_next_may_pass(
    sample: Sample, dee: Client
) -> None:
    limited(sample)
    for address in (LIST, "/portal/why/r-1/"):
        shown = text(dee.get(address))
        for words in ("The rate limit", "rate limit of 60 calls", "may pass at", "DcJobs", "MG401"):
            assert words.lower() in shown.lower(), (address, words)
    page = dee.get("/portal/why/r-1/").content.decode()
    assert CATALOGUE["MG401"].remedy in text(dee.get("/portal/why/r-1/"))
    assert "/portal/errors/MG401/" in page
    assert f"/portal/profile/subscriptions/{sample.subscription.pk}/" in page
    Refusal.objects.update(allowed_at=settings.CLOCK.now() - 5)
    assert "May pass since" in text(dee.get("/portal/why/r-1/"))


def test_a_key_that_does_not_work_any_more_is_told_to_its_owner_by_name(
    sample: Sample, dee: Client, other: Person
) -> None:
    reason = f"subscription {sample.subscription.pk} is not active"
    kept(code="MG202", reason=reason)
    found = why("r-1", sample.developer)
    assert found is not None
    assert found.subscription == sample.subscription
    assert f"“{sample.subscription.name}” is not active" in text(dee.get(LIST))
    assert str(sample.subscription.pk) not in found.reason
    assert why("r-1", other) is None
    assert signed_in(other).get("/portal/why/r-1/").status_code == 404


def test_a_call_of_an_application_is_its_owners(sample: Sample, dee: Client) -> None:
    kept(application=str(sample.application.client_id), code="MG302", status=403, reason="PCN does not")
    shown = text(dee.get(LIST))
    assert "Job board" in shown
    assert "The account's roles open the controller" in shown


def test_token_requests_are_told_with_their_cause_and_remedy(sample: Sample, dee: Client) -> None:
    refused(sample.application, hint="plus-as-space", secret=sample.application.secrets.get())
    assert "A + arrived as a space" in text(dee.get(LIST))
    assert "A + arrived as a space" in text(dee.get(LIST, {"check": "token"}))
    assert "A + arrived as a space" not in text(dee.get(LIST, {"check": "3"}))
    shown = text(dee.get(f"/portal/why/{TOKEN_ID}/"))
    assert "No token was given" in shown
    assert "%2B" in shown


def test_what_is_asked_for_is_narrowed_down_and_paged(sample: Sample, dee: Client) -> None:
    for number in range(PER_PAGE + 3):
        kept(f"page-{number:03}", ago=number + 1, subscription=str(sample.subscription.pk))
    limited(sample, "limited")
    kept("old", ago=(SHOWN_DAYS + 1) * DAY, subscription=str(sample.subscription.pk))
    first, second = dee.get(LIST), dee.get(LIST, {"page": 2})
    assert ("page-000" in text(first), "page-027" in text(first)) == (True, False)
    assert ("page-000" in text(second), "page-027" in text(second)) == (False, True)
    rate = text(dee.get(LIST, {"check": "4"}))
    assert ("limited" in rate, "page-000" in rate) == (True, False)
    assert "old" not in {item.request_id for item in second.context["refusals"]}
    by_id = dee.get(LIST, {"request_id": " old "})
    assert [item.request_id for item in by_id.context["refusals"]] == ["old"]
    own = dee.get(LIST, {"subscription": str(sample.subscription.pk), "check": "4"})
    assert [item.request_id for item in own.context["refusals"]] == ["limited"]
    assert "No refused call is kept that fits" in text(dee.get(LIST, {"request_id": "nowhere"}))


@pytest.mark.parametrize(
    "query", [{"subscription": "x"}, {"check": "99"}, {"check": "x"}, {"request_id": "x" * 101}]
)
def test_a_filter_that_is_none_is_told_beside_it(sample: Sample, dee: Client, query: dict[str, str]) -> None:
    limited(sample)
    answer = dee.get(LIST, query)
    assert answer.context["form"].errors
    assert answer.context["refusals"] == []


def test_nobody_is_told_of_calls_of_somebody_else(sample: Sample, other: Person) -> None:
    """Broken object level authorization, the first of OWASP's list for APIs."""
    limited(sample)
    kept("theirs", application=str(sample.application.client_id))
    refused(sample.application)
    client = signed_in(other)
    for address in ("/portal/why/r-1/", "/portal/why/theirs/", f"/portal/why/{TOKEN_ID}/"):
        assert client.get(address).status_code == 404
        assert Client().get(address).status_code == 302
        assert signed_in(sample.administrator).get(address).status_code == 200
    assert client.get(LIST, {"subscription": str(sample.subscription.pk)}).context["form"].errors
    for query in ({}, {"request_id": "r-1"}, {"request_id": "theirs"}, {"request_id": TOKEN_ID}):
        shown = text(client.get(LIST, query))
        assert "DcJobs" not in shown
        assert "Job board" not in shown


def test_a_call_without_a_key_is_told_to_who_is_known_to_have_sent_it(sample: Sample, other: Person) -> None:
    kept("nobodys", code="MG201", reason="no key was sent")
    limited(sample, "somebodys")
    assert why("nobodys", sample.developer) is None
    found = why("nobodys", sample.developer, sent=True)
    assert found is not None
    assert found.meaning == explained("MG201")
    assert found.meaning.check == "The subscription key"
    assert why("somebodys", other, sent=True) is None
    assert why("nobodys", sample.administrator) is not None
    assert why("x" * 5000, sample.administrator) is None


def test_what_failed_inside_is_told_to_administrators_alone(sample: Sample, dee: Client) -> None:
    kept(
        subscription=str(sample.subscription.pk),
        status=500,
        code="MG511",
        reason="http://erp.internal:8443 refused",
    )
    assert "erp.internal" not in text(dee.get(LIST)) + text(dee.get("/portal/why/r-1/"))
    assert "An administrator finds the reason" in text(dee.get("/portal/why/r-1/"))
    assert "erp.internal" in text(signed_in(sample.administrator).get("/portal/why/r-1/"))


def test_a_code_of_another_release_is_told_as_far_as_it_is_known(sample: Sample, dee: Client) -> None:
    kept(subscription=str(sample.subscription.pk), code="MG999", status=418, reason="short and stout")
    assert replace(explained("MG999", 418), code="") == replace(
        explained("MG201"), code="", status=418, check="", check_number=0, cause="", remedy=""
    )
    page = dee.get("/portal/why/r-1/")
    assert "Short and stout" in text(page)
    assert "/portal/errors/MG999/" not in page.content.decode()


def test_who_was_never_refused_is_told_so(sample: Sample, dee: Client) -> None:
    del sample
    assert "None of your calls was refused" in text(dee.get(LIST))
