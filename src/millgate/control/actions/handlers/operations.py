"""What operators look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, ExpressionWrapper, Q

from millgate.control.actions.models import Notification
from millgate.control.actions.notifications import notification_resolve, notification_see
from millgate.control.actions.pipeline.calls import Outcome
from millgate.control.actions.pipeline.listing import index as listed
from millgate.control.actions.pipeline.refusals import not_found
from millgate.control.mail.models import Mail
from millgate.control.mail.outbox import masked

if TYPE_CHECKING:
    from millgate.control.actions.pipeline.calls import ActionCall


def notifications_index(call: ActionCall) -> Outcome:
    """`notifications/index`."""
    resolved = ExpressionWrapper(Q(resolved_at__isnull=False), output_field=BooleanField())
    rows = Notification.objects.annotate(resolved=resolved)
    return listed(call, rows, lambda row: _notification(row, call.view))


def notifications_read(call: ActionCall) -> Outcome:
    """`notifications/read`."""
    found = _one(call)
    notification_see(found)
    return Outcome(data=_notification(found, "default"))


def notifications_resolve(call: ActionCall) -> Outcome:
    """`notifications/resolve`."""
    found = _one(call)
    notification_resolve(found, by=call.by)
    return Outcome(data=_notification(found, "default"), record=("notification", str(found.pk)))


def emails_index(call: ActionCall) -> Outcome:
    """`emails/index`."""
    return listed(call, Mail.objects.defer("text", "html"), lambda row: _mail(row, call.view))


def _one(call: ActionCall) -> Notification:
    found = Notification.objects.filter(pk=call.params["id"]).first()
    if found is None:
        raise not_found("id", "notification")
    return found


def _notification(row: Notification, view: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": row.pk,
        "kind": row.kind,
        "severity": row.severity,
        "route": row.route,
        "count": row.count,
        "last_seen": row.last_seen,
        "resolved": row.resolved_at is not None,
    }
    if view == "minimal":
        return shown
    return shown | {
        "request_id": row.request_id,
        "record": {"type": row.record_type, "id": row.record_id},
        "recipient": row.recipient,
        "provider": row.provider,
        "reason": row.reason,
        "email_id": row.mail_id,
        "first_seen": row.first_seen,
        "seen_at": row.seen_at,
        "resolved_at": row.resolved_at,
        "resolved_by": row.resolved_by,
    }


def _mail(row: Mail, view: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": row.pk,
        "kind": row.kind,
        "state": row.state,
        "address": masked(row.address),
        "created_at": row.created_at,
    }
    if view == "minimal":
        return shown
    return shown | {
        "subject": row.subject,
        "tries": row.tries,
        "last_error": row.last_error,
        "provider_id": row.provider_id,
        "next_at": row.next_at,
        "sent_at": row.sent_at,
    }
