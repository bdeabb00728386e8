"""Content in a browser, by keyboard alone: what is written for the portal, a table from its database to a resource."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.looking import look
from support.keyboard import choose_radio, paste_into, press, tick, type_into
from support.own_database import order_book

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


@pytest.mark.timeout(300)
def test_what_is_written_is_previewed_and_shown_by_keyboard(page: Page, server: Served) -> None:
    sign_in(page, server)
    write_post(page)
    page.goto("/console/")
    make_connector(page)


def write_post(page: Page) -> None:
    press(page, "Blog", "link")
    press(page, "Add blog post", "link")
    type_into(page, "Title:", "Maintenance in March")
    paste_into(page, page.get_by_role("textbox", name="Text"), "On *Sunday*, from 06:00 to 08:00 UTC.")
    press(page, "Preview")
    expect(page.locator(".preview em")).to_have_text("Sunday")
    press(page, "Save and continue editing")
    press(page, "Publish now")
    press(page, "See it on the portal", "link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Maintenance in March")
    press(page, "Blog", "link")
    expect(page.get_by_role("article")).to_have_count(2)
    assert page.request.get(page.get_by_role("link", name="Atom feed").get_attribute("href") or "").ok


def make_connector(page: Page) -> None:
    press(page, "Connectors", "link")
    press(page, "Add connector", "link")
    type_into(page, "Name:", "Andon board")
    type_into(page, page.get_by_label("Summary"), "Shows which press stands.")
    paste_into(page, page.get_by_role("textbox", name="Description"), "Hang it *above* the line.")
    tick(page, page.locator("#id_apis").get_by_label("Workcenter v1", exact=True))
    press(page, "Preview")
    expect(page.locator(".preview em")).to_have_text("above")
    shown = page.get_by_label("Shown on the portal")
    if shown.is_checked():
        tick(page, shown)
    press(page, "Save and continue editing")
    press(page, "Show on the portal")
    press(page, "See it on the portal", "link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Andon board")
    press(page, "Connectors", "link")
    type_into(page, page.get_by_label("Search connectors"), "workbook")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 connector has these words.")
    press(page, "Spreadsheets and reports", "link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Spreadsheets and reports")


@pytest.mark.timeout(300)
def test_a_table_is_declared_looked_at_and_saved_by_keyboard(page: Page, server: Served) -> None:
    order_book(server.home / "order-book.db")
    sign_in(page, server)
    press(page, "Data Sources", "link")
    press(page, "Declare from a database", "link")
    type_into(page, page.get_by_label("Address of the database"), "sqlite:order-book.db")
    page.keyboard.press("Enter")
    choose_radio(page, page.get_by_role("group", name="Tables and views"), "order_book")
    press(page, "Show its columns")
    choose_radio(page, page.get_by_role("group", name="Who reads what"), "Every company all rows")
    type_into(page, "Name: quantity", "pieces")
    press(page, "Preview")
    expect(page.get_by_role("cell", name="A-0001")).to_be_visible()
    expect(page.get_by_role("columnheader", name="pieces")).to_be_visible()
    press(page, "Save as a draft")
    expect(page.get_by_text("This is a draft now.")).to_be_visible()
    here = page.url
    press(page, "Publishing", "link")
    expect(page.get_by_text("order-book").first).to_be_visible()

    look(page, "console-source-resource", here)
    look(page, "console-source-tables", re.sub("resources/.*", "declare/", here))
