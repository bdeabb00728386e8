"""Every page at desktop and phone width, light and dark: it fits, has one heading, axe-core finds nothing.

The pages follow from the addresses that Django answers: one that is new fails until it has an example here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from pages.conftest import ARTEFACTS, sign_in
from support.accessibility import violations
from support.console_addresses import ROWS, named_addresses
from support.django_home import django_home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from support.served import Served

WIDTHS: Final = {"desktop": 1280, "phone": 390}
VIEWS: Final[tuple[tuple[str, Literal["light", "dark"]], ...]] = (("desktop", "light"), ("phone", "dark"))
"""Each width and each scheme once: what is wrong with a page depends on one or the other."""

ROW: Final = "#result_list tbody th a, .audit-log tbody th a"
"""The link to a row, in a list of the console."""

OPEN: Final = {
    "portal:home": "/portal/",
    "portal:apis": "/portal/apis/",
    "portal:api": "/portal/apis/production-tracking/",
    "portal:operation": "/portal/apis/production-tracking/ main a[href*='/operations/']",
    "portal:schema": "/portal/apis/part-list/schemas/PartsPage/",
    "portal:errors": "/portal/errors/",
    "portal:error": "/portal/errors/MG402/",
    "portal:search": "/portal/search/?q=parts",
    "portal:adapters": "/portal/adapters/",
    "portal:adapter": "/portal/adapters/production-management/",
    "portal:connectors": "/portal/connectors/",
    "portal:connector": "/portal/connectors/ main a[href*='/connectors/']",
    "portal:blog": "/portal/blog/",
    "portal:post": "/portal/blog/ main article a",
    "portal:glossary": "/portal/glossary/",
    "documentation:overview": "/documentation/",
    "documentation:action": "/documentation/api/v1/cancelations/update",
    "documentation:lists": "/documentation/list_items",
    "documentation:list": "/documentation/list_items/job_cancelation_reason",
    "portal:sign-in": "/portal/sign-in/",
    "portal:sign-up": "/portal/sign-up/",
    "portal:sign-up-sent": "/portal/sign-up/sent/",
    "portal:sign-up-waiting": "/portal/sign-up/waiting/",
    "portal:terms": "/portal/terms/",
    "portal:password-forgot": "/portal/password/forgot/",
    "portal:password-sent": "/portal/password/sent/",
    "lookup:pane": "/lookup/",
    "lookup:help": "/lookup/help/",
    "admin:login": "/console/login/",
}
"""Pages for everyone."""
DEVELOPER: Final = {
    "portal:applications": "/portal/applications/",
    "portal:application": "/portal/applications/ main a[href*='/portal/applications/']",
    "portal:service-requests": "/portal/service-requests/",
    "portal:service-request-new": "/portal/service-requests/new/",
    "portal:profile": "/portal/profile/",
    "portal:profile-password": "/portal/profile/password/",
    "portal:profile-address": "/portal/profile/address/",
    "portal:profile-security": "/portal/profile/security/",
    "portal:profile-second-factor": "/portal/profile/security/second-factor/",
    "portal:profile-second-factor-off": "/portal/profile/security/second-factor/off/",
    "portal:profile-close": "/portal/profile/close/",
    "authorize:programs": "/portal/profile/programs/",
}
"""Pages of a developer. What follows an address is a link on that page, which leads to the page that is meant."""
CONSOLE: Final = {
    "admin:index": "/console/",
    "console-publishing": "/console/publishing/",
    "console-version": "/console/publishing/1/",
    "console-approvals": "/console/approvals/",
    "console-cloud-access": "/console/cloud-access/",
    "console-cloud-access-of": "/console/cloud-access/?q=sample table tbody th a",
    "console-roles": "/console/roles/",
    "console-role": "/console/roles/operator/",
    "console-account-settings": "/console/account-settings/",
    "console-analytics": "/console/analytics/",
    "console-faults": "/console/faults/",
    "console-fault-rule-add": "/console/faults/add/",
    "console-fault-rule": "/console/faults/rules/looked-at/",
    "console-fault-rule-delete": "/console/faults/rules/looked-at/delete/",
    "console-settings": "/console/settings/",
    "admin:auth_user_password_change": f"/console/accounts/person/?q=dee@example.com {ROW} then password",
    "admin:catalogue_api_import": "/console/catalogue/api/import/",
    "admin:catalogue_datasource_declare": "/console/catalogue/datasource/declare/",
    "admin:mail_mail_test": "/console/mail/mail/test/",
    "admin:mail_mail_templates": "/console/mail/mail/templates/",
    "admin:mail_mail_template": "/console/mail/mail/templates/request-rejected/",
}
"""Pages of the console that are no model's."""
ELSEWHERE: Final = {
    "": "leads to the portal",
    "portal:language": "leads back",
    "portal:try-it-why": "only sent to",
    **dict.fromkeys(("portal:apis-copy", "portal:api-copy", "portal:operation-copy"), "a text"),
    **dict.fromkeys(("portal:schema-copy", "portal:errors-copy", "portal:error-copy"), "a text"),
    **dict.fromkeys(("portal:adapters-copy", "portal:adapter-copy", "portal:llms"), "a text"),
    "portal:search-index": "data",
    "actions:call": "answers programs",
    **{
        f"documentation:{form}": "a file"
        for form in ("openapi.json", "openapi.yaml", "swagger.json", "wadl.xml")
    },
    **{
        f"documentation:{page}-{form}": "a text"
        for page in ("overview", "action", "lists", "list")
        for form in ("json", "copy")
    },
    "portal:feed": "a file",
    "portal:service-request": "looked at in test_people_pages.py",
    "portal:sign-in-code": "looked at in test_account_pages.py",
    "portal:sign-in-set-up": "looked at in test_account_pages.py",
    "portal:sign-up-confirm": "looked at in test_account_pages.py",
    "portal:password-reset": "looked at in test_account_pages.py",
    "portal:address-confirm": "looked at in test_account_pages.py",
    "portal:profile-recovery-codes": "looked at in test_account_pages.py",
    "portal:profile-sessions-end": "only sent to",
    "portal:openapi.json": "a file",
    "portal:openapi.yaml": "a file",
    "portal:swagger.json": "a file",
    "portal:wadl.xml": "a file",
    "portal:sign-out": "only sent to",
    "portal:subscribe": "looked at in test_own_pages.py",
    "portal:subscriptions": "looked at in test_own_pages.py",
    "portal:subscription": "looked at in test_own_pages.py",
    "portal:subscription-cancel": "looked at in test_own_pages.py",
    "portal:subscription-key": "only sent to",
    "portal:subscription-regenerate": "looked at in test_own_pages.py",
    "portal:analytics": "looked at in test_own_pages.py",
    "portal:analytics-csv": "a file",
    "portal:refusals": "looked at in test_own_pages.py",
    "portal:why": "looked at in test_own_pages.py",
    "authorize:any": "looked at in test_asking.py",
    "authorize:tenant": "looked at in test_asking.py",
    "authorize:decide": "only sent to",
    "authorize:revoke": "looked at in test_asking.py",
    **dict.fromkeys(("lookup:manifest", "lookup:icon"), "a file"),
    **dict.fromkeys(("lookup:session", "lookup:renew", "lookup:end", "lookup:sheets"), "only sent to"),
    **dict.fromkeys(("lookup:reports", "lookup:windows"), "data"),
    "admin:logout": "only sent to",
    "admin:password_change": "leads to the profile",
    "admin:password_change_done": "follows a changed password",
    "admin:jsi18n": "a file",
    "admin:autocomplete": "data",
    "admin:view_on_site": "leads nowhere",
    "admin:app_list": "leads to the first page",
    "console-version-restore": "only sent to",
    "console-analytics-csv": "a file",
    "console-people-offered": "data",
    "console-role-change": "only sent to",
    "console-fault-rule-switch": "only sent to",
    "console-clock-jump": "only sent to",
    "console-clock-reset": "only sent to",
    "admin:accounts_servicerequest_account": "looked at in test_people_pages.py",
    "admin:accounts_servicerequest_link": "looked at in test_people_pages.py",
    "admin:catalogue_datasource_add_resource": "looked at in test_content_pages.py",
    "admin:catalogue_datasource_resource": "looked at in test_content_pages.py",
    "admin:audit_entry_export": "a file",
    "admin:clients_signingkey_rotate": "only sent to",
    "admin:clients_signingkey_retire": "only sent to",
    "admin:mail_mail_html": "a mail as its reader sees it",
    "admin:mail_mail_template_html": "a mail as its reader sees it",
}
"""Addresses that are no pages, or are looked at elsewhere, and why."""


