"""Instants as callers send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from millgate.control.actions.pipeline.refusals import invalid
from millgate.plant.kinds import read_instant

if TYPE_CHECKING:
    from datetime import datetime


def moment_of(name: str, text: str | None) -> datetime:
    """The instant that a parameter holds, or now where it holds none; in whole seconds, as all of the API.

    Raises:
        Refused: it is no instant, says no time zone, or lies ahead.
    """
    now = settings.CLOCK.utc()
    if not text:
        return now.replace(microsecond=0)
    try:
        moment = read_instant(text)
    except ValueError as fault:
        raise invalid(name, f"It {fault}; send ISO 8601 with its offset, as in {_shown(now)}.") from None
    if moment > now:
        raise invalid(name, f"It lies ahead of the server's time, {_shown(now)}; leave it out for now.")
    return moment.replace(microsecond=0)


def _shown(moment: datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
