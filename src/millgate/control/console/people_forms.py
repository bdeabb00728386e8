"""The forms of the User Manager: somebody new, a new service account, and somebody's particulars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import HatKind, Person
from millgate.control.accounts.standings import standings_of
from millgate.control.console.people_fields import CompanyField, RightsField, RolesField

if TYPE_CHECKING:
    # Only the type checker's Django can be told of which model a form is.
    PersonModelForm: TypeAlias = forms.ModelForm[Person]
else:
    PersonModelForm = forms.ModelForm

NO_ADDRESS: Final = "service-account.invalid"
"""The domain of the e-mail of a service account that has none: no mail is ever delivered there."""


class _Particulars(PersonModelForm):
    """What every form about somebody shares."""

    security_roles = RolesField(label=_("Security Roles"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        roles = self.fields.get("security_roles")
        if isinstance(roles, RolesField):
            roles.roles_load()
            if self.instance.pk:
                self.initial["security_roles"] = standings_of(self.instance)
        company = self.fields.get("company")
        if isinstance(company, CompanyField):
            company.fit()

    def clean_email(self) -> str:
        """The e-mail in lower case, the form in which it is kept."""
        return str(self.cleaned_data["email"]).lower()


class PersonForm(_Particulars):
    """Somebody's particulars."""

    user_permissions = RightsField(
        label=_("Rights"), help_text=_("A full administrator has every right without any of these.")
    )

    hats = forms.MultipleChoiceField(
        label=_("Hats"),
        choices=HatKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What they are to this installation. A hat opens nothing by itself."),
    )

    class Meta:
        model = Person
        fields = (
            *("first_name", "last_name", "email", "language"),
            *("position", "department", "is_staff", "is_superuser"),
        )
        labels = {
            "first_name": _("First Name"),
            "last_name": _("Last Name"),
            "email": _("E-mail"),
            "language": _("Language of mails"),
            "user_id": _("User ID"),
            "position": _("Position"),
            "department": _("Department"),
            "is_staff": _("Administrator"),
            "is_superuser": _("Full administrator"),
        }
        help_texts = {
            "is_staff": _("May sign in to this console, and do there what the rights below allow."),
            "is_superuser": _("May do everything in this console, whatever the rights below say."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["hats"] = list(self.instance.hats.values_list("kind", flat=True))

    def clean(self) -> dict[str, Any]:
        """Whoever may do everything in the console may also enter it."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_superuser") and not cleaned.get("is_staff"):
            self.add_error("is_staff", _("A full administrator is an administrator. Check this, too."))
        if cleaned.get("is_staff") and self.instance.is_service_account:
            self.add_error("is_staff", _("A service account cannot sign in, and so administers nothing."))
        return cleaned


class PersonAddForm(_Particulars):
    """Somebody new, with a first password."""

    company = CompanyField(
        label=_("Default Customer (PCN)"),
        required=False,
        help_text=_("The company in which they begin. Further ones are given under Cloud Access."),
    )
    user_id = forms.CharField(
        label=_("User ID"),
        max_length=100,
        required=False,
        help_text=_("Names the account for good, in tokens and in the plant's records. Empty: its e-mail."),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        error_messages={"required": _("Somebody who signs in needs a password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )

    class Meta:
        model = Person
        fields = ("first_name", "last_name", "user_id", "email", "position", "department", "company")
        labels = PersonForm.Meta.labels

    field_order = ("first_name", "last_name", "email", "user_id")

    def clean(self) -> dict[str, Any]:
        """The user ID is the e-mail unless typed, and the password satisfies the rules."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["user_id"] = cleaned.get("user_id") or str(cleaned.get("email", ""))
        if cleaned.get("password"):
            self._password_check(cleaned)
        return cleaned

    def _password_check(self, cleaned: dict[str, Any]) -> None:
        names = ("first_name", "last_name", "email", "user_id")
        person = Person(**{name: cleaned.get(name, "") for name in names})
        try:
            validate_password(cleaned["password"], person)
        except ValidationError as refused:
            self.add_error("password", refused)


class PersonPasswordForm(forms.Form):
    """A new password for somebody, typed twice."""

    password1 = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )
    password2 = forms.CharField(
        label=_("The same again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        self._person = person

    def clean(self) -> dict[str, Any]:
        """Twice the same, and such as the rules want it."""
        cleaned = super().clean() or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two are not the same."))
        elif first:
            self._rules_check(first)
        return cleaned

    def _rules_check(self, password: str) -> None:
        try:
            validate_password(password, self._person)
        except ValidationError as refused:
            self.add_error("password1", refused)


class ServiceAccountAddForm(_Particulars):
    """A new service account: it has no password, and need not have an address."""

    company = CompanyField(
        label=_("Default Customer (PCN)"), help_text=_("The company whose data its programs work with.")
    )
    email = forms.EmailField(label=_("E-mail"), required=False, help_text=_("Of whoever looks after it."))

    class Meta:
        model = Person
        fields = ("user_id", "first_name", "email", "department", "company")
        labels = PersonForm.Meta.labels | {"first_name": _("Name")}
        help_texts = {"user_id": _("Names the account for good, in tokens and in the plant's records.")}

    def clean(self) -> dict[str, Any]:
        """Without an address it gets one that no mail reaches."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("email") and "email" not in self.errors:
            cleaned["email"] = f"{cleaned.get('user_id', '')}@{NO_ADDRESS}".lower()
        self.instance.is_service_account = True
        return cleaned
