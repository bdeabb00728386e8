"""A person looks after their own account in a browser: with the keyboard alone, and with a second factor."""

from __future__ import annotations

import email
import re
import time
from email import policy
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from millgate.control.accounts.one_time_codes import SECONDS, code_at
from pages.conftest import sign_in
from pages.looking import look

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

    page.get_by_role("link", name="Security").click()
    expect(page.get_by_text("This one", exact=True)).to_be_visible()
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
    look(page, "portal-profile-recovery-codes", "/portal/profile/security/recovery-codes/")
    page.goto("/portal/profile/security/")
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.goto("/portal/profile/security/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code")).to_be_visible()
    look(page, "portal-sign-in-code", page.url)
    page.set_viewport_size({"width": 1280, "height": 900})
    # A code is good once: that of the next step is, too, before its time has come.
    page.get_by_label("Code").fill(code_at(secret, step + 1))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Turn it off").click()
    page.get_by_label("Your password").fill(password)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The second factor is off.")).to_be_visible()


def test_links_that_are_mailed_lead_to_pages_that_are_whole(page: Page, server: Served) -> None:
    page.goto("/portal/sign-up/")
    words = {"First name": "Nell", "Last name": "New", "E-mail": "nell@example.com", "Company": "Pumps"}
    for label, word in words.items():
        page.get_by_label(label).fill(word)
    page.get_by_label("Password:").fill("nine tall mills")
    page.get_by_label("The same again").fill("nine tall mills")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-up/sent/")
    look(page, "portal-sign-up-confirm", mailed(page, server, "nell@example.com"))

    developer = server.env["DEVELOPER_EMAIL"]
    page.goto("/portal/password/forgot/")
    page.get_by_label("E-mail").fill(developer)
    page.keyboard.press("Enter")
    page.wait_for_url("**/password/sent/")
    look(page, "portal-password-reset", mailed(page, server, developer, "/password/reset/"))

    page.goto("/portal/sign-in/?next=/portal/profile/address/")
    page.get_by_label("E-mail").fill(developer)
    page.get_by_label("Password").fill(server.env["DEVELOPER_PASSWORD"])
    page.keyboard.press("Enter")
    page.get_by_label("New e-mail").fill("devi@example.com")
    page.get_by_label("Your password").fill(server.env["DEVELOPER_PASSWORD"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="E-mail")).to_be_visible()
    look(page, "portal-address-confirm", mailed(page, server, "devi@example.com"))


def mailed(page: Page, server: Served, address: str, part: str = "") -> str:
    """The link in a mail to an address, once it is in the outbox."""
    for _ in range(60):
        for file in (server.home / "outbox").glob("*.eml"):
            mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            links = re.findall(rf"http\S+{part}\S+/(?=\s)", body.get_content() if body else "")
            if address in mail["To"] and links:
                return str(links[0])
        page.wait_for_timeout(250)
    raise AssertionError(f"no mail to {address} came")


def test_an_administrator_without_the_second_factor_that_is_needed_sets_one_up(
    page: Page, server: Served
) -> None:
    sign_in(page, server)
    need_second_factor(page, needed=True)
    try:
        other = page.context.browser.new_context(base_url=server.origin)  # type: ignore[union-attr]
        entering = other.new_page()
        entering.goto("/console/")
        entering.get_by_label("E-mail").fill(server.env["ADMIN_EMAIL"])
        entering.get_by_label("Password").fill(server.env["ADMIN_PASSWORD"])
        entering.keyboard.press("Enter")
        entering.wait_for_url("**/sign-in/set-up/")
        look(entering, "portal-sign-in-set-up", entering.url)
        other.close()
    finally:
        need_second_factor(page, needed=False)


def need_second_factor(page: Page, *, needed: bool) -> None:
    page.goto("/console/account-settings/")
    page.get_by_label("Administrators need a second factor").set_checked(needed)
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".messagelist")).to_be_visible()
