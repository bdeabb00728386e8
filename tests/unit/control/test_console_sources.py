"""Declaring a table in the console: from the address of a database to a resource that is published."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from millgate.assembly.source_desk import LiveSourceDesk
from millgate.control.accounts.services import company_create
from millgate.control.catalogue.models import Api, DataSource
from millgate.control.catalogue.services import data_source_put
from millgate.control.clients.vault import sealer
from millgate.control.publish.selectors import draft
from millgate.plant.sources.reading import read_source
from support.console_pages import administrator, helper, page, text
from support.own_database import ORDERS, changed, order_book

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("rows")
DECLARE = "/console/catalogue/datasource/declare/"


@pytest.fixture
def ada(rows: None, monkeypatch: pytest.MonkeyPatch) -> Client:  # noqa: ARG001 - rows are rolled back
    monkeypatch.setattr(
        settings, "SOURCE_DESK", LiveSourceDesk(settings.MILLGATE, settings.CLOCK), raising=False
    )
    company_create(pcn=79870, code="GRAND", name="Grand Mills", time_zone="America/Detroit")
    return administrator()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return order_book(tmp_path / "order-book.db")


def held(response: Response) -> dict[str, str | list[str]]:
    """What a browser would send back from the page's form: as it is filled in."""
    found: dict[str, str | list[str]] = {}
    shown = response.content.decode()
    form = shown[shown.index('class="add wide"') :].split("</form>")[0]
    for tag in re.findall(r"<input [^>]*>", form):
        named = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag)) | {"checked": str(" checked" in tag)}
        if named.get("type") not in {"checkbox", "radio"} or named["checked"] == "True":
            found[named["name"]] = html.unescape(
                named.get("value", "on" if named.get("type") == "checkbox" else "")
            )
    for name, inner in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    found.pop("csrfmiddlewaretoken", None)
    return found


def edited(ada: Client, book: Path) -> dict[str, str | list[str]]:
    """The third page of the way: the columns of the order book."""
    tables = ada.post(DECLARE, {"address": f"sqlite://{book}", "tiers": ["test"]})
    assert "order_book" in text(tables)
    columns = ada.post(DECLARE, held(tables) | {"table": "order_book"})
    return held(columns)


def put(book: Path, declaration: str = ORDERS) -> DataSource:
    return data_source_put(
        declaration=declaration,
        form="toml",
        urls={"test": f"sqlite://{book}"},
        sealer=sealer(),
        home=settings.MILLGATE.home,
    )


def resource_page(source: DataSource, name: str = "Orders") -> str:
    return f"/console/catalogue/datasource/{source.pk}/resources/{name}/"


def test_a_table_becomes_a_resource_step_by_step(ada: Client, book: Path) -> None:
    given = edited(ada, book)
    assert (given["source-key"], given["resource-name"]) == ("order-book", "OrderBook")
    assert given["resource-owner"] == "column"
    assert given["resource-pcn_column"] == "company"
    assert str(book) not in str(given)
    given |= {"columns-4-doc": "Whether it waits.", "columns-3-name": "pieces"}
    seen = ada.post(DECLARE, given | {"_preview": "1", "company": "79870"})
    assert "It can be read, and has no rows for this company." in text(seen)
    assert not DataSource.objects.exists()
    changed(book, "UPDATE order_book SET company = 79870 WHERE order_id = 7")
    seen = ada.post(DECLARE, given | {"_preview": "1", "company": "79870"})
    assert "A-0007" in text(seen)
    assert "pieces" in text(seen)
    saved = ada.post(DECLARE, given | {"_save": "1"}, follow=True)
    assert "This is a draft now." in text(saved)
    source = DataSource.objects.get()
    declared = read_source(source.declaration, source.format).resources[0]
    assert declared.key == "order_id"
    assert {field.wire_name for field in declared.fields} >= {"pieces", "orderNo", "dueDate"}
    assert [change.kind for change in draft().changes] == ["api", "source"]
    assert Api.objects.get(key="order-book").tiers == ["test"]


def test_a_resource_is_changed_in_its_table_and_keeps_what_the_table_does_not_say(
    ada: Client, book: Path
) -> None:
    source = put(book)
    before = read_source(source.declaration, source.format)
    given = held(ada.get(resource_page(source)))
    answer = ada.post(resource_page(source), given | {"_save": "1"}, follow=True)
    assert "is saved" in text(answer)
    source.refresh_from_db()
    assert read_source(source.declaration, source.format) == before
    company = next(name for name, value in given.items() if value == "company" and name.endswith("-column"))
    row = company.removesuffix("column")
    given = held(answer) | {f"{row}shown": "on", f"{row}filter": "equal", "columns-3-kind": "integer"}
    ada.post(resource_page(source), given | {"_save": "1"}, follow=True)
    source.refresh_from_db()
    after = read_source(source.declaration, source.format).resources[0]
    assert [field.kind for field in after.fields][3] == "integer"
    assert [item.name for item in after.filters] == [
        *(i.name for i in before.resources[0].filters),
        "Company",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"resource-name": "not a name"}, "the name 'not a name' is not PascalCase"),
        ({"resource-key": "due_date"}, "a key is an integer or a text"),
        ({"columns-3-filter": "like"}, "does not fit the kind number"),
        ({"columns-2-name": "Due Date"}, "is not camelCase"),
        ({"resource-owner": "company"}, "Choose the company that may read all rows."),
        ({"resource-owner": ""}, "This field is required."),
        ({"seen": "0"}, "Somebody else has changed the declaration meanwhile."),
    ],
)
def test_what_cannot_be_declared_is_said_and_not_saved(
    ada: Client, book: Path, given: dict[str, str], told: str
) -> None:
    source = put(book)
    answer = ada.post(resource_page(source), held(ada.get(resource_page(source))) | given | {"_save": "1"})
    assert told in text(answer)
    source.refresh_from_db()
    assert source.declaration == ORDERS


