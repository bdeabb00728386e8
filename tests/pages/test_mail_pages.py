"""A test mail, from the button to the file, and the HTML part of a mail at every width, light and dark."""

from __future__ import annotations

import email
from email import policy
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from pages.conftest import picture, sign_in
from pages.looking import WIDTHS, look

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


def test_a_test_mail_is_asked_for_sent_and_found(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/mail/mail/")
    page.get_by_role("link", name="Send a test mail").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/mail/mail/test/")
    look(page, "console-mail-test", page.url)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_label("Address").fill("dee@example.com")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A test mail waits to be sent")).to_be_visible()

    def sent() -> bool:
        page.reload()
        return page.locator(".field-state_shown .state.good").count() == 1

    for _ in range(40):
        if sent():
            break
        page.wait_for_timeout(250)
    assert sent()
    assert page.get_by_text("its text is not kept").is_visible()
    look(page, "console-mail", page.url)

    files = (server.home / "outbox").glob("*.eml")
    read = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    (subject,) = (mail["Subject"] for mail in read if mail["To"] == "dee@example.com")
    assert subject == "Mail from Millgate arrives"


def test_the_html_of_a_mail_is_dressed_although_it_can_do_nothing(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/mail/mail/templates/request-rejected/")
    page.get_by_role("link", name="Show the HTML part").click()
    assert (
        page.locator("a.button").evaluate("item => getComputedStyle(item).backgroundColor")
        != "rgba(0, 0, 0, 0)"
    )
    for width_name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            picture(page, f"mail-html-{width_name}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
