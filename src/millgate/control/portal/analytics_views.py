"""Analytics reports: what came of the calls with one's own keys, and of nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from millgate.control.clients.report_forms import TOO_MUCH, AnalyticsForm
from millgate.control.clients.reports import Report, narrowing_of
from millgate.control.portal import subscriptions
from millgate.control.usage.analytics import TooMuch, in_time

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from millgate.control.accounts.models import Person
    from millgate.control.usage.analytics import Dimension, Narrowing

PAGE: Final = "portal:analytics"
BY: Final[tuple[Dimension, ...]] = ("api", "operation", "subscription")
"""By what calls are told apart. Applications are not: a key may be used by those of others."""


@never_cache
@login_required
@require_safe
def analytics(request: HttpRequest) -> HttpResponse:
    """One's own calls of a period: all, or of an API, an operation, a subscription."""
    form, narrowing = _form(request), _narrowing(request)
    context = {"form": form, "narrowing": narrowing.given(), "csv_page": f"{PAGE}-csv"}
    status = 200
    if form.is_valid():
        report = _report(form, narrowing)
        try:
            with in_time():
                context |= {"report": report, "narrowed": report.narrowed(), "shown": report.shown()}
        except TooMuch:
            context["why_not"], status = TOO_MUCH, 503
    return render(request, "portal/profile/analytics.html", context, status=status)


@never_cache
@login_required
@require_safe
def analytics_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    """A table of the page as CSV."""
    form, narrowing = _form(request), _narrowing(request)
    if not form.is_valid():
        raise Http404
    try:
        return _report(form, narrowing).as_file(name)
    except KeyError as unknown:
        raise Http404 from unknown
    except TooMuch:
        return HttpResponse(str(TOO_MUCH), status=503, content_type="text/plain; charset=utf-8")


def _report(form: AnalyticsForm, narrowing: Narrowing) -> Report:
    return Report(form.period(), narrowing, form.chosen(), refusals=False, page=PAGE, dimensions=BY)


def _form(request: HttpRequest) -> AnalyticsForm:
    """In the person's zone, unless another is chosen."""
    person = cast("Person", request.user)
    company = [person.company.time_zone] if person.company is not None else []
    zones = list(dict.fromkeys([person.time_zone, *company, "UTC"]))
    given = {"range": "day", "zone": zones[0]} | request.GET.dict()
    return AnalyticsForm(given, zones=zones, now=settings.CLOCK.now())


def _narrowing(request: HttpRequest) -> Narrowing:
    """Within the person's own subscriptions.

    Raises:
        Http404: the address names one of somebody else, or of nobody.
    """
    own = subscriptions.own_keys(cast("Person", request.user))
    given = {name: value for name, value in request.GET.dict().items() if name != "application"}
    if given.get("subscription") and given["subscription"] not in own:
        raise Http404
    return narrowing_of(given, own)
