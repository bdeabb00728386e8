"""The console's forms: they check what was typed, and leave what to do about it to services."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Person, PersonState
from millgate.control.clients.models import ClientApplication, Subscription
from millgate.control.console.choosing import choose_people
from millgate.control.console.fields import LinesField

if TYPE_CHECKING:
    # Only the type checker's Django can be told of which model a form is.
    ApplicationModelForm: TypeAlias = forms.ModelForm[ClientApplication]
    SubscriptionModelForm: TypeAlias = forms.ModelForm[Subscription]
else:
    ApplicationModelForm = SubscriptionModelForm = forms.ModelForm


class ApplicationForm(ApplicationModelForm):
    """A client application."""

    class Meta:
        model = ClientApplication
        fields = (
            "display_name",
            "homepage_uri",
            "identifier_uri",
            "company",
            "account",
            "owner",
            "client_type",
            "redirect_uris",
            "test_only",
            "enabled",
        )

    redirect_uris = LinesField(
        label=_("Redirect URIs"),
        help_text=_(
            "One on each line: where people come back to after they signed in. They are compared to the "
            "letter; only the port of http://127.0.0.1, http://[::1] and http://localhost is left open."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        for name in ("account", "owner"):
            chosen = getattr(self.instance, f"{name}_id")
            open_people = Person.objects.exclude(state=PersonState.CLOSED)
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = open_people | Person.objects.filter(pk=chosen)
        choose_people(self, "account", "owner")


class SecretForm(forms.Form):
    """One more secret for an application."""

    description = forms.CharField(
        label=_("Description"), max_length=200, required=False, help_text=_("Where it will be used.")
    )
    expires_at = forms.DateTimeField(
        label=_("Expires (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: it does not expire by itself."),
    )

    def clean_expires_at(self) -> Any:  # noqa: ANN401 - as Django's own
        """A time to come, or none."""
        moment = self.cleaned_data["expires_at"]
        if moment is not None and moment <= settings.CLOCK.utc():
            raise ValidationError(_("This time has passed already."))
        return moment


class SecretEndForm(forms.Form):
    """When a live secret shall end: after a while, or at a time, which is what counts where it is given."""

    WITHIN = (
        ("1", _("In one hour")),
        ("24", _("In one day")),
        ("168", _("In 7 days")),
        ("720", _("In 30 days")),
        ("2160", _("In 90 days")),
    )

    within = forms.ChoiceField(label=_("Expire"), choices=WITHIN, initial="168", required=False)
    expires_at = forms.DateTimeField(
        label=_("Or at (UTC)"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        """The instant that was chosen, in `expires_at`."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors or cleaned.get("expires_at"):
            return cleaned
        if not cleaned.get("within"):
            raise ValidationError(_("Say when it shall expire."))
        cleaned["expires_at"] = settings.CLOCK.utc() + timedelta(hours=int(cleaned["within"]))
        return cleaned


class CertificateForm(forms.Form):
    """One more certificate for an application."""

    description = forms.CharField(
        label=_("Description"), max_length=200, required=False, help_text=_("Where its private key is kept.")
    )
    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 64, "spellcheck": "false", "class": "code"}),
        help_text=_("The PEM text. The private key stays with the application; never paste it here."),
    )

    def clean_certificate(self) -> str:
        """The text, unless somebody pasted what must stay secret."""
        text = str(self.cleaned_data["certificate"])
        if "PRIVATE KEY" in text:
            raise ValidationError(
                _("This holds a private key. Paste the certificate alone, and make a new key.")
            )
        return text


class SubscriptionAddForm(SubscriptionModelForm):
    """A subscription that an administrator makes for somebody."""

    approved = forms.BooleanField(
        label=_("approve at once"),
        required=False,
        initial=True,
        help_text=_("Off: it waits to be approved, if its adapter asks for that."),
    )

    class Meta:
        model = Subscription
        fields = ("name", "owner", "adapter", "api", "all_apis")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False
        self.fields["name"].help_text = _("Empty: the name of what it opens.")
        choose_people(self, "owner")


class PublicationForm(forms.Form):
    """What is said about a publication in the history."""

    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("What changed and why, for whoever reads the history."),
    )
