"""HTTP upstreams at the console: every fault at its field, values of headers sealed, none lost in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import Api, Revision, Upstream
from millgate.control.catalogue.selectors import upstream_document
from millgate.control.catalogue.services import upstream_put
from millgate.control.clients.vault import sealer
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress, sealed_for
from support.console_pages import administrator, filled, helper, page, text

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("rows")

ADD = "/console/catalogue/upstream/add/"
ERP = HttpUpstream(key="erp", name="The ERP", addresses=(UpstreamAddress("test", ("http://erp.example",)),))


@pytest.fixture
def ada(rows: None) -> Client:  # noqa: ARG001 - it must stand on rows that are rolled back
    return administrator()


def add(client: Client, **changes: str) -> Response:
    given = {"key": "erp", "name": "The ERP", "test_urls": "http://erp.example"}
    return client.post(ADD, filled(client, ADD) | given | changes, follow=True)


def unsealed(upstream: Upstream, name: str) -> str:
    sealed = bytes(upstream.headers.get(name=name).sealed)
    return sealer().unseal(sealed, sealed_for(upstream.key, name)).decode()


def test_an_upstream_is_added_with_its_addresses_and_waits_to_be_published(ada: Client) -> None:
    answer = add(ada, production_urls="https://a.example/v2\r\n\r\n  https://b.example \r\n")

    assert "takes effect when you publish it" in text(answer)
    added = upstream_document(Upstream.objects.get())
    assert {address.tier: address.urls for address in added.addresses} == {
        "test": ("http://erp.example",),
        "production": ("https://a.example/v2", "https://b.example"),
    }
    assert added == HttpUpstream(key="erp", name="The ERP", addresses=added.addresses)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("test_urls", "ftp://erp.example", "expected http:// or https:// with a host"),
        ("production_urls", "https://me:secret@erp.example", "credentials do not belong"),
        ("test_urls", "\n".join(f"http://erp.example/{number}" for number in range(33)), "not 1 to 32"),
        ("test_urls", "", "no address for any tier"),
        ("connect_seconds", "0", "not from 0 to 600 seconds"),
        ("total_seconds", "601", "not from 0 to 600 seconds"),
        ("retries", "6", "not from 0 to 5"),
        ("most_connections", "0", "not from 1 to 10000"),
        ("health_path", "health", "is not a path"),
        ("ca_pem", "-----BEGIN CERTIFICATE-----", "No certificates in PEM form"),
        ("key", "The ERP", "lower case letters"),
    ],
)
def test_a_fault_is_told_at_its_field(ada: Client, field: str, value: str, why: str) -> None:
    answer = add(ada, **{field: value})

    told = answer.context["adminform"].form.errors
    assert why in str(told.get("production_urls" if why.startswith("no address") else field))
    assert len(told) == 1
    assert not Upstream.objects.exists()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("Host", "erp", "is the gateway"),
        ("X Key", "erp", "is not the name of a header"),
        ("X-Key", "", "Give the value that is sent"),
        ("X-Key", "a\x07b", "printable ASCII"),
        ("X-Key", "clé", "printable ASCII"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(ada: Client, name: str, value: str, why: str) -> None:
    answer = add(ada, **{"headers-0-name": name, "headers-0-value": value})

    assert why in text(answer)
    assert not Upstream.objects.exists()


def test_a_header_stands_once_in_whatever_case(ada: Client) -> None:
    two = {
        f"headers-{n}-{member}": value
        for n, name in enumerate(("X-Key", "x-key"))
        for member, value in (("name", name), ("value", "1"))
    }
    answer = add(ada, **two | {"headers-TOTAL_FORMS": "2"})

    assert "a header stands twice" in text(answer)


def test_the_value_of_a_header_is_sealed_and_never_shown_again(ada: Client) -> None:
    add(ada, **{"headers-0-name": "X-Key", "headers-0-value": "hush hush"})
    row = Upstream.objects.get()

    assert unsealed(row, "X-Key") == "hush hush"
    shown = ada.get(page(row))
    assert "Kept, and not shown" in text(shown)
    assert "hush" not in shown.content.decode()
    refused = ada.post(page(row), filled(ada, page(row), **{"headers-0-value": "typed now", "retries": "9"}))
    assert "typed now" not in refused.content.decode()
    assert "hush" not in "".join(Entry.objects.values_list("text", flat=True))


def test_a_value_is_kept_until_another_is_typed_and_a_new_name_needs_one(ada: Client) -> None:
    add(ada, **{"headers-0-name": "X-Key", "headers-0-value": "old"})
    row = Upstream.objects.get()

    ada.post(page(row), filled(ada, page(row), name="ERP", **{"headers-0-name": "x-key"}))
    row.refresh_from_db()
    assert (row.name, unsealed(row, "x-key")) == ("ERP", "old")

    renamed = ada.post(page(row), filled(ada, page(row), **{"headers-0-name": "X-Other"}))
    assert "Give the value that is sent" in text(renamed)

    ada.post(page(row), filled(ada, page(row), **{"headers-0-name": "X-Other", "headers-0-value": "new"}))
    assert unsealed(row, "X-Other") == "new"
    ada.post(page(row), filled(ada, page(row), **{"headers-0-DELETE": "on"}))
    assert not row.headers.exists()


def test_an_upstream_in_use_stays_and_the_page_says_by_which_apis(ada: Client) -> None:
    row = upstream_put(ERP)
    api = Api.objects.create(key="orders", name="Orders", suffix="Orders", upstream="mock")
    tried = Revision.objects.create(api=api, number=2, upstream="http:erp")
    listing = reverse("admin:catalogue_upstream_changelist")

    assert "Orders v1" in text(ada.get(f"{listing}?q=http://erp"))
    assert "Orders v1" not in text(ada.get(f"{listing}?q=nowhere"))
    assert "Orders v1" in text(ada.get(page(row, "delete")))
    ada.post(page(row, "delete"), {"post": "yes"})
    ada.post(listing, {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"})
    assert Upstream.objects.exists()

    tried.delete()
    ada.post(page(row, "delete"), {"post": "yes"})
    assert not Upstream.objects.exists()


def test_whoever_may_only_look_sees_no_button_and_others_no_page(rows: None) -> None:  # noqa: ARG001 - as above
    row = upstream_put(ERP)
    client = helper("view_upstream")

    shown = client.get(page(row)).content.decode()
    assert 'name="_save"' not in shown
    assert client.get(ADD).status_code == 403
    assert "Upstreams" in text(client.get("/console/"))
    assert client.get(reverse("admin:catalogue_api_changelist")).status_code == 403
