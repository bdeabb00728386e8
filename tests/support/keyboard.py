"""A page worked by keyboard alone: Tab until something has the focus, which can be seen, and then its own keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from re import Pattern

    from playwright.sync_api import Locator, Page

MOST_TABS = 150

_HAS_FOCUS = "element => element === document.activeElement"
_AT_THE_TOP = """element =>
  document.activeElement === document.body && location.hash === "" && element.closest("main") !== null"""
_ON_SKIP_LINK = """() => document.activeElement.matches('a[href^="#"][class*="skip"]')"""
_IS_SEEN = """element => element.matches(":focus-visible") && [null, "::before", "::after"].some(part => {
  const style = getComputedStyle(element, part);
  return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
})"""
_STOPS_BEFORE = """element => {
  const stops = "a[href], area[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";
  const groups = new Set();
  const isOne = one => {
    if (one.tabIndex < 0 || one.disabled || one.type === "hidden" || !one.checkVisibility({ visibilityProperty: true })) {
      return false;
    }
    const again = one.type === "radio" && groups.has(one.name);
    groups.add(one.type === "radio" ? one.name : one);
    return !again;
  };
  const all = [...document.querySelectorAll(stops)].filter(isOne);
  return all.indexOf(element) - 1 - all.indexOf(document.activeElement);
}"""
"""How many stops Tab makes before an element: as many presses need not be looked at."""
_CHOSEN = "element => element.selectedOptions[0].label"


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus, and see that this shows.

    From the top of a page, what lies in its content is reached by the link that skips to it.
    """
    expect(wanted).to_be_visible()
    element = (
        wanted.element_handle()
    )  # found once: to find something by its role, all roles of a page are worked out
    if element.evaluate(_AT_THE_TOP):
        page.keyboard.press("Tab")
        if page.evaluate(_ON_SKIP_LINK):
            page.keyboard.press("Enter")
    for _ in range(element.evaluate(_STOPS_BEFORE)):
        page.keyboard.press("Tab")
    for _ in range(MOST_TABS):
        if element.evaluate(_HAS_FOCUS):
            assert element.evaluate(_IS_SEEN), f"nothing shows that {wanted} has the focus"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def press(page: Page, name: str | Pattern[str], role: str = "button") -> None:
    """Reach a button or link, and press Enter on it."""
    tab_to(page, page.get_by_role(role, name=name, exact=True).first)  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def type_into(page: Page, field: str | Locator, text: str) -> None:
    """Reach a field, by its label or itself, and type over what stands in it."""
    wanted = page.get_by_label(field, exact=True) if isinstance(field, str) else field
    tab_to(page, wanted)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def paste_into(page: Page, field: Locator, text: str) -> None:
    """The same with what is too long to be typed."""
    tab_to(page, field)
    page.keyboard.insert_text(text)


def tick(page: Page, box: Locator) -> None:
    """Reach a check box, and change it."""
    was = box.is_checked()
    tab_to(page, box)
    page.keyboard.press("Space")
    expect(box).to_be_checked(checked=not was)


def choose(page: Page, field: Locator, label: str) -> None:
    """Reach a list of choices, and go down to one."""
    tab_to(page, field)
    page.keyboard.press("Home")
    for _ in range(field.locator("option").count()):
        if field.evaluate(_CHOSEN).strip() == label:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{label} is not to be chosen")


def choose_radio(page: Page, group: Locator, name: str) -> None:
    """Reach a group of radio buttons at the one that Tab reaches, and go down to one."""
    boxes = group.get_by_role("radio")
    checked = boxes.and_(group.locator(":checked"))
    tab_to(page, checked if checked.count() else boxes.first)
    wanted = group.get_by_role("radio", name=name)
    if wanted.evaluate(_HAS_FOCUS):
        page.keyboard.press("Space")
    for _ in range(boxes.count()):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name} is not to be chosen")
