"""A real browser on a real demo.

Pictures of what is looked at are kept in `artefacts/pages` where `MILLGATE_PICTURES` is set: they are costly.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from support.served import Served, running

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

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
    # Scripts live as long as their page: to make them faster takes longer than it ever saves.
    "--js-flags=--invocation-count-for-maglev=4000,--invocation-count-for-turbofan=20000,--min-semi-space-size=32",
]


def chromium() -> str | None:
    """Debian's browser, or the one that MILLGATE_CHROMIUM names."""
    return os.environ.get("MILLGATE_CHROMIUM") or shutil.which("chromium")


def drawn_by() -> str | None:
    """The same browser without its windows, where `tools/chromium.sh` found one: it draws the same for less."""
    return os.environ.get("MILLGATE_HEADLESS_SHELL") or chromium()


class KeptBrowser:
    """One browser for the tests of this folder that follow one another."""

    def __init__(self) -> None:
        self._closing = ExitStack()
        self._launched: Browser | None = None

    def launched(self) -> Browser:
        """The browser, launched for the first who asks."""
        if self._launched is None:
            playwright = self._closing.enter_context(sync_playwright())
            self._launched = playwright.chromium.launch(executable_path=drawn_by(), args=SWITCHES)
            self._closing.callback(self._launched.close)
        return self._launched

    def close(self) -> None:
        """End it, if there is one."""
        self._launched = None
        self._closing.close()


KEPT: Final = KeptBrowser()
expect.set_options(timeout=15_000)  # a busy machine takes its time over a page that is saved


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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """The browser is closed before tests of another folder run: its loop would stand in the way of theirs."""
    try:
        return (yield)
    finally:
        if nextitem is None or HERE not in nextitem.path.parents:
            KEPT.close()


@pytest.fixture
def browser() -> Browser:
    """Chromium."""
    return KEPT.launched()


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    """A page whose scripts and policies must not complain."""
    context = browser.new_context(
        base_url=server.origin, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    # The browser also counts the answers of pages that refuse something, which a test may have asked for.
    assert [text for text in complaints if not REFUSED.search(text)] == []


SESSIONS: Final[dict[tuple[str, str], list[Any]]] = {}
"""The cookies of who has signed in to a server: checking a password costs much on purpose."""


def sign_in(page: Page, server: Served) -> None:
    """Be at the console: by keyboard alone, or with the session that an earlier test began so, while it is good."""
    enter(page, server, "/console/", "ADMIN")
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()


def enter(page: Page, server: Served, address: str, who: str = "DEVELOPER") -> None:
    """Be at a page that wants somebody signed in, in the same ways."""
    page.context.add_cookies(SESSIONS.get((server.origin, who), []))
    page.goto(address)
    if re.search("/(login|sign-in)/", page.url):
        page.get_by_label("E-mail").focus()
        page.keyboard.type(server.env[f"{who}_EMAIL"])
        page.keyboard.press("Tab")
        page.keyboard.type(server.env[f"{who}_PASSWORD"])
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: not re.search("/(login|sign-in)/", url))
        SESSIONS[server.origin, who] = list(page.context.cookies())


def picture(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a picture of a page as it is now, if pictures are wanted."""
    if "MILLGATE_PICTURES" in os.environ:
        # It takes half as long again to pack a PNG.
        page.screenshot(path=ARTEFACTS / f"{name}.jpeg", quality=85, full_page=whole)
