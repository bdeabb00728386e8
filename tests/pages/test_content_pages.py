"""Content in a browser: a post from its first word to the portal, a table from its database to a resource."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.test_every_page import look
from support.own_database import order_book

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


def seen(page: Page, name: str) -> None:
    """Look at the page, and go on at the width of a desktop."""
    look(page, name, page.url)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_a_post_is_written_previewed_and_shown_by_keyboard(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/catalogue/post/add/")
    page.get_by_label("Title").focus()
    page.keyboard.type("Maintenance in March")
    page.get_by_role("textbox", name="Text").focus()
    page.keyboard.type("On *Sunday*, from 06:00 to 08:00 UTC.")
    page.get_by_role("button", name="Preview").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".preview em")).to_have_text("Sunday")
    page.get_by_role("button", name="Save and continue editing").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Publish now").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="See it on the portal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Maintenance in March")
    seen(page, "post")
    page.get_by_role("link", name="Blog", exact=True).first.click()
    expect(page.get_by_role("article")).to_have_count(2)
    assert page.request.get(page.get_by_role("link", name="Atom feed").get_attribute("href") or "").ok
    page.goto("/portal/connectors/")
    page.get_by_label("Search connectors").fill("workbook")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 connector has these words.")
    seen(page, "connectors")
    page.get_by_role("link", name="Spreadsheets and reports").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Spreadsheets and reports")
    seen(page, "connector")
    page.get_by_role("link", name="Glossary").click()
    seen(page, "glossary")


def test_a_table_is_declared_looked_at_and_saved(page: Page, server: Served) -> None:
    order_book(server.home / "order-book.db")
    sign_in(page, server)
    page.goto("/console/catalogue/datasource/")
    page.get_by_role("link", name="Declare from a database").click()
    page.get_by_label("Address of the database").fill("sqlite:order-book.db")
    page.keyboard.press("Enter")
    page.get_by_label("order_book").check()
    page.get_by_role("button", name="Show its columns").click()
    page.get_by_label("Every company all rows").check()
    page.get_by_label("Name: quantity").fill("pieces")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("cell", name="A-0001")).to_be_visible()
    expect(page.get_by_role("columnheader", name="pieces")).to_be_visible()
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("This is a draft now.")).to_be_visible()
    seen(page, "console-source-resource")
    added = re.sub("resources/.*", "declare/", page.url)
    look(page, "console-source-tables", added)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/console/publishing/")
    expect(page.get_by_text("order-book").first).to_be_visible()
    page.goto("/console/settings/")
    expect(page.get_by_text("as your browser sees it")).to_be_visible()
    seen(page, "console-settings")
