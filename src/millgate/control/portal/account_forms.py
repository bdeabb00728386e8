"""What people type about their own accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import tries
from millgate.control.accounts.forms import CodeForm, locked_out
from millgate.control.accounts.models import Person
from millgate.control.accounts.time_zones import time_zones
from millgate.control.audit.acting import origin

if TYPE_CHECKING:
    from millgate.control.accounts.models import AccountSettings

    # Only the type checker's Django can be told of which model a form is.
    PersonModelForm: TypeAlias = forms.ModelForm[Person]
else:
    PersonModelForm = forms.ModelForm

_NEW = {"autocomplete": "new-password"}
_OWN = {"autocomplete": "current-password"}


class NewPasswordForm(forms.Form):
    """A new password, typed twice, by the rules that the page shows."""

    password = forms.CharField(
        label=_("New password"), strip=False, max_length=500, widget=forms.PasswordInput(attrs=_NEW)
    )
    again = forms.CharField(
        label=_("The same again"), strip=False, max_length=500, widget=forms.PasswordInput(attrs=_NEW)
    )

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        self.person = person

    @property
    def rules(self) -> list[str]:
        """What a password must be."""
        return password_validators_help_texts()

    def about(self) -> Person:
        """Whose password it will be, so that it is not their name."""
        return self.person or Person()

    def clean(self) -> dict[str, Any]:
        """Twice the same, and by the rules."""
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if password and "again" in cleaned and cleaned["again"] != password:
            self.add_error("again", _("This is not the same as above."))
        if password:
            try:
                validate_password(password, self.about())
            except ValidationError as refused:
                self.add_error("password", refused)
        return cleaned


class SignUpForm(NewPasswordForm):
    """Somebody who asks for an account."""

    first_name = forms.CharField(
        label=_("First name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("A link is sent to it, which confirms it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=200,
        required=False,
        help_text=_("For whoever approves your account."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    terms = forms.BooleanField(label=_("I accept the terms of use"), required=False)

    field_order = ("first_name", "last_name", "email", "company", "password", "again", "terms")

    def __init__(self, *args: Any, decided: AccountSettings, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        if not decided.terms:
            del self.fields["terms"]
        elif decided.terms_required:
            self.fields["terms"].required = True
            self.fields["terms"].error_messages["required"] = _("Accept the terms of use to sign up.")

    def about(self) -> Person:
        """The person that is signing up."""
        known = self.cleaned_data
        return Person(
            email=known.get("email", ""),
            first_name=known.get("first_name", ""),
            last_name=known.get("last_name", ""),
        )


class AskForm(forms.Form):
    """The address to which a link shall be sent."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class LinkPasswordForm(forms.Form):
    """The password that was chosen when signing up."""

    password = forms.CharField(
        label=_("The password that you chose"),
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs=_OWN),
    )


class OwnPasswordForm(forms.Form):
    """Whatever asks for the password of whoever is signed in; tries count as when signing in."""

    own_password = forms.CharField(
        label=_("Your password"), strip=False, max_length=500, widget=forms.PasswordInput(attrs=_OWN)
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        self.owner = person

    def clean_own_password(self) -> str:
        """Their password."""
        password = str(self.cleaned_data["own_password"])
        counters = tries.of_password(self.owner.email, origin().address)
        until = tries.try_begin(*counters)
        if until is not None:
            raise locked_out(until)
        if not self.owner.check_password(password):
            until = tries.try_failed(counters[0])
            raise locked_out(until) if until else ValidationError(_("This is not your password."))
        tries.tries_forget(counters[0])
        tries.try_uncount(counters[1])
        return password


class PasswordChangeForm(OwnPasswordForm, NewPasswordForm):
    """The old password and the new one."""

    field_order = ("own_password", "password", "again")

    def about(self) -> Person:
        """Whoever is signed in."""
        return self.owner


class AddressForm(OwnPasswordForm):
    """A new address."""

    email = forms.EmailField(
        label=_("New e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    field_order = ("email", "own_password")


class SecondFactorForm(OwnPasswordForm, CodeForm):
    """The code that the app shows, and the password."""

    field_order = ("code", "own_password")


class NameForm(PersonModelForm):
    """How a person is called, in which time zone they read times, and in which language mails."""

    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = Person
        fields = ("first_name", "last_name", "time_zone", "language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        for name, word in (("first_name", "given-name"), ("last_name", "family-name")):
            self.fields[name].required = True
            self.fields[name].widget.attrs["autocomplete"] = word
        zones = sorted(time_zones() | {self.instance.time_zone})
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"), choices=[(zone, zone.replace("_", " ")) for zone in zones]
        )
