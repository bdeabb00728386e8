"""The ways mails leave, against a real mail server and the shape of a provider's API."""

from __future__ import annotations

import email
import socket
import stat
from contextlib import suppress
from email import policy
from select import select
from threading import Thread
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest

from millgate.control.mail.outbox import message_of
from millgate.control.mail.services import Address, trial_mail_queue
from millgate.control.mail.transports import NotSent, transport_of
from millgate.core.mail_route import MailRoute
from support.mail_servers import DROP, HOLD, mail_server, provider
from support.upstream_tls import authority, server_context

if TYPE_CHECKING:
    from pathlib import Path

    from django.core.mail import EmailMultiAlternatives

pytestmark = pytest.mark.usefixtures("rows")
PASSWORD = "tall mills?&%/ grind"


@pytest.fixture
def message(rows: None) -> EmailMultiAlternatives:  # noqa: ARG001 - a mail is a row
    mail = trial_mail_queue(to=Address("dee@example.com", "Dée"), sender="Ada")
    assert mail is not None
    return message_of(mail)


def send(message: EmailMultiAlternatives, url: str, place: Path, *, seconds: float = 20) -> str:
    return transport_of(MailRoute.parse(url), outbox=place / "outbox", seconds=seconds).send(message)


def refused(message: EmailMultiAlternatives, url: str, place: Path, *, seconds: float = 20) -> NotSent:
    with pytest.raises(NotSent) as not_sent:
        send(message, url, place, seconds=seconds)
    return not_sent.value


# Mail servers


def test_a_mail_server_gets_both_parts_and_the_envelope(
    message: EmailMultiAlternatives, tmp_path: Path
) -> None:
    with mail_server() as server:
        send(message, f"smtp://127.0.0.1:{server.port}?tls=none", tmp_path)

    ((recipient, taken),) = server.received
    read = email.message_from_bytes(taken, policy=policy.default)
    assert recipient == "dee@example.com"
    assert read["From"] == "Millgate <millgate@testserver>"
    assert read["To"] == "Dée <dee@example.com>"
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "TLS from the first byte"])
def test_a_password_goes_over_tls_to_a_server_that_is_known(
    message: EmailMultiAlternatives, tmp_path: Path, implicit: bool
) -> None:
    by = authority()
    (tmp_path / "ca.pem").write_text(by.pem)
    scheme = "smtps" if implicit else "smtp"
    with mail_server(
        user="mill", password=PASSWORD, tls=server_context(by, tmp_path), implicit=implicit
    ) as server:
        address = f"{scheme}://mill:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}"
        send(message, f"{address}?ca={tmp_path}/ca.pem", tmp_path)
        unknown = refused(message, address, tmp_path)
        wrong = refused(message, address.replace("tall", "small") + f"?ca={tmp_path}/ca.pem", tmp_path)

    assert len(server.received) == 1
    assert implicit or server.over_tls == [True]
    assert "CERTIFICATE_VERIFY_FAILED" in str(unknown)
    assert not unknown.final
    assert str(wrong).startswith(f"127.0.0.1:{server.port}: 535")
    assert not wrong.final, "a password is mended within the day; the mail is not to blame"


def test_a_server_without_starttls_gets_nothing_in_the_clear(
    message: EmailMultiAlternatives, tmp_path: Path
) -> None:
    with mail_server() as server:
        told = refused(message, f"smtp://mill:x@127.0.0.1:{server.port}", tmp_path)
    assert "STARTTLS" in str(told)
    assert server.seen == 0


@pytest.mark.parametrize(
    ("said_to", "said", "final"),
    [
        ("mail", "451 4.3.0 try later", False),
        ("mail", "452 4.2.2 full", False),
        ("mail", "554 5.7.1 spam", True),
        ("recipient", "450 4.2.1 greylisted", False),
        ("recipient", "550 5.1.1 nobody here", True),
        ("mail", DROP, False),
    ],
)
def test_what_a_server_says_decides_whether_it_is_tried_again(
    message: EmailMultiAlternatives, tmp_path: Path, said_to: str, said: str, final: bool
) -> None:
    with mail_server() as server:
        (server.to_mails if said_to == "mail" else server.to_recipients).append(said)
        told = refused(message, f"smtp://127.0.0.1:{server.port}?tls=none", tmp_path)
        assert ("Connection unexpectedly closed" if said == DROP else said) in str(told)
        assert told.final is final
        send(message, f"smtp://127.0.0.1:{server.port}?tls=none", tmp_path)
    assert len(server.received) == 1


def test_a_server_that_says_nothing_is_left(message: EmailMultiAlternatives, tmp_path: Path) -> None:
    with mail_server() as server:
        server.to_mails.append(HOLD)
        told = refused(message, f"smtp://127.0.0.1:{server.port}?tls=none", tmp_path, seconds=0.5)
    assert server.holding.is_set()
    assert not told.final


