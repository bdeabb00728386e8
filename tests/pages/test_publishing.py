"""A platform engineer makes an adapter and an application in the browser, publishes, and a program calls."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from pages.conftest import sign_in
from support.keyboard import choose, press, tick, type_into

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


def test_a_developer_signs_in_and_out_at_the_portal(page: Page, server: Served) -> None:
    page.goto("/portal/sign-in/")
    page.get_by_label("E-mail").fill(server.env["DEVELOPER_EMAIL"])
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()

    page.get_by_label("E-mail").fill(server.env["DEVELOPER_EMAIL"])
    page.get_by_label("Password").fill(server.env["DEVELOPER_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


@pytest.mark.timeout(300)
def test_an_adapter_is_made_published_and_listed_at_the_portal_by_keyboard(
    page: Page, server: Served
) -> None:
    sign_in(page, server)
    press(page, "Adapters", "link")
    press(page, "Add adapter", "link")
    type_into(page, "Key:", "parts-only")
    type_into(page, "Name:", "Parts Only")
    type_into(page, "Description:", "Parts, and nothing else.")
    tick(page, page.locator("#id_apis").get_by_label("PartList"))
    choose(page, page.locator("#id_limits-0-kind"), "Quota (calls)")
    type_into(page, page.locator("#id_limits-0-amount"), "500")
    type_into(page, page.locator("#id_limits-0-every"), "1")
    choose(page, page.locator("#id_limits-0-unit"), "hours")
    press(page, "Save")
    expect(page.get_by_text("was added successfully")).to_be_visible()

    page.goto("/portal/adapters/")
    assert page.get_by_text("Parts Only").count() == 0, "a draft is not shown"

    page.goto("/console/")
    press(page, "Publishing", "link")
    expect(page.get_by_text("Parts Only").first).to_be_visible()  # what would change is told
    press(page, "Publish")
    expect(page.get_by_text(re.compile(r"Version \d+ is in force"))).to_be_visible()

    page.goto("/portal/adapters/")
    press(page, "Parts Only", "link")
    expect(page.get_by_text("500 calls per hour")).to_be_visible()


def test_a_secret_added_in_the_browser_gets_a_token(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/clients/clientapplication/")
    page.get_by_role("link", name="Sample Integration (Test Only)", exact=True).click()
    page.get_by_label("Description").last.fill("from the browser")
    page.get_by_role("button", name="Add secret").click()

    shown = page.locator("main, #content").first.inner_text()
    (secret,) = re.findall(r"[A-Za-z0-9+/]{43}=", shown)
    until = time.monotonic() + 10
    form = {
        "grant_type": "client_credentials",
        "client_id": server.env["TEST_ONLY_CLIENT_ID"],
        "client_secret": secret,
        "resource": server.env["RESOURCE"],
    }
    while (answer := httpx.post(f"{server.origin}/oauth2/v1/token", data=form)).status_code != 200:
        assert time.monotonic() < until, answer.text
