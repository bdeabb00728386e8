"""Notifications of trouble: told where it happens, counted while it is alike, seen and resolved by people."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.db import IntegrityError, transaction
from django.db.models import F

from millgate.control.actions.models import LONGEST_PATH, Notification, Severity
from millgate.control.actions.sessions import now
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEPT: Final = 2000
"""How many notifications are kept; the oldest go."""
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What happened.

    Attributes:
        kind: the slug of the status that was answered.
        route: the path of the route.
        request_id: of the call.
        reason: of whoever refused, or which failure it was; never what was sent.
        severity: how bad it is.
        record: type and id of what the call was about, where it is known.
        recipient: of a mail, masked.
        provider: what should have taken the mail.
        mail: the number of the mail.
    """

    kind: str
    route: str
    request_id: str
    reason: str = ""
    severity: Severity = Severity.ERROR
    record: tuple[str, str] = ("", "")
    recipient: str = ""
    provider: str = ""
    mail: int | None = None

    @property
    def fingerprint(self) -> str:
        """The same for what is alike."""
        parts = (self.kind, self.route, *self.record, self.recipient, self.provider, self.reason)
        return sha256("\0".join(parts).encode(errors="replace")).hexdigest()


def trouble_tell(trouble: Trouble) -> None:
    """Tell operators of trouble; what is alike and not resolved is counted."""
    if _counted(trouble):
        return
    try:
        with transaction.atomic():
            _made(trouble)
    except IntegrityError:  # another process told it at the same time
        _counted(trouble)
    _tidy()


def notification_see(notification: Notification) -> None:
    """Note that somebody has looked at it."""
    if notification.seen_at is None:
        notification.seen_at = now()
        notification.save(update_fields=["seen_at"])


def notification_resolve(notification: Notification, *, by: str) -> None:
    """Mark it as resolved: the same trouble afterwards is another one. What is resolved stays as it is."""
    at = now()
    open_ones = Notification.objects.filter(pk=notification.pk, resolved_at=None)
    if open_ones.update(resolved_at=at, resolved_by=by[:200], seen_at=notification.seen_at or at):
        note("resolved", kind="action notification", key=str(notification.pk), name=str(notification)[:200])
    notification.refresh_from_db()


def notifications_open() -> QuerySet[Notification]:
    """Those that nobody has resolved."""
    return Notification.objects.filter(resolved_at=None)


def _counted(trouble: Trouble) -> bool:
    alike = notifications_open().filter(fingerprint=trouble.fingerprint)
    return bool(
        alike.update(
            count=F("count") + 1, last_seen=now(), request_id=trouble.request_id[:40], mail_id=trouble.mail
        )
    )


def _made(trouble: Trouble) -> None:
    at = now()
    Notification.objects.create(
        kind=trouble.kind,
        severity=trouble.severity,
        route=trouble.route[:LONGEST_PATH],
        request_id=trouble.request_id[:40],
        record_type=trouble.record[0][:50],
        record_id=trouble.record[1][:50],
        recipient=trouble.recipient[:320],
        provider=trouble.provider[:40],
        reason=trouble.reason[:500],
        mail_id=trouble.mail,
        first_seen=at,
        last_seen=at,
        fingerprint=trouble.fingerprint,
    )


def _tidy() -> None:
    newest = Notification.objects.order_by("-last_seen", "-pk").values_list("pk", flat=True)
    old = list(newest[KEPT : KEPT + _AT_ONCE])
    Notification.objects.filter(pk__in=old).delete()
