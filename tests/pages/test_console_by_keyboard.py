"""The console by keyboard alone: the frame, lists, forms, and what cannot be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from pages.conftest import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from support.served import Served

MOST_TABS = 120


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def type_into(page: Page, label: str, text: str) -> None:
    tab_to(page, page.get_by_label(label, exact=True))
    page.keyboard.type(text)


def press(page: Page, name: str, role: str = "button") -> None:
    """Reach a button or link, and press Enter on it."""
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)  # type: ignore[arg-type]
    page.keyboard.press("Enter")


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
    press(page, "Add person", "link")
    type_into(page, "First name:", "Kay")
    press(page, "Save")
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("Nothing was saved")
    tab_to(page, summary.get_by_role("link", name="E-mail"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("E-mail:", exact=True))
    page.keyboard.type("kay@tamarack.example")
    type_into(page, "Password:", "nine loud looms")
    press(page, "Save")
    expect(page.get_by_text("was added successfully")).to_be_visible()

    # Block them, found by search and filter.
    page.goto("/console/accounts/person/")
    tab_to(page, page.get_by_label("Search", exact=True))
    page.keyboard.type("kay@tamarack")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=kay**")
    press(page, "kay@tamarack.example", "link")
    press(page, "Block")
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
    tab_to(page, page.locator("#secret_description"))
    page.keyboard.type("first")
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

    # A filter is a list of links, also without scripts.
    phone.goto("/console/clients/subscription/")
    phone.locator("summary", has_text="State").focus()
    phone.keyboard.press("Enter")
    phone.get_by_role("link", name="Rejected").press("Enter")
    expect(phone.get_by_text("Nothing fits what was searched for")).to_be_visible()
    context.close()
