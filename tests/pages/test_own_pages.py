"""A developer subscribes in a browser, shows a key, calls with it, and sees what came of the calls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect

from pages.conftest import enter, sign_in
from pages.looking import look
from support.publishing import eventually

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from support.served import Served

CALL = "/test/Workcenter/v1/Workcenters"
KEY = re.compile(r"[0-9a-f]{32}")


def approve(browser: Browser, server: Served, name: str) -> None:
    """What an administrator does meanwhile, in a browser of their own."""
    context = browser.new_context(base_url=server.origin)
    page = context.new_page()
    sign_in(page, server)
    page.goto("/console/clients/subscription/?state__exact=submitted")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("approved.")).to_be_visible()
    context.close()


def seen(page: Page, name: str, address: str = "") -> None:
    """Look at a page, and go on with it as a desktop has it."""
    look(page, name, address or page.url)
    page.set_viewport_size({"width": 1280, "height": 900})


def ask(page: Page, server: Served) -> None:
    """Read what a subscription opens, and ask for it on its terms."""
    enter(page, server, "/portal/adapters/production-management/subscribe/")
    expect(page.get_by_label("Name")).to_have_value("Developer access #2")
    seen(page, "portal-subscribe")
    page.get_by_label("Name").fill("Shift board")
    page.get_by_role("button", name="Request the subscription").click()
    expect(page.get_by_text("You must agree to the terms of use")).to_be_visible()
    page.get_by_label("I agree to the terms of use above.").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Shift board")).to_contain_text("Requested")
    expect(page.get_by_text("Primary key")).to_have_count(0)


def shown_key(page: Page) -> str:
    """The primary key, shown and hidden again."""
    page.reload()
    expect(page.get_by_role("heading", name="Shift board")).to_contain_text("Active")
    assert not KEY.search(page.locator("main").inner_text()), "no key is there before it is asked for"
    row = page.get_by_role("listitem").filter(has_text="Primary key")
    row.get_by_role("button", name="Show Primary key").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".key-value")).to_have_text(KEY)
    key = row.locator(".key-value").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    row.get_by_role("button", name="Hide Primary key").click()
    expect(row.locator(".key-value")).not_to_have_text(KEY)
    return key


def regenerate_the_other(page: Page) -> None:
    page.get_by_role("link", name="Regenerate Secondary key").click()
    expect(page.get_by_text("The other key keeps working")).to_be_visible()
    page.get_by_role("button", name="Regenerate this key").click()
    expect(page.get_by_text("It works within a second; the other key was not touched.")).to_be_visible()


def read_why(page: Page, request_id: str) -> None:
    """Why a call was refused: by its id, and in the list."""
    eventually(lambda: (found := page.goto(f"/portal/why/{request_id}/")) is not None and found.ok)
    expect(page.get_by_text("An Authorization header is there")).to_be_visible()
    seen(page, "portal-why")
    page.get_by_role("link", name="All about MG203").click()
    expect(page.get_by_role("heading", name="MG203")).to_be_visible()
    seen(page, "portal-refusals", "/portal/profile/refusals/")
    expect(page.get_by_text(request_id)).to_be_visible()


def read_report(page: Page) -> None:
    """What came of the calls, narrowed down to the subscription, and as a file."""
    page.get_by_role("link", name="Analytics Shift board").click()
    expect(page.get_by_role("img", name="Calls over time")).to_be_visible()
    expect(page.get_by_role("list", name="Narrowed down to")).to_contain_text("Shift board")
    seen(page, "portal-own-analytics")
    with page.expect_download() as saved:
        page.get_by_role("link", name="APIs called most as CSV").click()
    assert saved.value.path().read_text().startswith("API,Calls,Success,Blocked")


def test_a_developer_subscribes_calls_with_a_key_and_sees_what_came_of_it(
    page: Page, browser: Browser, server: Served
) -> None:
    ask(page, server)
    here = page.url
    approve(browser, server, "Shift board")
    key = shown_key(page)

    bearer = {"Authorization": f"Bearer {server.token()}"}
    eventually(lambda: call(server, key, bearer).status_code == 200)
    refused = call(server, key, {})
    assert refused.status_code == 401
    regenerate_the_other(page)
    assert call(server, key, bearer).status_code == 200
    read_why(page, refused.headers["x-request-id"])

    seen(page, "portal-subscription", here)
    read_report(page)
    seen(page, "portal-subscriptions", "/portal/profile/subscriptions/")
    page.goto(here)
    page.get_by_role("link", name="Cancel the subscription").click()
    page.get_by_role("button", name="Cancel it for good").click()
    expect(page.get_by_text("“Shift board” is cancelled.")).to_be_visible()
    eventually(lambda: call(server, key, bearer).status_code == 401)
    # The gateway tells whose key it was in its own words, by which the page finds the owner.
    dead = call(server, key, bearer).headers["x-request-id"]
    eventually(lambda: (found := page.goto(f"/portal/why/{dead}/")) is not None and found.ok)
    expect(page.get_by_role("heading", name="“Shift board” is not active")).to_be_visible()


def call(server: Served, key: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.get(f"{server.origin}{CALL}", headers={"Ocp-Apim-Subscription-Key": key, **headers})
