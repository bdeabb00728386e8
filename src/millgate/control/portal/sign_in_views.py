"""Signing in to the portal: the password, and the pages for the second factor, which the console uses too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import LogoutView
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from millgate.control.accounts import offering
from millgate.control.accounts.forms import CodeForm
from millgate.control.accounts.second_factors import recovery_codes_left, second_factor_enable
from millgate.control.accounts.selectors import account_settings
from millgate.control.accounts.signing_in import NextStep, code_check, sign_in, waiting
from millgate.control.accounts.views import PasswordView, see_other
from millgate.control.clients.models import ClientApplication

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    from millgate.control.accounts.models import Person

LONGEST_EMAIL: Final = 254
FEW_CODES: Final = 3


class SignIn(PasswordView):
    """Sign in with e-mail and password."""

    template_name = "portal/sign_in.html"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Whoever is signed in goes on, unless they were sent here to sign in again."""
        self.redirect_authenticated_user = "again" not in request.GET
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, str]:
        """The e-mail with which whoever sent them here expects them to sign in."""
        return {"username": self.request.GET.get("login_hint", "")[:LONGEST_EMAIL]}

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """With the program that sent them here, if one did."""
        decided = account_settings()
        more = {"program": _program(self.get_redirect_url()), "decided": decided}
        return super().get_context_data(**kwargs) | more


class SignOut(LogoutView):
    """Sign out, by POST alone."""


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step: the code of the app, or a recovery code."""
    found = waiting(request, NextStep.CODE)
    if found is None:
        return _begin_again(request)
    person, given = found
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            code_check(person, form.cleaned_data["code"])
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            sign_in(request, person, remember=given.remember)
            _few_left_tell(request, person)
            return see_other(given.onward)
    return render(request, "portal/sign_in_code.html", {"form": form})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """The second step of an administrator who needs a second factor and has none."""
    found = waiting(request, NextStep.SET_UP)
    if found is None:
        return _begin_again(request)
    person, given = found
    secret = offering.secret_offered(request, person)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = second_factor_enable(person=person, secret=secret, code=form.cleaned_data["code"])
        except ValidationError as refused:
            form.add_error("code", refused)
        else:
            offering.offer_end(request)
            sign_in(request, person, remember=given.remember)
            return render(request, "portal/recovery_codes.html", {"codes": codes, "onward": given.onward})
    context = {
        "form": form,
        "picture": offering.picture_of(secret, person),
        "secret": offering.spelt(secret),
    }
    return render(request, "portal/sign_in_set_up.html", context)


def _begin_again(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("portal:home")
    messages.error(request, _("Too much time has passed, or nobody gave a password here. Begin again."))
    return redirect("portal:sign-in")


def _few_left_tell(request: HttpRequest, person: Person) -> None:
    left = recovery_codes_left(person)
    if left < FEW_CODES:
        words = _("You have %(left)s recovery codes left. Make new ones in your profile.")
        messages.warning(request, words % {"left": left})


def _program(onward: str) -> str:
    """The name of the program that asked for the sign-in; empty where none did."""
    parts = urlsplit(onward)
    try:
        if not parts.path or resolve(parts.path).app_name != "authorize":
            return ""
        client_id = UUID(parse_qs(parts.query).get("client_id", [""])[0])
    except (Resolver404, ValueError):
        return ""
    row = ClientApplication.objects.filter(client_id=client_id, enabled=True).first()
    return row.display_name if row else ""