def pages_of_rows() -> Iterator[tuple[str, str]]:
    """The pages of each model; those of a row where the demo has one."""
    for model, rows in ROWS.items():
        app, name = model.split(".")
        start, listing = f"admin:{app}_{name}", f"/console/{app}/{name}/"
        yield f"{start}_changelist", listing
        yield f"{start}_add", f"{listing}add/" if "add" in rows.can else ""
        yield f"{start}_change", f"{listing} {ROW}"
        yield f"{start}_delete", f"{listing} {ROW} then delete" if "delete" in rows.can else ""
        yield f"{start}_history", ""
        yield f"{start}_act", ""


def look(page: Page, name: str, address: str) -> None:
    """Look at a page in both widths and both schemes: nothing is wrong with it. It is left as a phone has it."""
    wrong = wrong_with(page, name, address)
    assert wrong == [], "\n".join(wrong)


def wrong_with(page: Page, name: str, address: str) -> list[str]:
    """The same, saying all that is wrong; pictures are kept."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": WIDTHS["desktop"], "height": 900})
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        return [f"{name}: {address} answers {answer and answer.status}"]
    wrong = []
    if page.locator("h1:visible").count() != 1:
        wrong.append(f"{name}: {page.locator('h1:visible').count()} headings of the first level")
    if not page.title():
        wrong.append(f"{name}: no title")
    for name_of_width, scheme in VIEWS:
        width = WIDTHS[name_of_width]
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.screenshot(
            path=ARTEFACTS / f"{name.replace(':', '-')}-{name_of_width}-{scheme}.png", full_page=True
        )
        wrong += [f"{name}, {name_of_width}, {scheme}: {item}" for item in violations(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{name}: wider than a {name_of_width}")
    return wrong


def look_at_all(page: Page, pages: dict[str, str]) -> None:
    wrong = []
    for name, example in pages.items():
        address, _, link = example.partition(" ")
        if link:
            address = linked(page, address, link)
        if address:
            wrong += wrong_with(page, name, address)
    assert wrong == [], "\n".join(wrong)


def linked(page: Page, address: str, link: str) -> str:
    """Where a link of a page leads, or the page beside that one, such as `delete`; empty where there is none."""
    page.goto(address)
    link, _, beside = link.partition(" then ")
    found = page.locator(link)
    if not found.count():
        return ""
    path = urlsplit(found.first.get_attribute("href") or "").path
    return path.replace("/change/", f"/{beside}/") if beside else path


def test_every_address_has_an_example() -> None:
    django_home()
    known = {*OPEN, *DEVELOPER, *CONSOLE, *ELSEWHERE, *dict(pages_of_rows())}
    assert named_addresses() - known == set(), "say in this file where such a page can be seen"


@pytest.mark.timeout(300)
def test_the_pages_for_everyone(page: Page) -> None:
    look_at_all(page, OPEN)


def test_the_pages_of_a_developer(page: Page, server: Served) -> None:
    page.goto("/portal/sign-in/")
    page.get_by_label("E-mail").fill(server.env["DEVELOPER_EMAIL"])
    page.get_by_label("Password").fill(server.env["DEVELOPER_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/")
    look_at_all(page, DEVELOPER)


@pytest.mark.timeout(300)
def test_the_pages_of_the_console(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/faults/add/")
    page.get_by_label("Name").fill("looked-at")
    page.get_by_label("Effect").select_option("delay")
    page.get_by_label("Held back at most (ms)").fill("5")
    page.get_by_label("On: it strikes").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="looked-at")).to_be_visible()
    look_at_all(page, CONSOLE)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("app", sorted({model.partition(".")[0] for model in ROWS}))
def test_the_pages_of_rows(page: Page, server: Served, app: str) -> None:
    sign_in(page, server)
    look_at_all(page, {name: at for name, at in pages_of_rows() if name.startswith(f"admin:{app}_")})


def test_the_pages_of_signing_keys_with_what_they_ask_opened(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/clients/signingkey/")
    page.get_by_text("Rotate…").click()
    assert page.get_by_text("It is too soon").is_visible(), "a demo's keys have just been made"
    assert page.get_by_label("Rotate all the same").is_visible()
    page.screenshot(path=ARTEFACTS / "console-signing-keys-rotate.png", full_page=True)
    assert violations(page) == []

    page.locator("#result_list tbody th a").first.click()
    page.get_by_text("Retire…").click()
    assert page.get_by_text("every token that it has signed is refused").is_visible()
    page.screenshot(path=ARTEFACTS / "console-signing-key-retire.png", full_page=True)
    assert violations(page) == []


def test_an_address_that_is_none_says_so(page: Page) -> None:
    answer = page.goto("/portal/nowhere/")

    assert answer is not None
    assert answer.status == 404
    assert page.get_by_role("link", name="APIs").first.is_visible()
    assert violations(page) == []
