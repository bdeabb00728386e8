"""Forms of what the action API stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.actions.cancelation_models import ListItem
from millgate.control.actions.models import Application
from millgate.control.actions.registry.model import RECORDS, Role

if TYPE_CHECKING:
    # Only the type checker's Django can be told of which model a form is.
    ApplicationModelForm: TypeAlias = forms.ModelForm[Application]
    ListItemModelForm: TypeAlias = forms.ModelForm[ListItem]
else:
    ApplicationModelForm = ListItemModelForm = forms.ModelForm

ROLES: Final = {Role.CLIENT: _("Client"), Role.EMPLOYEE: _("Employee"), Role.LIAISON: _("Liaison")}
_PLACES: Final = ("first_role", "second_role", "third_role")
_CHOICES: Final = [("", _("none")), *((role.value, ROLES[role]) for role in RECORDS)]


class ActionApplicationForm(ApplicationModelForm):
    """An application: which roles it admits, and in which order they are looked for."""

    first_role = forms.ChoiceField(label=_("First"), choices=_CHOICES, required=False)
    second_role = forms.ChoiceField(label=_("Second"), choices=_CHOICES, required=False)
    third_role = forms.ChoiceField(
        label=_("Third"),
        choices=_CHOICES,
        required=False,
        help_text=_(
            "Somebody acts in the first role that they have; those that are missing are not admitted."
        ),
    )

    class Meta:
        model = Application
        fields = ("name", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        for name, role in zip(_PLACES, self.instance.roles, strict=False):
            self.initial.setdefault(name, role)

    def clean(self) -> dict[str, Any]:
        """Refuses a role that stands twice."""
        cleaned: dict[str, Any] = super().clean() or {}
        roles = self.roles
        if len(set(roles)) < len(roles):
            raise ValidationError(_now("Name each role once at most."))
        return cleaned

    @property
    def roles(self) -> list[str]:
        """Those that are admitted, in order."""
        return [role for name in _PLACES if (role := self.cleaned_data.get(name))]


class ListItemForm(ListItemModelForm):
    """An item of a collection."""

    class Meta:
        model = ListItem
        fields = (
            *("key", "slug", "name", "value", "description", "notes", "active", "external_id", "item_type"),
        )
        widgets = {
            "description": forms.Textarea({"rows": 3}),
            "notes": forms.Textarea({"rows": 3}),
        }

    def clean_active(self) -> bool:
        """Refuses to withdraw what is the default."""
        active = bool(self.cleaned_data["active"])
        if self.instance.default and not active:
            raise ValidationError(_now("It is the default of its collection. Choose another default first."))
        return active
