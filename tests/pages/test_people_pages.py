"""From a company's wish to its developer account, by keyboard: portal, approvals, account, Cloud Access."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import expect

from pages.conftest import enter, sign_in
from pages.looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served


def looked_at(page: Page, name: str, address: str) -> None:
    look(page, name, address)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light")


def press_on(page: Page, role: str, name: str) -> None:
    """Press Enter on something that the keyboard reaches."""
    page.get_by_role(role, name=name).first.focus()  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def test_a_company_asks_and_gets_its_account_by_keyboard(page: Page, server: Served) -> None:
    ask(page, server)
    page.context.clear_cookies()
    sign_in(page, server)
    produce(page)
    make_admin_of_role(page)
    set_access(page)


def ask(page: Page, server: Served) -> None:
    """Somebody of the company asks in the portal."""
    enter(page, server, "/portal/service-requests/new/")
    page.get_by_label("What is it for?").focus()
    page.keyboard.type("Count scrap by shift.")
    page.keyboard.press("Tab")
    page.keyboard.type("kim.keys")
    page.keyboard.press("Enter")
    expect(page.get_by_text("was received")).to_be_visible()
    looked_at(page, "portal-service-request", page.url)


def produce(page: Page) -> None:
    """An administrator finds it among what waits, takes it, and produces the account."""
    looked_at(page, "console-approvals", "/console/approvals/?kind=service-request")
    box = page.get_by_role("checkbox", name="A developer account")
    box.focus()
    page.keyboard.press("Space")
    press_on(page, "button", "Approve what is checked")
    expect(page.get_by_text("1 was approved.")).to_be_visible()
    press_on(page, "link", "A developer account")
    expect(page.get_by_text("Count scrap by shift.")).to_be_visible()
    looked_at(page, "console-service-request", page.url)
    number = urlsplit(page.url).path.split("/")[-3]
    looked_at(page, "console-service-request-link", f"/console/accounts/servicerequest/{number}/link/")
    looked_at(page, "console-service-request-account", f"/console/accounts/servicerequest/{number}/account/")
    page.locator("#id_email").fill("kim@example.com")
    page.get_by_role("checkbox", name="Operator").focus()
    page.keyboard.press("Space")
    page.get_by_label("User ID of the service account").focus()
    page.keyboard.type("svc.kim")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is done: its account is")).to_be_visible()


def make_admin_of_role(page: Page) -> None:
    """The account is in the User Manager, with its role; a second box makes it an admin of it."""
    page.goto("/console/accounts/person/?q=kim.keys")
    page.locator("#result_list tbody th a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="Operator: Member")).to_be_checked()
    page.get_by_role("checkbox", name="Operator: Admin").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text("was changed successfully")).to_be_visible()


def set_access(page: Page) -> None:
    """Its Cloud Access: what is checked stays checked while one searches."""
    page.goto("/console/cloud-access/")
    page.get_by_label("Person or service account").focus()
    page.keyboard.type("svc.kim")
    page.keyboard.press("Enter")
    page.locator("table tbody th a").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Add companies").focus()
    page.keyboard.type("no such company")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No other company matches")).to_be_visible()
    expect(page.get_by_role("radio", name="Default Customer")).to_be_checked()
    press_on(page, "button", "Save Cloud Access")
    expect(page.get_by_text("is saved")).to_be_visible()


PAGES = {
    "console-person-add-service": "/console/accounts/person/add/?kind=service-account",
    "console-cloud-access-found": "/console/cloud-access/?q=sample",
}


def test_the_pages_about_people_fit_and_are_clean(page: Page, server: Served) -> None:
    """Those views of pages that are not looked at with all others."""
    sign_in(page, server)
    for name, address in PAGES.items():
        looked_at(page, name, address)
