"""The console by keyboard alone: the frame, lists, forms, and what cannot be undone."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.test_analytics_pages import fill

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from support.served import Served

MOST_TABS = 120


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def type_into(page: Page, label: str, text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def press(page: Page, name: str, role: str = "button") -> None:
    """Reach a button or link, and press Enter on it."""
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)  # type: ignore[arg-type]
    page.keyboard.press("Enter")


@pytest.mark.timeout(300)
def test_the_frame_lists_and_forms_by_keyboard(page: Page, server: Served) -> None:
    sign_in(page, server)

    # The first stop of every page leads past the navigation.
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.url.endswith("#content-start")

    # Add a person: what is wrong is told on top, and leads to its field.
    page.goto("/console/")
    press(page, "User Manager", "link")
    expect(page.get_by_role("heading", name="User Manager")).to_be_visible()
    press(page, "Add a person", "link")
    type_into(page, "First Name:", "Kay")
    press(page, "Save")
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Nothing was saved")
    tab_to(page, summary.get_by_role("link", name="E-mail"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("E-mail:", exact=True))
    page.keyboard.type("kay@tamarack.example")
    type_into(page, "Password:", "nine loud looms")
    press(page, "Save")
    expect(page.get_by_text("was added successfully")).to_be_visible()

    # Block them, found by search and filter.
    page.goto("/console/accounts/person/")
    tab_to(page, page.get_by_label("Search", exact=True))
    page.keyboard.type("kay@tamarack")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=kay**")
    press(page, "Kay", "link")
    press(page, "Disable")
    expect(page.get_by_text("None of their keys works any more")).to_be_visible()


@pytest.mark.timeout(300)
def test_an_application_its_secret_and_its_end_by_keyboard(page: Page, server: Served) -> None:
    sign_in(page, server)
    press(page, "Client Applications", "link")
    press(page, "Add client application", "link")
    type_into(page, "Display name:", "By keyboard")
    tab_to(page, page.locator("#id_company"))
    page.keyboard.press("ArrowDown")
    press(page, "Save")
    expect(page.get_by_text("Add a secret next")).to_be_visible()
    tab_to(page, page.locator("#secret_description"))
    page.keyboard.type("first")
    press(page, "Add secret")
    expect(page.get_by_role("heading", name="Secret added")).to_be_visible()
    press(page, "Back to By keyboard", "link")

    # What cannot be undone is asked first, and can be left.
    press(page, "Delete…", "link")
    expect(page.get_by_text("This cannot be undone")).to_be_visible()
    press(page, "Keep it", "link")
    expect(page.get_by_role("heading", name="By keyboard")).to_be_visible()
    press(page, "Delete…", "link")
    press(page, "Delete")
    expect(page.get_by_text("was deleted successfully")).to_be_visible()


@pytest.mark.timeout(300)
def test_the_navigation_of_a_phone_opens_by_keyboard_and_without_scripts(page: Page, server: Served) -> None:
    sign_in(page, server)
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        base_url=server.origin,
        java_script_enabled=False,
        viewport={"width": 390, "height": 800},
        storage_state=page.context.storage_state(),
    )
    phone = context.new_page()
    phone.goto("/console/clients/subscription/")
    signing_keys = phone.get_by_role("link", name="Signing Keys")
    expect(signing_keys).to_be_hidden()
    phone.get_by_text("All pages").focus()
    phone.keyboard.press("Enter")
    expect(signing_keys).to_be_visible()
    signing_keys.focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", name="Signing Keys")).to_be_visible()

    # A filter is a list of links, also without scripts.
    phone.goto("/console/clients/subscription/")
    phone.locator("summary", has_text="State").focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("link", name="Rejected").press("Enter")
    expect(phone.get_by_text("Nothing fits what was searched for")).to_be_visible()
    context.close()


@pytest.mark.timeout(300)
def test_what_operators_do_by_keyboard(page: Page, server: Served) -> None:
    fill(server)
    mail_failed(server)
    sign_in(page, server)
    publish_and_roll_back(page)
    rotate_signing_key(page)
    resend(page)
    read_analytics(page)


def publish_and_roll_back(page: Page) -> None:
    press(page, "APIs", "link")
    press(page, "Workcenter", "link")
    tab_to(page, page.locator("#id_name"))
    page.keyboard.press("End")
    page.keyboard.type(" by keyboard")
    press(page, "Save")
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    press(page, "Publishing", "link")
    type_into(page, "Note:", "Renamed by keyboard")
    press(page, "Publish")
    expect(page.get_by_text(re.compile(r"Version \d+ is in force"))).to_be_visible()

    tab_to(page, page.locator("#history ~ div tbody tr").nth(1).get_by_role("link"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What rolling back to it would change")).to_be_visible()
    tab_to(page, page.locator("summary", has_text="Roll back…"))
    page.keyboard.press("Enter")
    press(page, "Roll back")
    expect(page.get_by_text("is in force again")).to_be_visible()

    # The draft stays as it was; others find the name that they know.
    page.goto("/console/catalogue/api/")
    page.get_by_role("link", name="Workcenter by keyboard", exact=True).click()
    page.locator("#id_name").fill("Workcenter")
    page.get_by_role("button", name="Save", exact=True).click()


def rotate_signing_key(page: Page) -> None:
    press(page, "Signing Keys", "link")
    expect(page.get_by_role("heading", name="Signing Keys")).to_be_visible()
    before = page.locator("#result_list tbody tr").count()
    tab_to(page, page.locator("summary", has_text="Rotate…"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Rotate all the same"))
    page.keyboard.press("Space")
    press(page, "Rotate")
    expect(page.locator("#result_list tbody tr")).to_have_count(before + 1)


def resend(page: Page) -> None:
    # How many failed is told beside the name.
    tab_to(page, page.get_by_role("link", name=re.compile("^Mail")).first)
    page.keyboard.press("Enter")
    press(page, "Read me by keyboard", "link")
    press(page, "Send again")
    expect(page.get_by_text("it waits to be sent, and is tried at once")).to_be_visible()


def read_analytics(page: Page) -> None:
    press(page, "Analytics", "link")
    wanted = page.get_by_label("Range")
    tab_to(page, wanted)
    page.keyboard.press("Home")
    for _ in wanted.locator("option").all():
        if wanted.input_value() == "week":
            break
        page.keyboard.press("ArrowDown")
    press(page, "Show")
    expect(page.get_by_role("img", name="Calls over time")).to_be_visible()
    assert "range=week" in page.url
    tab_to(page, page.locator("summary", has_text="The same numbers as a table").first)
    page.keyboard.press("Enter")
    rows = page.locator("section", has_text="Calls over time").locator("tbody tr")
    expect(rows.first).to_be_visible()
    press(page, "operation-2", "link")
    expect(page.get_by_role("list", name="Narrowed down to")).to_contain_text("operation-2")


def mail_failed(server: Served) -> None:
    """A mail that could not be sent, as the machine keeps one."""
    row = {
        "kind": "request-rejected",
        "name": "",
        "address": "kay@example.com",
        "language": "en",
        "subject": "Read me by keyboard",
        "text": "Hello",
        "html": "",
        "message_id": "<kay@example.com>",
        "state": "failed",
        "tries": 16,
        "last_error": "nobody answers",
        "provider_id": "",
        "created_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",  # one that is old is tidied away
    }
    statement = f"INSERT INTO mail_mail ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"  # noqa: S608 - our own names
    with closing(sqlite3.connect(server.home / "control.db", timeout=20)) as control, control:
        control.execute(statement, list(row.values()))
