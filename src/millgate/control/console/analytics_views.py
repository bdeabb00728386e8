"""Analytics: the pages of what was called, and their tables as CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company
from millgate.control.clients.report_forms import TOO_MUCH, AnalyticsForm
from millgate.control.clients.reports import Report, narrowing_of
from millgate.control.console.site import console
from millgate.control.usage.analytics import TooMuch, in_time

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


RIGHT: Final = "usage.view_callcount"
PAGE: Final = "console-analytics"
REFUSALS_RIGHT: Final = "usage.view_refusal"
MOST_ZONES: Final = 20


def analytics(request: HttpRequest) -> HttpResponse:
    """The page: the whole, or narrowed down to an API, an operation, an application, a subscription."""
    form = _form(request)
    context = console.each_context(request) | {
        "title": _("Analytics"),
        "form": form,
        "csv_page": f"{PAGE}-csv",
        "narrowing": narrowing_of(request.GET.dict()).given(),
    }
    status = 200
    if form.is_valid():
        report = _report(request, form)
        try:
            with in_time():
                context |= {"report": report, "narrowed": report.narrowed(), "shown": report.shown()}
        except TooMuch:
            context["why_not"], status = TOO_MUCH, 503
    return render(request, "console/analytics.html", context, status=status)


def analytics_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    """A table of the page as CSV."""
    form = _form(request)
    if not form.is_valid():
        raise Http404
    try:
        return _report(request, form).as_file(name)
    except KeyError as unknown:
        raise Http404 from unknown
    except TooMuch:
        return HttpResponse(str(TOO_MUCH), status=503, content_type="text/plain; charset=utf-8")


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


def _report(request: HttpRequest, form: AnalyticsForm) -> Report:
    return Report(
        form.period(),
        narrowing_of(request.GET.dict()),
        form.chosen(),
        refusals=request.user.has_perm(REFUSALS_RIGHT),
        page=PAGE,
    )
