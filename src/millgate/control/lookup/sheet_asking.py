"""A request for a sheet, and what it asks for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.lookup.problems import Problem
from millgate.control.lookup.reports import BY_ID
from millgate.control.lookup.sheets import Asked
from millgate.control.lookup.windows import Frame, Window, window, window_chosen

if TYPE_CHECKING:
    from millgate.control.lookup.calendars import PlantClock
    from millgate.control.lookup.declared import Report

MOST_ROWS: Final = 20_000
"""Rows of one sheet."""
MOST_BYTES: Final = 10_000_000
"""Of one request: rows cut to what the report shows take half of it at most."""

_MOST_TOLD: Final = 10**12


class WorkcenterSent(msgspec.Struct, frozen=True):
    """The workcenter that a report is of."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


class WindowSent(msgspec.Struct, frozen=True):
    """A time frame: by its id as it is now, or with the ends that it had when the rows were read."""

    id: Frame
    start: datetime | None = None
    end: datetime | None = None
    shift: Annotated[str, msgspec.Meta(max_length=50)] = ""


class SheetSent(msgspec.Struct, frozen=True):
    """What the pane sends: which report of what, and the API's rows."""

    report: Annotated[str, msgspec.Meta(max_length=50)]
    workcenter: WorkcenterSent
    rows: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=MOST_ROWS)]
    total: Annotated[int, msgspec.Meta(ge=0, le=_MOST_TOLD)] = 0
    window: WindowSent | None = None


def asked_of(sent: SheetSent, clock: PlantClock, now: int, company: str) -> Asked:
    """What a request asks for.

    Raises:
        Problem: there is no such report, or its time frame is missing or wrong.
    """
    report = BY_ID.get(sent.report)
    if report is None:
        raise Problem("report-unknown", _("There is no report “%(id)s”.") % {"id": sent.report})
    return Asked(
        report=report,
        code=sent.workcenter.code,
        name=sent.workcenter.name,
        window=_window(sent.window, report, clock, now),
        rows=sent.rows,
        total=max(sent.total, len(sent.rows)),
        company=company,
    )


def window_of(frame: Frame, start: datetime | None, end: datetime | None, now: int) -> Window:
    """A window with these ends.

    Raises:
        Problem: they are none of a time frame.
    """
    try:
        chosen = window_chosen(start, end, now)
    except ValidationError as refused:
        raise Problem("window-wrong", refused.messages[0]) from None
    return Window(frame, chosen.start, chosen.end)


def _window(sent: WindowSent | None, report: Report, clock: PlantClock, now: int) -> Window | None:
    if not report.windowed:
        return None
    if sent is None:
        raise Problem("window-wrong", _("Choose a time frame."))
    if sent.start is not None or sent.id is Frame.CUSTOM:
        given = window_of(sent.id, _aware(sent.start), _aware(sent.end), now)
        return Window(given.frame, given.start, given.end, sent.shift)
    found = window(clock, sent.id, now)
    if found is None:
        raise Problem("window-wrong", _("There is no shift in this time frame."))
    return found


def _aware(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise Problem("window-wrong", _("Send instants with their zone, as in 2026-01-31T06:00:00Z."))
    return moment
