"""The portal's forms."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """E-mail, password, and whether this computer remembers."""

    error_messages = {
        "invalid_login": _("This e-mail and password do not belong together, or the account is not active."),
        "inactive": _("This e-mail and password do not belong together, or the account is not active."),
    }
    remember = forms.BooleanField(label=_("Remember me on this computer"), required=False)
