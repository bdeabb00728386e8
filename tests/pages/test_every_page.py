"""Every page for everyone and every page of a developer, as `looking.py` looks at pages; the console's are beside.

The pages follow from the addresses that Django answers: one that is new fails until it has an example here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from pages.conftest import enter
from pages.looking import look_at_all, pages_of_rows
from pages.test_every_console_page import CONSOLE
from support.accessibility import violations
from support.console_addresses import named_addresses
from support.django_home import django_home

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

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


def test_every_address_has_an_example() -> None:
    django_home()
    known = {*OPEN, *DEVELOPER, *CONSOLE, *ELSEWHERE, *dict(pages_of_rows())}
    assert named_addresses() - known == set(), (
        "say in this file, or in those beside, where such a page can be seen"
    )


@pytest.mark.timeout(300)
def test_the_pages_for_everyone(page: Page) -> None:
    look_at_all(page, OPEN)


def test_the_pages_of_a_developer(page: Page, server: Served) -> None:
    enter(page, server, "/portal/profile/")
    look_at_all(page, DEVELOPER)


def test_an_address_that_is_none_says_so(page: Page) -> None:
    answer = page.goto("/portal/nowhere/")

    assert answer is not None
    assert answer.status == 404
    assert page.get_by_role("link", name="APIs").first.is_visible()
    assert violations(page) == []
