"""What mails say: every kind, with its examples and with values that somebody chose to do harm."""

from __future__ import annotations

import email
from email import policy
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from millgate.control.mail.kinds import KINDS, LINK, Kind
from millgate.control.mail.models import Mail
from millgate.control.mail.outbox import message_of
from millgate.control.mail.rendering import (
    LONGEST_SUBJECT,
    Rendered,
    ValuesWrong,
    example_render,
    example_values,
    mail_render,
    one_line,
)
from millgate.control.mail.services import Address, mail_queue
from millgate.control.mail.transports import bytes_of
from millgate.core.settings import MAILS_OPTIONAL
from support.sample import sample_make

if TYPE_CHECKING:
    from email.message import EmailMessage

HOSTILE = {
    "a line of a header": "Ada\r\nBcc: victim@example.com",
    "other line ends": "Ada\x0b\x0c\x1c\x85\u2028\u2029Bcc: victim@example.com",
    "elements": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "an attribute's end": "\"'><a href='https://evil.example'>here</a>",
    "a template": "{{ settings.SECRET_KEY }}{% load i18n %}",
    "a format": "%(link)s %s %d %",
    "a long word": "x" * 1000,
    "a long word of another script": "Ж" * 1000,
    "text turned around": "\u202egnp.exe\u200b\ufeff",
    "half a character": "Ada \ud800",
    "controls": "\x00\x1b[31mred\x7f",
    "a name with marks": 'Müller, "Jo" <jo@evil.example>',
}


class Elements(HTMLParser):
    """The elements of a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        assert "src" not in given, "a mail loads nothing from anywhere"
        if "href" in given:
            self.links.append(given["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def elements(rendered: Rendered) -> Elements:
    found = Elements()
    found.feed(rendered.html)
    return found


def travelled(mail: Mail) -> EmailMessage:
    """The mail as a mail program reads it."""
    return email.message_from_bytes(bytes_of(message_of(mail)), policy=policy.default)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_says_the_same_in_text_and_in_html(kind: Kind) -> None:
    rendered = example_render(kind)
    read = " ".join(" ".join(elements(rendered).words).split())
    plain = " ".join(rendered.text.split())

    for name, value in example_values(kind).items():
        said = value in plain and value in read
        assert said or value in rendered.subject, name
    assert rendered.subject
    assert "%(" not in rendered.subject + rendered.text + rendered.html
    assert "Hello Dee Developer," in plain
    assert max(map(len, rendered.text.splitlines())) <= 120


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.usefixtures("rows")
def test_no_value_adds_a_header_an_element_or_a_link(kind: Kind) -> None:
    """CVE-2022-38723: HTML of those who register stood in the mails of a gateway's portal."""
    for hostile in HOSTILE.values():
        harmless(kind, hostile)


def harmless(kind: Kind, hostile: str) -> None:
    values = {name: hostile for name in KINDS[kind].values if name != LINK}
    link = example_values(kind)[LINK]
    mail = mail_queue(kind=kind, to=Address("dee@example.com", hostile), values={**values, LINK: link})
    assert mail is not None
    known, found = elements(example_render(kind)), elements(Rendered(mail.subject, mail.text, mail.html))

    message = travelled(mail)
    assert message["To"].addresses[0].addr_spec == "dee@example.com"
    assert len(message["To"].addresses) == 1
    assert set(message.keys()) == {
        "Content-Type",
        "MIME-Version",
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "X-Auto-Response-Suppress",
    }
    assert "\n" not in mail.subject
    assert len(mail.subject) <= LONGEST_SUBJECT
    assert set(found.links) == {link}
    assert [tag for tag in found.tags if tag not in {"br", "blockquote"}] == [
        tag for tag in known.tags if tag not in {"br", "blockquote"}
    ]
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert link in text.get_content()
    assert link in html.get_content()
    assert max(map(len, bytes_of(message_of(mail)).splitlines())) <= 998, "RFC 5322 section 2.1.1"


