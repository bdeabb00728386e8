"""Rolling a secret in a real browser: who uses the old one, what is refused and why, and ending it, by keyboard."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect

from pages.conftest import enter, picture, sign_in
from pages.looking import WIDTHS, look

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

PATIENCE_SECONDS = 10.0
LISTED = "/console/clients/clientapplication/"


def form(server: Served, secret: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": server.env["CLIENT_ID"],
        "client_secret": secret,
        "resource": server.env["RESOURCE"],
    }


def ask(server: Served, secret: str, library: str) -> httpx.Response:
    headers = {"user-agent": library}
    return httpx.post(f"{server.origin}/oauth2/v1/token", data=form(server, secret), headers=headers)


def ask_unencoded(server: Served, secret: str) -> httpx.Response:
    body = "&".join(f"{name}={value}" for name, value in form(server, secret).items())
    headers = {"content-type": "application/x-www-form-urlencoded", "user-agent": "nightly.sh"}
    return httpx.post(f"{server.origin}/oauth2/v1/token", content=body, headers=headers)


def until_written(server: Served, query: str) -> None:
    last = time.monotonic() + PATIENCE_SECONDS
    while True:
        with closing(sqlite3.connect(server.home / "usage.db")) as connection:
            if connection.execute(query).fetchone()[0]:
                return
        assert time.monotonic() < last, query
        time.sleep(0.05)


def until_status(server: Served, secret: str, status: int) -> None:
    last = time.monotonic() + PATIENCE_SECONDS
    while ask(server, secret, "mes/3").status_code != status:
        assert time.monotonic() < last
        time.sleep(0.05)


def wide(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})


def add_secret(page: Page, server: Served, address: str, description: str) -> str:
    """Add a secret by keyboard, and wait until it is in force."""
    page.goto(address)
    page.locator("#secret_description").focus()
    page.keyboard.type(description)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Secret added")).to_be_visible()
    (secret,) = re.findall(r"[A-Za-z0-9+/]{43}=", page.locator("#content").inner_text())
    until_status(server, secret, 200)
    return str(secret)


def test_a_secret_is_rolled_by_keyboard_and_its_users_and_faults_are_seen(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto(LISTED)
    page.locator("summary", has_text="Secrets").press("Enter")
    expect(page.get_by_role("link", name="About to expire")).to_be_visible()
    page.get_by_role("link", name="Sample Integration", exact=True).click()
    address = page.url
    old = add_secret(page, server, address, "of the night shift")
    refused = ask_unencoded(server, old)
    assert (refused.status_code, refused.json()["error_codes"]) == (401, [70002, 50012])
    new = add_secret(page, server, address, "rolled")
    until_written(server, "SELECT count(*) FROM usage_token_refusal WHERE hint = 'plus-as-space'")
    until_written(server, "SELECT count(*) > 1 FROM usage_secret_caller WHERE library = 'mes/3'")
    assert "a + arrived as a space: percent-encode the secret in the form body" in server.printed()
    assert old not in server.printed()
    assert new not in server.printed()

    look(page, "console-secrets", address)
    wide(page)
    expect(page.get_by_text("Nobody has used it since the newest was added").first).to_be_visible()
    expect(page.get_by_text("A + arrived as a space").first).to_be_visible()
    row = page.locator("table.secrets-grid tbody").filter(has_text="of the night shift").first
    row.get_by_text("Who still uses it").focus()
    page.keyboard.press("Enter")
    expect(row.locator(".callers").first).to_contain_text("mes/3")
    row.get_by_text("Expire in…").focus()
    page.keyboard.press("Enter")
    expect(row.get_by_label("Expire", exact=True)).to_be_visible()
    row.get_by_text("Expire now…").focus()
    page.keyboard.press("Enter")
    expect(row.get_by_text("1 caller used it in the last 24 hours")).to_be_visible()
    opened(page, "console-secrets-open")
    wide(page)

    row.get_by_role("button", name="Expire now").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("the secret has expired")).to_be_visible()
    until_status(server, old, 401)
    until_status(server, new, 200)
    until_written(server, "SELECT count(*) FROM usage_token_refusal WHERE hint = 'expired-by-hand'")
    look(page, "console-secrets-after", address)


def opened(page: Page, name: str) -> None:
    """A page as it stands, with what was opened on it, fits both widths."""
    for width_name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            picture(page, f"{name}-{width_name}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_developer_sees_their_applications_at_the_portal(page: Page, server: Served) -> None:
    ask_unencoded(server, server.env["CLIENT_SECRET"])
    until_written(server, "SELECT count(*) FROM usage_token_refusal WHERE hint <> ''")
    enter(page, server, "/portal/applications/")
    expect(page.get_by_role("heading", name="Your applications")).to_be_visible()

    look(page, "portal-home-signed-in", "/portal/")
    look(page, "portal-applications", "/portal/applications/")
    wide(page)
    page.get_by_role("link", name="Sample Integration", exact=True).click()
    expect(page.get_by_role("heading", name="Why was I refused?")).to_be_visible()
    expect(page.get_by_text("Done right").first).to_be_visible()
    look(page, "portal-application", page.url)
