"""A description becomes an API that answers: shown, applied, published and called, by keyboard and on a phone."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.looking import look
from support.keyboard import choose, press, tab_to, type_into

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

TOOLROOM = Path(__file__).parents[1] / "data" / "descriptions" / "toolroom-3.0.yaml"
PATIENCE_SECONDS = 10.0


@pytest.mark.timeout(300)
def test_a_description_is_imported_published_and_called_by_keyboard(page: Page, server: Served) -> None:
    sign_in(page, server)
    press(page, "APIs", "link")
    press(page, "Import a description", "link")
    with page.expect_file_chooser() as asked:
        tab_to(page, page.get_by_label("File"))
        page.keyboard.press("Enter")
    asked.value.set_files(TOOLROOM)
    choose(page, page.get_by_label("Upstream", exact=False).first, "Mock: the examples of its operations")
    press(page, "Show the difference")
    expect(page.get_by_text("GET /tools/{toolNumber}")).to_be_visible()
    assert page.get_by_text("Remark").count()
    press(page, "Apply")
    expect(page.get_by_text("Tool Room v2: the description was imported.")).to_be_visible()

    type_into(page, "Note", "Tried beside it")
    press(page, "Add revision")
    expect(page.get_by_role("cell", name="Tried beside it")).to_be_visible()
    tab_to(page, page.locator(".messagelist").get_by_role("link", name="Publishing"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Publishing", level=1)).to_be_visible()
    press(page, "Publish")
    expect(page.get_by_text(re.compile(r"Version \d+ is in force"))).to_be_visible()

    headers = server.headers()
    for address in ("/test/ToolRoom/v2/tools?crib=A", "/test/ToolRoom/v2;rev=2/tools?crib=A"):
        answers_in_time(server.origin + address, headers)


def answers_in_time(address: str, headers: dict[str, str]) -> None:
    """It answers 200, once every worker has what was published."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (answer := httpx.get(address, headers=headers)).status_code != 200:
        assert time.monotonic() < until, answer.text


def test_the_pages_of_an_api_and_of_a_subscription_with_a_limit(page: Page, server: Served) -> None:
    sign_in(page, server)
    for name, listing, link in (
        ("console-api", "/console/catalogue/api/", "PartList"),
        ("console-subscription", "/console/clients/subscription/", "Limited trial"),
    ):
        page.goto(listing)
        page.get_by_role("link", name=link, exact=True).click()
        look(page, name, page.url)


def test_a_counter_that_is_used_up_is_reset_and_calls_pass_again(page: Page, server: Served) -> None:
    headers = server.headers() | {"Ocp-Apim-Subscription-Key": server.env["LIMITED_SUBSCRIPTION_KEY"]}
    address = f"{server.origin}/test/PartList/v1/Parts?limit=1"
    with httpx.Client(headers=headers) as client:
        for _ in range(int(server.env["LIMITED_CALLS"])):
            client.get(address)
        assert client.get(address).status_code == 429

        sign_in(page, server)
        page.goto("/console/clients/subscription/")
        page.get_by_role("link", name="Limited trial", exact=True).click()
        expect(page.get_by_text("Used up")).to_be_visible()
        page.locator("summary", has_text="Reset… Rate limit").press("Enter")
        expect(page.get_by_text("This cannot be undone")).to_be_visible()
        page.get_by_role("button", name="Reset Rate limit").press("Enter")
        expect(page.get_by_text("the counter begins at zero")).to_be_visible()
        assert client.get(address).status_code == 200
