"""Every page at desktop and phone width, light and dark: it fits, has one heading, and nothing complains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pages.conftest import ARTEFACTS, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

OPEN = {
    "portal": "/portal/",
    "apis": "/portal/apis/",
    "api": "/portal/apis/production-tracking/",
    "adapters": "/portal/adapters/",
    "adapter": "/portal/adapters/production-management/",
    "sign-in": "/portal/sign-in/",
    "sign-up": "/portal/sign-up/",
    "console-login": "/console/login/",
}
CONSOLE = {
    "console": "/console/",
    "console-applications": "/console/clients/clientapplication/",
    "console-application-add": "/console/clients/clientapplication/add/",
    "console-people": "/console/accounts/person/",
    "console-account-settings": "/console/account-settings/",
    "console-person-add": "/console/accounts/person/add/",
    "console-subscriptions": "/console/clients/subscription/",
    "console-apis": "/console/catalogue/api/",
    "console-adapters": "/console/catalogue/adapter/",
    "console-publishing": "/console/publishing/",
    "console-faults": "/console/faults/",
    "console-fault-rule-add": "/console/faults/add/",
    "console-signing-keys": "/console/clients/signingkey/",
    "console-refusals": "/console/usage/refusal/",
}
WIDTHS = {"desktop": 1280, "phone": 390}


def look(page: Page, name: str, address: str) -> None:
    """Look at a page in both widths and both schemes, and keep the pictures."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert page.locator("h1:visible").count() == 1
    assert page.title()
    for width_name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=ARTEFACTS / f"{name}-{width_name}-{scheme}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"wider than a {width_name}"


@pytest.mark.parametrize("name", OPEN)
def test_a_page_for_everyone(page: Page, name: str) -> None:
    look(page, name, OPEN[name])


def test_the_pages_of_the_console(page: Page, server: Served) -> None:
    sign_in(page, server)
    for name, address in CONSOLE.items():
        page.set_viewport_size({"width": 1280, "height": 900})
        look(page, name, address)


def test_the_page_of_an_application(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto(CONSOLE["console-applications"])
    page.get_by_role("link", name="Sample Integration", exact=True).click()

    look(page, "console-application", page.url)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.get_by_text("Secrets Grid").is_visible()


def test_the_pages_of_signing_keys_with_what_they_ask_opened(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto(CONSOLE["console-signing-keys"])
    page.get_by_text("Rotate…").click()
    assert page.get_by_text("It is too soon").is_visible(), "a demo's keys have just been made"
    assert page.get_by_label("Rotate all the same").is_visible()
    page.screenshot(path=ARTEFACTS / "console-signing-keys-rotate.png", full_page=True)

    page.locator("#result_list tbody th a").first.click()
    look(page, "console-signing-key", page.url)
    page.get_by_text("Retire…").click()
    assert page.get_by_text("every token that it has signed is refused").is_visible()
    page.screenshot(path=ARTEFACTS / "console-signing-key-retire.png", full_page=True)


def test_an_address_that_is_none_says_so(page: Page) -> None:
    answer = page.goto("/portal/nowhere/")

    assert answer is not None
    assert answer.status == 404
    assert page.get_by_role("link", name="APIs").first.is_visible()
