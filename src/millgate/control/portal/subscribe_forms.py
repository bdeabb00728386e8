"""What people type about their own subscriptions."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_NAME: Final = 200


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        help_text=_("For yourself and for administrators, as in “Line balancing”."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )


class NameForm(forms.Form):
    """The name of a subscription."""

    name = _name_field()


class ConfirmForm(forms.Form):
    """Whether something is meant: nothing to type, and a place for why it cannot be done."""


class SubscribeForm(forms.Form):
    """A subscription that is asked for.

    Args:
        fingerprint: of the terms that are shown with it; empty where the adapter has none.
    """

    name = _name_field()
    agreed = forms.BooleanField(
        label=_("I agree to the terms of use above."),
        error_messages={"required": _("You must agree to the terms of use before you can go on.")},
    )
    terms = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, *args: Any, fingerprint: str, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        self.fields["terms"].initial = fingerprint
        if not fingerprint:
            del self.fields["agreed"]

    @property
    def accepted(self) -> str:
        """The fingerprint of the terms to which the person agreed; only of a valid form."""
        return str(self.cleaned_data["terms"]) if self.cleaned_data.get("agreed") else ""
