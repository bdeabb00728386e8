"""A browser trusts the local authority once it is told to, as `millgate tls` says, and not before."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error

from pages.conftest import SWITCHES, chromium
from support.served import environment, running

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserType

    from support.served import Served


def told(server: Served) -> str:
    """The line for this browser."""
    command = [sys.executable, "-m", "millgate", "tls", "--home", str(server.home)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(server.home))
    found = re.search(r"Chromium \(Linux\) +(certutil .*)", shown.stdout)
    assert found
    return found[1]


def title(launcher: BrowserType, server: Served, person: Path) -> str:
    """The title of the portal, as a person sees it who has this folder."""
    env: dict[str, str | float | bool] = {**os.environ, "HOME": str(person)}
    browser = launcher.launch(executable_path=chromium(), args=SWITCHES, env=env)
    try:
        page = browser.new_page()
        page.goto(f"{server.origin}/portal/")
        return page.title()
    finally:
        browser.close()


@pytest.mark.skipif(
    shutil.which("certutil") is None and not os.environ.get("MILLGATE_REQUIRE_ALL"),
    reason="certutil (libnss3-tools) is not on this machine",
)
def test_chromium_trusts_the_authority_once_it_is_told(browser: Browser, made: Path, tmp_path: Path) -> None:
    home, person = tmp_path / "home", tmp_path / "person"
    shutil.copytree(made, home)
    store = person / ".pki" / "nssdb"
    store.mkdir(parents=True)
    subprocess.run(["certutil", "-d", f"sql:{store}", "-N", "--empty-password"], check=True, timeout=20)
    with running(home, tls=True) as server:
        with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
            title(browser.browser_type, server, person)

        env = environment(home) | {"HOME": str(person)}
        subprocess.run(["bash", "-c", told(server)], check=True, env=env, timeout=20)

        assert title(browser.browser_type, server, person) == "Developer portal · Millgate"
