"""Refused calls, call counts and counters, to be looked at."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from millgate.control.console.decisions import ReadOnlyAdmin
from millgate.control.console.site import console
from millgate.control.usage.models import CallCount, Counter, Refusal


@admin.register(Refusal, site=console)
class RefusalAdmin(ReadOnlyAdmin):
    """Refused calls, newest first."""

    list_display = ("when", "status", "code", "tier", "api", "operation", "reason", "request_id")
    list_display_links = ("when", "request_id")
    list_filter = ("code", "status", "tier", "api")
    search_fields = ("request_id", "subscription", "application", "reason")
    fields = (
        "when",
        "request_id",
        "status",
        "code",
        "reason",
        "tier",
        "api",
        "operation",
        "subscription",
        "application",
    )
    show_full_result_count = False

    @admin.display(description=_("at"), ordering="at")
    def when(self, refusal: Refusal) -> datetime:
        """The instant of the call."""
        return datetime.fromtimestamp(refusal.at, UTC)


@admin.register(CallCount, site=console)
class CallCountAdmin(ReadOnlyAdmin):
    """Calls by quarter of an hour."""

    list_display = ("when", "tier", "api", "operation", "status", "calls", "mean_ms", "longest_ms")
    list_filter = ("tier", "api", "status")
    search_fields = ("subscription", "application")
    show_full_result_count = False

    @admin.display(description=_("interval"), ordering="interval_start")
    def when(self, count: CallCount) -> datetime:
        """The start of the interval."""
        return datetime.fromtimestamp(count.interval_start, UTC)

    @admin.display(description=_("mean (ms)"))
    def mean_ms(self, count: CallCount) -> str:
        """How long a call took in the mean."""
        return f"{count.micros_total / max(1, count.calls) / 1000:.1f}"

    @admin.display(description=_("longest (ms)"), ordering="micros_max")
    def longest_ms(self, count: CallCount) -> str:
        """How long the slowest call took."""
        return f"{count.micros_max / 1000:.1f}"


@admin.register(Counter, site=console)
class CounterAdmin(ReadOnlyAdmin):
    """Counters of quotas as last written."""

    list_display = ("key", "window", "value")
    search_fields = ("key",)
