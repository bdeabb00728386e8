"""Calls as they were counted, and refused calls, to be looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from millgate.control.clients.models import ClientApplication, Subscription
from millgate.control.console.decisions import ReadOnlyAdmin
from millgate.control.console.site import console
from millgate.control.usage.models import CallCount, Refusal
from millgate.control.usage.selectors import Scope, calls_by_interval, counted_values
from millgate.core.outcomes import StatusClass
from millgate.core.values import GUID
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import Promise


class Period(NamedTuple):
    """A stretch of time up to now, and the length of its intervals, in seconds."""

    length: int
    interval: int
    label: str | Promise


PERIODS: Final = {
    "hour": Period(3600, 60, _("Last hour, by minute")),
    "day": Period(DAY, 3600, _("Last day, by hour")),
    "month": Period(31 * DAY, DAY, _("Last 31 days, by day")),
}
OUTCOMES: Final = {
    StatusClass.SUCCESS: _("Success"),
    StatusClass.BLOCKED: _("Blocked"),
    StatusClass.FAILED: _("Failed"),
    StatusClass.OTHER: _("Other"),
}


class UsageForm(forms.Form):
    """Which calls the page is about."""

    period = forms.ChoiceField(
        label=_("Period"), choices=[(name, period.label) for name, period in PERIODS.items()]
    )
    api = forms.CharField(label=_("API"), required=False)
    subscription = forms.CharField(label=_("Subscription"), required=False)
    application = forms.CharField(label=_("Application"), required=False)
    outcome = forms.ChoiceField(label=_("Class"), required=False, choices=[("", _("All")), *OUTCOMES.items()])

    def offer(self, name: str, values: list[str], labels: dict[str, str]) -> None:
        """Let one of these be chosen; what was chosen stays so, even without calls."""
        chosen = str(self.data.get(name, ""))
        values = values if chosen in {"", *values} else [chosen, *values]
        choices = [("", _("All")), *((value, labels.get(value, value)) for value in values)]
        self.fields[name].widget = forms.Select(choices=choices)


@admin.register(CallCount, site=console)
class CallCountAdmin(ReadOnlyAdmin):
    """Calls by minute, hour or day."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The calls of a period, with what they are narrowed down to."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = UsageForm({"period": "hour"} | request.GET.dict())
        wanted = form.cleaned_data if form.is_valid() else {"period": "hour"}
        period = PERIODS[wanted["period"]]
        now = settings.CLOCK.now()
        scope = Scope(
            since=(now - period.length) // period.interval * period.interval,
            until=now + period.interval,
            **{name: wanted.get(name, "") for name in ("api", "subscription", "application", "outcome")},
        )
        _offer(form, scope)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Call counts"),
            "opts": self.opts,
            "form": form,
            "outcomes": OUTCOMES.values(),
            "intervals": calls_by_interval(scope, seconds=period.interval),
            "by_day": period.interval == DAY,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "console/usage.html", context)


def _offer(form: UsageForm, scope: Scope) -> None:
    """Let callers be chosen by the names under which people know them."""
    subscriptions = counted_values(scope, "subscription")
    applications = counted_values(scope, "application")
    form.offer("api", counted_values(scope, "api"), {})
    form.offer("subscription", subscriptions, _names(Subscription, "id", "name", subscriptions))
    form.offer(
        "application", applications, _names(ClientApplication, "client_id", "display_name", applications)
    )


def _names(
    model: type[Subscription | ClientApplication], key: str, name: str, keys: list[str]
) -> dict[str, str]:
    known = [item for item in keys if GUID.fullmatch(item)]
    rows = model._default_manager.filter(**{f"{key}__in": known}).values_list(key, name)  # noqa: SLF001 - Django's name for a public thing
    return {str(found): label for found, label in rows}


@admin.register(Refusal, site=console)
class RefusalAdmin(ReadOnlyAdmin):
    """Refused calls, newest first."""

    list_display = (
        "when",
        "status",
        "code",
        "tier",
        "api",
        "operation",
        "reason",
        "limit",
        "next_allowed",
        "request_id",
    )
    list_display_links = ("when", "request_id")
    list_filter = ("code", "status", "tier", "api")
    search_fields = ("request_id", "subscription", "application", "reason", "client")
    search_help_text = _(
        "By request ID, subscription, application, reason or address. Of a client that is refused again and "
        "again, a few calls are kept; all are counted under Call counts."
    )
    fields = (
        "when",
        "request_id",
        "method",
        "path",
        "client",
        "status",
        "code",
        "reason",
        "limit",
        "next_allowed",
        "tier",
        "api",
        "operation",
        "subscription",
        "application",
    )

    @admin.display(description=_("at"), ordering="at")
    def when(self, refusal: Refusal) -> datetime:
        """The instant of the call."""
        return datetime.fromtimestamp(refusal.at, UTC)

    @admin.display(description=_("next allowed"), ordering="allowed_at")
    def next_allowed(self, refusal: Refusal) -> datetime | None:
        """The instant from which the limit lets a call pass."""
        return None if refusal.allowed_at is None else datetime.fromtimestamp(ceil(refusal.allowed_at), UTC)
