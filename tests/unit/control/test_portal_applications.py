"""The portal: one's own applications, their secrets, and why a token was refused. Nobody else's."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from millgate.control.accounts.services import person_create
from millgate.control.clients import mending, services
from millgate.core.hints import CAUSES, SecretHint
from support.console_pages import signed_in, text
from support.sample import Sample, sample_make
from support.token_records import refused, used

if TYPE_CHECKING:
    from millgate.control.clients.models import ClientSecret

pytestmark = pytest.mark.usefixtures("rows")

LIST = "/portal/applications/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def secret(sample: Sample) -> ClientSecret:
    return sample.application.secrets.get()


@pytest.fixture
def dee(sample: Sample) -> Client:
    return signed_in(sample.developer)


def page_of(sample: Sample) -> str:
    return f"{LIST}{sample.application.client_id}/"


def test_a_developer_finds_their_application_with_its_secrets(
    dee: Client, sample: Sample, secret: ClientSecret
) -> None:
    used(secret, ago=2 * 3600)
    services.application_secret_add(application=sample.application, description="unused one")
    assert "Job board" in text(dee.get(LIST))
    answer = dee.get(page_of(sample))
    shown = text(answer)

    assert str(sample.application.client_id) in shown
    assert f"…{secret.hint}" in shown
    assert "2 hours ago" in shown
    assert "unused one" in shown
    assert "never" in shown
    assert sample.secret not in answer.content.decode()
    assert "No token request of this application was refused" in shown


def test_a_refused_request_is_told_with_its_cause_and_how_it_is_done_right(
    dee: Client, sample: Sample, secret: ClientSecret
) -> None:
    refused(sample.application, hint="plus-as-space", secret=secret, library="<i>x</i>")
    answer = dee.get(page_of(sample))
    shown = text(answer)

    assert "A + arrived as a space" in shown
    assert '--data-urlencode client_secret="$CLIENT_SECRET"' in shown
    assert f"client_id={sample.application.client_id}" in shown
    assert "10.0.0.9" in shown
    assert "<i>x" not in answer.content.decode()
    assert "Refused lately" in text(dee.get(LIST))
    assert "Refused lately" in text(dee.get("/portal/"))


def test_home_names_what_expires_soon_and_is_quiet_otherwise(
    dee: Client, sample: Sample, secret: ClientSecret
) -> None:
    refused(sample.application)
    assert "Job board" not in text(dee.get("/portal/"))

    services.secret_end_set(secret=secret, expires_at=settings.CLOCK.utc() + timedelta(days=1, hours=1))
    assert "Expires in 1 day" in text(dee.get("/portal/"))
    assert "Expires in 1 day" not in text(Client().get("/portal/"))


@pytest.mark.parametrize("hint", SecretHint)
def test_every_cause_has_words_and_a_remedy(
    dee: Client, sample: Sample, secret: ClientSecret, hint: SecretHint
) -> None:
    refused(sample.application, hint=hint, secret=secret)
    (found,) = mending.refused_requests(sample.application)

    assert found.cause == CAUSES[hint]
    assert found.remedy
    assert found.cause.capitalize()[:20] in text(dee.get(page_of(sample)))


def test_the_account_that_an_application_acts_as_sees_it_too(sample: Sample) -> None:
    acting = person_create(email="acts@example.com", companies=[sample.company])
    sample.application.account = acting
    sample.application.save()

    assert signed_in(acting).get(page_of(sample)).status_code == 200


def test_nobody_sees_an_application_of_somebody_else(sample: Sample) -> None:
    """Broken object level authorization, the first of OWASP's list for APIs."""
    for person in (person_create(email="other@example.com"), sample.administrator):
        client = signed_in(person)
        assert client.get(page_of(sample)).status_code == 404
        assert "Job board" not in text(client.get(LIST))
    assert signed_in(sample.developer).get(f"{LIST}{uuid.uuid4()}/").status_code == 404


def test_who_is_not_signed_in_is_asked_to(sample: Sample) -> None:
    for address in (LIST, page_of(sample)):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/portal/sign-in/?next={address}"


def test_these_pages_are_only_read(dee: Client, sample: Sample) -> None:
    assert dee.post(page_of(sample)).status_code == 405


def test_refused_requests_with_a_known_cause_come_first(sample: Sample, secret: ClientSecret) -> None:
    refused(sample.application, ago=1)
    refused(sample.application, hint="whitespace", secret=secret, ago=5000)

    assert [item.cause != "" for item in mending.refused_requests(sample.application)] == [True, False]
