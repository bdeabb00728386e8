"""Try it in a real browser: a token and a 200, every kind of refusal with its reason, and where secrets go."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from playwright.sync_api import expect

from pages.conftest import enter, picture
from pages.test_reference_pages import accessible
from support.console import Console
from support.keyboard import choose, press, type_into
from support.publishing import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Response

    from support.served import Served

PARTS = "/portal/apis/part-list/operations/list-parts/"
MAKE = "/portal/apis/part-list/operations/create-part/"
MOST_CALLS = 40
EXPECTED = re.compile("status of 4|ERR_CONNECTION_RESET")
"""What the browser says of calls that a test has refused."""


def sign_in(page: Page, server: Served, onward: str) -> None:
    """As the developer."""
    enter(page, server, f"/portal/sign-in/?next={onward}")
    page.wait_for_url(f"{server.origin}{onward}")


def opened(page: Page, button: str = "Try it") -> None:
    expect(page.locator("dialog[data-ready]")).to_be_attached()
    page.get_by_role("button", name=button).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


def get_token(page: Page, secret: str) -> None:
    page.get_by_label("Client secret").fill(secret)
    page.get_by_label("Client secret").press("Enter")


def send(page: Page) -> None:
    page.get_by_role("button", name="Send", exact=True).press("Enter")


def answered(page: Page, status: int) -> None:
    expect(page.locator("[data-status-code]")).to_contain_text(str(status))
    expect(page.locator(".try-status")).to_contain_text(str(status))


def why(page: Page, *words: str | re.Pattern[str]) -> None:
    for word in words:
        expect(page.locator(".try-why")).to_contain_text(word)


def choose_key(page: Page, name: str) -> None:
    page.locator("#try-key").select_option(label=name)


def used_up(server: Served) -> None:
    """Call with the limited key until it is refused."""
    headers = server.headers() | {"Ocp-Apim-Subscription-Key": server.env["LIMITED_SUBSCRIPTION_KEY"]}
    with httpx.Client(headers=headers) as client:
        for _ in range(MOST_CALLS):
            if client.get(f"{server.origin}/test/PartList/v1/Parts?Limit=1").status_code == 429:
                return
    raise AssertionError("no limit")


@pytest.fixture
def page(browser: Browser, server: Served) -> Iterator[Page]:
    """A page whose calls may be refused and cut off, and whose scripts must not complain otherwise."""
    context = browser.new_context(
        base_url=server.origin, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert [text for text in complaints if not EXPECTED.search(text)] == []


@pytest.fixture
def asked_for(page: Page) -> Iterator[list[str]]:
    """Every address that the page asks for."""
    addresses: list[str] = []

    def note(response: Response) -> None:
        addresses.append(response.url)

    page.on("response", note)
    yield addresses
    page.remove_listener("response", note)


def test_a_call_is_made_and_every_refusal_is_explained(
    page: Page, server: Served, asked_for: list[str]
) -> None:
    printed = len(server.printed())
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, server, PARTS)
    assert server.env["SUBSCRIPTION_KEY"] not in page.content()
    opened(page)
    expect(page.locator("[data-url]")).to_contain_text(f"{server.origin}/test/PartList/v1/Parts")
    accessible(page)

    a_token_is_had(page, server.env)
    a_call_answers(page, server.env)
    token = page.locator("[data-token]").input_value()
    refusals_say_why(page, token)
    a_limit_holds_send_back(page, server)
    old_calls_come_back(page, server.env)
    production_is_asked_about(page, server)
    it_fits_a_phone(page)
    the_sample_has_the_key(page, server.env["SUBSCRIPTION_KEY"])
    secrets = [server.env[name] for name in ("SUBSCRIPTION_KEY", "CLIENT_SECRET", "LIMITED_SUBSCRIPTION_KEY")]
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    logged = server.printed()[printed:]
    for secret in (*secrets, token):
        assert not any(secret in text for text in (kept, logged, page.url, *asked_for))


def test_an_action_is_tried_as_what_its_encoded_body_holds(page: Page, server: Served) -> None:
    sign_in(page, server, "/documentation/api/v1/sessions/create")
    opened(page)
    expect(page.get_by_text("Sent as the base64 of this object.")).to_be_visible()
    body = page.locator("[data-body]")
    expect(body).to_have_value(re.compile('"application": "planoorder"'))
    sign_in_as = {
        "email": server.env["ACTION_EMAIL"],
        "password": server.env["ACTION_PASSWORD"],
        "application": "planoauth",
    }
    body.fill(json.dumps(sign_in_as))
    send(page)
    page.get_by_role("button", name="Send to production").press("Enter")

    answered(page, 200)
    expect(page.locator("[data-answer]")).to_contain_text('"action-successful"')


def a_token_is_had(page: Page, env: dict[str, str]) -> None:
    """After a wrong secret was refused."""
    get_token(page, "wrong")
    answered(page, 401)
    expect(page.locator("[data-answer]")).to_contain_text("AADSTS50012")
    why(page, "token request", "MG7")
    get_token(page, env["CLIENT_SECRET"])
    expect(page.locator(".try-status")).to_have_text("Token received.")
    expect(page.locator("[data-token-life]")).to_contain_text("Good for another")
    page.get_by_text("What the token says").click()
    expect(page.locator("[data-token-list]")).to_contain_text(env["CLIENT_ID"])


def a_call_answers(page: Page, env: dict[str, str]) -> None:
    """With a parameter of one's own, which is taken away again."""
    choose_key(page, "Primary: Developer access")
    page.get_by_role("button", name="Add a parameter").press("Enter")
    page.keyboard.type("Limit")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    expect(page.locator("[data-url]")).to_contain_text("Limit=2")
    send(page)
    answered(page, 200)
    expect(page.locator("[data-answer] pre").first).to_contain_text('"count": 2')
    sent = page.locator("[data-answer] .try-section").last
    sent.locator("summary").click()
    expect(sent).to_contain_text("Ocp-Apim-Subscription-Key: ••••••••")
    sent.get_by_role("button", name="Reveal").click()
    expect(sent).to_contain_text(env["SUBSCRIPTION_KEY"])
    page.get_by_role("button", name="Remove Limit").click()
    expect(page.locator("[data-url]")).not_to_contain_text("Limit=2")


