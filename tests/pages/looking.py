"""Looking at a page at desktop and phone width, light and dark: it fits, has one heading, axe-core finds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from pages.conftest import picture
from support.accessibility import violations
from support.console_addresses import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

WIDTHS: Final = {"desktop": 1280, "phone": 390}
VIEWS: Final[tuple[tuple[str, Literal["light", "dark"]], ...]] = (("desktop", "light"), ("phone", "dark"))
"""Each width and each scheme once: what is wrong with a page depends on one or the other."""

ROW: Final = "#result_list tbody th a, .audit-log tbody th a"
"""The link to a row, in a list of the console."""


def pages_of_rows() -> Iterator[tuple[str, str]]:
    """The pages of each model; those of a row where the demo has one."""
    for model, rows in ROWS.items():
        app, name = model.split(".")
        start, listing = f"admin:{app}_{name}", f"/console/{app}/{name}/"
        yield f"{start}_changelist", listing
        yield f"{start}_add", f"{listing}add/" if "add" in rows.can else ""
        yield f"{start}_change", f"{listing} {ROW}"
        yield f"{start}_delete", f"{listing} {ROW} then delete" if "delete" in rows.can else ""
        yield f"{start}_history", ""
        yield f"{start}_act", ""


def look(page: Page, name: str, address: str) -> None:
    """Look at a page in both widths and both schemes: nothing is wrong with it. It is left as a phone has it."""
    wrong = wrong_with(page, name, address)
    assert wrong == [], "\n".join(wrong)


def wrong_with(page: Page, name: str, address: str) -> list[str]:
    """The same, saying all that is wrong."""
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        return [f"{name}: {address} answers {answer and answer.status}"]
    wrong = []
    if page.locator("h1:visible").count() != 1:
        wrong.append(f"{name}: {page.locator('h1:visible').count()} headings of the first level")
    if not page.title():
        wrong.append(f"{name}: no title")
    for name_of_width, scheme in VIEWS:
        width = WIDTHS[name_of_width]
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        picture(page, f"{name.replace(':', '-')}-{name_of_width}-{scheme}")
        wrong += [f"{name}, {name_of_width}, {scheme}: {item}" for item in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{name}: wider than a {name_of_width}")
    return wrong


def look_at_all(page: Page, pages: dict[str, str]) -> None:
    wrong = []
    for name, example in pages.items():
        address, _, link = example.partition(" ")
        if link:
            address = linked(page, address, link)
        if address:
            wrong += wrong_with(page, name, address)
    assert wrong == [], "\n".join(wrong)


def linked(page: Page, address: str, link: str) -> str:
    """Where a link of a page leads, or the page beside that one, such as `delete`; empty where there is none."""
    page.goto(address)
    link, _, beside = link.partition(" then ")
    found = page.locator(link)
    if not found.count():
        return ""
    path = urlsplit(found.first.get_attribute("href") or "").path
    return path.replace("/change/", f"/{beside}/") if beside else path
