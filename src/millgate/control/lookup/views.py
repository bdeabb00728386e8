"""The page itself, and what it asks for besides sessions."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_POST, require_safe

from millgate.control.lookup import separated, workbook
from millgate.control.lookup.asking import HEADER, asked_by_pane, body_of
from millgate.control.lookup.bearing import bearer
from millgate.control.lookup.calendars import plant_clock
from millgate.control.lookup.cells import CellRefused
from millgate.control.lookup.policy import PANE_POLICY
from millgate.control.lookup.problems import Problem
from millgate.control.lookup.selectors import demo_identity
from millgate.control.lookup.sheet_asking import MOST_BYTES, MOST_ROWS, SheetSent, asked_of, window_of
from millgate.control.lookup.sheets import sheet_of
from millgate.control.lookup.shown import declarations
from millgate.control.lookup.windows import (
    Frame,
    frame_name,
    instant_text,
    window_label,
    windows,
)

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.control.lookup.calendars import PlantClock
    from millgate.control.lookup.sheets import Sheet
    from millgate.control.lookup.windows import Window

OFFICE_JS: Final = "https://appsforoffice.microsoft.com/lib/1/hosted/office.js"
"""Microsoft's library, which may not be served from elsewhere; the pane loads it inside Excel alone."""
KEY_HEADER: Final = "Ocp-Apim-Subscription-Key"
PAGE_ROWS: Final = 1_000
"""How many rows the pane reads at a time: the most that a list answers."""


@never_cache
@xframe_options_exempt
@require_safe
def pane(request: HttpRequest) -> HttpResponse:
    """The pane."""
    answer = render(request, "lookup/pane.html", {"settings": _settings(request)})
    answer.headers["Content-Security-Policy"] = PANE_POLICY
    return answer


@asked_by_pane
@require_safe
def reports(_request: HttpRequest) -> HttpResponse:
    """What the pane reads and shows."""
    return JsonResponse(declarations())


@asked_by_pane
@require_safe
def time_frames(request: HttpRequest) -> HttpResponse:
    """Time frames on the plant's clock: all that are offered, or the one that somebody chose."""
    clock, now = plant_clock(bearer(request).company.pcn), int(settings.CLOCK.now())
    if "start" in request.GET or "end" in request.GET:
        start, end = (_wall(request.GET.get(name, ""), clock) for name in ("start", "end"))
        return JsonResponse(_shown(Frame.CUSTOM, window_of(Frame.CUSTOM, start, end, now), clock))
    found = [_shown(frame, window, clock) for frame, window in windows(clock, now).items()]
    return JsonResponse({"time_zone": clock.zone, "now": instant_text(now), "windows": found})


@asked_by_pane
@require_POST
def sheets(request: HttpRequest) -> HttpResponse:
    """The sheet of rows that the pane read: as JSON, as a workbook, or as text, by the Accept header."""
    company = bearer(request).company
    clock, now = plant_clock(company.pcn), settings.CLOCK.now()
    sent = body_of(request, SheetSent, most=MOST_BYTES)
    try:
        sheet = sheet_of(asked_of(sent, clock, int(now), company.name), clock, now)
    except CellRefused as refused:
        raise Problem("rows-wrong", _("These are not the API's rows: %(why)s") % {"why": refused}) from None
    return _answer(request, sheet)


def _answer(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    wanted = request.headers.get("Accept", "")
    if workbook.MEDIA_TYPE in wanted:
        return _workbook(sheet)
    if separated.MEDIA_TYPE in wanted:
        text = separated.tab_separated(sheet)
        return HttpResponse(text, content_type=f"{separated.MEDIA_TYPE}; charset=utf-8")
    return HttpResponse(msgspec.json.encode(sheet), content_type="application/json")


def _workbook(sheet: Sheet) -> HttpResponse:
    try:
        made = workbook.workbook(sheet, settings.CLOCK.utc())
    except workbook.WorkbooksBusy:
        text = _("Many workbooks are being made. Try again in a moment.")
        raise Problem("busy", text, HTTPStatus.SERVICE_UNAVAILABLE, retry_after=5) from None
    answer = HttpResponse(made, content_type=workbook.MEDIA_TYPE)
    name = content_disposition_header(as_attachment=True, filename=f"{sheet.name}.xlsx")
    answer.headers["Content-Disposition"] = name or "attachment"
    return answer


def _wall(text: str, clock: PlantClock) -> datetime | None:
    """An end of a chosen time frame: wall time of the plant, or an instant with its zone."""
    try:
        moment = datetime.fromisoformat(text) if text else None
        if moment is None:
            return None
        return clock.instant(moment) if moment.tzinfo is None else moment
    except (ValueError, OverflowError):
        message = _("Give times as in 2026-01-31T06:00, on the plant's clock.")
        raise Problem("window-wrong", message) from None


def _shown(frame: Frame, found: Window | None, clock: PlantClock) -> dict[str, Any]:
    if found is None:
        return {"id": frame, "name": frame_name(frame), "start": None, "end": None, "label": "", "shift": ""}
    return {
        "id": frame,
        "name": frame_name(frame),
        "start": instant_text(found.start),
        "end": instant_text(found.end),
        "label": window_label(found, clock),
        "shift": found.shift,
    }


def _settings(request: HttpRequest) -> dict[str, Any]:
    """What the pane's scripts must know. None of it is a secret."""
    return {
        "header": HEADER,
        "key_header": KEY_HEADER,
        "office_js": OFFICE_JS,
        "language": getattr(request, "LANGUAGE_CODE", "en"),
        "demo_available": demo_identity() is not None,
        "page_rows": PAGE_ROWS,
        "most_rows": MOST_ROWS,
        "refresh_seconds": 15,
        "addresses": {
            "session": reverse("lookup:session"),
            "renew": reverse("lookup:renew"),
            "end": reverse("lookup:end"),
            "reports": reverse("lookup:reports"),
            "windows": reverse("lookup:windows"),
            "sheets": reverse("lookup:sheets"),
        },
    }