def refusals_say_why(page: Page, token: str) -> None:
    choose_key(page, "No key")
    send(page)
    answered(page, 401)
    why(page, "check 3", "MG201", "What to do")
    choose_key(page, "Another key, pasted")
    page.locator("#try-key-text").fill("0" * 32)
    send(page)
    why(page, "MG202")
    choose_key(page, "Secondary: Developer access")
    page.locator("[data-token]").fill("")
    send(page)
    why(page, "MG203", "Developer access", "Test")
    page.locator("[data-token]").fill(token)


def a_limit_holds_send_back(page: Page, server: Served) -> None:
    """Another key need not wait."""
    used_up(server)
    choose_key(page, "Primary: Limited trial")
    send(page)
    answered(page, 429)
    why(page, "MG401", "Limited trial", "20 calls", re.compile(r"\(\d+ s\)"))
    waiting = page.get_by_role("button", name=re.compile(r"^Wait \d+ s$"))
    expect(waiting).to_have_attribute("aria-disabled", "true")
    accessible(page)
    choose_key(page, "Primary: Developer access")
    send(page)
    answered(page, 200)


def old_calls_come_back(page: Page, env: dict[str, str]) -> None:
    """As curl without and with secrets, opened, and sent again."""
    page.get_by_text("History (").click()
    page.get_by_role("button", name=re.compile("^Copy as curl: GET")).first.click()
    expect(page.locator(".try-status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert '"Ocp-Apim-Subscription-Key: $KEY"' in copied
    assert env["SUBSCRIPTION_KEY"] not in copied
    page.get_by_role("button", name=re.compile("^Copy as curl with secrets")).first.click()
    expect(page.locator(".try-status")).to_have_text("Copied.")
    assert env["SUBSCRIPTION_KEY"] in page.evaluate("navigator.clipboard.readText()")
    page.locator("[data-history-list] li").last.scroll_into_view_if_needed()
    again = page.locator("[data-history-list] li").filter(has_text="200").last
    again.get_by_role("button", name=re.compile("^Open")).click()
    expect(page.get_by_label("Value", exact=True)).to_have_value("2")
    expect(page.locator("[data-answer] pre").first).to_contain_text('"count": 2')
    again.get_by_role("button", name=re.compile("^Send again")).click()
    expect(page.get_by_text(re.compile(r"History \(\d+\)"))).to_be_visible()


def production_is_asked_about(page: Page, server: Served) -> None:
    page.get_by_label("Production", exact=True).check()
    send(page)
    expect(page.get_by_role("button", name="Do not send")).to_be_focused()
    page.get_by_role("button", name="Send to production").click()
    answered(page, 200)
    expect(page.locator("[data-url]")).to_contain_text(f"{server.origin}/PartList/v1/Parts")


def the_sample_has_the_key(page: Page, key: str) -> None:
    """Where that is asked for: shown, in the next language too, or copied alone."""
    sample = page.locator("#sample")
    page.get_by_role("button", name="Copy with my key").click()
    expect(page.locator("[data-sample-said]")).to_have_text("Copied.")
    assert f"KEY={key}" in page.evaluate("navigator.clipboard.readText()")
    expect(sample).not_to_contain_text(key)
    page.get_by_role("button", name="Show my key").click()
    expect(sample).to_contain_text(f"KEY={key}")
    sample.get_by_role("link", name="Python").click()
    expect(sample).to_contain_text("urllib.request")
    expect(sample).to_contain_text(key)
    page.get_by_role("button", name="Show my key").click()
    expect(sample).to_contain_text("YOUR_SUBSCRIPTION_KEY")


def it_fits_a_phone(page: Page) -> None:
    """In the dark, and gives the focus back when it is closed."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.emulate_media(color_scheme="dark")
    picture(page, "try-it-phone-dark", whole=False)
    assert page.evaluate("document.querySelector('dialog form').scrollWidth") <= 390
    accessible(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Try it")).to_be_focused()


def test_errors_are_produced_and_bodies_checked(page: Page, server: Served) -> None:
    env = server.env
    sign_in(page, server, "/portal/errors/MG402/")
    opened(page, "Produce it now")
    get_token(page, env["CLIENT_SECRET"])
    expect(page.locator(".try-status")).to_have_text("Token received.")
    choose_key(page, "Primary: Developer access")
    send(page)
    answered(page, 403)
    why(page, "MG402", "Next call allowed", "Developer access")
    expect(page.locator("[data-answer]")).to_contain_text("Out of call volume quota")
    why(page, re.compile(r"\(\d+ s|:\d\d\)"))
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()

    page.goto("/portal/errors/MG702/")
    opened(page, "Produce it now")
    page.get_by_label("Client secret").fill(env["CLIENT_SECRET"])
    page.get_by_role("button", name="Ask for MG702").click()
    answered(page, 400)
    why(page, "token request", "MG702")
    accessible(page)
    page.goto("/portal/errors/MG101/")
    expect(page.get_by_text("Call an address with an empty segment")).to_be_visible()

    page.goto(MAKE)
    opened(page)
    body = page.get_by_label("Text of the body")
    body.fill('{\n  "partNo": "T-1",\n  "note": nope\n}')
    expect(page.locator("[data-body-fault]")).to_have_text("Not JSON: line 3, column 11: “n” is not expected")
    body.press("Tab")
    expect(body).not_to_be_focused()
    get_token(page, env["CLIENT_SECRET"])
    expect(page.locator(".try-status")).to_have_text("Token received.")
    choose_key(page, "Primary: Developer access")
    send(page)
    answered(page, 400)
    why(page, "MG603")

    # The server is not reached: told apart from an answer.
    page.route("**/test/PartList/**", lambda route: route.abort("connectionreset"))
    send(page)
    expect(page.locator("[data-unanswered=dropped]")).to_be_visible()
    page.unroute("**/test/PartList/**")


QUOTA: Final = 2
QUOTA_ADAPTER: Final = {
    "key": "two-an-hour",
    "name": "Two an Hour",
    "description": "Parts, for who has patience.",
    "published": "on",
    "subscription_required": "on",
    "approval_required": None,
    "tiers": "test",
    "limits-0-kind": "calls",
    "limits-0-amount": str(QUOTA),
    "limits-0-every": "1",
    "limits-0-unit": "3600",
}


@pytest.mark.timeout(300)
def test_a_quota_is_used_up_and_a_token_expires_until_time_has_passed(page: Page, server: Served) -> None:
    """By keyboard alone, and by nothing but calls and the product's own clock."""
    with Console(server) as console:
        add_adapter(console)
        sign_in(page, server, "/portal/adapters/two-an-hour/subscribe/")
        type_into(page, page.get_by_label("Name"), "Patience")
        press(page, "Subscribe")
        expect(page.get_by_role("heading", name="Patience")).to_contain_text("Active")
        page.goto(PARTS)
        opened(page)
        the_token_of(page, server)
        the_quota_is_used_up(page)
        console.act("/console/faults/", "/jump/", {"moment": "tokens"}).raise_for_status()
        try:
            the_token_has_expired(page, server)
        finally:
            console.act("/console/faults/", "/reset/").raise_for_status()


def add_adapter(console: Console) -> None:
    """An adapter with a quota, published; whoever subscribes need not be approved."""
    form = console.page("/console/catalogue/adapter/add/")
    (api,) = re.findall(r'name="apis" value="(\d+)"[^>]*>\s*PartList', form)
    console.send("/console/catalogue/adapter/add/", QUOTA_ADAPTER | {"apis": api}).raise_for_status()
    console.send("/console/publishing/", {"note": "A quota"}, having="seen").raise_for_status()
    eventually(lambda: "Two an Hour" in console.page("/portal/adapters/"))


def the_token_of(page: Page, server: Served) -> None:
    type_into(page, page.get_by_label("Client secret"), server.env["CLIENT_SECRET"])
    page.keyboard.press("Enter")
    expect(page.locator(".try-status")).to_have_text("Token received.")


def the_quota_is_used_up(page: Page) -> None:
    """The call after the last is refused, and says whose quota it was and when it begins anew."""
    choose(page, page.locator("#try-key"), "Primary: Patience")
    for _ in range(QUOTA):
        press(page, "Send")
        answered(page, 200)
        expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    press(page, "Send")
    answered(page, 403)
    expect(page.locator("[data-answer]")).to_contain_text("Out of call volume quota")
    why(page, "check 5", "MG402", "Patience", "2 calls", "two-an-hour", "Next call allowed")
    accessible(page)


def the_token_has_expired(page: Page, server: Served) -> None:
    """The quota has begun anew with the hour, and the token has ended with it; a new one is good."""
    choose(page, page.locator("#try-key"), "Primary: Developer access")
    press(page, "Send")
    answered(page, 401)
    why(page, "check 7", "MG205", "expired", "Developer access")
    page.reload()
    opened(page)
    the_token_of(page, server)
    choose(page, page.locator("#try-key"), "Primary: Patience")
    press(page, "Send")
    answered(page, 200)


def test_without_scripts_or_signed_out_it_says_what_to_do(browser: Browser, server: Served) -> None:
    context = browser.new_context(base_url=server.origin, java_script_enabled=False)
    page = context.new_page()
    page.goto(PARTS)
    page.get_by_role("link", name="Sign in to try it").click()
    page.get_by_label("E-mail").fill(server.env["DEVELOPER_EMAIL"])
    page.get_by_label("Password").fill(server.env["DEVELOPER_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.origin}{PARTS}")
    expect(page.locator(".try noscript p")).to_be_visible()
    expect(page.get_by_role("button", name="Try it")).to_be_hidden()
    page.locator(".try noscript a").click()
    expect(page.locator("#sample pre")).to_contain_text("curl")
    context.close()
