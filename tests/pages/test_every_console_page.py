"""Every page of the console that is no model's, as `looking.py` looks at pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from pages.conftest import picture, sign_in
from pages.looking import ROW, look_at_all
from support.accessibility import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from support.served import Served

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


def test_the_pages_of_signing_keys_with_what_they_ask_opened(page: Page, server: Served) -> None:
    sign_in(page, server)
    page.goto("/console/clients/signingkey/")
    page.get_by_text("Rotate…").click()
    assert page.get_by_text("It is too soon").is_visible(), "a demo's keys have just been made"
    assert page.get_by_label("Rotate all the same").is_visible()
    picture(page, "console-signing-keys-rotate")
    assert violations(page) == []

    page.locator("#result_list tbody th a").first.click()
    page.get_by_text("Retire…").click()
    assert page.get_by_text("every token that it has signed is refused").is_visible()
    picture(page, "console-signing-key-retire")
    assert violations(page) == []
