"""The outbox: written with the change, sent in order, one process at a time, put off, given up, forgotten."""

from __future__ import annotations

import email
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from millgate.control.mail import outbox
from millgate.control.mail.kinds import Kind
from millgate.control.mail.models import Mail, MailState
from millgate.control.mail.outbox import MOST_TRIES, outbox_turn, wait_seconds
from millgate.control.mail.rendering import example_values
from millgate.control.mail.services import Address, lease_seconds, mail_queue, mail_resend, mails_tidy
from millgate.control.mail.transports import NotSent
from millgate.core.clock import Clock, StillClock
from millgate.core.secrets import Secret
from support.django_home import django_home
from support.mail_servers import HOLD, TAKEN, mail_server
from support.served import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.core.mail import EmailMultiAlternatives

NOW = 1_795_000_000.0
DAY = 86_400


@dataclass
class Way:
    """Takes mails, or does what it is told first."""

    steps: list[Callable[[], None]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    def send(self, message: EmailMultiAlternatives) -> str:
        if self.steps:
            self.steps.pop(0)()
        self.sent.append(message.to[0])
        return "abc"


def fails(*, final: bool = False) -> Callable[[], None]:
    def fail() -> None:
        raise NotSent("451 later", final=final)

    return fail


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    still = StillClock(NOW)
    monkeypatch.setattr(settings, "CLOCK", still)
    return still


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(**members: Any) -> None:
        monkeypatch.setattr(settings, "MILLGATE", replace(settings.MILLGATE, **members))

    return change


def queue(address: str = "dee@example.com", kind: Kind = Kind.TEST, *, once: str = "") -> Mail:
    mail = mail_queue(kind=kind, to=Address(address), values=example_values(kind), once=once)
    assert mail is not None
    return mail


def states() -> list[tuple[str, str]]:
    return list(Mail.objects.order_by("pk").values_list("address", "state"))


# Writing


@pytest.mark.usefixtures("committed")
def test_a_mail_is_there_when_the_change_is_and_not_when_it_is_undone() -> None:
    with transaction.atomic():
        queue("kept@example.com")
    with transaction.atomic():
        queue("undone@example.com")
        transaction.set_rollback(True)
    assert states() == [("kept@example.com", "waiting")]


@pytest.mark.usefixtures("rows")
def test_what_is_told_once_is_told_each_address_once() -> None:
    values = example_values(Kind.TEST)
    told = [
        mail_queue(kind=Kind.TEST, to=Address(address), values=values, once=once)
        for address, once in [
            ("a@b.example", "x"),
            ("a@b.example", "x"),
            ("c@b.example", "x"),
            ("a@b.example", "y"),
        ]
    ]
    assert [mail is not None for mail in told] == [True, False, True, True]


@pytest.mark.usefixtures("rows")
def test_a_kind_that_is_switched_off_is_not_written(changed: Callable[..., None]) -> None:
    changed(mail_off=("account-closed",))
    values = example_values(Kind.ACCOUNT_CLOSED)
    assert mail_queue(kind=Kind.ACCOUNT_CLOSED, to=Address("a@b.example"), values=values) is None
    assert not Mail.objects.exists()


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a@b.example\r\nBcc: c@d.example",
        "a b@c.example",
        "ü@b.example",
        "<a@b.example>",
    ],
)
def test_what_is_no_address_fails_at_once_and_reaches_no_server(address: str) -> None:
    assert queue(address).state == MailState.FAILED
    way = Way()
    outbox_turn(transport=way)
    assert way.sent == []


# Sending


@pytest.mark.usefixtures("rows")
def test_mails_are_sent_in_the_order_they_are_due_and_a_turn_is_bounded(
    clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 2)
    for name in "abc":
        queue(f"{name}@b.example")
        clock.jump(1)
    way = Way()
    assert outbox_turn(transport=way).sent == 2
    assert way.sent == ["a@b.example", "b@b.example"]
    assert outbox_turn(transport=way).sent == 1
    assert outbox_turn(transport=way).sent == 0
    assert {state for _, state in states()} == {"sent"}


@pytest.mark.usefixtures("rows")
def test_a_turn_ends_between_mails_when_the_process_does() -> None:
    queue("a@b.example")
    queue("c@b.example")
    way = Way()
    outbox_turn(transport=way, going=lambda: not way.sent)
    assert states() == [("a@b.example", "sent"), ("c@b.example", "waiting")]


