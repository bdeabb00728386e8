"""A description becomes an API that answers: shown, applied, published and called, by keyboard and on a phone."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.test_every_page import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

TOOLROOM = Path(__file__).parents[1] / "data" / "descriptions" / "toolroom-3.0.yaml"
PATIENCE_SECONDS = 10.0


def test_a_description_is_imported_published_and_called(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/catalogue/api/")
    page.get_by_role("link", name="Import a description").click()
    page.get_by_label("File").set_input_files(TOOLROOM)
    page.get_by_label("Upstream", exact=False).first.select_option("mock")
    page.get_by_role("button", name="Show the difference").press("Enter")

    expect(page.get_by_text("GET /tools/{toolNumber}")).to_be_visible()
    assert page.get_by_text("Remark").count()
    page.get_by_role("button", name="Apply").press("Enter")
    expect(page.get_by_text("Tool Room v2: the description was imported.")).to_be_visible()

    page.get_by_label("Note", exact=True).fill("Tried beside it")
    page.get_by_role("button", name="Add revision", exact=True).click()
    expect(page.get_by_role("cell", name="Tried beside it")).to_be_visible()
    page.locator(".messagelist").get_by_role("link", name="Publishing").click()
    page.get_by_role("button", name="Publish").first.click()
    expect(page.get_by_text(re.compile(r"Version \d+ is in force"))).to_be_visible()

    headers = server.headers()
    for address in ("/test/ToolRoom/v2/tools?crib=A", "/test/ToolRoom/v2;rev=2/tools?crib=A"):
        until = time.monotonic() + PATIENCE_SECONDS
        while (answer := httpx.get(server.origin + address, headers=headers)).status_code != 200:
            assert time.monotonic() < until, answer.text


def test_the_pages_of_the_managed_layer(page: Page, server: Served) -> None:
    sign_in(page, server)
    for name, address in {
        "console-import": "/console/catalogue/api/import/",
        "console-upstream-add": "/console/catalogue/upstream/add/",
        "console-counters": "/console/usage/counter/",
    }.items():
        look(page, name, address)
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
        page.get_by_role("button", name="Reset Rate limit").press("Enter")
        expect(page.get_by_text("the counter begins at zero")).to_be_visible()
        assert client.get(address).status_code == 200
