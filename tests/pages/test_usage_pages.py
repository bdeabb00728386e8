"""Calls and refused calls, as an administrator finds them after a call."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect

from pages.conftest import sign_in
from pages.looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

PARTS = "/test/PartList/v1/Parts"
PATIENCE_SECONDS = 10.0


def until_written(server: Served, request_id: str) -> None:
    """Return once a refused call is in the file, and so are all that came before it."""
    last = time.monotonic() + PATIENCE_SECONDS
    while not refusals(server, request_id):
        assert time.monotonic() < last
        time.sleep(0.05)


def refusals(server: Served, request_id: str) -> int:
    with closing(sqlite3.connect(server.home / "usage.db")) as connection:
        query = "SELECT count(*) FROM usage_refusal WHERE request_id = ?"
        return int(connection.execute(query, (request_id,)).fetchone()[0])


def test_a_call_is_found_among_the_counts_and_a_refused_one_by_its_request_id(
    page: Page, server: Served
) -> None:
    with server.client() as client:
        assert client.get(f"{PARTS}?limit=1").status_code == 200
    refused = httpx.get(server.origin + PARTS, headers={"Ocp-Apim-Subscription-Key": "forged"})
    until_written(server, refused.headers["x-request-id"])
    sign_in(page, server)

    page.goto("/console/usage/callcount/")
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.get_by_label("Class").select_option("Blocked")
    page.get_by_role("button", name="Show").click()
    assert "outcome=blocked" in page.url
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.get_by_label("Period").select_option("Last 31 days, by day")
    page.get_by_role("button", name="Show").click()
    look(page, "console-calls", page.url)

    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/console/usage/refusal/?q={refused.headers['x-request-id']}")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#result_list")).to_contain_text("MG202")