def test_a_preview_names_every_column_that_fails(ada: Client, book: Path) -> None:
    declaration = ORDERS.replace('pcn = "company"', "every_company = true")
    source = put(book, declaration)
    changed(book, "UPDATE order_book SET quantity = 'many', due_date = x'00' WHERE order_id = 1")
    seen = text(ada.post(resource_page(source), held(ada.get(resource_page(source))) | {"_preview": "1"}))
    assert "These columns cannot be read as declared:" in seen
    assert seen.count("or cannot be read") == 2
    changed(book, "ALTER TABLE order_book RENAME quantity TO amount")
    seen = text(ada.post(resource_page(source), held(ada.get(resource_page(source))) | {"_preview": "1"}))
    assert "the table has no such column; it has order_id, order_no, due_date, amount" in seen


def test_a_table_without_a_key_is_only_listed_and_says_so(ada: Client, book: Path) -> None:
    source = put(book)
    given = held(ada.get(resource_page(source))) | {"resource-key": "", "_preview": "1"}
    assert "There is no key: rows cannot be asked for one by one." in text(
        ada.post(resource_page(source), given)
    )


def test_a_database_that_is_gone_does_not_keep_anybody_from_changing_the_declaration(
    ada: Client, book: Path
) -> None:
    source = put(book)
    book.unlink()
    shown = ada.get(resource_page(source))
    assert "The database cannot be looked at: " in text(shown)
    answer = ada.post(
        resource_page(source), held(shown) | {"resource-description": "New.", "_save": "1"}, follow=True
    )
    assert "is saved" in text(answer)
    source.refresh_from_db()
    assert "New." in source.declaration


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("mysql://x", "expected sqlite:"),
        ("sqlite:///nowhere/at/all.db", "The database cannot be looked at:"),
        ("sqlite:control.db", "Millgate's own"),
        ("postgresql://erp:hidden-word@127.0.0.1:1/erp", "The database cannot be looked at:"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    ada: Client, address: str, told: str
) -> None:
    answer = ada.post(DECLARE, {"address": address, "tiers": ["test"]})
    assert told in text(answer)
    assert "hidden-word" not in answer.content.decode()


def test_a_new_source_replaces_none_and_nobody_elses_address_is_taken(ada: Client, book: Path) -> None:
    given = edited(ada, book)
    ada.post(DECLARE, given | {"_save": "1"})
    assert "There is a data source of this key" in text(ada.post(DECLARE, given | {"_save": "1"}))
    other = helper("add_datasource", "view_datasource")
    answer = other.post(DECLARE, given | {"_save": "1"}, follow=True)
    assert "Start again." in text(answer)
    assert DataSource.objects.count() == 1


def test_another_table_is_added_and_taken_away(ada: Client, book: Path) -> None:
    changed(book, "CREATE TABLE customer (customer_no TEXT PRIMARY KEY, name TEXT, company INTEGER)")
    source = put(book)
    add = f"/console/catalogue/datasource/{source.pk}/declare/"
    assert "Declare another table or view" in text(ada.get(page(source)))
    given = held(ada.post(add, held(ada.get(add)) | {"table": "customer"}))
    ada.post(add, given | {"_save": "1"}, follow=True)
    source.refresh_from_db()
    assert [item.name for item in read_source(source.declaration, "toml").resources] == ["Orders", "Customer"]
    answer = ada.post(resource_page(source, "Customer"), {"_remove": "1"}, follow=True)
    assert "is saved" in text(answer)
    source.refresh_from_db()
    assert [item.name for item in read_source(source.declaration, "toml").resources] == ["Orders"]
    assert ada.get(resource_page(source, "Customer")).status_code == 404


def test_only_who_may_change_sources_sees_these_pages(ada: Client, book: Path) -> None:  # noqa: ARG001 - it sets the desk
    source = put(book)
    reader = helper("view_datasource")
    assert reader.get(DECLARE).status_code == 403
    assert reader.get(resource_page(source)).status_code == 403
    shown = reader.get(page(source)).content.decode()
    assert resource_page(source) not in shown
    assert reader.get(f"/console/catalogue/datasource/{source.pk}/declare/").status_code == 403
