"""Moments as people say them, seen from now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

if TYPE_CHECKING:
    from datetime import datetime


def ago(moment: datetime, now: datetime) -> str:
    """How long ago it was, in one unit."""
    if now - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(span)s ago") % {"span": timesince(moment, now, depth=1).replace("\xa0", " ")}


def expires_in(moment: datetime, now: datetime) -> str:
    """How long something lasts, in days, and on its last day in hours."""
    left = moment - now
    if left >= timedelta(days=1):
        return ngettext("Expires in %(n)s day", "Expires in %(n)s days", left.days) % {"n": left.days}
    hours = int(left.total_seconds() // 3600)
    if not hours:
        return _("Expires within the hour")
    return ngettext("Expires in %(n)s hour", "Expires in %(n)s hours", hours) % {"n": hours}
