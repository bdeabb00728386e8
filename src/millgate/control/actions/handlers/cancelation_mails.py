"""What is told by mail of a cancelation: to the owner of a subscription, or to whoever did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from millgate.control.actions.cancelation_models import CancelableType
from millgate.control.clients.models import Subscription
from millgate.control.mail.kinds import Kind
from millgate.control.mail.rendering import link_to
from millgate.control.mail.services import mail_queue

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person
    from millgate.control.actions.cancelation_models import Cancelation
    from millgate.control.actions.pipeline.calls import ActionCall


def cancelation_tell(row: Cancelation, call: ActionCall) -> None:
    """Tell of what was just canceled or reinstated. Of what an application does by itself nobody is told."""
    reader = _reader(row, call)
    if reader is None:
        return
    values = {
        "what": f"{row.cancelable_type} {row.cancelable_id}",
        "number": row.pk,
        "by": row.canceled_by if row.active else row.reinstated_by,
        "application": row.canceled_in if row.active else call.application.slug if call.application else "",
        "note": _note(row),
        "link": link_to(reverse("portal:home")),
    }
    kind = Kind.CANCELATION_MADE if row.active else Kind.CANCELATION_REINSTATED
    mail_queue(kind=kind, to=reader, values=values)


def _reader(row: Cancelation, call: ActionCall) -> Person | None:
    if row.cancelable_type == CancelableType.ADAPTER_SUBSCRIPTION:
        found = Subscription.objects.select_related("owner").filter(pk=row.cancelable_id).first()
        return found.owner if found is not None else None
    return call.session.person if call.session is not None else None


def _note(row: Cancelation) -> str:
    if row.active:
        return f"{row.reason_text}. {row.reason_note}".strip(" .")
    return row.reinstated_note
