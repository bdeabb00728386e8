"""When a report is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.usage.periods import HOUR, days, midnight, most_days, rolling
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from millgate.control.usage.periods import Period

CUSTOM: Final = "custom"
RANGES: Final = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY, "quarter": 90 * DAY}
TOO_MUCH: Final = _("Adding this up takes too long. Choose a shorter range, or narrow it down.")


class AnalyticsForm(forms.Form):
    """When, and in which time zone.

    Args:
        zones: that can be chosen.
        now: in seconds since the epoch.
    """

    range = forms.ChoiceField(
        label=_("Range"),
        choices=[
            ("hour", _("Last hour")),
            ("day", _("Last 24 hours")),
            ("week", _("Last 7 days")),
            ("month", _("Last 30 days")),
            ("quarter", _("Last 90 days")),
            (CUSTOM, _("From … to")),
        ],
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("To, included"), required=False, widget=forms.DateInput({"type": "date"}))
    zone = forms.ChoiceField(label=_("Time zone"))

    def __init__(self, data: dict[str, str], *, zones: Sequence[str], now: float) -> None:
        super().__init__(data, use_required_attribute=False)
        self.fields["zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]
        self._now = now

    def clean(self) -> dict[str, Any]:
        """A range of one's own has both ends, in order, not in the future, and not too far apart."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("range") != CUSTOM or self.errors:
            return cleaned
        first, last = cleaned.get("since"), cleaned.get("until")
        for name, day in (("since", first), ("until", last)):
            if day is None:
                self.add_error(name, _("Say from which day to which."))
        if first and last:
            self._days_check(first, last, ZoneInfo(cleaned["zone"]))
        return cleaned

    def _days_check(self, first: date, last: date, zone: tzinfo) -> None:
        if last < first:
            self.add_error("until", _("It is before the first day."))
        elif first > datetime.fromtimestamp(self._now, zone).date():
            self.add_error("since", _("It is in the future."))
        elif midnight(first, UTC) < self._now - (most_days() + 1) * DAY:
            why = _now("What was counted is kept for %(days)s days.")
            self.add_error("since", why % {"days": most_days()})
        elif last - first > timedelta(days=most_days()):
            self.add_error("until", _now("At most %(days)s days.") % {"days": most_days()})

    def period(self) -> Period:
        """What was chosen; only of a valid form."""
        chosen = self.cleaned_data
        zone = UTC if chosen["zone"] == "UTC" else ZoneInfo(chosen["zone"])
        if chosen["range"] == CUSTOM:
            return days(chosen["since"], chosen["until"], self._now, zone)
        return rolling(RANGES[chosen["range"]], self._now, zone)

    def chosen(self) -> dict[str, str]:
        """The parameters that say it again; only of a valid form."""
        given = {name: str(self.cleaned_data[name]) for name in ("range", "zone")}
        if given["range"] == CUSTOM:
            given |= {name: self.cleaned_data[name].isoformat() for name in ("since", "until")}
        return given
