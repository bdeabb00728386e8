"""Forms of the page of faults and clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from millgate.control.sandbox.models import FaultRule
from millgate.control.sandbox.words import error_words, message_words
from millgate.core.errors import CATALOGUE
from millgate.core.on_demand import Source, source_of

if TYPE_CHECKING:
    from django.utils.functional import Promise

    # Only the type checker's Django can be told of which model a form is.
    RuleModelForm: TypeAlias = forms.ModelForm[FaultRule]
else:
    RuleModelForm = forms.ModelForm

_GROUPS: Final = {
    Source.MANAGED: _("The managed layer"),
    Source.BACKEND: _("The backend"),
    Source.TOKEN: _("The token endpoint"),
}
_EMPTY: Final = {
    "api": _("Every API"),
    "application": _("Every application"),
    "subscription": _("Every subscription"),
}
_MOST_SECONDS: Final = 1100 * 86_400
UNITS: Final = {"minutes": (_("minutes"), 60), "hours": (_("hours"), 3600), "days": (_("days"), 86_400)}


def _errors() -> list[tuple[Any, Any]]:
    """What can be produced, by who answers with it."""
    found: dict[Source, list[tuple[str, str]]] = {source: [] for source in _GROUPS}
    for code, problem in sorted(CATALOGUE.items()):
        if (source := source_of(problem)) is not None:
            found[source].append((code, f"{code} · {error_words(code).partition(' (')[0]} · {_short(code)}"))
    return [("", "—"), *((_GROUPS[source], choices) for source, choices in found.items())]


def _short(code: str) -> str:
    text = message_words(CATALOGUE[code])
    return text if len(text) <= 70 else f"{text[:67]}…"  # noqa: PLR2004 - what a list bears


def _moment(label: Any) -> forms.DateTimeField:  # noqa: ANN401 - a lazy text
    return forms.DateTimeField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


CHANGED: Final = _("Somebody else has just changed this rule. Load the page again, then repeat your change.")


def _standing(rule: FaultRule) -> str:
    """What tells whether a rule was changed; empty for one that is new."""
    return f"{rule.run}{'+' if rule.enabled else '-'}" if rule.pk else ""


class FaultRuleForm(RuleModelForm):
    """A rule, and the run that its editor saw, so that nobody's change is lost."""

    code = forms.ChoiceField(
        label=_("Error"), required=False, choices=_errors, help_text=_("With what a struck call is answered.")
    )
    since = _moment(_("From (UTC)"))
    until = _moment(_("Until (UTC)"))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = FaultRule
        fields = (
            *("name", "place", "tier", "api", "operation", "application", "subscription"),
            *("effect", "code", "delay_from", "delay_to"),
            *("share", "seed", "most", "since", "until", "enabled"),
        )
        widgets = {"operation": forms.TextInput(attrs={"list": "operations", "autocomplete": "off"})}

    GROUPS: Final = (
        (
            _("Which calls"),
            ("place", "tier", "api", "operation", "application", "subscription"),
        ),
        (_("What happens"), ("effect", "code", "delay_from", "delay_to")),
        (_("How many of them"), ("share", "seed", "most", "since", "until")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        for name, label in _EMPTY.items():
            cast("forms.ModelChoiceField[Any]", self.fields[name]).empty_label = label
        self.standing = _standing(self.instance)
        self.initial["seen"] = self.standing

    def clean_seen(self) -> str:
        """Refuse to write over a change that was made meanwhile."""
        seen = str(self.cleaned_data["seen"])
        if seen != self.standing:
            raise ValidationError(CHANGED)
        return seen

    def require_unchanged(self) -> None:
        """The same once more, in the transaction that saves.

        Raises:
            ValidationError: somebody else has changed the rule, or deleted it.
        """
        rule = FaultRule.objects.filter(pk=self.instance.pk).first()
        if self.standing and (rule is None or _standing(rule) != self.standing):
            raise ValidationError(CHANGED)

    def grouped(self) -> list[tuple[Promise | str, list[forms.BoundField]]]:
        """The fields as the page shows them."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]


class JumpForm(forms.Form):
    """By how much the clock jumps."""

    amount = forms.IntegerField(label=_("Jump forward by"), min_value=1, max_value=_MOST_SECONDS, initial=1)
    unit = forms.ChoiceField(
        label=_("Unit"), choices=[(name, label) for name, (label, _size) in UNITS.items()], initial="hours"
    )

    def span(self) -> timedelta:
        """How far, once it is valid."""
        return timedelta(seconds=self.cleaned_data["amount"] * UNITS[self.cleaned_data["unit"]][1])
