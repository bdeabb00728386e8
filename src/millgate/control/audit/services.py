"""What is told besides changes of rows, and how long entries stay."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from millgate.control.audit.collecting import current
from millgate.control.audit.models import Entry
from millgate.control.audit.telling import Change
from millgate.control.audit.writing import write

if TYPE_CHECKING:
    from millgate.control.audit.acting import Actor

SCHEDULE: Final = "schedule"
_AT_ONCE: Final = 5000


def note(
    action: str, *, kind: str, key: str, name: str = "", comment: str = "", actor: Actor | None = None
) -> None:
    """Tell of something that changes no row, such as that keys were shown.

    Args:
        action: in the past, in a word or two.
        kind: of the thing, as files call it.
        key: names the thing.
        name: for people.
        comment: what is said about it.
        actor: who did it, where that is known better than from the request.
    """
    block = current()
    change = Change(kind, key, name, action, {}, {}, comment)
    write([change], by=block.by if block else "", actor=actor)


def entries_drop(*, days: int) -> int:
    """Drop the entries that are older, and tell that it was done; returns how many there were.

    Args:
        days: how long entries stay; 0 is for ever.
    """
    if not days:
        return 0
    before = settings.CLOCK.utc() - timedelta(days=days)
    dropped = 0
    while pks := list(Entry.objects.filter(at__lt=before).order_by().values_list("pk", flat=True)[:_AT_ONCE]):
        with transaction.atomic():
            gone = Entry.objects.filter(pk__in=pks).delete()[0]
            comment = f"{gone} entries from before {before.date().isoformat()}"
            change = Change("audit log", "entries", "Audit log", "old entries dropped", {}, {}, comment)
            write([change], by=SCHEDULE)
        dropped += gone
    return dropped
