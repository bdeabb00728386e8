"""Instants as callers send them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.control.actions.pipeline.refusals import invalid
from millgate.plant.kinds import read_instant

if TYPE_CHECKING:
    from datetime import datetime


def moment_of(name: str, text: str | None, *, now: datetime) -> datetime:
    """The instant that a parameter holds, or now where it holds none.

    Raises:
        Refused: it is no instant, says no time zone, or lies ahead.
    """
    if not text:
        return now
    try:
        moment = read_instant(text)
    except ValueError as fault:
        raise invalid(name, f"It {fault}; send ISO 8601 with its offset, as in {_shown(now)}.") from None
    if moment > now:
        raise invalid(name, f"It lies ahead of the server's time, {_shown(now)}; leave it out for now.")
    return moment


def _shown(moment: datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
