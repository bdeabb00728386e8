"""The form with which somebody asks for a developer account for their company."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.accounts.models import Person

    # Only the type checker's Django can be told of which model a choice is.
    CompanyChoice: TypeAlias = forms.ModelChoiceField[Company]
    CompaniesChoice: TypeAlias = forms.ModelMultipleChoiceField[Company]
else:
    CompanyChoice, CompaniesChoice = forms.ModelChoiceField, forms.ModelMultipleChoiceField


class ServiceRequestForm(forms.Form):
    """What a company asks for. Only companies in which the person acts are offered."""

    company = CompanyChoice(
        label=_("Company"),
        queryset=Company.objects.none(),
        help_text=_("It asks, and the account begins there."),
    )
    purpose = forms.CharField(
        label=_("What is it for?"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What will be built, and which data it needs."),
    )
    wanted_user_id = forms.CharField(
        label=_("Wanted user ID"),
        max_length=100,
        required=False,
        help_text=_("It names the account for good. Empty: the administrator chooses one."),
    )
    wanted_companies = CompaniesChoice(
        label=_("Further companies in which it shall act"),
        queryset=Company.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    requester_phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
        help_text=_("For questions; may be empty."),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        companies = companies_of(person)
        for name in ("company", "wanted_companies"):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = companies
        self.initial.setdefault("company", person.company_id)
        if companies.count() == 1:
            del self.fields["wanted_companies"]


def companies_of(person: Person) -> QuerySet[Company]:
    """The companies in which somebody acts."""
    acts = Q(pk=person.company_id) | Q(visitors=person)
    return Company.objects.filter(acts).distinct().order_by("name", "pcn")
