"""The installation's decisions about accounts: on a page, in the audit log, and in files."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from millgate.control.accounts.models import AccountSettings, Person
from millgate.control.accounts.selectors import account_settings
from millgate.control.accounts.services import person_hats_set
from millgate.control.accounts.settings_services import account_settings_set
from millgate.control.audit.models import Entry
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.putting import Putting
from millgate.control.publish.exporting.selectors import decisions_of_rows
from support.accounts import person_make, text_of
from support.console_pages import administrator, helper

pytestmark = pytest.mark.usefixtures("rows")

PAGE = "/console/account-settings/"


def opened(client: Client) -> dict[str, str]:
    return {"seen": client.get(PAGE).context["form"].initial["seen"]}


def test_what_is_decided_is_in_force_and_in_the_audit_log() -> None:
    ada = administrator()
    form = opened(ada) | {"sign_up": "closed", "terms": "Be kind.\r\nAlways.", "terms_required": "on"}
    assert "in force" in text_of(ada.post(PAGE, form, follow=True))
    decided = account_settings()
    assert (decided.sign_up, decided.terms) == ("closed", "Be kind.\nAlways.")
    entry = Entry.objects.get(kind="accounts settings")
    assert (entry.action, entry.who, entry.after["sign_up"]) == ("added", "ada@example.com", "closed")


def test_of_two_who_decide_at_once_the_second_is_told() -> None:
    ada = administrator()
    first, second = opened(ada), opened(ada)
    ada.post(PAGE, first | {"sign_up": "closed"})
    assert "Somebody else has changed" in text_of(ada.post(PAGE, second | {"sign_up": "at-once"}))
    assert account_settings().sign_up == "closed"


def test_nobody_decides_without_the_right_to() -> None:
    assert helper("view_person").get(PAGE).status_code == 403
    helped = Person.objects.get(email="help@example.com")
    assert "Account Settings" not in text_of(Client().get("/console/"))
    helped.delete()
    assert helper("change_accountsettings").get(PAGE).status_code == 200


@pytest.mark.parametrize("members", [{"sign_up": "maybe"}, {"terms": "x" * 100_001}])
def test_what_there_is_not_is_refused(members: dict[str, str]) -> None:
    wanted = {"sign_up": "closed", "terms": ""} | members
    with pytest.raises(ValidationError):
        account_settings_set(**wanted, administrators_need_second_factor=True, terms_required=True)
    assert not AccountSettings.objects.exists()


def test_decisions_and_hats_go_through_files() -> None:
    account_settings_set(
        sign_up="at-once", administrators_need_second_factor=True, terms="Be kind.", terms_required=False
    )
    person_hats_set(person=person_make("dee@example.com"), hats=["liaison", "developer"])
    written = decisions_of_rows(secrets=False)
    settings = written[kinds.ACCOUNT_SETTINGS]["accounts"]
    dee = written[kinds.PERSON]["dee@example.com"]
    assert dee.hats == ("developer", "liaison")

    AccountSettings.objects.all().delete()
    Person.objects.all().delete()
    Putting().put(kinds.ACCOUNT_SETTINGS, settings)
    Putting().put(kinds.PERSON, dee)
    assert decisions_of_rows(secrets=False) == written
    Putting().remove(kinds.ACCOUNT_SETTINGS, settings)
    assert account_settings().sign_up == "approval"


def test_there_are_no_other_hats() -> None:
    with pytest.raises(ValidationError, match="There is no hat pirate"):
        person_hats_set(person=person_make("dee@example.com"), hats=["developer", "pirate"])
