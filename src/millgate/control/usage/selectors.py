"""Reading what machines told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q

from millgate.control.usage.models import Notice

if TYPE_CHECKING:
    from django.db.models import QuerySet


def notices_unread() -> QuerySet[Notice]:
    """Notices that nobody has read since they last happened."""
    return Notice.objects.filter(Q(read_at=None) | Q(read_at__lt=F("last_seen")))
