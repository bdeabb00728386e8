"""The console: how an application signs people in, and proves itself without a secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from millgate.control.clients.certificates import key_pair_make
from millgate.control.clients.models import ClientCertificate, ProtectedResource
from millgate.control.publish.selectors import snapshot_current
from millgate.snapshot.document import TokenProfile
from support.console_pages import act, filled, page, text
from support.sample import Sample, sample_make

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    client = Client()
    client.force_login(sample.administrator)
    return client


def pem(base64: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def certificate() -> str:
    return key_pair_make(now=settings.CLOCK.utc()).certificate


def test_redirect_uris_and_the_client_type_are_in_force_at_once(ada: Client, sample: Sample) -> None:
    address = page(sample.application)
    changed = {"client_type": "public", "redirect_uris": "https://mes.example/cb\n\nhttp://127.0.0.1/cb\n"}
    ada.post(address, filled(ada, address, **changed))

    found = snapshot_current().applications[str(sample.application.client_id)]
    assert found.public
    assert found.redirect_uris == ("https://mes.example/cb", "http://127.0.0.1/cb")
    assert "https://mes.example/cb\nhttp://127.0.0.1/cb" in ada.get(address).content.decode()


def test_a_redirect_uri_from_which_codes_could_be_lost_is_refused_beside_its_field(
    ada: Client, sample: Sample
) -> None:
    address = page(sample.application)
    answer = ada.post(address, filled(ada, address, redirect_uris="http://mes.example/cb"))
    assert "over plain HTTP only 127.0.0.1, [::1] and localhost are safe; use https" in text(answer)
    assert snapshot_current().applications[str(sample.application.client_id)].redirect_uris == ()


def test_a_certificate_is_added_shown_in_force_and_removed(
    ada: Client, sample: Sample, certificate: str
) -> None:
    act(ada, sample.application, "certificate-add", certificate=pem(certificate), description="Line 4")
    row = ClientCertificate.objects.get()
    shown = text(ada.get(page(sample.application)))
    assert row.thumbprint in shown
    assert "Line 4" in shown
    in_force = snapshot_current().applications[str(sample.application.client_id)].certificates
    assert [item.thumbprint for item in in_force] == [row.thumbprint]

    act(ada, sample.application, "certificate-remove", certificate=str(row.pk))
    assert snapshot_current().applications[str(sample.application.client_id)].certificates == ()


@pytest.mark.parametrize(
    ("pasted", "told"),
    [
        ("", "This field is required"),
        ("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----", "This is no certificate"),
        ("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----", "This holds a private key"),
    ],
)
def test_what_is_no_certificate_is_refused_and_not_kept(
    ada: Client, sample: Sample, pasted: str, told: str
) -> None:
    answer = act(ada, sample.application, "certificate-add", certificate=pasted)
    assert told in text(answer)
    assert not ClientCertificate.objects.exists()


def test_a_certificate_that_has_expired_or_stands_already_is_refused(
    ada: Client, sample: Sample, certificate: str
) -> None:
    act(ada, sample.application, "certificate-add", certificate=pem(certificate))
    again = act(ada, sample.application, "certificate-add", certificate=pem(certificate))
    assert "The application has this certificate already" in text(again)
    old = key_pair_make(now=datetime.now(UTC) - timedelta(days=4000)).certificate
    expired = act(ada, sample.application, "certificate-add", certificate=pem(old))
    assert "This certificate has expired already" in text(expired)
    assert ClientCertificate.objects.count() == 1


def test_a_protected_resource_is_added_with_its_profile(ada: Client) -> None:
    address = reverse("admin:clients_protectedresource_add")
    ada.post(address, {"identifier": "https://mes.example/api", "name": "MES", "profile": "at+jwt"})
    assert snapshot_current().resources["https://mes.example/api"].profile is TokenProfile.AT_JWT


def test_the_resource_of_the_settings_cannot_be_added_again(ada: Client) -> None:
    address = reverse("admin:clients_protectedresource_add")
    named = settings.MILLGATE.resource
    answer = ada.post(address, {"identifier": named, "name": "Plex", "profile": "v1"})
    assert "The settings name this resource already" in text(answer)
    assert not ProtectedResource.objects.exists()