@pytest.mark.usefixtures("rows")
def test_a_failure_is_tried_later_and_later_and_given_up_after_about_a_day(clock: StillClock) -> None:
    mail = queue()
    tried = []
    told = []
    for _ in range(MOST_TRIES):
        turn = outbox_turn(transport=Way([fails()]))
        told += [trouble.given_up for trouble in turn.troubles]
        tried.append(clock.now() - NOW)
        mail.refresh_from_db()
        if mail.next_at is not None:
            assert mail.last_error == "451 later"
            clock.jump((mail.next_at - clock.utc()).total_seconds() - 0.5)
            assert outbox_turn(transport=Way()).sent == 0, "not before its time"
            clock.jump(0.5)
    assert mail.state == MailState.FAILED
    assert mail.tries == MOST_TRIES
    assert told == [False, True], "after three tries, and when it was given up"
    assert 0.75 * DAY < tried[-1] < 1.5 * DAY
    assert 24 <= tried[1] <= 36
    assert sum(wait_seconds(tries) for tries in range(1, MOST_TRIES)) == pytest.approx(DAY, rel=0.15)


@pytest.mark.usefixtures("rows")
def test_mails_that_failed_together_are_not_tried_together() -> None:
    for number in range(8):
        queue(f"a{number}@b.example")
    outbox_turn(transport=Way([fails()] * 8))
    assert len(set(Mail.objects.values_list("next_at", flat=True))) > 1


@pytest.mark.usefixtures("rows")
def test_a_mail_that_can_never_be_taken_is_given_up_at_once_and_holds_up_no_other() -> None:
    queue("bad@b.example")
    queue("good@b.example")
    turn = outbox_turn(transport=Way([fails(final=True)]))
    assert states() == [("bad@b.example", "failed"), ("good@b.example", "sent")]
    (trouble,) = turn.troubles
    assert (trouble.recipient, trouble.given_up) == ("b…@b.example", True)


@pytest.mark.usefixtures("rows")
def test_a_mail_at_which_the_program_itself_fails_holds_up_no_other() -> None:
    def fail() -> None:
        raise ZeroDivisionError("with a secret")

    queue("odd@b.example")
    queue("good@b.example")
    outbox_turn(transport=Way([fail]))
    assert states() == [("odd@b.example", "waiting"), ("good@b.example", "sent")]
    assert Mail.objects.get(address="odd@b.example").last_error == "ZeroDivisionError"


@pytest.mark.usefixtures("rows")
def test_a_mail_of_a_kind_that_another_release_had_is_sent_and_its_text_dropped(
    changed: Callable[..., None],
) -> None:
    changed(mail_keep_texts=True)
    mail = queue()
    Mail.objects.update(kind="carrier-pigeon")
    assert outbox_turn(transport=Way()).sent == 1
    mail.refresh_from_db()
    assert (mail.state, mail.text) == (MailState.SENT, "")


# Leases


@pytest.mark.usefixtures("rows")
def test_a_mail_under_way_is_taken_by_nobody_else_until_its_lease_has_run_out(clock: StillClock) -> None:
    mail = queue()
    other = Way()

    def meanwhile() -> None:
        assert outbox_turn(transport=other).sent == 0
        clock.jump(lease_seconds() - 1)
        assert outbox_turn(transport=other).sent == 0
        with pytest.raises(ValidationError, match="being sent"):
            mail_resend(mail=Mail.objects.get())

    outbox_turn(transport=Way([meanwhile]))
    assert other.sent == []
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.lease) == (MailState.SENT, 1, None)


@pytest.mark.usefixtures("rows")
def test_who_comes_back_after_its_lease_changes_nothing(clock: StillClock) -> None:
    mail = queue()

    def too_late() -> None:
        clock.jump(lease_seconds() + 1)
        assert outbox_turn(transport=Way()).sent == 1
        raise NotSent("no answer in time", final=True)

    outbox_turn(transport=Way([too_late]))
    mail.refresh_from_db()
    assert (mail.state, mail.tries) == (MailState.SENT, 2)


SENDER = """
    import sys
    from millgate.control.site import boot
    boot.setup()
    from django.conf import settings
    from millgate.control.mail.outbox import outbox_turn
    print("ready", flush=True)
    sys.stdin.readline()
    print(outbox_turn().sent, flush=True)
"""


