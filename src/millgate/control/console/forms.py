"""The console's forms: they check what was typed, and leave what to do about it to services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Person, PersonState
from millgate.control.catalogue.models import (
    Adapter,
    Api,
    DataSource,
    Operation,
    Upstream,
    answers_validate,
    body_validate,
    definitions_validate,
    parameters_validate,
    tags_validate,
)
from millgate.control.clients.models import ClientApplication, Subscription
from millgate.control.console.fields import JsonArea, LinesField
from millgate.describe.model import VersionScheme
from millgate.snapshot.sources import UPSTREAM_PREFIX
from millgate.snapshot.upstreams import HTTP_PREFIX, MOCK

if TYPE_CHECKING:
    from django.utils.functional import Promise

    # Only the type checker's Django can be told of which model a form is.
    PersonModelForm: TypeAlias = forms.ModelForm[Person]
    ApplicationModelForm: TypeAlias = forms.ModelForm[ClientApplication]
    SubscriptionModelForm: TypeAlias = forms.ModelForm[Subscription]
    ApiModelForm: TypeAlias = forms.ModelForm[Api]
    OperationModelForm: TypeAlias = forms.ModelForm[Operation]
    AdapterModelForm: TypeAlias = forms.ModelForm[Adapter]
    Choice: TypeAlias = tuple[str, str | Promise]
    Choices: TypeAlias = list[Choice | tuple[str | Promise, list[Choice]]]
else:
    PersonModelForm = ApplicationModelForm = SubscriptionModelForm = forms.ModelForm
    ApiModelForm = OperationModelForm = AdapterModelForm = forms.ModelForm

TIERS = (("test", _("Test")), ("production", _("Production")))


class PersonForm(PersonModelForm):
    """Somebody's particulars."""

    class Meta:
        model = Person
        exclude = ("password",)
        widgets = {"companies": forms.CheckboxSelectMultiple}

    def clean_email(self) -> str:
        """The e-mail in lower case, the form in which it is kept."""
        return str(self.cleaned_data["email"]).lower()


class PersonAddForm(PersonForm):
    """Somebody new, with a first password."""

    user_id = forms.CharField(
        label=_("User ID (PUN)"),
        max_length=100,
        required=False,
        help_text=_("Names the account for good. Empty: its e-mail."),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )

    def clean_user_id(self) -> str:
        """What was typed, or the e-mail."""
        return self.cleaned_data["user_id"] or str(self.cleaned_data.get("email", ""))

    def clean(self) -> dict[str, Any]:
        """A person has a password that satisfies the rules; a service account has none."""
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("password")
        if cleaned.get("is_service_account"):
            cleaned["password"] = None
        elif not password:
            self.add_error("password", _("Somebody who signs in needs a password."))
        else:
            self._password_check(password)
        return cleaned

    def _password_check(self, password: str) -> None:
        try:
            validate_password(password, self.instance)
        except ValidationError as refused:
            self.add_error("password", refused)


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
            "test_only",
            "enabled",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        for name in ("account", "owner"):
            chosen = getattr(self.instance, f"{name}_id")
            open_people = Person.objects.exclude(state=PersonState.CLOSED)
            field = self.fields.get(name)
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = open_people | Person.objects.filter(pk=chosen)


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


PLANT: Final = "plant"


def upstream_choices(current: str = "") -> Choices:
    """The upstreams that there are, and the one that is chosen even if it is not there any more."""
    http: list[Choice] = [
        (HTTP_PREFIX + key, name) for key, name in Upstream.objects.values_list("key", "name")
    ]
    sources: list[Choice] = [
        (UPSTREAM_PREFIX + key, name) for key, name in DataSource.objects.values_list("key", "name")
    ]
    choices: Choices = [(PLANT, _("The plant")), (MOCK, _("Mock: the examples of its operations"))]
    choices += [(_("HTTP upstreams"), http)] if http else []
    choices += [(_("Data sources"), sources)] if sources else []
    known = {PLANT, MOCK, *(name for name, _label in [*http, *sources])}
    if current and current not in known:
        choices.append((current, _("%(name)s (not there)") % {"name": current}))
    return choices


class ApiForm(ApiModelForm):
    """An API."""

    tiers = forms.MultipleChoiceField(
        label=_("Tiers"), choices=TIERS, required=False, widget=forms.CheckboxSelectMultiple
    )
    upstream = forms.ChoiceField(
        label=_("Upstream"), initial=PLANT, help_text=_("The backend that answers the current revision.")
    )
    definitions = JsonArea(
        label=_("Definitions"),
        nothing=dict,
        check=definitions_validate,
        rows=12,
        help_text=_("Schemas by name, to which operations refer."),
    )

    class Meta:
        model = Api
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        field = self.fields.get("upstream")
        if isinstance(field, forms.ChoiceField):
            field.choices = upstream_choices(self.instance.upstream if self.instance.pk else "")

    def clean(self) -> dict[str, Any]:
        """A query parameter or header has a name; nothing else does."""
        cleaned = super().clean() or self.cleaned_data
        named = cleaned.get("version_scheme") in {VersionScheme.QUERY, VersionScheme.HEADER}
        if named and not cleaned.get("version_name"):
            self.add_error("version_name", _("Give the name of the query parameter or header."))
        elif cleaned.get("version_name") and not named:
            self.add_error("version_name", _("Only a query parameter or a header has a name."))
        return cleaned


class OperationForm(OperationModelForm):
    """An operation of an API."""

    tags = LinesField(label=_("Tags"), rows=2, help_text=_("One on each line."), validators=[tags_validate])
    parameters = JsonArea(
        label=_("Parameters"),
        nothing=list,
        check=parameters_validate,
        help_text=_('A JSON list, as in [{"name": "Status", "place": "query"}].'),
    )
    body = JsonArea(
        label=_("Request body"),
        nothing=lambda: None,
        check=body_validate,
        help_text=_('A JSON object, as in {"payloads": [{"media_type": "application/json"}]}.'),
    )
    answers = JsonArea(
        label=_("Answers"),
        nothing=list,
        check=answers_validate,
        help_text=_('A JSON list, as in [{"status": "200"}]. Their examples are what a mock answers.'),
    )

    class Meta:
        model = Operation
        fields = "__all__"
        widgets = {"description": forms.Textarea(attrs={"rows": 4, "cols": 80})}


class AdapterForm(AdapterModelForm):
    """An adapter."""

    tiers = forms.MultipleChoiceField(
        label=_("Tiers"), choices=TIERS, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Adapter
        fields = "__all__"
        widgets = {"apis": forms.CheckboxSelectMultiple}


class PublicationForm(forms.Form):
    """What is said about a publication in the history."""

    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("What changed and why, for whoever reads the history."),
    )
