"""A forgotten password: asking for a link, and choosing a new one with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from millgate.control.accounts import passwords, tries
from millgate.control.accounts.links import RESET_HOURS
from millgate.control.audit.acting import origin
from millgate.control.portal.account_forms import AskForm, NewPasswordForm
from millgate.control.portal.asking import asked_too_often

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_http_methods(["GET", "POST"])
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask for a link to a new password."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        until = tries.try_begin(tries.of_asking(origin().address))
        if until is None:
            passwords.password_reset_ask(email=form.cleaned_data["email"])
            return redirect("portal:password-sent")
        form.add_error(None, asked_too_often(until))
    return render(request, "portal/password_forgot.html", {"form": form})


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same for everybody: if there is such an account, a mail is on its way."""
    return render(request, "portal/password_sent.html", {"hours": RESET_HOURS})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def reset(request: HttpRequest, secret: str) -> HttpResponse:
    """Choose a new password. A second factor is asked for afterwards, as at every sign-in."""
    link = passwords.password_reset_find(secret)
    if link is None:
        return render(request, "portal/link_dead.html", {"again": "portal:password-forgot"}, status=404)
    form = NewPasswordForm(request.POST or None, person=link.person)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.password_reset(secret=secret, password=form.cleaned_data["password"])
        except ValidationError as refused:
            form.add_error(None, refused.messages)
        else:
            messages.success(request, _("Your password is changed. Sign in with it."))
            return redirect("portal:sign-in")
    return render(request, "portal/password_reset.html", {"form": form, "email": link.person.email})
