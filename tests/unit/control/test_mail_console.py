"""Mail in the console: who sees and does what, and that what mails hold does nothing there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from millgate.control.accounts.services import person_create
from millgate.control.console.admin.mail import PREVIEW_POLICY
from millgate.control.mail.kinds import KINDS, Kind
from millgate.control.mail.models import Mail, MailState
from millgate.control.mail.rendering import example_values
from millgate.control.mail.services import Address, mail_queue
from support.console_pages import act, administrator, helper, page, signed_in, text

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("rows")
LISTING = "/console/mail/mail/"
TEMPLATES = f"{LISTING}templates/"


def mail_made(
    kind: Kind = Kind.REQUEST_REJECTED, *, state: MailState = MailState.FAILED, **values: str
) -> Mail:
    mail = mail_queue(kind=kind, to=Address("dee@example.com", "Dee"), values=example_values(kind) | values)
    assert mail is not None
    Mail.objects.filter(pk=mail.pk).update(state=state, last_error="550 nobody here", next_at=None)
    mail.refresh_from_db()
    return mail


# Who may what

PEOPLE: dict[str, Callable[[], Client]] = {
    "administrator": administrator,
    "who may see": lambda: helper("view_mail"),
    "who may send again": lambda: helper("view_mail", "change_mail"),
    "who may test": lambda: helper("add_mail"),
    "another administrator": lambda: helper("view_person"),
    "a developer": lambda: signed_in(person_create(email="dev@example.com")),
    "a stranger": Client,
}
SEE, AGAIN, TRIAL = "see", "send again", "test"
MAY = {
    "administrator": {SEE, AGAIN, TRIAL},
    "who may see": {SEE},
    "who may send again": {SEE, AGAIN},
    "who may test": {TRIAL},
    "another administrator": set[str](),
    "a developer": set[str](),
    "a stranger": set[str](),
}


@pytest.mark.parametrize("who", PEOPLE)
def test_pages_and_what_they_do_are_for_those_who_may(who: str) -> None:
    client, may, mail = PEOPLE[who](), MAY[who], mail_made()
    for address in (
        LISTING,
        page(mail),
        f"{LISTING}{mail.pk}/html/",
        TEMPLATES,
        f"{TEMPLATES}test/",
        f"{TEMPLATES}test/html/",
    ):
        assert (client.get(address).status_code == 200) is (SEE in may), address
    assert (client.get(f"{LISTING}test/").status_code == 200) is (TRIAL in may)
    assert client.get(page(mail, "history")).status_code in {302, 403, 404}, "a mail is no decision"

    act(client, mail, "resend")
    mail.refresh_from_db()
    assert (mail.state == MailState.WAITING) is (AGAIN in may)
    client.post(f"{LISTING}test/", {"address": "try@example.com"})
    assert Mail.objects.filter(kind=Kind.TEST).exists() is (TRIAL in may)


@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_adds_changes_or_deletes_a_mail_by_hand(who: str) -> None:
    client, mail = PEOPLE[who](), mail_made()
    assert client.get(f"{LISTING}add/").status_code != 200
    client.post(page(mail), {"subject": "another", "address": "else@example.com"})
    client.post(page(mail, "delete"), {"post": "yes"})
    client.post(LISTING, {"action": "delete_selected", "_selected_action": [str(mail.pk)], "post": "yes"})
    found = Mail.objects.get(pk=mail.pk)
    assert (found.subject, found.address) == (mail.subject, mail.address)


@pytest.mark.parametrize("who", PEOPLE)
def test_what_one_may_not_is_not_offered(who: str) -> None:
    client, may, mail = PEOPLE[who](), MAY[who], mail_made()
    first = client.get("/console/").content.decode()
    assert (f'href="{LISTING}"' in first) is (SEE in may)
    assert ("1 mail failed" in first) is (SEE in may)
    listing, shown = client.get(LISTING).content.decode(), client.get(page(mail)).content.decode()
    assert ("Send a test mail" in listing) is ({SEE, TRIAL} <= may)
    assert ("act/resend/" in shown) is (AGAIN in may)
    assert ("Send again" in listing) is (AGAIN in may)


# What is shown


def test_the_list_is_searched_and_filtered() -> None:
    ada = administrator()
    failed, sent = mail_made(), mail_made(Kind.ACCOUNT_CLOSED, state=MailState.SENT)
    Mail.objects.filter(pk=sent.pk).update(address="zoe@example.com")

    def found(query: str) -> set[str]:
        shown = ada.get(f"{LISTING}?{query}").content.decode()
        return {mail.subject for mail in (failed, sent) if f"/mail/mail/{mail.pk}/change/" in shown}

    assert found("") == {failed.subject, sent.subject}
    assert found("q=zoe@example.com") == {sent.subject}
    assert found("state__exact=failed") == {failed.subject}
    assert found("kind__exact=account-closed") == {sent.subject}


def test_the_list_takes_as_many_queries_for_many_mails() -> None:
    ada = administrator()
    mail_made()
    ada.get(LISTING)  # what is loaded once
    with CaptureQueriesContext(connection) as few:
        ada.get(LISTING)
    for _ in range(30):
        mail_made()
    with CaptureQueriesContext(connection) as many:
        ada.get(LISTING)
    assert len(many) == len(few)


def test_a_failed_mail_says_why_and_is_sent_again() -> None:
    ada, mail = administrator(), mail_made()
    shown = text(ada.get(page(mail)))
    assert "550 nobody here" in shown
    assert "Please say which plant you are calling from." in shown
    assert "it waits to be sent" in text(act(ada, mail, "resend"))
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == (MailState.WAITING, 0)


def test_several_are_sent_again_and_one_that_cannot_be_says_why() -> None:
    ada, good, gone = administrator(), mail_made(), mail_made()
    Mail.objects.filter(pk=gone.pk).update(text="", html="")
    chosen = {"action": "resend", "_selected_action": [str(good.pk), str(gone.pk)]}
    shown = text(ada.post(LISTING, chosen, follow=True))
    assert "What it said is not kept any more" in shown
    assert "Send again: 1" in shown
    assert not Mail.objects.get(pk=gone.pk).next_at


@pytest.mark.parametrize("kind", [kind for kind in Kind if KINDS[kind].opens])
def test_a_mail_whose_link_lets_its_reader_act_is_shown_to_nobody(kind: Kind) -> None:
    """An administrator could otherwise take an account over by asking for a new password for it."""
    ada, mail = administrator(), mail_made(kind, link="http://testserver/portal/?code=opensesame")
    shown = ada.get(page(mail)).content.decode()
    assert "opensesame" not in shown
    assert "It is shown to nobody" in shown
    assert ada.get(f"{LISTING}{mail.pk}/html/").status_code == 404


def test_the_html_of_a_mail_is_a_page_that_can_do_nothing() -> None:
    ada = administrator()
    mail = mail_made(reason="<script>alert(1)</script>")
    for address in (f"{LISTING}{mail.pk}/html/", f"{TEMPLATES}request-rejected/html/"):
        answer = ada.get(address)
        assert answer.headers["Content-Security-Policy"] == PREVIEW_POLICY
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<script" not in ada.get(f"{LISTING}{mail.pk}/html/").content.decode()
    assert "<script>" not in ada.get(page(mail)).content.decode()
    policy = dict(part.strip().partition(" ")[::2] for part in PREVIEW_POLICY.split(";"))
    assert policy["default-src"] == "'none'"
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]


def test_what_was_dropped_is_not_shown() -> None:
    ada, mail = administrator(), mail_made(state=MailState.SENT)
    Mail.objects.filter(pk=mail.pk).update(text="", html="")
    assert "its text is not kept" in text(ada.get(page(mail)))
    assert ada.get(f"{LISTING}{mail.pk}/html/").status_code == 404
    assert "act/resend/" not in ada.get(page(mail)).content.decode()


# Templates, and trying out


def test_every_kind_is_previewed_with_its_values() -> None:
    ada = administrator()
    shown = text(ada.get(TEMPLATES))
    for kind, declared in KINDS.items():
        assert str(declared.title) in shown
        one = text(ada.get(f"{TEMPLATES}{kind.value}/"))
        for name, value in declared.values.items():
            assert name in one
            assert str(value.help) in one
            assert value.example in one
        assert "<h1" in ada.get(f"{TEMPLATES}{kind.value}/html/").content.decode()
    assert ada.get(f"{TEMPLATES}nothing/").status_code == 404
    assert ada.get(f"{TEMPLATES}nothing/html/").status_code == 404


def test_a_test_mail_waits_for_its_turn() -> None:
    ada = administrator()
    assert 'value="ada@example.com"' in ada.get(f"{LISTING}test/").content.decode()
    answer = ada.post(f"{LISTING}test/", {"address": "try@example.com"}, follow=True)
    mail = Mail.objects.get()
    assert (mail.kind, mail.address, mail.state) == (Kind.TEST, "try@example.com", MailState.WAITING)
    assert "ada@example.com sent this from the console" in mail.text
    assert answer.redirect_chain[-1][0] == reverse("admin:mail_mail_change", args=(mail.pk,))
    assert "Enter a valid email address" in text(ada.post(f"{LISTING}test/", {"address": "a\r\nBcc: b@c.d"}))
    assert Mail.objects.count() == 1
