"""The form for a rate limit or quota: how much, in which time, and of which calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django import forms
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.models import Api, Limit
from millgate.snapshot.policies.limits import LONGEST_RATE_PERIOD

if TYPE_CHECKING:
    # Only the type checker's Django can be told of which model a form is.
    LimitModelForm: TypeAlias = forms.ModelForm[Limit]
else:
    LimitModelForm = forms.ModelForm

_UNITS: Final = (
    ("1", _("seconds")),
    ("60", _("minutes")),
    ("3600", _("hours")),
    ("86400", _("days")),
    ("604800", _("weeks")),
    ("0", _("in all: it never renews")),
)
_MOST_PERIODS: Final = 10 * 366 * 86400
_NAMED: Final = 12
"""How many operations are named to somebody who names one that is not there."""


class LimitForm(LimitModelForm):
    """A limit. Its period is given as people say it, and kept in seconds."""

    every = forms.IntegerField(label=_("In how many"), min_value=1, max_value=_MOST_PERIODS, required=False)
    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=_UNITS,
        initial="60",
        help_text=_("A rate limit looks back this long at each call. A quota renews after it."),
    )

    class Meta:
        model = Limit
        fields = ("kind", "amount", "api", "operation", "remaining_header", "total_header")
        labels = {"api": _("Only calls of this API"), "operation": _("Only this operation of it")}
        help_texts = {
            "operation": _("Its key, as in list-workcenters. Empty: all operations."),
            "amount": _("Calls, or kilobytes of a quota in kilobytes."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["every"], self.initial["unit"] = _said(self.instance.period)

    def clean(self) -> dict[str, Any]:
        """The period in seconds, and an operation that the API has."""
        cleaned = super().clean() or self.cleaned_data
        if "unit" in cleaned and "every" in cleaned:
            self._period(cleaned["every"], int(cleaned["unit"]), cleaned.get("kind"))
        if cleaned.get("operation") and "api" in cleaned:
            self._operation(cleaned.get("api"), cleaned["operation"])
        return cleaned

    def _period(self, every: int | None, unit: int, kind: str | None) -> None:
        seconds = (every or 0) * unit
        if unit and not every:
            self.add_error("every", _("Say in how many, or choose that it never renews."))
        elif kind == Limit.Kind.RATE and not 0 < seconds <= LONGEST_RATE_PERIOD:
            told = _("A rate limit looks back %(most)s seconds at most. For longer times, choose a quota.")
            self.add_error("unit", told % {"most": LONGEST_RATE_PERIOD})
        elif seconds > _MOST_PERIODS:
            self.add_error("every", _("That is longer than ten years; choose that it never renews."))
        self.instance.period = min(seconds, _MOST_PERIODS)

    def _operation(self, api: Api | None, key: str) -> None:
        if api is None:
            self.add_error("api", _("Choose the API whose operation this is."))
            return
        known = set(api.operations.values_list("key", flat=True))
        known |= {item["key"] for row in api.revisions.all() for item in row.operations}
        if key not in known:
            some = ", ".join(sorted(known)[:_NAMED]) + (", …" if len(known) > _NAMED else "")
            told = _("The API has no operation %(key)s. It has: %(some)s.")
            self.add_error("operation", told % {"key": key, "some": some or "—"})


def _said(seconds: int) -> tuple[int | None, str]:
    """A period as a number and a unit, the longest that fits."""
    if seconds == 0:
        return None, "0"
    unit = next(unit for unit in (604800, 86400, 3600, 60, 1) if seconds % unit == 0)
    return seconds // unit, str(unit)
