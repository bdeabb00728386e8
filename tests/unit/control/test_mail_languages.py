"""Mails are written in the language of their reader, whatever that of the page they came of."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from millgate.control.accounts.models import Person
from millgate.control.accounts.services import account_approve
from millgate.control.mail.kinds import KINDS, Kind
from millgate.control.mail.models import Mail
from millgate.control.mail.rendering import example_render, example_values
from support.accounts import PASSWORD, SIGN_UP, link_in_mail, person_make
from support.console_pages import signed_in, text
from support.sample import sample_make

pytestmark = pytest.mark.usefixtures("rows")

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}


def mail_to(address: str) -> Mail:
    return Mail.objects.filter(address=address).latest("pk")


def test_whoever_signs_up_in_german_reads_german_from_the_first_mail_on() -> None:
    ada = person_make("ada@example.com", is_staff=True, is_superuser=True)
    browser = Client(headers=GERMAN)
    browser.post("/portal/sign-up/", SIGN_UP)
    first = mail_to("una@example.com")
    assert "Guten Tag Una" in first.text
    assert 'lang="de"' in first.html
    browser.post(link_in_mail("una@example.com", "address-confirm"), {"password": PASSWORD})
    assert mail_to(ada.email).language == "en", "an administrator reads their own language"

    account_approve(person=Person.objects.get(email="una@example.com"))  # by somebody whose pages are English
    assert mail_to("una@example.com").subject == "Ihr Konto ist bereit"


def test_the_language_chosen_in_the_profile_is_that_of_every_mail_after_it() -> None:
    dee = person_make("dee@example.com")
    client = signed_in(dee)
    form = {"first_name": "Dee", "last_name": "Smith", "time_zone": "UTC", "language": "de"}
    assert client.post("/portal/profile/", form).status_code == 302
    client.post("/portal/password/forgot/", {"email": dee.email})
    assert "Guten Tag Dee Smith" in mail_to(dee.email).text
    assert client.post("/portal/profile/", form | {"language": "tlh"}).status_code == 200, "it is told"


@pytest.mark.parametrize("kind", list(Kind))
def test_every_mail_is_there_in_german(kind: Kind) -> None:
    english, german = example_render(kind, language="en"), example_render(kind, language="de")
    assert german.subject != english.subject
    with translation.override("de"):
        assert str(KINDS[kind].button) in german.text
    values = " ".join(example_values(kind).values())
    said = {line for line in english.text.splitlines() if line.strip(" |") not in values}
    assert {line for line in said if line != "-- "}.isdisjoint(german.text.splitlines())


def test_administrators_look_at_templates_in_each_language() -> None:
    client = signed_in(sample_make().administrator)
    page = "/console/mail/mail/templates/request-received/"
    assert "We have your request" in text(client.get(page))
    assert "Ihre Anfrage" in text(client.get(page, {"language": "de"}))
    assert "Ihre Anfrage" in client.get(f"{page}html/", {"language": "de"}).content.decode()
    listed = text(client.get("/console/mail/mail/templates/", {"language": "de"}))
    assert "Ihre Anfrage" in listed
