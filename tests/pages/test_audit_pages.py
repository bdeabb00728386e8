"""The audit log, as an administrator reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from pages.conftest import picture, sign_in
from pages.looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from support.served import Served


def test_a_change_is_found_in_the_audit_log_with_what_was_before_and_after(
    page: Page, browser: Browser, server: Served
) -> None:
    sign_in(page, server)
    page.goto("/console/accounts/role/")
    page.locator("#result_list tbody th a").first.click()
    role = page.url
    page.get_by_label("Description").fill("Tamarack & Daughters")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(role)
    page.get_by_role("link", name="History", exact=True).click()

    row = page.locator(".audit-log tbody tr").first
    expect(row).to_contain_text("role")
    expect(row).to_contain_text("changed")
    expect(row).to_contain_text(server.env["ADMIN_EMAIL"])
    row.get_by_role("link").first.click()
    expect(page.locator("ins")).to_have_text("Tamarack & Daughters")
    expect(page.locator("del")).to_have_count(1)
    look(page, "console-audit-entry", page.url)

    elsewhere = browser.new_context(
        base_url=server.origin, timezone_id="America/Detroit", storage_state=page.context.storage_state()
    )
    with elsewhere, elsewhere.new_page() as there:
        there.goto(page.url)
        expect(there.locator("time .here")).to_be_visible()
        there.goto("/console/audit/entry/")
        expect(there.locator("time .here").first).to_be_visible()
        picture(there, "console-audit-elsewhere", whole=False)

    page.set_viewport_size({"width": 1280, "height": 900})
    look(page, "console-audit", "/console/audit/entry/")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Search").fill("daughters")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".audit-log tbody tr")).to_have_count(1)
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert "Tamarack & Daughters" in taken.value.path().read_text()
