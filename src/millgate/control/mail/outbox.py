"""Sending what is due: taken one by one under a lease, so that no two processes send the same mail at once.

A process that is killed leaves a lease, and when it has run out another takes the mail: it is sent at least
once. It may be sent twice, under the same message ID, where the kill came between the other side's yes and
the note of it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import quote
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import F, Q
from django.utils.encoding import punycode

from millgate.control.mail.kinds import opens
from millgate.control.mail.models import Mail, MailState, lease_new
from millgate.control.mail.services import expired, lease_seconds
from millgate.control.mail.transports import NotSent, transport_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from millgate.control.mail.transports import Transport

BATCH: Final = 50
"""How many mails are sent in one turn at most."""
MOST_TRIES: Final = 16
"""With the waits below about a day."""
FIRST_WAIT_SECONDS: Final = 30.0
LONGEST_WAIT_SECONDS: Final = 10_800.0
TELL_AFTER_TRIES: Final = 3
"""After so many tries in vain somebody should know, long before a mail is given up."""
_SPREAD: Final = 0.2


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail that did not leave, for whoever tells administrators.

    Attributes:
        number: of the mail.
        kind, subject: of it.
        recipient: masked.
        why: what the other side said.
        given_up: whether it is not tried again.
    """

    number: int
    kind: str
    subject: str
    recipient: str
    why: str
    given_up: bool


@dataclass(slots=True)
class Turn:
    """What one turn did."""

    sent: int = 0
    later: int = 0
    failed: int = 0
    troubles: list[Trouble] = field(default_factory=list)


def outbox_turn(*, going: Callable[[], bool] = lambda: True, transport: Transport | None = None) -> Turn:
    """Send what is due, the longest due first, at most `BATCH` mails.

    Args:
        going: is asked before each mail; False ends the turn.
        transport: the settings' unless given.
    """
    turn = Turn()
    due = _due(settings.CLOCK.utc())
    if not due:
        return turn
    way = transport or own_transport()
    for key in due:
        if not going():
            break
        mail = _take(key)
        if mail is not None:
            _send(mail, way, turn)
    return turn


def mail_send_held(mail: Mail, *, transport: Transport | None = None) -> Trouble | None:
    """Send a mail that `mails_held` kept, at once; what kept it from leaving, if anything did.

    A mail that did not leave waits for its next try in the outbox, unless it is given up.
    """
    if mail.state == MailState.FAILED:
        return _trouble(mail, mail.last_error, given_up=True)
    return _send(mail, transport or own_transport(), Turn())


def wait_seconds(tries: int) -> float:
    """The seconds after so many tries, before they are spread: doubled each time, up to three hours."""
    return min(FIRST_WAIT_SECONDS * 2.0 ** (tries - 1), LONGEST_WAIT_SECONDS)


def masked(address: str) -> str:
    """An address as it may stand where others read it."""
    local, _, host = address.rpartition("@")
    return f"{local[:1]}…@{host}"


def own_transport() -> Transport:
    """The way that the settings say."""
    given = settings.MILLGATE
    return transport_of(given.mail_route, outbox=given.home / "outbox", seconds=given.mail_seconds)


def _ready(now: datetime) -> Q:
    return Q(state=MailState.WAITING, next_at__lte=now) | Q(state=MailState.SENDING, lease_until__lte=now)


def _due(now: datetime) -> list[int]:
    rows = Mail.objects.filter(_ready(now)).order_by(F("next_at").asc(nulls_first=True), "pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def _take(key: int) -> Mail | None:
    """The mail, leased to this process; None when another has it."""
    now, lease = settings.CLOCK.utc(), lease_new()
    until = now + timedelta(seconds=lease_seconds())
    taken = Mail.objects.filter(_ready(now), pk=key).update(
        state=MailState.SENDING, lease=lease, lease_until=until, tries=F("tries") + 1
    )
    return Mail.objects.get(pk=key, lease=lease) if taken else None


def _send(mail: Mail, way: Transport, turn: Turn) -> Trouble | None:
    try:
        if expired(mail, settings.CLOCK.utc()):
            raise NotSent("its link does not work any more", final=True)  # noqa: TRY301 - one way out for all
        provider_id = way.send(message_of(mail))
    except NotSent as wrong:
        return _put_off(mail, str(wrong), turn, final=wrong.final or mail.tries >= MOST_TRIES)
    except Exception as wrong:  # noqa: BLE001 - one mail that nobody thought of must not hold up the others
        return _put_off(mail, type(wrong).__name__, turn, final=mail.tries >= MOST_TRIES)
    _sent(mail, provider_id, turn)
    return None


def message_of(mail: Mail) -> EmailMultiAlternatives:
    """The mail as Django's mail transports take it."""
    message = EmailMultiAlternatives(
        mail.subject,
        mail.text,
        settings.MILLGATE.mail_sender,
        [_addressed(mail.name, mail.address)],
        headers={
            "Message-ID": mail.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def _addressed(name: str, address: str) -> str:
    local, _, host = address.rpartition("@")
    bare = f"{local}@{punycode(host)}"
    return f'"{quote(name)}" <{bare}>' if name else bare


def _sent(mail: Mail, provider_id: str, turn: Turn) -> None:
    turn.sent += 1
    kept = settings.MILLGATE.mail_keep_texts and not opens(mail.kind)
    _note(
        mail,
        state=MailState.SENT,
        sent_at=settings.CLOCK.utc(),
        next_at=None,
        last_error="",
        provider_id=provider_id[:200],
        **({} if kept else {"text": "", "html": ""}),
    )


def _put_off(mail: Mail, why: str, turn: Turn, *, final: bool) -> Trouble:
    if final:
        turn.failed += 1
        _note(mail, state=MailState.FAILED, next_at=None, last_error=why)
    else:
        turn.later += 1
        next_at = settings.CLOCK.utc() + timedelta(seconds=_wait(mail.tries))
        _note(mail, state=MailState.WAITING, next_at=next_at, last_error=why)
    trouble = _trouble(mail, why, given_up=final)
    if final or mail.tries == TELL_AFTER_TRIES:
        turn.troubles.append(trouble)
    return trouble


def _trouble(mail: Mail, why: str, *, given_up: bool) -> Trouble:
    return Trouble(mail.pk, mail.kind, mail.subject, masked(mail.address), why, given_up=given_up)


def _wait(tries: int) -> float:
    """The seconds until the next try, spread so that mails that failed together are not tried together."""
    spread: float = random.uniform(1 - _SPREAD, 1 + _SPREAD)  # noqa: S311 - no secret
    return wait_seconds(tries) * spread


def _note(mail: Mail, **members: object) -> None:
    """Write down what became of it, unless the lease has run out and another process has it."""
    Mail.objects.filter(pk=mail.pk, lease=mail.lease).update(lease=None, lease_until=None, **members)