def test_a_server_that_says_a_little_again_and_again_is_left_all_the_same(
    message: EmailMultiAlternatives, tmp_path: Path
) -> None:
    """Each byte comes in time, and the whole does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def dribble() -> None:
            client, _ = listening.accept()
            with client, suppress(OSError):
                while True:
                    client.sendall(b"2")
                    if select([client], [], [], 0.05)[0]:
                        return

        dribbling = Thread(target=dribble)
        dribbling.start()
        url = f"smtp://127.0.0.1:{listening.getsockname()[1]}?tls=none"
        told = refused(message, url, tmp_path, seconds=0.4)
        dribbling.join(30)
    assert not dribbling.is_alive()
    assert not told.final


def test_a_server_that_is_not_there_is_tried_again(message: EmailMultiAlternatives, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = refused(message, f"smtp://127.0.0.1:{port}?tls=none", tmp_path)
    assert "refused" in str(told)
    assert not told.final


# Providers

KEY = "md-3k9_Ab/+key"
TO: Final[dict[str, object]] = {"email": "dee@example.com"}


def test_mandrill_is_asked_as_its_documentation_says(message: EmailMultiAlternatives, tmp_path: Path) -> None:
    with provider() as api:
        api.answers.append((200, [TO | {"status": "sent", "_id": "abc123", "reject_reason": None}]))
        found = send(message, f"mandrill:{quote(KEY, safe='')}?api={api.address}", tmp_path)

    ((path, asked),) = api.asked
    assert found == "abc123"
    assert path == "/api/1.0/messages/send.json"
    assert asked["key"] == KEY
    assert asked["message"]["to"] == [{"email": "dee@example.com", "name": "Dée", "type": "to"}]
    assert asked["message"]["from_email"] == "millgate@testserver"
    assert asked["message"]["subject"] == message.subject
    assert asked["message"]["text"] == message.body
    assert "<h1" in asked["message"]["html"]


@pytest.mark.parametrize("status", ["queued", "scheduled"])
def test_what_a_provider_has_taken_is_sent(
    message: EmailMultiAlternatives, tmp_path: Path, status: str
) -> None:
    with provider() as api:
        api.answers.append((200, [TO | {"status": status, "_id": "abc"}]))
        assert send(message, f"mandrill:{KEY}?api={api.address}", tmp_path) == "abc"


def error(name: str, code: int = -1) -> dict[str, object]:
    return {"status": "error", "code": code, "name": name, "message": f"No, because {name} of {KEY}"}


@pytest.mark.parametrize(
    ("answer", "final", "why"),
    [
        (
            (200, [TO | {"status": "rejected", "reject_reason": "hard-bounce", "_id": "x"}]),
            True,
            "(hard-bounce)",
        ),
        ((200, [TO | {"status": "invalid", "_id": "x"}]), True, "rejected or invalid"),
        ((500, error("Invalid_Key")), False, "Invalid_Key"),
        ((500, error("PaymentRequired")), False, "PaymentRequired"),
        ((500, error("ValidationError", -2)), True, "ValidationError"),
        ((500, error("GeneralError")), False, "GeneralError"),
        ((503, "<html>busy</html>"), False, "503"),
        ((429, {}), False, "429"),
        ((401, {}), False, "401"),
        ((422, {}), True, "422"),
        ((200, "<html>a proxy's page</html>"), False, "Invalid JSON"),
        (None, False, "Connection"),
    ],
)
def test_what_a_provider_says_decides_whether_it_is_tried_again(
    message: EmailMultiAlternatives,
    tmp_path: Path,
    answer: tuple[int, object] | None,
    final: bool,
    why: str,
) -> None:
    with provider() as api:
        api.answers.append(answer)
        told = refused(message, f"mandrill:{KEY}?api={api.address}", tmp_path)
    assert why in str(told)
    assert told.final is final
    assert KEY not in str(told)
    assert "\n" not in str(told)


# Files, and scripts


def test_without_a_setting_mails_are_files_that_only_the_owner_reads(
    message: EmailMultiAlternatives, tmp_path: Path
) -> None:
    name = send(message, "file:", tmp_path)
    send(message, "file:", tmp_path)

    assert [path.name for path in (tmp_path / "outbox").iterdir()] == [name], (
        "a second try replaces the first"
    )
    file = tmp_path / "outbox" / name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    read = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert read["Message-ID"] == message.extra_headers["Message-ID"]


def test_files_go_where_the_setting_says_or_it_is_tried_again(
    message: EmailMultiAlternatives, tmp_path: Path
) -> None:
    send(message, f"file:{tmp_path}/else/where", tmp_path)
    assert len(list((tmp_path / "else" / "where").iterdir())) == 1
    (tmp_path / "file").touch()
    told = refused(message, f"file:{tmp_path}/file", tmp_path)
    assert not told.final


def test_the_console_shows_mails(
    message: EmailMultiAlternatives, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert send(message, "console:", tmp_path) == ""
    assert "To: =?utf-8?" in capsys.readouterr().out


def test_failures_come_in_the_order_of_the_script(message: EmailMultiAlternatives, tmp_path: Path) -> None:
    url = "failing:smtp-451,smtp-550,rejected,invalid-key,ok"
    found = [refused(message, url, tmp_path) for _ in range(4)]
    assert [str(told) for told in found] == [f"scripted: {step}" for step in url[8:].split(",")[:4]]
    assert [told.final for told in found] == [False, True, True, False]
    assert send(message, url, tmp_path).endswith(".eml")
    assert str(refused(message, url, tmp_path)) == "scripted: smtp-451", "the script begins anew"
