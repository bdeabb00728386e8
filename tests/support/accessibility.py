"""axe-core in a page: what stands against WCAG 2.2 AA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from playwright.sync_api import Page

# To preload style sheets, it would make inline ones, which no page of ours allows.
_OPTIONS: Final = {"preload": False, "resultTypes": ["violations"]}
_WCAG: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
}

_COLOURS_READ_ONCE = """;(() => {
  const colour = axe.commons.color.Color.prototype;
  const parse = colour.parseString;
  const read = new Map();
  colour.parseString = function (text) {
    if (read.has(text)) {
      [this.r, this.g, this.b, this.alpha] = read.get(text);
      return this;
    }
    parse.call(this, text);
    read.set(text, [this.r, this.g, this.b, this.alpha]);
    return this;
  };
})();"""
"""axe-core reads the colour of every ancestor of every text anew, which is a sixth of all that it does."""

_ON_CALL = f"window.axeMade = () => {{{AXE_SCRIPT}{_COLOURS_READ_ONCE}}};"
_PREPARED: Final[WeakSet[Page]] = WeakSet()


def violations(page: Page, *, all_rules: bool = False) -> list[str]:
    """What axe-core finds in a page as it is now: the rule, how bad it is, and where.

    All rules are those of WCAG, and what axe-core holds for good practice besides.
    """
    _prepare(page)
    options = _OPTIONS if all_rules else _OPTIONS | _WCAG
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{rule['id']} ({rule['impact']}): {_where(node)}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def _prepare(page: Page) -> None:
    """Have axe-core in a page. The browser is given it once, for this page and all that come after it."""
    if page.evaluate("typeof window.axe === 'object'"):
        return
    if page not in _PREPARED:
        page.add_init_script(_ON_CALL)
        page.evaluate(f"() => {{ {_ON_CALL} }}")
        _PREPARED.add(page)
    page.evaluate("void window.axeMade()")


def _where(node: dict[str, Any]) -> str:
    told = "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
    return f"{node['target'][0]} {node['html'][:120]}: {told}"
