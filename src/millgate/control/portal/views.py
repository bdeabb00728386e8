"""The portal's pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from millgate.control.portal import own, selectors, subscriptions

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from millgate.control.accounts.models import Person


LONGEST_QUERY: Final = 200


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, the first two commands, and what is published."""
    person = request.user if request.user.is_authenticated else None
    context = {
        "quick_start": selectors.quick_start(person),
        "status": selectors.status_now(),
        "apis": selectors.apis_shown(),
        "adapters": selectors.adapters_shown(),
        "alerts": own.alerts(person) if person else [],
    }
    return render(request, "portal/home.html", context)


@require_safe
def adapters(request: HttpRequest) -> HttpResponse:
    """All adapters, or those that words choose, and which of them one has subscribed to."""
    query = request.GET.get("q", "")[:LONGEST_QUERY]
    own = subscriptions.to_adapters(request.user) if request.user.is_authenticated else {}
    shown = [(page, own.get(page.adapter.key, [])) for page in selectors.adapters_matching(query)]
    return render(request, "portal/adapters.html", {"adapters": shown, "query": query})


@require_safe
def adapter(request: HttpRequest, key: str) -> HttpResponse:
    """One adapter with its APIs and limits, and one's own subscriptions to it."""
    found = selectors.adapter_shown(key)
    if found is None:
        raise Http404
    person = request.user if request.user.is_authenticated else None
    standing = subscriptions.asking(person, key) if person else None
    context = {"page": found, "asking": standing[1] if standing else None, "person": person}
    return render(request, "portal/adapter.html", context)


@require_safe
@login_required
def applications(request: HttpRequest) -> HttpResponse:
    """The applications of whoever is signed in."""
    person = cast("Person", request.user)
    return render(request, "portal/applications.html", {"applications": own.applications(person)})


@require_safe
@login_required
def application(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """One of them. There is none of anybody else."""
    found = own.application(cast("Person", request.user), client_id)
    if found is None:
        raise Http404
    return render(request, "portal/application.html", {"page": found})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that did not come from our own pages."""
    del reason
    return render(request, "403.html", {"stale_form": True}, status=403)