def test_no_line_end_of_any_script_is_left_in_a_line() -> None:
    line = one_line(HOSTILE["other line ends"])
    assert line.splitlines() == [line]
    assert one_line("a\u202eb\u200bc\x00d") == "a b c d"
    assert len(one_line("x" * 5000)) == 200


@pytest.mark.parametrize(
    "name", ["click https://evil.example", "you won at evil.example", "a@b", "www evil", "\\\\evil\\share"]
)
def test_a_name_that_mail_programs_would_make_a_link_of_is_not_greeted(name: str) -> None:
    """Sign-up forms that greet whatever name was given send their senders' advertisements."""
    rendered = mail_render(Kind.ADDRESS_CONFIRM, example_values(Kind.ADDRESS_CONFIRM), name=name)
    assert name not in rendered.text
    assert "Hello," in rendered.text


def test_a_name_with_an_initial_is_greeted() -> None:
    rendered = mail_render(Kind.ACCOUNT_CONFIRMED, example_values(Kind.ACCOUNT_CONFIRMED), name="J. R. Łoś")
    assert "Hello J. R. Łoś," in rendered.text


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/",
        "http://testserver.evil.example/",
        "http://testserver@evil.example/",
        "/portal/",
        "javascript:alert(1)",
        'http://testserver/"><script>',
        "http://testserver/\r\nBcc: a@b",
        "http://testserver/a b",
    ],
)
def test_a_link_that_leads_elsewhere_is_a_mistake_of_the_program(link: str) -> None:
    with pytest.raises(ValuesWrong):
        mail_render(Kind.TEST, {"sender": "Ada", "link": link})


def test_values_that_are_missing_or_unknown_are_a_mistake_of_the_program() -> None:
    with pytest.raises(ValuesWrong, match="sender"):
        mail_render(Kind.TEST, {"link": "http://testserver/"})
    with pytest.raises(ValuesWrong, match="more"):
        mail_render(Kind.TEST, {"sender": "Ada", "more": "", "link": "http://testserver/"})


def test_a_reason_keeps_its_lines_and_an_empty_one_is_not_quoted() -> None:
    values = example_values(Kind.REQUEST_REJECTED)
    with_lines = mail_render(Kind.REQUEST_REJECTED, values | {"reason": "One.\nTwo <b>."})
    assert "  | One.\n  | Two <b>.\n" in with_lines.text
    assert "One.<br>Two &lt;b&gt;." in with_lines.html
    without = mail_render(Kind.REQUEST_REJECTED, values | {"reason": " \n "})
    assert "  |" not in without.text
    assert "blockquote" not in elements(without).tags


@pytest.mark.usefixtures("rows")
def test_names_and_hosts_of_other_scripts_travel_and_are_read_as_they_are() -> None:
    mail = mail_queue(
        kind=Kind.TEST,
        to=Address("zoe@bücher.example", "Zoë Łukaszewicz-Ångström"),
        values={"sender": "Ægir", "link": "http://testserver/portal/"},
    )
    assert mail is not None
    message = travelled(mail)
    assert message["To"].addresses[0].display_name == "Zoë Łukaszewicz-Ångström"
    assert message["To"].addresses[0].domain == "xn--bcher-kva.example"
    assert "Ægir" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_an_unknown_language_falls_back_to_the_installation_s_own() -> None:
    assert example_render(Kind.TEST, language="tlh") == example_render(Kind.TEST)


def test_the_setting_names_the_kinds_that_are_optional() -> None:
    assert {kind.value for kind, declared in KINDS.items() if declared.optional} == set(MAILS_OPTIONAL)
    assert set(KINDS) == set(Kind)


@pytest.mark.usefixtures("rows")
def test_the_link_of_every_example_opens_a_page() -> None:
    client = Client()
    client.force_login(sample_make().administrator)
    for kind in Kind:
        (link,) = set(elements(example_render(kind)).links)
        assert link.startswith(settings.MILLGATE.public_origin + "/")

        assert client.get(link.removeprefix(settings.MILLGATE.public_origin), follow=True).status_code == 200
