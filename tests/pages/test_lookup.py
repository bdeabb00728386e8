"""Workcenter Lookup in a real browser, on the real gateway: in a task pane's width, by keyboard, in both of its modes.

Errors of the API are the real ones, asked for by the header that has them on demand. Excel is a stand-in
(`tests/clients/node/workbook.mjs`), given to the page in place of Microsoft's script.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from millgate.control.accounts.one_time_codes import SECONDS, code_at
from pages.conftest import picture
from support.accessibility import violations
from support.console import Console
from support.lookup import PRESS, Lookup
from support.publishing import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Route, ViewportSize

    from support.served import Served

Scheme: TypeAlias = Literal["dark", "light"]
BOTH: Final[tuple[Scheme, ...]] = ("dark", "light")
PANE: Final[ViewportSize] = {"width": 320, "height": 640}
PATIENCE: Final = 20_000
"""Milliseconds: checking a password takes its time, on purpose."""
STAND_IN: Final = Path(__file__).parents[1] / "clients" / "node" / "workbook.mjs"
OFFICE: Final = "https://appsforoffice.microsoft.com/**"
IN_EXCEL: Final = "/lookup/?_host_info=Excel$Win32$16.01$en-US"
HOST: Final = """
window.book = new Workbook();
window.Excel = book.excel;
window.Office = {
  onReady: () => Promise.resolve({ host: "HOST" }),
  context: { partitionKey: "partition.", requirements: { isSetSupported: (name, least) => Number(least) <= NEWEST } },
};
history.pushState = history.replaceState = null;
"""
HASTE: Final = """
window.haste = 1;
const patient = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => patient(milliseconds / haste);
"""
"""What the pane waits for can end sooner."""
EXPECTED: Final = re.compile(
    "status of [45]|ERR_CONNECTION_RESET|ERR_FAILED|ERR_INTERNET_DISCONNECTED|thrown by a test"
)
"""What the browser says of calls that a test has refused, and of what it has broken."""
ON_DEMAND: Final = {
    "MG201": ("key-missing", "asks for a subscription key", "Sign in again"),
    "MG202": ("key-unknown", "does not accept this subscription key", "Sign in again"),
    "MG205": ("expired", "Your session has expired", "Sign in again"),
    "MG301": ("tier", "no right to this tier", ""),
    "MG302": ("role", "Your roles do not include Workcenters", ""),
    "MG303": ("account", "The plant does not know your account", ""),
    "MG401": ("rate", "Too many calls were made", "Try again"),
    "MG402": ("quota", "quota of calls of this subscription is used up. It is renewed on", "Try again"),
    "MG403": ("quota-bandwidth", "quota of data of this subscription is used up. It is renewed", "Try again"),
    "MG502": ("server", "tell an administrator this number: ", "Try again"),
    "MG602": ("refused", "The API refused the call (400)", ""),
}
"""What the pane says of an error, and what it offers to do."""


@pytest.fixture(scope="module")
def lookup(server: Served) -> Iterator[Lookup]:
    with Lookup.of(server) as begun:
        yield begun


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    """A task pane whose calls may be refused, and whose scripts must not complain otherwise."""
    context = browser.new_context(
        base_url=server.origin, viewport=PANE, locale="en-US", reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert [text for text in complaints if not EXPECTED.search(text)] == []


def opened(page: Page, address: str = "/lookup/") -> None:
    page.goto(address)
    expect(page.locator("[data-lookup][data-ready]")).to_be_attached()


def search(page: Page, text: str) -> None:
    page.get_by_role("searchbox").fill(text)
    page.keyboard.press("Enter")


def found(page: Page, text: str) -> list[str]:
    """The codes that a search finds, on its first page."""
    search(page, text)
    expect(page.locator("[data-results-title]")).to_be_visible()
    return page.locator("[data-hit] strong").all_text_contents()


def chosen(page: Page, code: str = str(PRESS["code"])) -> None:
    """A workcenter, with its setup."""
    search(page, code)
    page.locator("[data-hit]").filter(has_text=code).press("Enter")
    expect(page.locator("[data-since]")).to_be_visible()
    expect(page.locator("[data-window] option")).not_to_have_count(0)


def previewed(page: Page, report: str, window: str = "last-30-days") -> str:
    """What is said of a report once it is shown."""
    page.get_by_label("Report", exact=True).select_option(report)
    if page.get_by_label("Time frame").is_visible():
        page.get_by_label("Time frame").select_option(window)
    page.get_by_role("button", name="Preview").click()
    return outcome(page)


def outcome(page: Page) -> str:
    """What is shown in the end: rows, or why there are none."""
    done = page.locator("[data-preview] table, [data-reports-failure] [role=alert]")
    expect(done).to_be_visible()
    return (
        page.locator("[data-report-said]").inner_text()
        or page.locator("[data-reports-failure] p").inner_text()
    )


def tabbed_to(page: Page, name: str) -> None:
    """Tab on until something is focused."""
    target = page.get_by_role("button", name=name, exact=True)
    for _ in range(12):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached")


def looked_at(page: Page, name: str, *schemes: Scheme) -> None:
    """It fits, axe-core finds nothing in light and dark.

    Where a state differs from one that was looked at by little, one scheme will do: axe takes its time for tables.
    """
    assert page.evaluate("document.documentElement.scrollWidth") <= PANE["width"]
    for scheme in schemes or BOTH:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(page) == []
        picture(page, f"lookup-{name}-{scheme}")


def failed(page: Page, place: str, kind: str, words: str, act: str = "") -> None:
    alert = page.locator(f"[data-{place}-failure] [role=alert]")
    expect(alert).to_have_attribute("data-failure", kind, timeout=PATIENCE)
    expect(alert).to_contain_text(words)
    assert alert.get_by_role("button").all_text_contents() == ([act] if act else [])


def with_header(code: str, *, name: str = "x-millgate-fault", times: int = 100) -> Callable[[Route], None]:
    """Let calls carry a header, so many times: that of an error on demand, unless another is named."""
    left = [times]

    def ask(route: Route) -> None:
        left[0] -= 1
        headers = route.request.headers | ({name: code} if left[0] >= 0 else {})
        route.continue_(headers=headers)

    return ask


def test_three_clicks_by_keyboard_alone_lead_to_a_report(page: Page, lookup: Lookup, tmp_path: Path) -> None:
    opened(page)
    expect(page.locator("[data-host]")).to_contain_text("Excel was not found")
    looked_at(page, "open")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("stp-01")
    page.keyboard.press("Enter")
    expect(page.locator("[data-hit]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="STP-01")).to_be_focused()

    setup = lookup.client.get(f"{lookup.told['base']}/Workcenter/v1/WorkcenterSetups/1001").json()[
        "embedded"
    ][0]
    shown = page.locator("[data-setup]")
    for value in (setup["jobNo"], setup["partNoRevision"], setup["operationCode"], setup["toolNo"]):
        expect(shown).to_contain_text(value)
    for number in (setup["jobQuantity"], setup["standardProductionRate"]):
        expect(shown).to_contain_text(f"{number:,}".removesuffix(".0"))
    for operator in setup["operators"]:
        expect(shown).to_contain_text(operator["employeeName"])
    expect(page.locator("[data-setup-status]")).to_contain_text(setup["workcenterStatus"])

    page.get_by_label("Time frame").focus()
    page.keyboard.type("30")
    tabbed_to(page, "Download .xlsx")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    path = tmp_path / "report.xlsx"
    download.value.save_as(path)
    sheet = load_workbook(path).worksheets[0]
    (area,) = [table.ref for table in sheet.tables.values()]
    rows = len(sheet[area]) - 1
    expect(page.locator("[data-report-said]")).to_have_text(
        f"{rows} rows in {download.value.suggested_filename}."
    )
    assert download.value.suggested_filename == f"{sheet.title}.xlsx"
    expect(page.locator("[data-preview-count]")).to_contain_text(str(rows))
    looked_at(page, "report", "light")
    page.set_viewport_size({"width": 1280, "height": 900})
    picture(page, "lookup-desktop")


def test_workcenters_are_found_by_code_or_name(page: Page) -> None:
    opened(page)
    search(page, "  ")
    expect(page.locator("[data-search-said]")).to_contain_text("Type a code or a name")
    assert len(found(page, "%")) == 10
    expect(page.locator("[data-results-title]")).to_have_text("42 workcenters")
    looked_at(page, "results")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("[data-results-place]")).to_have_text("11 to 20 of 42")
    page.get_by_role("button", name="Previous").click()
    page.locator("[data-hit]").first.focus()
    page.keyboard.press("End")
    expect(page.locator("[data-hit]").last).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-hit]").nth(8)).to_be_focused()

    assert found(page, "stp%1") == ["STP-01"]
    assert found(page, "PRESS 2") == found(page, "%press 2%")
    for text in ("STP_01", "no such thing"):
        search(page, text)
        expect(page.locator("[data-search-said]")).to_contain_text(f"No workcenter has “{text}”")
    expect(page.locator("[role=alert]")).to_have_count(0)
    rows = [
        {"workcenterKey": key, "workcenterCode": code, "name": name}
        for key, code, name in ((1, "A-10", "Saw"), (2, "A-1", "Saw 2"), (3, "B", "a-1"))
    ]
    ordered = "async (rows) => (await import('/static/lookup/searching.js')).ordered(rows, 'A-1').map((row) => row.workcenterKey)"
    assert page.evaluate(ordered, rows) == [2, 3, 1]


def test_every_report_and_every_time_frame(page: Page, lookup: Lookup) -> None:
    read: list[str] = []
    page.on("request", lambda request: read.append(request.url) if "/v1/" in request.url else None)
    opened(page)
    chosen(page)
    for report in lookup.reports():
        said = previewed(page, report["id"])
        rows, total = lookup.rows(report, lookup.window("last-30-days"))
        assert said == f"{len(rows)} rows read.", report["id"]
        assert len(rows) == total
        expect(page.locator("[data-preview] thead th")).to_have_text(
            [item["title"] for item in report["columns"]]
        )
        expect(page.locator("[data-preview] svg")).to_be_visible()
    for window in ("last-8-hours", "this-shift", "last-shift", "today", "yesterday", "last-7-days"):
        known = lookup.window(window)
        if known["start"] is None:
            expect(page.locator(f"[data-window] option[value={window}]")).to_be_disabled()
            continue
        said = previewed(page, "status-log", window)
        sent = parse_qs(urlsplit([url for url in read if "StatusLogs" in url][-1]).query)
        assert sent["StartDate"][0][:13] == known["start"][:13] or window == "last-8-hours"
        assert re.fullmatch(
            r"\d+ rows read\.|This workcenter has nothing to report in this time frame\.", said
        )

    page.get_by_label("Time frame").select_option("custom")
    page.get_by_role("button", name="Preview").click()
    failed(page, "reports", "window-wrong", "Give the start and the end of the time frame.")
    page.get_by_label("From").fill("2026-11-01T00:00")
    page.get_by_label("Until").fill("2026-10-31T00:00")
    page.get_by_role("button", name="Preview").click()
    failed(page, "reports", "window-wrong", "must be after its start")
    page.get_by_label("Until").fill("2026-11-02T00:00")
    page.get_by_role("button", name="Preview").click()
    outcome(page)
    sent = parse_qs(urlsplit([url for url in read if "StatusLogs" in url][-1]).query)
    # A day of the plant's clock on which it is put back.
    assert (sent["StartDate"], sent["EndDate"]) == (["2026-11-01T04:00:00Z"], ["2026-11-02T05:00:00Z"])

    many_rows_are_read_page_by_page(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    previewed(page, "setup-history")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("[data-report-said]")).to_contain_text("copied")
    copied = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0].split("\t")[0] == "Mounted"
    assert len(copied) - 1 == page.locator("[data-preview] tbody tr").count()


def many_rows_are_read_page_by_page(page: Page) -> None:
    said = "window.said = []; new MutationObserver(() => said.push(document.querySelector('[data-report-said]').textContent))"
    page.evaluate(f"{said}.observe(document.querySelector('[data-report-said]'), {{ childList: true }})")
    page.get_by_label("Report", exact=True).select_option("production-log")
    now = int(time.time())
    for label, moment in (("From", now - 85 * 86_400), ("Until", now)):
        page.get_by_label(label).fill(time.strftime("%Y-%m-%dT%H:%M", time.gmtime(moment)))
    page.get_by_role("button", name="Preview").click()
    found = re.fullmatch(r"([\d,]+) rows read\.", outcome(page))
    assert found is not None
    assert int(found[1].replace(",", "")) > 1000
    assert f"1,000 of {found[1]} rows" in page.evaluate("said")
    expect(page.locator("[data-preview-count]")).to_contain_text(f"The first 100 of {found[1]} rows.")


def test_every_failure_is_told_in_plain_words(page: Page) -> None:
    opened(page)
    for code, told in ON_DEMAND.items():
        page.route("**/test/**", with_header(code))
        search(page, "%")
        failed(page, "search", *told)
        page.unroute("**/test/**")
    page.route("**/test/**", with_header("MG401"))
    search(page, "%")
    failed(page, "search", *ON_DEMAND["MG401"])
    expect(page.locator("[data-wait]")).to_contain_text(re.compile(r"Wait \d+ s\."))
    expect(page.get_by_role("button", name="Try again")).to_have_attribute("aria-disabled", "true")
    looked_at(page, "limit")
    page.unroute("**/test/**")

    page.route("**/test/**", lambda route: route.abort("connectionreset"))
    search(page, "%")
    failed(page, "search", "dropped", "ended without an answer, though the server is there", "Try again")
    page.route("**/-/live", lambda route: route.abort("connectionreset"))
    page.get_by_role("button", name="Try again").click()
    failed(page, "search", "unreachable", "The server cannot be reached", "Try again")
    page.context.set_offline(True)
    page.get_by_role("button", name="Try again").click()
    failed(page, "search", "offline", "This computer is offline", "Try again")
    page.context.set_offline(False)
    page.unroute("**/test/**")
    page.unroute("**/-/live")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-results-title]")).to_have_text("42 workcenters")

    # A token that ran out is replaced by another, once; so is that of a call for a sheet.
    page.route("**/test/**", with_header("MG205", times=1))
    assert len(found(page, "stp")) == 6
    page.unroute("**/test/**")
    chosen(page)
    page.route("**/Production/**", with_header("MG302"))
    previewed(page, "production-log")
    failed(page, "reports", "role", "Your roles do not include WorkcenterProductionLogs")
    page.unroute("**/Production/**")
    page.get_by_label("Time frame").select_option("custom")
    page.get_by_label("From").fill("2020-01-01T00:00")
    page.get_by_label("Until").fill("2020-01-02T00:00")
    page.get_by_role("button", name="Preview").click()
    failed(page, "reports", "nothing", "nothing to report in this time frame")
    # A report sits a short limit out, unless that is given up.
    page.route("**/Production/**", with_header("MG401"))
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-report-said]")).to_contain_text("The limit of calls is reached. Going on in")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-report-said]")).to_have_text("Cancelled.")
    page.unroute("**/Production/**")


def test_faults_that_are_nobodys_call_are_told_too(page: Page) -> None:
    """Something between answers in the API's place, a shift ends behind the reader's back, the page is broken."""
    opened(page)
    page.route("**/test/**", lambda route: route.fulfill(body="<html>Sign in to the network</html>"))
    search(page, "%")
    failed(page, "search", "unexpected", "The answer was not what the API is known to answer.", "Try again")
    page.unroute("**/test/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-results-title]")).to_have_text("42 workcenters")

    chosen(page)
    page.route("**/lookup/windows", without_shifts)
    page.get_by_label("Time frame").select_option("today")
    page.get_by_role("button", name="Preview").click()
    failed(page, "reports", "no-shift", "There is no shift in this time frame.")
    page.unroute("**/lookup/windows")
    broken = "() => { Number.prototype.toLocaleString = () => { throw new Error('thrown by a test'); }; }"
    page.evaluate(broken)
    page.get_by_role("button", name="Preview").click()
    failed(page, "reports", "page", "This page has a fault of its own: thrown by a test", "Try again")


def without_shifts(route: Route) -> None:
    answer = route.fetch()
    told = answer.json()
    for window in told["windows"]:
        window["start"] = window["end"] = None
    route.fulfill(response=answer, json=told)


def test_every_failure_text_of_the_page_is_provoked_by_a_test_of_this_file(page: Page) -> None:
    opened(page)
    words: list[str] = page.evaluate(
        "[...document.querySelector('[data-words]').content.querySelectorAll('[data-word^=fail-]')]"
        ".map((word) => word.dataset.word.replace('fail-', ''))"
    )
    here = Path(__file__).read_text()
    assert len(words) > 20
    assert [word for word in words if f'"{word}"' not in here] == []


def test_the_pane_outlives_a_slow_server_and_an_api_that_is_taken_away(
    page: Page, lookup: Lookup, server: Served
) -> None:
    """Both are decided in the console, and undone there. The pane waits a minute; a second stands for it here."""
    page.add_init_script(HASTE)
    opened(page)
    chosen(page)
    with Console(server) as console:
        with slow_answers(console, lookup):
            page.evaluate("haste = 60")
            page.get_by_role("button", name="Preview").click()
            failed(page, "reports", "timeout", "The server did not answer in time.", "Try again")
            read_again(page)
            failed(page, "setup", "timeout", "The server did not answer in time.", "Try again")
            expect(page.locator("[data-setup-read]")).to_contain_text("Last read at")
            search(page, "%")
            failed(page, "search", "timeout", "The server did not answer in time.", "Try again")
            page.evaluate("haste = 1")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("[data-results-title]")).to_have_text("42 workcenters")
        chosen(page)

        with offline(console, lookup, "Workcenter"):
            read_again(page)
            failed(page, "setup", "not-published", "This installation does not publish the API")
            previewed(page, "production-log")
            expect(page.locator("[data-preview-count]")).to_be_visible()
            search(page, "%")
            failed(page, "search", "not-published", "Ask an administrator.")
            page.get_by_label("Demo Mode").press("Space")
            sign_in(page, credentials(server))
            failed(page, "signing", "not-published", "This installation does not publish the API")
            page.get_by_label("Demo Mode").press("Space")
        chosen(page)
        expect(page.locator("[role=alert]")).to_have_count(0)


@contextmanager
def slow_answers(console: Console, lookup: Lookup) -> Iterator[None]:
    """A rule holds every answer of the test tier back for as long as one may."""
    rule: dict[str, str | None] = {
        "name": "a-slow-day",
        "effect": "delay",
        "delay_from": "30000",
        "delay_to": "30000",
    }
    console.send("/console/faults/add/", rule).raise_for_status()
    try:
        eventually(lambda: answered(lookup) is None)
        yield
    finally:
        console.act("/console/faults/", "/a-slow-day/switch/").raise_for_status()
    eventually(lambda: answered(lookup) == 200)


@contextmanager
def offline(console: Console, lookup: Lookup, name: str) -> Iterator[None]:
    """An API answers nothing meanwhile."""
    api = console.row("/console/catalogue/api/", name)
    online_set(console, api, None)
    try:
        eventually(lambda: answered(lookup) == 404)
        yield
    finally:
        online_set(console, api, "on")
    eventually(lambda: answered(lookup) == 200)


def online_set(console: Console, api: str, online: str | None) -> None:
    console.send(api, {"online": online}, having="suffix").raise_for_status()
    console.send("/console/publishing/", {"note": "Online or not"}, having="seen").raise_for_status()


def answered(lookup: Lookup) -> int | None:
    """With which status the API of workcenters answers; None where it takes long."""
    try:
        return lookup.client.get(
            f"{lookup.told['base']}/Workcenter/v1/Workcenters?limit=1", timeout=5
        ).status_code
    except httpx.ReadTimeout:
        return None


def read_again(page: Page) -> None:
    """What a pane does that was covered and comes back."""
    visible(page, hidden=True)
    visible(page, hidden=False)


def test_a_status_is_read_again_while_it_is_looked_at(page: Page) -> None:
    read: list[str] = []
    page.on(
        "request", lambda request: read.append(request.url) if "WorkcenterSetups" in request.url else None
    )
    page.clock.install()
    opened(page)
    chosen(page)
    expect(page.locator("[data-setup-read]")).to_contain_text("again every 15 seconds")
    assert len(read) == 1
    page.clock.fast_forward(16_000)
    page.wait_for_timeout(300)
    assert len(read) == 2
    visible(page, hidden=True)
    page.clock.fast_forward(60_000)
    page.wait_for_timeout(300)
    assert len(read) == 2
    with page.expect_request("**/WorkcenterSetups/*"):
        visible(page, hidden=False)
    assert len(read) == 3
    page.route("**/WorkcenterSetups/*", lambda route: route.abort("connectionreset"))
    page.clock.fast_forward(16_000)
    failed(page, "setup", "dropped", "ended without an answer", "Try again")
    expect(page.locator("[data-setup-read]")).to_contain_text("Last read at")
    page.unroute("**/WorkcenterSetups/*")
    page.clock.fast_forward(16_000)
    expect(page.locator("[data-setup-read]")).to_contain_text("again every 15 seconds")
    expect(page.locator("[data-setup-failure] [role=alert]")).to_have_count(0)


def visible(page: Page, *, hidden: bool) -> None:
    """As a pane that is closed or covered, and comes back."""
    script = "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(script, hidden)


def credentials(server: Served, **changes: str) -> dict[str, str]:
    return {
        "User ID": server.env["DEVELOPER_USER_ID"],
        "Password": server.env["DEVELOPER_PASSWORD"],
        "Company Code": server.env["COMPANY_CODE"],
        "Subscription Key": server.env["SUBSCRIPTION_KEY"],
    } | {name.replace("_", " "): value for name, value in changes.items()}


def sign_in(page: Page, typed: dict[str, str]) -> None:
    for label, text in typed.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_people_sign_in_with_their_own_rights(page: Page, lookup: Lookup, server: Served) -> None:
    printed = len(server.printed())
    opened(page)
    page.get_by_label("Demo Mode").press("Space")
    looked_at(page, "sign-in")
    search(page, "%")
    failed(page, "search", "sign-in-first", "Sign in first, or turn Demo Mode on.")
    sign_in(page, credentials(server, Password=""))
    failed(page, "signing", "missing", "Password is missing.")
    refusals = {
        "wrong-credentials": ({"Password": "wrong"}, "User ID and Password do not belong together"),
        "wrong-company": ({"Company_Code": "OTHER"}, "Company Code is not your main company"),
        "key-unknown": ({"Subscription_Key": "0" * 32}, "Nobody has this Subscription Key"),
        "key-missing": ({"Subscription_Key": ""}, "Give the Subscription Key"),
    }
    for kind, (changes, words) in refusals.items():
        sign_in(page, credentials(server, **changes))
        failed(page, "signing", kind, words)
        expect(page.get_by_label("Password")).to_have_value("")
    looked_at(page, "refused")

    page.get_by_label("Keep the key in this browser").check()
    sign_in(page, credentials(server))
    expect(page.locator("[data-who]")).to_contain_text(server.env["COMPANY_CODE"], timeout=PATIENCE)
    expect(page.get_by_role("searchbox")).to_be_focused()
    chosen(page)
    for report in (*lookup.reports(), {"id": "production-summary"}):
        assert re.fullmatch(r"[\d,]+ rows read\.", previewed(page, report["id"])), report["id"]
    page.route("**/v1/ProductionSummary/**", with_header("Bearer old", name="authorization", times=1))
    with page.expect_response("**/lookup/session/renew") as fresh:
        page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-report-said]")).to_contain_text("rows read")
    page.unroute("**/v1/ProductionSummary/**")
    looked_at(page, "signed-in")

    kept = page.evaluate("[{...localStorage}, {...sessionStorage}]")
    assert kept == [{"millgate.lookup.subscription-key": server.env["SUBSCRIPTION_KEY"]}, {}]
    logged = server.printed()[printed:]
    assert not any(server.env[name] in logged for name in ("DEVELOPER_PASSWORD", "SUBSCRIPTION_KEY"))
    over(server, fresh.value.json()["refresh"])
    search(page, "%")
    failed(page, "search", "expired", "Your session has expired.", "Sign in again")
    page.get_by_role("button", name="Sign in again").click()
    expect(page.get_by_label("Password")).to_be_focused()
    sign_in(page, {"Password": server.env["DEVELOPER_PASSWORD"]})
    expect(page.locator("[data-who]")).to_be_visible(timeout=PATIENCE)
    chosen(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[data-workcenter]")).to_be_hidden()
    assert "STP-01" not in (page.locator("main").text_content() or "")
    expect(page.get_by_label("User ID")).to_be_visible()
    opened(page)
    expect(page.locator("[name=subscription_key]")).to_have_value(server.env["SUBSCRIPTION_KEY"])


def over(server: Served, refresh: str) -> None:
    """End a session elsewhere; its token is refused within a second."""
    address, headers = f"{server.origin}/lookup/session/end", {"X-Millgate-Lookup": "1"}
    assert httpx.post(address, json={"refresh": refresh}, headers=headers).status_code == 204
    time.sleep(1.5)


def test_limits_of_a_key_lock_outs_and_second_factors(page: Page, server: Served) -> None:
    opened(page)
    page.get_by_label("Demo Mode").press("Space")
    key = server.env["LIMITED_SUBSCRIPTION_KEY"]
    sign_in(page, credentials(server, Subscription_Key=key))
    expect(page.locator("[data-who]")).to_be_visible(timeout=PATIENCE)
    use_up(server, key)
    search(page, "%")
    failed(page, "search", "rate", "Too many calls were made in a short time.", "Try again")
    page.get_by_role("button", name="Sign out").click()

    for _ in range(6):
        sign_in(page, credentials(server, User_ID="nobody", Password="wrong"))
        expect(page.locator("[data-signing-failure] [role=alert]")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("[data-signing]")).to_have_text("", timeout=PATIENCE)
    failed(page, "signing", "locked", "Too many tries. Nobody can sign in with this User ID", "Try again")
    expect(page.locator("[data-signing-failure] [data-wait]")).to_contain_text(re.compile(r"Wait 0:1\d"))

    with second_factor(page, server) as code:
        sign_in(page, credentials(server))
        failed(page, "signing", "code-wanted", "Give the code that your authenticator app shows now")
        sign_in(page, credentials(server) | {"Code of your second factor": code})
        expect(page.locator("[data-who]")).to_be_visible(timeout=PATIENCE)


@contextmanager
def second_factor(page: Page, server: Served) -> Iterator[str]:
    """The developer has a second factor meanwhile; gives a code that is good once."""
    portal = page.context.new_page()
    portal.goto("/portal/sign-in/?next=/portal/profile/security/second-factor/")
    portal.get_by_label("E-mail").fill(server.env["DEVELOPER_EMAIL"])
    portal.get_by_label("Password").fill(server.env["DEVELOPER_PASSWORD"])
    portal.keyboard.press("Enter")
    portal.get_by_text("No camera?").click()
    secret = portal.locator("code.key").inner_text().replace(" ", "")
    step = int(time.time() // SECONDS)
    portal.get_by_label("Code").fill(code_at(secret, step))
    portal.get_by_label("Your password").fill(server.env["DEVELOPER_PASSWORD"])
    portal.get_by_role("button", name="Turn it on").click()
    expect(portal.locator(".codes li")).to_have_count(10)
    yield code_at(secret, step + 1)
    portal.goto("/portal/profile/security/second-factor/off/")
    portal.get_by_label("Your password").fill(server.env["DEVELOPER_PASSWORD"])
    portal.keyboard.press("Enter")
    expect(portal.get_by_text("The second factor is off.")).to_be_visible()


def use_up(server: Served, key: str) -> None:
    """Call with a key until it is refused."""
    headers = server.headers() | {"Ocp-Apim-Subscription-Key": key}
    with httpx.Client(headers=headers) as client:
        for _ in range(40):
            if client.get(f"{server.origin}/test/Workcenter/v1/Workcenters?Limit=1").status_code == 429:
                return
    raise AssertionError("no limit")


@pytest.fixture
def in_excel(page: Page) -> Callable[..., None]:
    """Open the pane as in Excel, or as in something else."""

    def open_in(host: str = "Excel", newest: float = 1.9) -> None:
        script = STAND_IN.read_text().replace("export class", "class")
        script += HOST.replace("HOST", host).replace("NEWEST", str(newest))
        page.unroute(OFFICE)
        page.route(OFFICE, lambda route: route.fulfill(body=script, content_type="text/javascript"))
        opened(page, IN_EXCEL)

    return open_in


def test_in_excel_reports_are_inserted_and_replaced(
    page: Page, lookup: Lookup, in_excel: Callable[..., None]
) -> None:
    kept = "localStorage.setItem('partition.millgate.lookup.subscription-key', 'kept here')"
    page.add_init_script(kept)
    in_excel()
    expect(page.locator("[data-host]")).to_be_hidden()
    expect(page.locator("[name=subscription_key]")).to_have_value("kept here")
    assert page.evaluate("typeof history.pushState") == "function"
    chosen(page)
    page.get_by_label("Report", exact=True).select_option("production-summary")
    page.get_by_label("Time frame").select_option("last-30-days")
    tabbed_to(page, "Insert")
    page.keyboard.press("Enter")
    said = page.locator("[data-report-said]")
    expect(said).to_contain_text("rows inserted on sheet “STP-01 Summary")
    worksheet = page.evaluate("book.told()")["worksheets"][0]
    rows = page.locator("[data-preview-count]").inner_text()
    assert str(worksheet["tables"][0]["area"][2] - 1) in rows

    page.get_by_role("button", name="Insert").click()
    question = page.get_by_role("group", name="Replace the report?")
    expect(question).to_contain_text(worksheet["name"])
    expect(question.get_by_role("button", name="Keep it")).to_be_focused()
    looked_at(page, "replace", "dark")
    page.keyboard.press("Enter")
    expect(said).to_have_text("Nothing was inserted.")
    page.get_by_role("button", name="Insert").click()
    question.get_by_role("button", name="Replace").click()
    expect(said).to_contain_text("rows inserted on sheet")
    told: dict[str, Any] = page.evaluate("book.told()")
    assert [sheet["name"] for sheet in told["worksheets"]] == [worksheet["name"]]
    assert len(told["worksheets"][0]["tables"]) == len(told["worksheets"][0]["charts"]) == 1
    for secret in ("kept here", lookup.told["subscription_key"], lookup.told["token"].partition(".")[0]):
        assert secret not in str(told)
    assert page.evaluate(
        "[{...localStorage}, {...sessionStorage}].map((kept) => Object.keys(kept).length)"
    ) == [1, 0]

    page.evaluate("() => { Excel.run = () => Promise.reject(new Error('The sheet is protected.')); }")
    page.get_by_role("button", name="Insert").click()
    failed(page, "reports", "office", "Excel did not take it: The sheet is protected.", "Try again")


def test_elsewhere_it_says_what_is_missing(page: Page, in_excel: Callable[..., None]) -> None:
    for host, newest, words in (("Excel", 1.6, "too old to insert"), ("Word", 1.9, "This is no Excel")):
        in_excel(host, newest)
        expect(page.locator("[data-host]")).to_contain_text(words)
        expect(page.get_by_role("button", name="Insert", include_hidden=True)).to_be_hidden()
    page.unroute(OFFICE)
    page.route(OFFICE, lambda route: route.abort())
    opened(page, IN_EXCEL)
    expect(page.locator("[data-host]")).to_contain_text("could not be loaded from Microsoft")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "microsoft" in request.url else None)
    opened(page)
    assert asked == []


def test_it_speaks_german(browser: Browser, server: Served) -> None:
    context = browser.new_context(base_url=server.origin, viewport=PANE, locale="de-DE", color_scheme="dark")
    page = context.new_page()
    opened(page)
    expect(page.locator("[data-host]")).to_contain_text("ist kein Excel")
    search(page, "gibt es nicht")
    expect(page.locator("[data-search-said]")).to_contain_text("Kein Arbeitsplatz hat „gibt es nicht“")
    assert found(page, "%")
    page.get_by_role("searchbox").press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("[data-setup-read]")).to_contain_text("Gelesen um")
    expect(page.get_by_label("Bericht", exact=True).locator("option").first).to_have_text(
        "Produktionsprotokoll"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= PANE["width"]
    picture(page, "lookup-german")
    context.close()
