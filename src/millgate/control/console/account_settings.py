"""What the installation decides about accounts: who may sign up, second factors, and the terms of use."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final, TypeAlias

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from millgate.control.accounts.models import AccountSettings
from millgate.control.accounts.selectors import account_settings
from millgate.control.accounts.settings_services import account_settings_set
from millgate.control.console.decisions import decide
from millgate.control.console.rights import ACCOUNT_SETTINGS
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

    # Only the type checker's Django can be told of which model a form is.
    SettingsModelForm: TypeAlias = forms.ModelForm[AccountSettings]
else:
    SettingsModelForm = forms.ModelForm

MEMBERS: Final = ("sign_up", "administrators_need_second_factor", "terms", "terms_required")


class AccountSettingsForm(SettingsModelForm):
    """The decisions, and what was decided when the page was opened."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = AccountSettings
        fields = MEMBERS
        widgets = {
            "sign_up": forms.RadioSelect,
            "terms": forms.Textarea(attrs={"rows": 14, "cols": 80, "spellcheck": "true"}),
        }
        help_texts = {
            "sign_up": gettext_lazy(
                "Whoever signs up confirms their address first, whatever is chosen here."
            ),
        }


def account_settings_page(request: HttpRequest) -> HttpResponseBase:
    """The page; a POST decides, unless somebody else has decided since it was opened."""
    if not request.user.has_perm(ACCOUNT_SETTINGS):
        raise PermissionDenied
    standing = account_settings()
    mark = _mark(standing)
    if request.method != "POST":
        return _page(request, AccountSettingsForm(instance=standing, initial={"seen": mark}))
    form = AccountSettingsForm(request.POST, instance=AccountSettings.objects.first())
    if form.is_valid() and form.cleaned_data["seen"] != mark:
        form.add_error(
            None, _("Somebody else has changed these settings meanwhile. Open the page again, then decide.")
        )
    if not form.is_valid():
        return _page(request, form)
    return decide(request, partial(_decided, request, form), back=request.path)


def _decided(request: HttpRequest, form: AccountSettingsForm) -> HttpResponse:
    decided = {name: form.cleaned_data[name] for name in MEMBERS}
    # Browsers send the ends of lines as forms do; kept are those of files.
    account_settings_set(**decided | {"terms": decided["terms"].replace("\r\n", "\n")})
    messages.success(request, _("The accounts settings are in force."))
    return redirect("console-account-settings")


def _page(request: HttpRequest, form: AccountSettingsForm) -> HttpResponse:
    context = console.each_context(request) | {"title": _("Account Settings"), "form": form}
    return render(request, "console/account_settings.html", context)


def _mark(row: AccountSettings) -> str:
    return sha256(repr([getattr(row, name) for name in MEMBERS]).encode()).hexdigest()
