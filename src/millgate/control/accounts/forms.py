"""What whoever signs in types, on whichever page. A try is counted before the password is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import tries
from millgate.control.audit.acting import origin

if TYPE_CHECKING:
    from datetime import datetime

    from millgate.control.accounts.models import Person

WRONG = _("This e-mail and password do not belong together, or the account is not active.")


class SignInForm(AuthenticationForm):
    """E-mail, password, and whether this computer remembers."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}
    remember = forms.BooleanField(label=_("Remember me on this computer"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("E-mail")
        self.fields["username"].widget.attrs |= {"autocomplete": "username", "inputmode": "email"}

    def clean(self) -> dict[str, Any]:
        """Somebody who may sign in.

        Raises:
            ValidationError: it is no such person's password, or nobody may try it for now: the same is said
                whether there is an account or not.
        """
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not email or not password:
            return self.cleaned_data
        counters = tries.of_password(email, origin().address)
        until = tries.try_begin(*counters)
        if until is not None:
            raise locked_out(until)
        try:
            return super().clean()
        except ValidationError:
            until = tries.try_failed(counters[0])
            if until is not None:
                raise locked_out(until) from None
            raise


class AdministratorSignInForm(SignInForm):
    """The same, for administrators alone."""

    def confirm_login_allowed(self, user: Person) -> None:
        """Refuse everybody else, as if the password were wrong."""
        super().confirm_login_allowed(user)
        if not user.is_staff:
            raise self.get_invalid_login_error()


class CodeForm(forms.Form):
    """A code of the app, or a recovery code where that will do."""

    code = forms.CharField(
        label=_("Code"),
        max_length=32,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "code-field",
            }
        ),
    )


def locked_out(until: datetime) -> ValidationError:
    """What is said to whoever tried too often."""
    return ValidationError(
        _(
            "Too many tries. Nobody can try this e-mail from here until %(until)s UTC. "
            "If you forgot the password, choose a new one."
        ),
        code="locked",
        params={"until": f"{until:%H:%M}", "at": until},
    )
