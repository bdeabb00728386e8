"""Service requests (USR): asking for a developer account for one's company, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from millgate.control.accounts.models import ServiceRequest
from millgate.control.accounts.service_requests import service_request_create
from millgate.control.portal.service_request_form import ServiceRequestForm, companies_of

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from millgate.control.accounts.models import Person

PER_PAGE: Final = 25
_TONES: Final = {"received": "warn", "in-progress": "accent", "done": "good", "declined": "bad"}


@require_safe
@login_required
def service_requests(request: HttpRequest) -> HttpResponse:
    """One's own requests, the newest first."""
    page = Paginator(_own(request), PER_PAGE).get_page(request.GET.get("p"))
    context = {"page": page, "items": [(row, _TONES[row.state]) for row in page]}
    return render(request, "portal/service_requests.html", context)


@require_safe
@login_required
def service_request(request: HttpRequest, number: int) -> HttpResponse:
    """One of them. There is none of anybody else."""
    row = _own(request).prefetch_related("wanted_companies").filter(pk=number).first()
    if row is None:
        raise Http404
    return render(request, "portal/service_request.html", {"row": row, "tone": _TONES[row.state]})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def service_request_new(request: HttpRequest) -> HttpResponse:
    """Asks for a developer account."""
    person = _person(request)
    form = ServiceRequestForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        row = _asked(form, person)
        if row is not None:
            messages.success(request, _("%(number)s was received. You are told by mail.") % {"number": row})
            return HttpResponseRedirect(reverse("portal:service-request", args=(row.pk,)))
    context = {"form": form, "may_ask": companies_of(person).exists()}
    return render(request, "portal/service_request_new.html", context)


def _asked(form: ServiceRequestForm, person: Person) -> ServiceRequest | None:
    """The request; None when it is refused, which the form tells then."""
    try:
        return service_request_create(
            requested_by=person,
            requester_name=person.get_full_name() or person.email,
            requester_email=person.email,
            **form.cleaned_data,
        )
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return None


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)


def _own(request: HttpRequest) -> QuerySet[ServiceRequest]:
    rows = ServiceRequest.objects.filter(requested_by=_person(request))
    return rows.select_related("company", "account", "service_account").order_by("-created_at", "-pk")
