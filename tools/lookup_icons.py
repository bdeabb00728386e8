"""Draws the icons of Workcenter Lookup in each size that Excel asks for, from one drawing.

Chromium draws them; its PNGs are kept in the repository, so that nobody needs this to run Millgate.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

SIZES: Final = (16, 32, 64, 80, 128)
FOLDER: Final = Path(__file__).parents[1] / "src/millgate/control/lookup/static/lookup/icons"
DRAWING: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="{size}" height="{size}">
  <rect width="32" height="32" rx="7" fill="#0c6868"/>
  <circle cx="13.500" cy="13.500" r="8" fill="none" stroke="#fff" stroke-width="2.8"/>
  <path d="M19.600 19.600L26.500 26.500" stroke="#fff" stroke-width="3.6" stroke-linecap="round"/>
  <g stroke="#f3b94d" stroke-width="2.2" stroke-linecap="round">
    <path d="M10.300 17v-4M13.500 17V9.800M16.700 17v-2.600"/>
  </g>
</svg>
"""
"""Columns of a report under a magnifying glass."""


def main() -> None:
    """Write every size."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        found = os.environ.get("MILLGATE_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>body{{margin:0;display:flex}}</style>{DRAWING.format(size=size)}")
            page.screenshot(path=FOLDER / f"icon-{size}.png", omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
