"""What every sign-in page shares: portal and console ask with pages of their own."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib.auth.views import LoginView
from django.http import HttpResponseRedirect
from django.urls import reverse

from millgate.control.accounts.forms import SignInForm
from millgate.control.accounts.signing_in import NextStep, next_step, password_given, sign_in

if TYPE_CHECKING:
    from django.contrib.auth.forms import AuthenticationForm
    from django.http import HttpRequest, HttpResponse

_PAGES = {NextStep.CODE: "portal:sign-in-code", NextStep.SET_UP: "portal:sign-in-set-up"}


class PasswordView(LoginView):
    """Takes e-mail and password, and leads on to what else is asked."""

    authentication_form = SignInForm

    def get_success_url_allowed_hosts(self, request: HttpRequest | None = None) -> set[str]:
        """None: one is sent on to a page of ours only, whatever Host the request named."""
        del request
        return set()

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Signed in, until the browser closes unless this computer shall remember; or on to the next step."""
        person, remember = form.get_user(), bool(form.cleaned_data.get("remember"))
        onward, step = self.get_success_url(), next_step(person)
        if step is None:
            sign_in(self.request, person, remember=remember)
            return see_other(onward)
        password_given(self.request, person, step, remember=remember, onward=onward)
        return see_other(reverse(_PAGES[step]))


def see_other(address: str) -> HttpResponse:
    """On to another page, never again with what was posted (RFC 9700 section 4.12)."""
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
