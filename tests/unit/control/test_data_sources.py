"""Data sources as rows: put, published, changed, disabled and removed; and the notices about them."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from millgate.control.catalogue.models import Adapter, Api, DataSource, Limit
from millgate.control.catalogue.selectors import catalogue_document
from millgate.control.catalogue.services import (
    data_source_delete,
    data_source_put,
    data_source_urls_shown,
)
from millgate.control.clients.vault import sealer
from millgate.control.publish.selectors import catalogue_published, draft, snapshot_current, version_newest
from millgate.control.publish.services import publication_make
from millgate.control.usage.models import Notice
from millgate.control.usage.selectors import notices_unread
from millgate.control.usage.services import notice_mark_read
from millgate.snapshot.sources import sealed_for
from support.own_database import ORDERS
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("rows")

URL = "sqlite:///srv/erp.db"
POSTGRES = ORDERS.replace('key = "orders"', 'key = "orders"\ndialect = "postgresql"', 1)
SECRET_URL = "postgresql://erp:s%40cret@db.example:5432/erp?sslmode=require"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    client = Client()
    client.force_login(sample.administrator)
    return client


def put(declaration: str = ORDERS, **given: Any) -> DataSource:
    urls = given.pop("urls", {"production": URL})
    home: Path = settings.MILLGATE.home
    return data_source_put(
        declaration=declaration, form="toml", urls=urls, sealer=sealer(), home=home, **given
    )


def faults(declaration: str = ORDERS, **given: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        put(declaration, **given)
    return dict(refused.value.message_dict)


def publish() -> None:
    publication_make(by="test")


# Services


@pytest.mark.usefixtures("sample")
def test_a_source_that_is_put_becomes_an_api_and_is_in_force_when_published() -> None:
    put()
    publish()

    published = catalogue_published()
    assert [source.key for source in published.sources] == ["orders"]
    assert snapshot_current().trees["production"].find("GET", ("Erp", "v1", "Orders")) is not None
    assert snapshot_current().trees["test"].find("GET", ("Erp", "v1", "Orders")) is None


def test_neither_rows_nor_the_document_hold_the_address_in_clear() -> None:
    row = put(POSTGRES, urls={"production": SECRET_URL})
    publish()
    version = version_newest()
    assert version is not None

    assert b"cret" not in bytes(row.production_sealed)
    assert "cret" not in version.document
    assert "db.example" not in version.document
    shown = data_source_urls_shown(source=row, sealer=sealer())
    assert shown == {"production": "postgresql://erp:***@db.example:5432/erp"}


def test_what_machines_unseal_is_the_address_that_was_given() -> None:
    put(POSTGRES, urls={"test": SECRET_URL})

    (database,) = catalogue_document().sources[0].databases
    assert database.tier == "test"
    unsealed = sealer().unseal(bytes.fromhex(database.url), sealed_for("orders", "test"))
    assert unsealed.decode() == SECRET_URL


def test_putting_again_replaces_the_declaration_and_keeps_the_address() -> None:
    first = put()
    again = put(ORDERS.replace("row_cap = 50", "row_cap = 20"), urls={})

    assert again.pk == first.pk
    assert DataSource.objects.count() == 1
    assert Api.objects.filter(key="orders").count() == 1
    assert catalogue_document().sources[0].resources[0].row_cap == 20
    assert data_source_urls_shown(source=again, sealer=sealer()) == {"production": URL}


def test_an_empty_address_takes_a_tier_away() -> None:
    put(urls={"production": URL, "test": "sqlite:///srv/erp_test.db"})
    put(urls={"production": ""})

    assert catalogue_document().sources[0].tiers == ("test",)
    assert Api.objects.get(key="orders").tiers == ["test"]


def test_all_faults_come_at_once_and_nothing_is_kept() -> None:
    wrong = ORDERS.replace('kind = "number"', 'kind = "decimal"').replace("row_cap = 50", "row_cap = 0")

    told = faults(wrong)["declaration"]
    assert len(told) == 2
    assert not DataSource.objects.exists()
    assert not Api.objects.filter(key="orders").exists()


@pytest.mark.parametrize(
    ("urls", "field", "why"),
    [
        ({}, "production_url", "at least one tier"),
        ({"production": ""}, "production_url", "at least one tier"),
        ({"production": "mysql://a:hunter2@b/c"}, "production_url", "expected sqlite"),
        ({"test": SECRET_URL}, "test_url", "The declaration is for sqlite."),
        ({"production": "sqlite:control.db"}, "production_url", "Millgate's own"),
        ({"production": "sqlite:x/../usage.db"}, "production_url", "Millgate's own"),
    ],
)
def test_a_wrong_address_is_refused_without_repeating_its_password(
    urls: dict[str, str], field: str, why: str
) -> None:
    told = faults(urls=urls)

    assert why in told[field][0]
    assert "hunter2" not in str(told)
    assert "cret" not in str(told)


def test_a_declaration_for_another_engine_than_the_kept_address_is_refused() -> None:
    put()
    assert "The declaration is for postgresql." in faults(POSTGRES, urls={})["production_url"]


@pytest.mark.usefixtures("sample")
def test_a_key_of_another_api_is_refused() -> None:
    taken = Api.objects.get().key
    told = faults(ORDERS.replace('key = "orders"', f'key = "{taken}"'))

    assert f"Another API has the key {taken} already." in told["declaration"]


def test_a_disabled_source_is_away_and_comes_back_with_its_adapter() -> None:
    put()
    adapter = Adapter.objects.create(key="erp", name="ERP", all_apis_on_test=True)
    adapter.apis.add(Api.objects.get(key="orders"))
    Limit.objects.create(adapter=adapter, amount=5, period=1, api=Api.objects.get(key="orders"))
    put(enabled=False)
    publish()

    away = catalogue_published()
    assert not away.sources
    assert "orders" not in {api.key for api in away.apis}
    assert [(item.apis, item.limits) for item in away.adapters if item.key == "erp"] == [((), ())]

    put(enabled=True)
    publish()
    assert [item.apis for item in catalogue_published().adapters if item.key == "erp"] == [("orders",)]


def test_a_source_is_removed_with_its_api_unless_somebody_uses_it() -> None:
    row = put()
    adapter = Adapter.objects.create(key="erp", name="ERP")
    adapter.apis.add(Api.objects.get(key="orders"))
    with pytest.raises(ValidationError, match="ERP"):
        data_source_delete(source=row)
    adapter.apis.clear()
    limit = Limit.objects.create(adapter=adapter, amount=5, period=1, api=Api.objects.get(key="orders"))
    with pytest.raises(ProtectedError):
        data_source_delete(source=row)
    limit.delete()
    data_source_delete(source=row)

    assert not DataSource.objects.exists()
    assert not Api.objects.filter(key="orders").exists()


def test_a_draft_says_that_a_source_waits() -> None:
    publish()
    put()

    assert "orders" in {change.key for change in draft().changes}
    assert not draft().faults


# The console


def page(row: DataSource | Notice | None = None) -> str:
    model = "usage_notice" if isinstance(row, Notice) else "catalogue_datasource"
    return reverse(f"admin:{model}_change", args=(row.pk,)) if row else reverse(f"admin:{model}_add")


def text(response: Response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))


def sent(client: Client, address: str, **fields: str) -> Response:
    given = {"format": "toml", "declaration": ORDERS, "enabled": "on"} | fields
    return client.post(address, given, follow=True)


def test_a_source_is_added_with_its_declaration_and_address(ada: Client) -> None:
    answer = sent(ada, page(), production_url=URL)

    assert "This is a draft now." in text(answer)
    row = DataSource.objects.get(key="orders")
    assert data_source_urls_shown(source=row, sealer=sealer()) == {"production": URL}
    listed = text(ada.get(reverse("admin:catalogue_datasource_changelist")))
    assert "Orders" in listed


def test_every_fault_is_shown_at_the_declaration(ada: Client) -> None:
    wrong = ORDERS.replace('kind = "number"', 'kind = "decimal"').replace("row_cap = 50", "row_cap = 0")
    answer = sent(ada, page(), declaration=wrong, production_url=URL)

    told = text(answer)
    assert "field quantity: the kind 'decimal'" in told
    assert "the row cap 0" in told
    assert answer.context["adminform"].form.errors.keys() == {"declaration"}
    assert not DataSource.objects.exists()


def test_a_password_is_never_sent_back(ada: Client) -> None:
    refused = sent(ada, page(), production_url=SECRET_URL)
    assert "The declaration is for sqlite." in text(refused)
    assert "cret" not in refused.content.decode()

    sent(ada, page(), declaration=POSTGRES, production_url=SECRET_URL)
    shown = ada.get(page(DataSource.objects.get())).content.decode()
    assert "postgresql://erp:***@db.example:5432/erp" in shown
    assert "cret" not in shown


def test_a_source_is_changed_and_keeps_its_key_and_address(ada: Client) -> None:
    row = put()
    sent(ada, page(row), declaration=ORDERS.replace("row_cap = 50", "row_cap = 9"))
    assert catalogue_document().sources[0].resources[0].row_cap == 9
    assert data_source_urls_shown(source=row, sealer=sealer()) == {"production": URL}

    other = sent(ada, page(row), declaration=ORDERS.replace('key = "orders"', 'key = "others"'))
    assert "The key stays orders" in text(other)
    assert DataSource.objects.get().key == "orders"


def test_adding_a_source_twice_is_refused(ada: Client) -> None:
    put()
    assert "There is a data source orders; change that one." in text(sent(ada, page(), production_url=URL))


def test_a_tier_is_taken_away_by_its_box(ada: Client) -> None:
    row = put(urls={"production": URL, "test": URL})
    sent(ada, page(row), test_none="on")

    assert catalogue_document().sources[0].tiers == ("production",)


def test_a_source_is_removed_with_its_api_at_the_console(ada: Client) -> None:
    row = put()
    ada.post(reverse("admin:catalogue_datasource_delete", args=(row.pk,)), {"post": "yes"}, follow=True)

    assert not DataSource.objects.exists()
    assert not Api.objects.filter(key="orders").exists()


def test_a_source_in_use_stays_and_the_page_says_by_whom(ada: Client) -> None:
    row = put()
    adapter = Adapter.objects.create(key="erp", name="ERP tools")
    adapter.apis.add(Api.objects.get(key="orders"))
    answer = ada.post(
        reverse("admin:catalogue_datasource_delete", args=(row.pk,)), {"post": "yes"}, follow=True
    )

    assert "ERP tools" in text(answer)
    assert DataSource.objects.exists()


# Notices


def notice(**given: Any) -> Notice:
    values = {"kind": "column", "subject": "source orders, Orders.due", "text": "It is not there."}
    return Notice.objects.create(**values | {"first_seen": 1.0, "last_seen": 9.0, "count": 3} | given)


def test_a_notice_that_was_read_is_unread_when_it_happens_again() -> None:
    row = notice()
    assert list(notices_unread()) == [row]
    notice_mark_read(notice=row, now=10.0)
    assert not notices_unread()
    Notice.objects.update(last_seen=11.0)
    assert list(notices_unread()) == [row]


def test_notices_are_listed_and_marked_as_read(ada: Client) -> None:
    row = notice()
    other = notice(subject="source orders, test tier", kind="database", read_at=50.0)
    listing = reverse("admin:usage_notice_changelist")
    assert "Orders.due" in text(ada.get(page(row)))
    assert row.subject in text(ada.get(f"{listing}?unread=1"))
    assert other.subject not in text(ada.get(f"{listing}?unread=1"))
    assert other.subject in text(ada.get(f"{listing}?unread=0"))

    answer = ada.post(reverse("admin:usage_notice_act", args=(row.pk, "read")), follow=True)
    assert "marked as read" in text(answer)
    assert not notices_unread()
    assert ada.get(reverse("admin:usage_notice_add")).status_code == 403
