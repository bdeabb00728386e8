"""The setting `mail_url`: each of its forms, and no secret in what is said about a wrong one."""

from __future__ import annotations

import pytest

from millgate.core.mail_route import MailRoute
from millgate.core.settings import Settings, SettingsFaulty, load

HIDDEN = "hunter2"


def test_a_mail_server_has_a_host_a_port_and_who_signs_in() -> None:
    route = MailRoute.parse("smtp://m%40ill:a%3Fb%2Fc@mail.example:2525?ca=/etc/ca.pem")
    assert (route.kind, route.host, route.port, route.user) == ("smtp", "mail.example", 2525, "m@ill")
    assert route.secret.reveal() == "a?b/c"
    assert route.starttls
    assert route.ca == "/etc/ca.pem"


@pytest.mark.parametrize(
    ("text", "port", "starttls"),
    [
        ("smtp://mail.example", 587, True),
        ("smtp://mail.example?tls=starttls", 587, True),
        ("smtp://mail.example:25?tls=none", 25, False),
        ("smtps://[::1]/", 465, False),
    ],
)
def test_nothing_is_said_in_the_clear_unless_the_setting_says_so(
    text: str, port: int, starttls: bool
) -> None:
    route = MailRoute.parse(text)
    assert (route.port, route.starttls) == (port, starttls)


def test_a_provider_has_a_key_and_perhaps_another_address() -> None:
    route = MailRoute.parse(f"mandrill:{HIDDEN}?api=http://127.0.0.1:9/api/1.0/")
    assert (route.kind, route.secret.reveal()) == ("mandrill", HIDDEN)
    assert route.api == "http://127.0.0.1:9/api/1.0/"
    assert HIDDEN not in repr(route)


def test_a_script_has_steps() -> None:
    assert MailRoute.parse("failing:smtp-451,timeout,ok").steps == ("smtp-451", "timeout", "ok")


@pytest.mark.parametrize(
    "text",
    [
        HIDDEN,
        f"http://{HIDDEN}@mail.example",
        f"smtp://mill:{HIDDEN}@",
        f"smtp://mill:{HIDDEN}@mail.example:0",
        f"smtp://mill:{HIDDEN}@mail.example:x",
        f"smtp://mill:{HIDDEN}@mail.example/path",
        f"smtp://mill:{HIDDEN}@mail.example\n",
        f"smtp://mill:{HIDDEN}@mail example",
        f"smtp://mill:{HIDDEN}?x@mail.example",
        f"smtp://mill:{HIDDEN}@mail.example?tls=perhaps",
        f"smtps://mill:{HIDDEN}@mail.example?tls=none",
        f"smtp://mill:{HIDDEN}@[mail",
        f"mandrill:{HIDDEN}?key=1",
        "mandrill:",
        "console:x",
        f"failing:{HIDDEN}",
        "failing:",
        "failing:smtp-250",
        "file:?x=1",
    ],
)
def test_another_form_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SettingsFaulty) as faulty:
        load({"MILLGATE_MAIL_URL": text})
    assert set(faulty.value.faults) == {"mail_url"}
    assert HIDDEN not in str(faulty.value)


def test_settings_show_no_password() -> None:
    given = load({"MILLGATE_MAIL_URL": f"smtp://mill:{HIDDEN}@mail.example"})
    assert HIDDEN not in repr(given)
    assert given.mail_route.secret.reveal() == HIDDEN


def test_what_is_said_of_a_failure_holds_no_secret_in_any_form() -> None:
    route = MailRoute.parse("mandrill:a%2Fb%2Bc")
    assert route.redact("key a/b+c, sent as a%2Fb%2Bc") == "key [secret], sent as [secret]"
    assert MailRoute.parse("file:").redact("nothing") == "nothing"


@pytest.mark.parametrize(
    ("origin", "given", "sender"),
    [
        ("https://api.example.com", "", "Millgate <millgate@api.example.com>"),
        ("http://127.0.0.1:8080", "", "Millgate <millgate@localhost>"),
        ("http://[::1]:8080", "", "Millgate <millgate@localhost>"),
        ("https://api.example.com", "api@example.com", "api@example.com"),
        ("https://api.example.com", "Mühle, Süd <api@example.com>", None),
        ("https://api.example.com", '"Mühle, Süd" <api@example.com>', '"Mühle, Süd" <api@example.com>'),
        ("https://api.example.com", "a@example.com\nBcc: b@example.com", None),
    ],
)
def test_who_mails_are_from(origin: str, given: str, sender: str | None) -> None:
    environ = {"MILLGATE_ORIGIN": origin} | ({"MILLGATE_MAIL_FROM": given} if given else {})
    if sender is None:
        with pytest.raises(SettingsFaulty):
            load(environ)
        return
    assert load(environ).mail_sender == sender


def test_mails_may_be_switched_off_by_kind() -> None:
    assert load({"MILLGATE_MAIL_OFF": "quota-approaching, secret-expiring"}).mail_off == (
        "quota-approaching",
        "secret-expiring",
    )
    assert Settings().mail_route.kind == "file"
