"""A person looks after their own account in a browser: with the keyboard alone, and with a second factor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from millgate.control.accounts.one_time_codes import SECONDS, code_at
from pages.test_every_page import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


def test_a_developer_turns_a_second_factor_on_signs_in_with_it_and_turns_it_off(
    page: Page, server: Served
) -> None:
    email, password = server.env["DEVELOPER_EMAIL"], server.env["DEVELOPER_PASSWORD"]
    page.goto("/portal/profile/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your profile")).to_be_visible()
    look(page, "profile", "/portal/profile/")
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_role("link", name="Security").click()
    expect(page.get_by_text("This one")).to_be_visible()
    page.get_by_role("link", name="Turn it on").click()
    page.get_by_text("No camera?").click()
    secret = page.locator("code.key").inner_text().replace(" ", "")
    expect(page.locator(".qr svg")).to_be_visible()
    step = int(time.time() // SECONDS)
    page.get_by_label("Code").fill(code_at(secret, step))
    page.get_by_label("Your password").fill(password)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    look(page, "profile-security", "/portal/profile/security/")
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto("/portal/profile/security/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    # A code is good once: that of the next step is, too, before its time has come.
    page.get_by_label("Code").fill(code_at(secret, step + 1))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Turn it off").click()
    page.get_by_label("Your password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The second factor is off.")).to_be_visible()
