"""axe-core in a page: what stands against WCAG 2.2 AA."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """What axe-core finds in a page as it is now: the rule, how bad it is, and where."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", _options())
    return [
        f"{rule['id']} ({rule['impact']}): {_where(node)}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def _where(node: dict[str, Any]) -> str:
    told = "; ".join(check["message"] for check in (*node["any"], *node["all"], *node["none"]))
    return f"{node['target'][0]} {node['html'][:120]}: {told}"


@cache
def _options() -> dict[str, Any]:
    # To preload style sheets, it would make inline ones, which no page of ours allows.
    return {"preload": False, "resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}}
