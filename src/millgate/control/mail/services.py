"""Writing mails, and what administrators do with them.

`mail_queue` is called inside the transaction of what it tells of: the mail is sent when that is committed,
and never otherwise.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from millgate.control.mail.kinds import KINDS, Kind, opens
from millgate.control.mail.models import Mail, MailState, lease_new
from millgate.control.mail.rendering import language_of, link_to, mail_render, one_line
from millgate.core.values import new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

_held: ContextVar[list[Mail] | None] = ContextVar("mails_held", default=None)

ONCE_DAYS: Final = 400
"""How long it is remembered that something was told once."""
OPENING_HOURS: Final = 48
"""How long a mail with a one-time link is worth sending: the link does not work longer."""
MOST_TIDIED: Final = 500
_ADDRESS: Final = EmailValidator(allowlist=["localhost"])


class Recipient(Protocol):
    """Somebody to write to; a person is one."""

    @property
    def language(self) -> str:
        """In which they read mails; empty where that is not known."""
        ...

    @property
    def email(self) -> str:
        """Their address."""
        ...

    def get_full_name(self) -> str:
        """Their name; may be empty."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """An address that belongs to nobody here, or not yet."""

    email: str
    name: str = ""
    language: str = ""

    def get_full_name(self) -> str:
        """The name; may be empty."""
        return self.name


def mail_queue(
    *,
    kind: Kind,
    to: Recipient,
    values: Mapping[str, object],
    once: str = "",
) -> Mail | None:
    """Write a mail into the outbox, in the language of its reader and the transaction that is open.

    A mail to something that is no address stands among the failed ones at once: whatever it tells of goes on.

    Args:
        kind: which mail.
        to: a person, or an address.
        values: what the kind declares (`KINDS`); `link_to` makes its link.
        once: names an occasion of which this address is told once; empty for always.

    Returns:
        The mail; None where the settings switch its kind off, or it was told before.

    Raises:
        ValuesWrong: the values are not those of the kind. It is a mistake in the program.
    """
    if kind in settings.MILLGATE.mail_off and KINDS[kind].optional:
        return None
    mark = sha256(f"{to.email} {once}".encode(errors="replace")).hexdigest() if once else None
    if mark is not None and Mail.objects.filter(once=mark).exists():
        return None
    mail = _mail(kind, to, values)
    holding = _held.get()
    if holding is not None:
        _hold(mail)
    if mark is None:
        mail.save(force_insert=True)
    else:
        # Of two processes that come this far, the unique column lets one have it.
        mail, made = Mail.objects.get_or_create(once=mark, defaults=_members(mail))
        if not made:
            return None
    if holding is not None:
        holding.append(mail)
    return mail


@contextmanager
def mails_held() -> Iterator[list[Mail]]:
    """Mails that are written in here are kept for whoever holds them, to be sent once that is committed.

    `mail_send_held` sends one. Whoever holds mails and is killed loses nothing: their leases run out, and the
    outbox has them.
    """
    held: list[Mail] = []
    token = _held.set(held)
    try:
        yield held
    finally:
        _held.reset(token)


def trial_mail_queue(*, to: Recipient, sender: str) -> Mail:
    """Write a mail that shows whether mail arrives."""
    mail = trial_mail(to=to, sender=sender)
    mail.save(force_insert=True)
    return mail


def trial_mail(*, to: Recipient, sender: str) -> Mail:
    """A mail that shows whether mail arrives, not written anywhere."""
    values = {"sender": sender, "link": link_to("/console/mail/mail/")}
    return _mail(Kind.TEST, to, values)


def mail_resend(*, mail: Mail) -> None:
    """Send a mail (again), beginning at once.

    Raises:
        ValidationError: it is being sent, what it said is not kept any more, or its link has expired.
    """
    now = settings.CLOCK.utc()
    if not mail.texts_kept:
        raise ValidationError(
            _("What it said is not kept any more. Have it written again where it came from.")
        )
    if mail.state not in {MailState.WAITING, MailState.FAILED, MailState.SENT}:
        raise ValidationError(_("It is being sent just now."))
    if expired(mail, now):
        raise ValidationError(_("Its link does not work any more. Have it written again where it came from."))
    done = Mail.objects.filter(pk=mail.pk, state=mail.state).update(
        state=MailState.WAITING, next_at=now, tries=0, lease=None, lease_until=None, sent_at=None
    )
    if not done:
        raise ValidationError(_("It is being sent just now."))


def expired(mail: Mail, now: datetime) -> bool:
    """Whether it holds a one-time link that does not work any more."""
    return opens(mail.kind) and mail.created_at <= now - timedelta(hours=OPENING_HOURS)


@transaction.atomic
def mails_tidy(*, now: datetime) -> int:
    """Drop old mails that were sent or failed, a bounded number at a time; returns how many.

    What one-time links are in is emptied as soon as they do not work any more. That something was told
    once is remembered longer than the mail is shown.
    """
    over = Q(state__in=(MailState.SENT, MailState.FAILED))
    opening = [kind.value for kind, declared in KINDS.items() if declared.opens]
    Mail.objects.filter(over, kind__in=opening, created_at__lte=now - timedelta(hours=OPENING_HOURS)).exclude(
        text=""
    ).update(text="", html="")
    shown_since = now - timedelta(days=settings.MILLGATE.mail_days)
    once_since = min(shown_since, now - timedelta(days=ONCE_DAYS))
    old = Q(once=None, created_at__lt=shown_since) | Q(once__isnull=False, created_at__lt=once_since)
    keys = list(Mail.objects.filter(over & old).order_by("pk").values_list("pk", flat=True)[:MOST_TIDIED])
    Mail.objects.filter(pk__in=keys).delete()
    return len(keys)


def _mail(kind: Kind, to: Recipient, values: Mapping[str, object]) -> Mail:
    rendered = mail_render(kind, values, name=to.get_full_name(), language=to.language)
    now = settings.CLOCK.utc()
    address = to.email.strip()
    mail = Mail(
        kind=kind.value,
        name=one_line(to.get_full_name()),
        address=one_line(address, 320),
        language=language_of(to.language),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        message_id=f"<{new_id()}@{urlsplit(settings.MILLGATE.public_origin).hostname}>",
        created_at=now,
        next_at=now,
    )
    try:
        _ADDRESS(address)
    except ValidationError:
        mail.state, mail.next_at, mail.last_error = MailState.FAILED, None, _("This is no address.")
    return mail


def lease_seconds() -> float:
    """How long a mail is left to whoever took it: longer than handing it over can take."""
    return float(settings.MILLGATE.mail_seconds) * 3 + 10


def _hold(mail: Mail) -> None:
    if mail.state == MailState.WAITING:
        mail.state, mail.lease, mail.tries = MailState.SENDING, lease_new(), 1
        mail.lease_until = mail.created_at + timedelta(seconds=lease_seconds())


def _members(mail: Mail) -> dict[str, object]:
    names = [field.attname for field in Mail._meta.concrete_fields if not field.primary_key]  # noqa: SLF001 - Django's name for a public thing
    return {name: getattr(mail, name) for name in names if name != "once"}
