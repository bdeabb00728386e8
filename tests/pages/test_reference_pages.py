"""The API reference in a real browser, and two of its samples against the real gateway."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import expect

from millgate.describe.samples import Credentials, call_of, language_named
from millgate.describe.writing.site import Site
from millgate.plant.registry import apis
from pages.conftest import picture
from support.accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from support.served import Served

PARTS = "/portal/apis/part-list/operations/list-parts/"
MAKE = "/portal/apis/part-list/operations/create-part/"
PAGES = (
    "/portal/",
    "/portal/apis/",
    "/portal/apis/part-list/",
    "/portal/apis/part-list/schemas/PartsPage/",
    "/portal/errors/?q=token",
    "/portal/errors/MG402/",
    "/portal/search/?q=parts",
    PARTS,
    MAKE,
)


def accessible(page: Page) -> None:
    assert violations(page, all_rules=True) == []


LOOKED_AT = {
    1280: {"/portal/apis/", "/portal/apis/part-list/", "/portal/errors/MG402/", MAKE},
    640: {"/portal/search/?q=parts", MAKE},
}
"""Where axe is asked, by width: it takes a second a page."""


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (640, "dark"), (390, "light")])
def test_pages_fit_and_are_accessible(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    """640 is a window of 1280 at 200 %."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    for address in PAGES:
        page.goto(address)
        assert page.locator("h1:visible").count() == 1, address
        for details in page.locator("details").all():
            details.evaluate("element => { element.open = true }")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        if address in LOOKED_AT.get(width, ()):
            accessible(page)
    picture(page, f"operation-{width}-{scheme}", whole=False)


def test_search_by_keyboard_finds_what_the_search_page_finds(page: Page) -> None:
    page.goto("/portal/")
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox")
    expect(box).to_be_focused()
    for query in ("part", "production log", "ModifiedSince", "quota", "Try again in 7 seconds.", "adapters"):
        box.fill(query)
        expect(page.get_by_role("option").first).to_be_visible()
        shown = page.locator("dialog .hit-title").all_text_contents()
        served = page.request.get(f"/portal/search/?q={query}").text()
        listed = served.split('class="hit-title">')[1:]
        assert [item.split("<")[0].replace("&#x27;", "'") for item in listed[: len(shown)]] == shown, query
    box.fill("part")
    accessible(page)
    box.fill("no such thing anywhere")
    expect(page.locator(".palette-nothing")).to_have_text("Nothing holds all of these words.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.keyboard.press("Control+k")
    page.keyboard.type("StartDate production logs")
    expect(page.get_by_role("option").first).to_contain_text("Parameter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/operations/*production-logs/#query-StartDate")
    expect(page.locator("#query-StartDate")).to_be_in_viewport()
    page.go_back()
    page.wait_for_url("**/portal/")


def test_the_sample_follows_the_reader(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(PARTS)
    sample = page.locator("#sample")
    sample.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("KEY=YOUR_SUBSCRIPTION_KEY\nTOKEN=$(curl")
    sample.get_by_role("link", name="Go", exact=True).click()
    expect(sample.locator("pre")).to_contain_text("package main")
    expect(sample.get_by_role("link", name="Go", exact=True)).to_be_focused()
    assert page.url.endswith(PARTS)

    page.get_by_role("link", name="Make a part POST").click()
    expect(page.locator("#sample pre")).to_contain_text("package main")
    closed = page.locator("#answer-429")
    expect(closed).not_to_have_attribute("open", "")
    page.goto(f"{MAKE}#answer-429")
    expect(closed).to_have_attribute("open", "")
    expect(closed.get_by_role("link", name="MG401")).to_be_visible()
    row = page.locator("#body-partNo")
    row.hover()
    row.get_by_role("button", name="Copy link").click()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"{MAKE}#body-partNo")


def test_everything_can_be_reached_without_scripts(browser: Browser, server: Served) -> None:
    context = browser.new_context(base_url=server.origin, java_script_enabled=False)
    page = context.new_page()
    page.goto("/portal/")
    page.get_by_role("link", name="Search").click()
    page.get_by_label("Words").fill("list parts")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Operation List parts").click()
    page.get_by_role("link", name="Python").click()
    expect(page.locator("#sample pre")).to_contain_text("urllib.request")
    page.get_by_text("Too Many Requests").click()
    page.get_by_role("link", name="MG401").click()
    expect(page.get_by_role("heading", name="Cause")).to_be_visible()
    page.goto("/portal/apis/")
    page.get_by_label("Search").last.fill("scrap")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Production", exact=False).first).to_be_visible()
    context.close()


RUN_BY = {
    "curl": ["bash"],
    "python": [sys.executable],
    "javascript": ["node", "--input-type=module"],
    "php": ["php"],
    "ruby": ["ruby"],
}
"""What runs a sample that it is given on its standard input."""


def test_samples_run_as_they_are_pasted(server: Served) -> None:
    env = server.env
    own = Credentials(env["SUBSCRIPTION_KEY"], env["CLIENT_ID"], env["CLIENT_SECRET"])
    site = Site(server.origin, f"{server.origin}/oauth2/v1/token", env["RESOURCE"])
    api = next(api for api in apis() if api.key == "part-list")
    operation = next(item for item in api.operations if item.key == "list-parts")
    call = call_of(api, operation, site, credentials=own)
    for language, command in RUN_BY.items():
        if shutil.which(command[0]) is None:
            continue  # test_samples_by_tools.py says on its line which are left out
        text = language_named(language).text(call)
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        assert '"embedded":[' in done.stdout, (language, done.stderr)
