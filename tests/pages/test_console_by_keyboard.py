"""The console by keyboard alone: the frame, lists, forms, and what cannot be undone."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.test_analytics_pages import fill
from support.keyboard import choose, press, tab_to, tick, type_into
from support.publishing import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


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
    type_into(page, "E-mail:", "kay@tamarack.example")
    type_into(page, "Password:", "nine loud looms")
    press(page, "Save")
    expect(page.get_by_text("was added successfully")).to_be_visible()

    # Block them, found by search and filter.
    page.goto("/console/accounts/person/")
    type_into(page, "Search", "kay@tamarack")
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
    type_into(page, page.locator("#secret_description"), "first")
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

    # Sorting and filters are lists of links, also without scripts.
    phone.goto("/console/clients/subscription/")
    sort = phone.locator("summary", has_text="Sort")
    sort.focus()
    phone.keyboard.press("Enter")
    phone.locator(".sorting").get_by_role("link", name="Name").press("Enter")
    phone.wait_for_url("**o=**")
    sort.focus()
    phone.keyboard.press("Enter")
    expect(phone.locator(".sorting").get_by_role("link", name="Name")).to_have_attribute(
        "aria-current", "true"
    )

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


@pytest.mark.timeout(300)
def test_an_action_is_retired_and_deployed_and_a_token_made_by_keyboard(page: Page, server: Served) -> None:
    def status() -> object:
        token = server.env["ACTION_TOKEN"]
        answer = httpx.post(f"{server.origin}/api/v1/applications/index", json={"token": token})
        return answer.json()["status"]

    sign_in(page, server)
    press(page, "Action Registry", "link")
    type_into(page, "Search", "applications/index")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    press(page, "applications/index", "link")
    assert status() == "action-successful"
    act(page, "Retire")
    expect(page.get_by_text("it answers no more")).to_be_visible()
    assert status() == "route-not-found"
    act(page, "Deploy")
    expect(page.get_by_text("it answers from now on")).to_be_visible()
    assert status() == "action-successful"

    press(page, "Action Applications", "link")
    press(page, re.compile("planox2", re.IGNORECASE), "link")
    act(page, "New token")
    expect(page.get_by_text("no page can show it again")).to_be_visible()


def act(page: Page, name: str) -> None:
    """What asks first is opened, and then meant."""
    tab_to(page, page.locator("summary", has_text=f"{name}…"))
    page.keyboard.press("Enter")
    press(page, name)


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
    tick(page, page.get_by_label("Rotate all the same"))
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
    choose(page, page.get_by_label("Range"), "Last 7 days")
    press(page, "Show")
    expect(page.get_by_role("img", name="Calls over time")).to_be_visible()
    assert "range=week" in page.url
    tab_to(page, page.locator("summary", has_text="The same numbers as a table").first)
    page.keyboard.press("Enter")
    rows = page.locator("section", has_text="Calls over time").locator("tbody tr")
    expect(rows.first).to_be_visible()
    press(page, "operation-2", "link")
    expect(page.get_by_role("list", name="Narrowed down to")).to_contain_text("operation-2")


@pytest.mark.timeout(300)
def test_calls_fail_on_purpose_and_time_passes_by_keyboard(page: Page, server: Served) -> None:
    sign_in(page, server)
    strike_calls(page, server)
    let_time_pass(page, server)


def strike_calls(page: Page, server: Served) -> None:
    """A rule is made and said in words; it strikes a call, is switched off, and taken away."""
    press(page, "Faults and Clock", "link")
    press(page, "Add a rule", "link")
    type_into(page, "Name:", "no-quota-left")
    choose(page, page.get_by_label("API", exact=True), "Workcenter v1")
    error = page.get_by_label("Error", exact=True)
    choose(page, error, error.locator("option", has_text="MG402").inner_text())
    press(page, "Say it in words")
    expect(page.get_by_role("status")).to_contain_text("MG402")
    if not page.get_by_label("On: it strikes").is_checked():
        tick(page, page.get_by_label("On: it strikes"))
    press(page, "Save")
    expect(page.get_by_text("It strikes from now on.")).to_be_visible()
    headers = server.headers()
    call = f"{server.origin}/test/Workcenter/v1/Workcenters?limit=1"
    eventually(lambda: httpx.get(call, headers=headers).status_code == 403)

    press(page, "Switch off no-quota-left")
    expect(page.get_by_text("Rule no-quota-left is off.")).to_be_visible()
    eventually(lambda: httpx.get(call, headers=headers).status_code == 200)
    press(page, "no-quota-left", "link")
    press(page, "Delete…", "link")
    press(page, "Delete")
    expect(page.get_by_text("Rule no-quota-left is deleted.")).to_be_visible()


def let_time_pass(page: Page, server: Served) -> None:
    """By an amount, and to what lies ahead; tokens of before have expired, until the real time is back."""
    token = server.token()
    call = f"{server.origin}/test/Workcenter/v1/Workcenters?limit=1"
    try:
        type_into(page, "Jump forward by:", "5")
        choose(page, page.get_by_label("Unit:"), "minutes")
        press(page, "Jump")
        expect(page.get_by_text("5 min later")).to_be_visible()
        type_into(page, page.get_by_label("Subscription, owner or application"), "Developer access")
        page.keyboard.press("Enter")
        expect(page.get_by_role("cell", name="The quota of 7 days is renewed", exact=True)).to_be_visible()
        expect(
            page.get_by_role("cell", name="Every access token issued until now has expired")
        ).to_be_hidden()
        type_into(page, page.get_by_label("Subscription, owner or application"), "")
        page.keyboard.press("Delete")
        page.keyboard.press("Enter")
        press(page, re.compile("^Jump there ?: Every access token issued until now has expired"))
        expect(page.get_by_text("The clock stands at")).to_be_visible()
        eventually(lambda: httpx.get(call, headers=server.headers(token)).status_code == 401)
    finally:
        press(page, "Back to the real time")
    expect(page.get_by_text("The clock goes with the real time again.")).to_be_visible()
    eventually(lambda: httpx.get(call, headers=server.headers(token)).status_code == 200)


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
