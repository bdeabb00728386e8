"""The forms of service requests: written down by an administrator, and answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Person, Role, ServiceRequest
from millgate.control.accounts.standings import roles_given
from millgate.control.console.people_fields import CompanyField, PcnsField

if TYPE_CHECKING:
    # Only the type checker's Django can be told of which model a form is.
    RequestModelForm: TypeAlias = forms.ModelForm[ServiceRequest]
    RolesChoice: TypeAlias = forms.ModelMultipleChoiceField[Role]
else:
    RequestModelForm, RolesChoice = forms.ModelForm, forms.ModelMultipleChoiceField


class ServiceRequestAddForm(RequestModelForm):
    """A request that reached an administrator by another way than the portal."""

    company = CompanyField(label=_("Company (PCN)"))
    wanted_companies = PcnsField(
        label=_("Further PCNs wanted"), help_text=_("With spaces or commas between them; may be empty.")
    )

    class Meta:
        model = ServiceRequest
        fields = (
            "company",
            "requester_name",
            "requester_email",
            "requester_phone",
            "purpose",
            "wanted_user_id",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        company = self.fields.get("company")
        if isinstance(company, CompanyField):
            company.fit()


class RoleBoxes(RolesChoice):
    """Roles, each with its check box."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Role) -> str:
        """The name, and what the role is for."""
        return f"{obj.name}: {obj.description}" if obj.description else obj.name


class AccountForm(forms.Form):
    """A new developer account for a service request, and perhaps a service account."""

    first_name = forms.CharField(label=_("First Name"), max_length=100, required=False)
    last_name = forms.CharField(label=_("Last Name"), max_length=100, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254, help_text=_("With which they sign in."))
    user_id = forms.CharField(
        label=_("User ID"),
        max_length=100,
        help_text=_("Names the account for good, in tokens and in the plant's records."),
    )
    password = forms.CharField(
        label=_("First password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty: they choose one by “Forgot your password?”. No mail ever holds a password."),
    )
    companies = PcnsField(
        label=_("Further companies (PCN)"), help_text=_("With spaces or commas between them; may be empty.")
    )
    roles = RoleBoxes(
        label=_("Security Roles"),
        queryset=Role.objects.none(),
        required=False,
        help_text=_("Of which the account, and the service account, are members."),
    )
    service_user_id = forms.CharField(
        label=_("User ID of the service account"),
        max_length=100,
        required=False,
        help_text=_("The account that their programs act as (PUN). Empty: none is made."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        roles = self.fields["roles"]
        if isinstance(roles, RoleBoxes):
            roles.queryset = roles_given()

    def clean_email(self) -> str:
        """An address that no account has yet, in lower case."""
        email = str(self.cleaned_data["email"]).lower()
        if Person.objects.filter(email__iexact=email).exists():
            raise ValidationError(_("An account has this e-mail already. Link it below instead."))
        return email

    def clean_user_id(self) -> str:
        """A user ID that is free."""
        return _free(self.cleaned_data["user_id"])

    def clean_service_user_id(self) -> str:
        """A user ID that is free, or none."""
        return _free(self.cleaned_data["service_user_id"])

    def clean(self) -> dict[str, Any]:
        """Two accounts have two user IDs, and a password satisfies the rules."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("user_id") and cleaned.get("user_id") == cleaned.get("service_user_id"):
            self.add_error("service_user_id", _("The developer account has this user ID."))
        if cleaned.get("password"):
            self._password_check(cleaned)
        return cleaned

    def _password_check(self, cleaned: dict[str, Any]) -> None:
        names = ("first_name", "last_name", "email", "user_id")
        try:
            validate_password(cleaned["password"], Person(**{name: cleaned.get(name, "") for name in names}))
        except ValidationError as refused:
            self.add_error("password", refused)


class LinkForm(forms.Form):
    """An account that is there already, as the answer to a service request."""

    person = forms.CharField(
        label=_("E-mail or user ID"), max_length=254, help_text=_("Of an active person, as they sign in.")
    )

    def clean_person(self) -> Person:
        """The person."""
        typed = str(self.cleaned_data["person"]).strip()
        found = (
            Person.objects.filter(user_id=typed).first() or Person.objects.filter(email__iexact=typed).first()
        )
        if found is None:
            raise ValidationError(_("There is no account with this e-mail or user ID."))
        return found


def _free(user_id: str) -> str:
    if user_id and Person.objects.filter(user_id=user_id).exists():
        raise ValidationError(_("Another account has this user ID."))
    return user_id
