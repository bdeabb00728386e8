"""Forms of the catalogue: APIs, operations and adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.utils.translation import gettext_lazy as _

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
from millgate.control.console.fields import JsonArea, LinesField
from millgate.describe.model import VersionScheme
from millgate.snapshot.sources import UPSTREAM_PREFIX
from millgate.snapshot.upstreams import ACTIONS, HTTP_PREFIX, MOCK

if TYPE_CHECKING:
    from django.utils.functional import Promise

    # Only the type checker's Django can be told of which model a form is.
    ApiModelForm: TypeAlias = forms.ModelForm[Api]
    OperationModelForm: TypeAlias = forms.ModelForm[Operation]
    AdapterModelForm: TypeAlias = forms.ModelForm[Adapter]
    Choice: TypeAlias = tuple[str, str | Promise]
    Choices: TypeAlias = list[Choice | tuple[str | Promise, list[Choice]]]
else:
    ApiModelForm = OperationModelForm = AdapterModelForm = forms.ModelForm

TIERS: Final = (("test", _("Test")), ("production", _("Production")))
PLANT: Final = "plant"


def upstream_choices(current: str = "") -> Choices:
    """The upstreams that there are, and the one that is chosen even if it is not there any more."""
    http: list[Choice] = [
        (HTTP_PREFIX + key, name) for key, name in Upstream.objects.values_list("key", "name")
    ]
    sources: list[Choice] = [
        (UPSTREAM_PREFIX + key, name) for key, name in DataSource.objects.values_list("key", "name")
    ]
    choices: Choices = [
        (PLANT, _("The plant")),
        (ACTIONS, _("The action API")),
        (MOCK, _("Mock: the examples of its operations")),
    ]
    choices += [(_("HTTP upstreams"), http)] if http else []
    choices += [(_("Data sources"), sources)] if sources else []
    known = {PLANT, ACTIONS, MOCK, *(name for name, _label in [*http, *sources])}
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
        widgets = {
            "deprecation_note": forms.TextInput(attrs={"size": 60}),
            "sunset_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

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
        if not cleaned.get("deprecated"):
            for name in ("deprecation_note", "sunset_on"):
                if cleaned.get(name):
                    self.add_error(name, _("Only an API that is deprecated has this: mark it so."))
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
