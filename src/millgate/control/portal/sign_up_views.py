"""Signing up, confirming the address, and the terms of use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from millgate.control.accounts import sign_up as services
from millgate.control.accounts import tries
from millgate.control.accounts.forms import locked_out
from millgate.control.accounts.links import CONFIRM_HOURS
from millgate.control.accounts.models import PersonState, SignUpPolicy
from millgate.control.accounts.selectors import account_settings
from millgate.control.audit.acting import origin
from millgate.control.catalogue.markdown import markdown
from millgate.control.portal.account_forms import LinkPasswordForm, SignUpForm
from millgate.control.portal.asking import asked_too_often
from millgate.control.publish.services import directory_change

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from millgate.control.accounts.models import Person


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Ask for an account."""
    if request.user.is_authenticated:
        return redirect("portal:profile")
    decided = account_settings()
    if decided.sign_up == SignUpPolicy.CLOSED:
        return render(request, "portal/sign_up_closed.html", status=403 if request.POST else 200)
    form = SignUpForm(request.POST or None, decided=decided)
    if request.method == "POST" and form.is_valid() and _asked(form):
        return redirect("portal:sign-up-sent")
    return render(request, "portal/sign_up.html", {"form": form, "decided": decided})


@require_safe
def sign_up_sent(request: HttpRequest) -> HttpResponse:
    """The same for everybody: a mail is on its way."""
    return render(request, "portal/sign_up_sent.html", {"hours": CONFIRM_HOURS})


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_up_confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Confirm the address. Following the link alone does nothing: programs that check mails do that."""
    row = services.sign_up_find(secret)
    if row is None:
        return render(request, "portal/link_dead.html", {"again": "portal:sign-up"}, status=404)
    form = LinkPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = _confirmed(form, secret)
        if person is not None and person.state == PersonState.ACTIVE:
            messages.success(request, _("Your address is confirmed and your account is active. Sign in."))
            return redirect("portal:sign-in")
        if person is not None:
            return redirect("portal:sign-up-waiting")
    return render(request, "portal/sign_up_confirm.html", {"form": form, "email": row.email})


@require_safe
def sign_up_waiting(request: HttpRequest) -> HttpResponse:
    """What comes next for whoever confirmed their address."""
    return render(request, "portal/sign_up_waiting.html")


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use, as the installation wrote them."""
    text = account_settings().terms
    return render(request, "portal/terms.html", {"terms": markdown(text)})


def _asked(form: SignUpForm) -> bool:
    until = tries.try_begin(tries.of_asking(origin().address))
    if until is not None:
        form.add_error(None, asked_too_often(until))
        return False
    members = {name: form.cleaned_data[name] for name in ("email", "first_name", "last_name", "company")}
    try:
        services.sign_up_ask(
            **members,
            password=form.cleaned_data["password"],
            terms_accepted=bool(form.cleaned_data.get("terms")),
            language=get_language() or "",
        )
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return False
    return True


def _confirmed(form: LinkPasswordForm, secret: str) -> Person | None:
    counter = tries.of_link(secret)
    until = tries.try_begin(counter)
    if until is not None:
        form.add_error(None, locked_out(until))
        return None
    try:
        with directory_change(by=services.BY):
            person = services.sign_up_confirm(secret=secret, password=form.cleaned_data["password"])
    except ValidationError as refused:
        form.add_error(None, refused.messages)
        return None
    if person is None:
        form.add_error("password", _("This is not the password that was chosen with this request."))
    return person
