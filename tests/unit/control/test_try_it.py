"""Try it: what a person may put into a call, and what an answer is recognised as."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client
from msgspec.structs import replace

from millgate.control.accounts.services import person_create
from millgate.control.catalogue.services import adapter_put, api_put
from millgate.control.clients.services import subscription_create, subscription_keys_reveal
from millgate.control.portal.reference.errors import error_page
from millgate.control.portal.tryit.choices import key_choices
from millgate.control.portal.tryit.recognising import recognised
from millgate.control.portal.tryit.shown import fault_of
from millgate.control.publish.services import publication_make
from millgate.control.usage.models import Refusal
from millgate.core.errors import CATALOGUE
from millgate.describe.model import Body, Parameter, Payload, Place
from millgate.snapshot.document import PRODUCTION, TEST
from support.console_pages import signed_in
from support.sample import JOBS, Sample, sample_make
from support.sample import PRODUCTION as ADAPTER

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

pytestmark = pytest.mark.usefixtures("rows")

LIST = "/portal/apis/job-tracking/operations/list-jobs/"
GET = "/portal/apis/job-tracking/operations/get-job/"
WHY = "/portal/try-it/why/"
ORIGIN = "http://testserver"
MANAGED = ("MG201", "MG202", "MG203", "MG205", "MG401", "MG402", "MG601", "MG602", "MG706")


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def dee(sample: Sample) -> Client:
    return signed_in(sample.developer)


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def options(text: str) -> list[str]:
    return [html.unescape(name) for name in re.findall(r"<option[^>]*data-tiers[^>]*>([^<]*)<", text)]


def asked(client: Client, **members: Any) -> dict[str, str]:
    answer = client.post(WHY, {"request_id": "", "status": "401", "body": ""} | members)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    told: dict[str, str] = answer.json()
    return told


# What is put into a call


def test_whoever_is_signed_in_chooses_from_own_active_keys_and_the_page_holds_none(
    sample: Sample, dee: Client
) -> None:
    text = page(dee, LIST)
    assert options(text) == ["Primary: Production Management", "Secondary: Production Management"]
    keys = subscription_keys_reveal(subscription=sample.subscription)
    assert keys.primary.reveal() not in text
    assert "Job board" in text
    assert "Sign in to try it" not in text

    nobody = page(Client(), LIST)
    assert "Sign in to try it" in nobody
    assert "data-try-open" not in nobody


def test_what_waits_is_said_and_what_is_missing_leads_to_subscribing(sample: Sample) -> None:
    bare = person_create(email="bare@example.com")
    client = signed_in(bare)
    assert options(page(client, LIST)) == []
    assert "/portal/adapters/production-management/subscribe/" in page(client, LIST)
    subscription_create(owner=bare, adapter=sample.subscription.adapter, name="Mine")
    text = html.unescape(page(client, LIST))
    assert options(text) == []
    assert "Your subscription “Mine” waits to be approved" in text


def test_a_key_is_offered_on_the_tiers_that_its_adapter_opens(sample: Sample) -> None:
    def tiers(person: Person) -> list[tuple[str, ...]]:
        return [choice.tiers for choice in key_choices(person, JOBS)]

    assert tiers(sample.developer) == [(TEST, PRODUCTION)]
    adapter_put(replace(ADAPTER, tiers=(PRODUCTION,)))
    publication_make(by="ada")
    assert tiers(sample.developer) == [(PRODUCTION,)]
    adapter_put(replace(ADAPTER, apis=(), all_apis_on_test=True))
    publication_make(by="ada")
    assert tiers(sample.developer) == [(TEST,)]


@pytest.mark.usefixtures("sample")
def test_parameters_and_bodies_begin_with_their_examples(dee: Client) -> None:
    text = page(dee, GET)
    assert re.search(r'data-name="JobKey" data-place="path" data-required="true"', text)
    assert 'value="4711"' in text
    first = JOBS.operations[0]
    hostile = Parameter('<b>"x"</b>', Place.QUERY, example='</template><script>"')
    body = Body(
        (Payload("application/json", example={"a": "</textarea>"}), Payload("text/plain", example="n"))
    )
    made = replace(
        first, key="make", method="POST", template="/DcJobs/Make", parameters=(hostile,), body=body
    )
    api_put(replace(JOBS, operations=(*JOBS.operations, made)))
    publication_make(by="ada")
    text = page(dee, "/portal/apis/job-tracking/operations/make/")
    assert "<b>" not in text
    assert "</template><script>" not in text
    assert text.count("</textarea>") == 1
    assert re.findall(r'data-sample="([^"]+)"', text) == ["application/json", "text/plain"]


# Why


def test_the_owner_is_told_why_and_nobody_else(sample: Sample, dee: Client) -> None:
    Refusal.objects.create(
        at=settings.CLOCK.now(),
        request_id="r-7",
        tier="test",
        api="job-tracking",
        operation="list-jobs",
        subscription=str(sample.subscription.pk),
        application=str(sample.application.client_id),
        status=429,
        code="MG401",
        reason="60 calls in 60 seconds were made",
        limit="60 calls per minute",
        allowed_at=settings.CLOCK.now() + 30,
    )
    told = asked(dee, request_id="r-7", status="429")
    assert told["found"] == "record"
    for words in ("MG401", "60 calls per minute", "Production Management", "Job board", "data-wait"):
        assert words in told["html"]
    stranger = signed_in(person_create(email="other@example.com"))
    assert asked(stranger, request_id="r-7", status="429") == {"found": "", "html": ""}
    assert Client().post(WHY, {"request_id": "r-7", "status": "429"}).status_code == 401
    assert dee.get(WHY).status_code == 405


@pytest.mark.usefixtures("sample")
def test_an_answer_without_a_record_is_explained_by_its_text(dee: Client) -> None:
    found = error_page("MG201", ORIGIN)
    assert found is not None
    told = asked(dee, body=found.body)
    assert told["found"] == "meaning"
    assert "MG201" in told["html"]
    for body in ("", "[" * 5000, "[]", '{"message": 1}', "<html>", "\x00"):
        assert asked(dee, body=body) == {"found": "", "html": ""}
    assert asked(dee, status="9" * 5000, body=found.body)["found"] == ""


def test_each_error_is_recognised_by_status_and_text() -> None:
    for code, problem in CATALOGUE.items():
        shown = error_page(code, ORIGIN)
        assert shown is not None
        found = recognised(problem.status, shown.body)
        if found != code:
            assert found, code
            same = CATALOGUE[found]
            assert (same.status, same.shape) == (problem.status, problem.shape)
            assert same.message == problem.message, (code, found)
    for code in MANAGED:
        shown = error_page(code, ORIGIN)
        assert shown is not None
        assert recognised(CATALOGUE[code].status, shown.body) == code
    assert recognised(200, json.dumps({"message": CATALOGUE["MG201"].message})) == ""


# Errors on demand


@pytest.mark.usefixtures("sample")
def test_pages_of_errors_say_how_each_is_produced(dee: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault_of("MG101").by_hand in html.unescape(page(dee, "/portal/errors/MG101/"))
    assert "MILLGATE_FAULT_HEADER=true" in page(dee, "/portal/errors/MG401/")
    monkeypatch.setattr(type(settings.MILLGATE), "takes_fault_header", property(lambda _: True))
    text = page(dee, "/portal/errors/MG401/")
    assert 'data-preset="header" data-name="X-Millgate-Fault" data-value="MG401"' in text
    assert 'value="production"' not in text
    assert 'data-token-fault="MG702"' in page(dee, "/portal/errors/MG702/")
    assert "Sign in to produce it" in page(Client(), "/portal/errors/MG401/")
