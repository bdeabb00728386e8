"""The portal's pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from millgate.control.portal import own, selectors
from millgate.control.portal.forms import SignInForm

if TYPE_CHECKING:
    from uuid import UUID

    from django.contrib.auth.forms import AuthenticationForm
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from millgate.control.accounts.models import Person

LONGEST_EMAIL: Final = 254
LONGEST_QUERY: Final = 200


class SignIn(LoginView):
    """Sign in with e-mail and password."""

    template_name = "portal/sign_in.html"
    authentication_form = SignInForm

    def get_success_url_allowed_hosts(self, request: HttpRequest | None = None) -> set[str]:
        """None: one is sent on to a page of ours only, whatever Host the request named."""
        del request
        return set()

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Whoever is signed in goes on, unless they were sent here to sign in again."""
        self.redirect_authenticated_user = "again" not in request.GET
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, str]:
        """The e-mail with which whoever sent them here expects them to sign in."""
        return {"username": self.request.GET.get("login_hint", "")[:LONGEST_EMAIL]}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Signed in, until the browser closes unless this computer shall remember."""
        answer = super().form_valid(form)
        if form.cleaned_data["remember"]:
            self.request.session.set_expiry(settings.SESSION_COOKIE_AGE)
        answer.status_code = HTTPStatus.SEE_OTHER  # RFC 9700 section 4.12: never again with the password
        return answer


class SignOut(LogoutView):
    """Sign out, by POST alone."""


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
    """All adapters, or those that words choose."""
    query = request.GET.get("q", "")[:LONGEST_QUERY]
    context = {"adapters": selectors.adapters_matching(query), "query": query}
    return render(request, "portal/adapters.html", context)


@require_safe
def adapter(request: HttpRequest, key: str) -> HttpResponse:
    """One adapter with its APIs and limits."""
    found = selectors.adapter_shown(key)
    if found is None:
        raise Http404
    return render(request, "portal/adapter.html", {"page": found})


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
