"""The way of the tutorial, by keyboard alone: somebody signs up, is let in, subscribes, and sees a 200."""

from __future__ import annotations

import re
import time
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.test_try_it import answered
from support.accessibility import violations
from support.keyboard import choose, press, tab_to, tick, type_into

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from support.served import Served

EMAIL = "una.newcomer@example.com"
PASSWORD = "nine tall mills at dawn"
PATIENCE_SECONDS = 15.0


@pytest.fixture
def administrator(browser: Browser, server: Served) -> Iterator[Page]:
    """The console, in a browser of its own."""
    context = browser.new_context(base_url=server.origin, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    sign_in(page, server)
    yield page
    context.close()


def test_from_signing_up_to_a_200(page: Page, administrator: Page, server: Served) -> None:
    sign_up(page, server)
    approve(administrator, EMAIL)
    secret = application_made(administrator)
    portal_sign_in(page)
    try_it(page)
    expect(page.get_by_text("None of your subscriptions opens this API on this tier.")).to_be_visible()
    assert violations(page) == []

    tab_to(page, page.get_by_role("dialog").get_by_role("link", name="Limited Trial"))
    page.keyboard.press("Enter")
    type_into(page, page.locator("#id_name"), "Board")
    press(page, re.compile("^(Request the subscription|Subscribe)$"))
    expect(page.get_by_role("heading", name="Board")).to_be_visible()
    try_it(page)
    expect(page.get_by_role("dialog").get_by_text("waits to be approved")).to_be_visible()
    approve(administrator, EMAIL)

    try_it(page)
    choose(page, page.locator("#try-key"), "Primary: Board")
    type_into(page, page.get_by_label("Client secret"), secret)
    page.keyboard.press("Enter")
    expect(page.locator(".try-status")).to_have_text("Token received.")
    type_into(page, page.get_by_role("textbox", name=re.compile("^WorkcenterCode")), "STP-%")
    press(page, "Send")
    answered(page, 200)
    expect(page.locator("[data-answer] pre").first).to_contain_text("STP-01")


def try_it(page: Page) -> None:
    page.goto("/portal/apis/workcenter/operations/list-workcenters/")
    expect(page.locator("dialog[data-ready]")).to_be_attached()
    press(page, "Try it")
    expect(page.get_by_role("dialog")).to_be_visible()


def sign_up(page: Page, server: Served) -> None:
    page.goto("/portal/sign-up/")
    for label, text in (
        ("First name", "Una"),
        ("Last name", "Newcomer"),
        ("E-mail", EMAIL),
        ("Company", "Example Pumps"),
    ):
        type_into(page, page.get_by_label(label), text)
    for field in page.locator("input[type=password]").all():
        type_into(page, field, PASSWORD)
    press(page, "Sign up")
    expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    assert violations(page) == []
    page.goto(link_in_outbox(server))
    type_into(page, page.locator("input[type=password]"), PASSWORD)
    press(page, "Confirm")
    expect(page.get_by_role("heading", name="Your request waits")).to_be_visible()
    assert violations(page) == []


def link_in_outbox(server: Served) -> str:
    """The path of the link in the mail to whoever signs up, which is written about a second later."""
    last = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < last:
        for file in (server.home / "outbox").glob("*.eml"):
            text = mail_text(file)
            found = re.search(rf"{re.escape(server.origin)}(/portal/sign-up/\S+)", text)
            if EMAIL in text and found:
                return found[1]
        time.sleep(0.1)
    raise AssertionError("no mail")


def mail_text(file: Path) -> str:
    message = message_from_bytes(file.read_bytes(), policy=default)
    body = message.get_body(("plain",))
    return f"{message['To']} {body.get_content() if body else ''}"


def approve(page: Page, email: str) -> None:
    page.goto("/console/approvals/")
    waiting = page.locator("table.waits tr", has_text=email)
    tick(page, waiting.get_by_role("checkbox"))
    press(page, "Approve what is checked")
    expect(waiting).to_have_count(0)


def application_made(page: Page) -> str:
    """An application of the newcomer's, and its secret."""
    page.goto("/console/clients/clientapplication/add/")
    type_into(page, page.get_by_label("Display name"), "Una's board")
    company = page.locator("#id_company")
    choose(page, company, company.locator("option").nth(1).inner_text().strip())
    choose(page, page.locator("#id_account"), "Sample Integration")
    choose(page, page.locator("#id_owner"), "Una Newcomer")
    press(page, re.compile("^(Save|Apply)$"))
    type_into(page, page.locator("#secret_description"), "first")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Secret added")).to_be_visible()
    (secret,) = re.findall(r"[A-Za-z0-9+/]{43}=", page.locator("#content").inner_text())
    return str(secret)


def portal_sign_in(page: Page) -> None:
    page.goto("/portal/sign-in/")
    type_into(page, page.get_by_label("E-mail"), EMAIL)
    type_into(page, page.get_by_label("Password"), PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
