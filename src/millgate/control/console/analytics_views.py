"""Analytics: the pages of what was called, and their tables as CSV."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company
from millgate.control.console.analytics import Report
from millgate.control.console.site import console
from millgate.control.usage.analytics import DIMENSIONS, Narrowing, TooMuch, in_time
from millgate.control.usage.charts import drawn
from millgate.control.usage.periods import HOUR, days, midnight, most_days, rolling
from millgate.control.usage.tables import as_csv
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from millgate.control.usage.periods import Period

RIGHT: Final = "usage.view_callcount"
REFUSALS_RIGHT: Final = "usage.view_refusal"
CUSTOM: Final = "custom"
RANGES: Final = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY, "quarter": 90 * DAY}
MOST_ZONES: Final = 20
TOO_MUCH: Final = _("Adding this up takes too long. Choose a shorter range, or narrow it down.")


class AnalyticsForm(forms.Form):
    """When, and in which time zone.

    Args:
        zones: that can be chosen.
        now: in seconds since the epoch.
    """

    range = forms.ChoiceField(
        label=_("Range"),
        choices=[
            ("hour", _("Last hour")),
            ("day", _("Last 24 hours")),
            ("week", _("Last 7 days")),
            ("month", _("Last 30 days")),
            ("quarter", _("Last 90 days")),
            (CUSTOM, _("From … to")),
        ],
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To, included"), required=False, widget=forms.DateInput({"type": "date"}))
    zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, data: dict[str, str], *, zones: Sequence[str], now: float) -> None:
        super().__init__(data, use_required_attribute=False)
        self.fields["zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
        self._now = now

    def clean(self) -> dict[str, Any]:
        """A range of one's own has both ends, in order, not in the future, and not too far apart."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("range") != CUSTOM or self.errors:
            return cleaned
        first, last = cleaned.get("since"), cleaned.get("until")
        for name, day in (("since", first), ("until", last)):
            if day is None:
                self.add_error(name, _("Say from which day to which."))
        if first and last:
            self._days_check(first, last, ZoneInfo(cleaned["zone"]))
        return cleaned

    def _days_check(self, first: date, last: date, zone: tzinfo) -> None:
        if last < first:
            self.add_error("until", _("It is before the first day."))
        elif first > datetime.fromtimestamp(self._now, zone).date():
            self.add_error("since", _("It is in the future."))
        elif midnight(first, UTC) < self._now - (most_days() + 1) * DAY:
            why = _now("What was counted is kept for %(days)s days.")
            self.add_error("since", why % {"days": most_days()})
        elif last - first > timedelta(days=most_days()):
            self.add_error("until", _now("At most %(days)s days.") % {"days": most_days()})

    def period(self) -> Period:
        """What was chosen; only of a valid form."""
        chosen = self.cleaned_data
        zone = UTC if chosen["zone"] == "UTC" else ZoneInfo(chosen["zone"])
        if chosen["range"] == CUSTOM:
            return days(chosen["since"], chosen["until"], self._now, zone)
        return rolling(RANGES[chosen["range"]], self._now, zone)


def analytics(request: HttpRequest) -> HttpResponse:
    """The page: the whole, or narrowed down to an API, an operation, an application, a subscription."""
    form = _form(request)
    context = console.each_context(request) | {
        "title": _("Analytics"),
        "form": form,
        "narrowing": _narrowing(request).given(),
    }
    status = 200
    if form.is_valid():
        report = _report(request, form)
        try:
            with in_time():
                context |= {"report": report, "narrowed": report.narrowed(), "shown": _shown(report)}
        except TooMuch:
            context["why_not"], status = TOO_MUCH, 503
    return render(request, "console/analytics.html", context, status=status)


def _shown(report: Report) -> dict[str, Any] | None:
    """What the page shows; None where there were no calls."""
    if not report.total.calls:
        return None
    return {
        "cards": report.cards(),
        "charts": [(drawn(chart), chart, table) for chart, table in report.charts()],
        "tops": report.tops(),
        "limits": report.limits(),
    }


def analytics_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    """A table of the page as CSV."""
    form = _form(request)
    if not form.is_valid():
        raise Http404
    report = _report(request, form)
    try:
        with in_time():
            table = report.table(name)
    except KeyError as unknown:
        raise Http404 from unknown
    except TooMuch:
        return HttpResponse(str(TOO_MUCH), status=503, content_type="text/plain; charset=utf-8")
    return as_csv(table, f"{name}-{datetime.fromtimestamp(report.period.since, report.period.zone):%Y%m%d}")


def _form(request: HttpRequest) -> AnalyticsForm:
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    zones = _zones(request.user)
    given = {"range": "day", "zone": zones[0]} | request.GET.dict()
    return AnalyticsForm(given, zones=zones, now=settings.CLOCK.now())


def _zones(person: Any) -> list[str]:  # noqa: ANN401 - Django's request has several kinds of users
    """UTC, and the zone of the reader's company; those of all companies, where the reader is of none."""
    companies = Company.objects.filter(active=True)
    if person.company_id is not None:
        companies = Company.objects.filter(pk=person.company_id)
    zones = companies.order_by("time_zone").values_list("time_zone", flat=True).distinct()[:MOST_ZONES]
    return list(dict.fromkeys(["UTC", *zones]))


def _narrowing(request: HttpRequest) -> Narrowing:
    given = {str(name): request.GET.get(name, "") for name in DIMENSIONS}
    if not given["api"]:
        given["operation"] = ""
    return Narrowing(**given)


def _report(request: HttpRequest, form: AnalyticsForm) -> Report:
    chosen = {name: str(form.cleaned_data[name]) for name in ("range", "zone")}
    if chosen["range"] == CUSTOM:
        chosen |= {name: form.cleaned_data[name].isoformat() for name in ("since", "until")}
    return Report(form.period(), _narrowing(request), chosen, refusals=request.user.has_perm(REFUSALS_RIGHT))