def sender(port: int, *, seconds: str = "20") -> subprocess.Popen[str]:
    """A process that is ready to send the outbox of this one's home."""
    home = django_home()
    env = environment(home) | {
        "MILLGATE_HOME": str(home),
        "MILLGATE_ORIGIN": "http://testserver",
        "MILLGATE_MAIL_URL": f"smtp://127.0.0.1:{port}?tls=none",
        "MILLGATE_MAIL_SECONDS": seconds,
    }
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SENDER)],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def ready(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def message_id(content: bytes) -> str:
    return str(email.message_from_bytes(content)["Message-ID"])


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.usefixtures("committed")
def test_two_processes_send_each_mail_once(processes: list[subprocess.Popen[str]]) -> None:
    addresses = [f"a{number}@b.example" for number in range(30)]
    for address in addresses:
        queue(address)
    with mail_server() as server:
        processes += [sender(server.port), sender(server.port)]
        for process in processes:
            ready(process)
        for process in processes:
            go(process)
        counts = [int(process.communicate(timeout=60)[0]) for process in processes]

    assert sum(counts) == 30
    assert sorted(recipient for recipient, _ in server.received) == sorted(addresses)
    assert {state for _, state in states()} == {"sent"}


@pytest.mark.usefixtures("committed")
def test_a_mail_whose_sender_is_killed_while_the_server_has_it_is_sent_all_the_same(
    processes: list[subprocess.Popen[str]], clock: StillClock, changed: Callable[..., None]
) -> None:
    """Each at least once, none lost; a copy has the same message ID."""
    with mail_server() as server:
        clock.at = Clock().now()  # the other process asks the machine
        for number in range(3):
            queue(f"a{number}@b.example")
        server.to_mails.extend([TAKEN, HOLD])
        processes.append(ready(sender(server.port)))
        go(processes[0])
        assert server.holding.wait(30)
        processes[0].kill()
        processes[0].wait(30)
        assert states() == [
            ("a0@b.example", "sent"),
            ("a1@b.example", "sending"),
            ("a2@b.example", "waiting"),
        ]

        changed(mail_url=Secret(f"smtp://127.0.0.1:{server.port}?tls=none"))
        assert outbox_turn().sent == 1, "the lease of the killed one still stands"
        clock.jump(lease_seconds() + 60)
        assert outbox_turn().sent == 1

    assert {state for _, state in states()} == {"sent"}
    assert {recipient for recipient, _ in server.received} == {f"a{number}@b.example" for number in range(3)}
    assert len({message_id(content) for _, content in server.received}) == 3


# Afterwards


@pytest.mark.usefixtures("rows")
def test_what_a_mail_said_goes_when_it_is_sent_unless_a_setting_keeps_it(
    changed: Callable[..., None],
) -> None:
    dropped = queue()
    outbox_turn(transport=Way())
    changed(mail_keep_texts=True)
    kept, opening = queue(), queue(kind=Kind.PASSWORD_RESET)
    outbox_turn(transport=Way())

    for mail in (dropped, kept, opening):
        mail.refresh_from_db()
    assert (dropped.text, dropped.html) == ("", "")
    assert dropped.subject
    assert kept.text
    assert kept.html
    assert (opening.text, opening.html) == ("", ""), "a one-time link is never kept"


@pytest.mark.usefixtures("rows")
def test_a_one_time_link_is_not_sent_nor_kept_once_it_does_not_work(clock: StillClock) -> None:
    mail, waiting = queue(kind=Kind.PASSWORD_RESET), queue()
    outbox_turn(transport=Way([fails(final=True), fails()]))
    clock.jump(2 * DAY + 1)
    with pytest.raises(ValidationError, match="does not work any more"):
        mail_resend(mail=Mail.objects.get(pk=mail.pk))
    mails_tidy(now=clock.utc())
    mail.refresh_from_db()
    assert (mail.text, mail.html) == ("", "")
    waiting.refresh_from_db()
    assert waiting.text

    late = queue(kind=Kind.ADDRESS_CONFIRM)
    clock.jump(2 * DAY + 1)
    way = Way()
    outbox_turn(transport=way)
    late.refresh_from_db()
    assert late.state == MailState.FAILED
    assert way.sent == ["dee@example.com"], "only the other one"


@pytest.mark.usefixtures("rows")
def test_old_mails_go_and_what_waits_or_was_told_once_stays(
    clock: StillClock, changed: Callable[..., None]
) -> None:
    changed(mail_days=30)
    queue("sent@b.example")
    queue("once@b.example", once="x")
    outbox_turn(transport=Way())
    queue("waiting@b.example")
    clock.jump(30 * DAY - 1)
    assert mails_tidy(now=clock.utc()) == 0
    clock.jump(2)
    assert mails_tidy(now=clock.utc()) == 1
    assert [address for address, _ in states()] == ["once@b.example", "waiting@b.example"]
    clock.jump(400 * DAY)
    mails_tidy(now=clock.utc())
    assert [address for address, _ in states()] == ["waiting@b.example"]


@pytest.mark.usefixtures("rows")
def test_a_failed_mail_is_sent_again_with_all_its_tries(clock: StillClock) -> None:
    mail = queue()
    outbox_turn(transport=Way([fails(final=True)]))
    mail.refresh_from_db()
    mail_resend(mail=mail)
    way = Way()
    outbox_turn(transport=way)
    mail.refresh_from_db()
    assert (mail.state, mail.tries, mail.last_error) == (MailState.SENT, 1, "")
    assert mail.sent_at == clock.utc()
    with pytest.raises(ValidationError, match="not kept"):
        mail_resend(mail=mail)
