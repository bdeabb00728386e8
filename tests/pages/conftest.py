"""A real browser on a real demo. Screenshots of what is looked at land in `artefacts/pages`."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.served import Served, running

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ARTEFACTS = HERE.parents[1] / "artefacts" / "pages"
REFUSED = re.compile("status of 40[034]")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Debian's browser, or the one that MILLGATE_CHROMIUM names."""
    return os.environ.get("MILLGATE_CHROMIUM") or shutil.which("chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They are left out where there is no browser, which CI does not allow."""
    missing = pytest.mark.skip(reason="there is no Chromium on this machine")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if chromium() is None and not os.environ.get("MILLGATE_REQUIRE_ALL"):
                item.add_marker(missing)


@pytest.fixture(scope="session")
def server(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo for the pages."""
    home = tmp_path_factory.mktemp("pages") / "home"
    shutil.copytree(made, home)
    with running(home) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It is closed before tests of another folder run: its loop would stand in the way of theirs."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    """A page whose scripts and policies must not complain."""
    context = browser.new_context(base_url=server.origin, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    # The browser also counts the answers of pages that refuse something, which a test may have asked for.
    assert [text for text in complaints if not REFUSED.search(text)] == []


def sign_in(page: Page, server: Served) -> None:
    """Sign in at the console, by keyboard alone."""
    page.goto("/console/")
    page.get_by_label("E-mail").focus()
    page.keyboard.type(server.env["ADMIN_EMAIL"])
    page.keyboard.press("Tab")
    page.keyboard.type(server.env["ADMIN_PASSWORD"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
