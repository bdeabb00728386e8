"""Analytics and publishing in a browser: charts at both widths and in both schemes, and publishing beside others."""

from __future__ import annotations

import math
import re
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from millgate.stores.latency import BUCKETS
from pages.conftest import picture, sign_in
from pages.looking import look

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

QUARTER: Final = 900
STATUSES: Final = {200: 100, 404: 6, 429: 12, 503: 3, 401: 2}


def fill(server: Served) -> None:
    """Two weeks of calls that come and go with the day, from applications that are there and one that is gone."""
    now = int(time.time()) // QUARTER * QUARTER
    names = ["interval_start", "interval_seconds", "tier", "api", "operation", "subscription", "application"]
    names += ["status", "calls", "micros_total", "micros_max", "bytes_in", "bytes_out", "upstream_micros"]
    names += [f"took_{bucket}" for bucket in range(BUCKETS)]
    rows = []
    for back in range(8, 14 * 96):
        start = now - back * QUARTER
        swing = 1 + math.sin(start / 86_400 * 2 * math.pi)
        for place, (status, share) in enumerate(STATUSES.items()):
            calls = int(share * swing * (3 if back % 97 == 0 else 1))
            took = [0] * BUCKETS
            took[1], took[4], took[8 + back % 2] = calls * 6 // 10, calls * 3 // 10, calls - calls * 9 // 10
            application = server.env["CLIENT_ID"] if place % 2 else "an-application-that-is-gone"
            key = ("production", "parts", f"operation-{place}", f"subscription-{place}", application)
            sums = (calls, calls * 40_000, 900_000, calls * 300, calls * 9_000, calls * 30_000)
            rows.append((start, QUARTER, *key, status, *sums, *took))
    with closing(sqlite3.connect(server.home / "usage.db", timeout=20)) as connection, connection:
        marks = ", ".join("?" * len(names))
        statement = f"INSERT OR IGNORE INTO usage_call_count ({', '.join(names)}) VALUES ({marks})"  # noqa: S608
        # Rows that no machine counted are in no summary, so those begin anew.
        connection.execute("DELETE FROM usage_call_summary")
        connection.execute("DELETE FROM usage_summary_mark")
        connection.executemany(statement, rows)


def test_analytics_are_read_narrowed_down_and_taken_along(page: Page, server: Served) -> None:
    fill(server)
    sign_in(page, server)
    page.get_by_role("link", name="Analytics").first.click()
    page.get_by_label("Range").select_option("Last 7 days")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("img", name="Calls over time")).to_be_visible()
    expect(page.get_by_text("an-application-that-is-gone")).to_be_visible()
    page.get_by_text("The same numbers as a table").first.click()
    expect(page.locator("section", has_text="Calls over time").locator("tbody tr").first).to_be_visible()

    look(page, "console-analytics", page.url)
    assert page.get_by_role("img", name="Calls over time").count() == 1, "of two drawings, one is shown"
    letter = page.locator(".chart-narrow .tick").first.evaluate("tick => tick.getBoundingClientRect().height")
    assert letter >= 11, "figures can be read on a phone"
    page.set_viewport_size({"width": 1280, "height": 900})

    page.get_by_role("link", name="operation-2").click()
    assert "range=week" in page.url
    expect(page.get_by_role("list", name="Narrowed down to")).to_contain_text("operation-2")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Subscriptions that called most as CSV").click()
    assert saved.value.path().read_text().startswith("Subscription,Calls,Success,Blocked")
    page.get_by_role("link", name="Leave out Operation").click()
    expect(page.get_by_role("link", name="operation-2")).to_be_visible()


def test_a_change_is_published_after_somebody_elses_was_looked_at_and_rolled_back(
    page: Page, server: Served
) -> None:
    sign_in(page, server)
    rename(page, "PartList", "Parts and more")
    page.goto("/console/publishing/")
    expect(page.get_by_text("Parts and more").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d of \d workers? on version \d+"))).to_be_visible()
    other = page.context.new_page()
    rename(other, "Parts and more", "Parts and even more")
    other.close()
    page.get_by_label("Note").fill("Said once")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("This is not what you have been shown")).to_be_visible()
    look_as_it_is(page, "console-publishing-meanwhile")
    assert page.get_by_label("Note").input_value() == "Said once"
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text(re.compile(r"Version \d+ is in force"))).to_be_visible()

    page.locator("#history ~ div tbody tr").nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="What rolling back to it would change")).to_be_visible()
    look(page, "console-version", page.url)
    page.get_by_text("Roll back…").click()
    page.get_by_role("button", name="Roll back", exact=True).click()
    expect(page.get_by_text("is in force again")).to_be_visible()
    rename(page, "Parts and even more", "PartList")


def rename(page: Page, old: str, name: str) -> None:
    """Save another name for an API, as a draft."""
    page.goto("/console/catalogue/api/")
    page.get_by_role("link", name=old, exact=True).click()
    page.locator("#id_name").fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/catalogue/api/**")


def look_as_it_is(page: Page, name: str) -> None:
    """A page that an answer to a POST made fits both widths."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        picture(page, f"{name}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
