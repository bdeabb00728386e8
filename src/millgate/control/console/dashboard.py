"""The first page: what waits, what was called in the last day, what is in force, and what was done lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from millgate.control.audit.selectors import changes_newest
from millgate.control.clients.reports import Report
from millgate.control.console.rights import PUBLISHING, has_any
from millgate.control.console.waiting import counts_of
from millgate.control.console.workers import workers_standing
from millgate.control.publish.models import Version
from millgate.control.usage.analytics import Narrowing, TooMuch, in_time
from millgate.control.usage.charts import drawn
from millgate.control.usage.periods import rolling
from millgate.core.outcomes import StatusClass
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from datetime import tzinfo

    from django.http import HttpRequest
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

LONGEST_SECONDS: Final = 2.0
"""How long the first page adds up calls; the page of analytics takes more time."""
LATELY: Final = 3
"""How many of the newest changes in the audit log it shows."""
TRAFFIC_RIGHT: Final = "usage.view_callcount"
AUDIT_RIGHT: Final = "audit.view_entry"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name, and a mark where it is worth a look."""

    label: str | Promise
    value: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """The calls of the last 24 hours.

    Attributes:
        figures: what they came to; nothing without calls.
        drawing: of the calls by hour; None without calls.
        too_much: whether adding them up would have taken too long.
    """

    figures: list[Figure]
    drawing: SafeString | None = None
    too_much: bool = False


def dashboard(request: HttpRequest) -> dict[str, Any]:
    """What the first page shows its reader, of what the reader may see."""
    may_traffic = request.user.has_perm(TRAFFIC_RIGHT)
    may_publishing = has_any(request.user, PUBLISHING)
    newest = Version.objects.defer("document").order_by("-number").first() if may_publishing else None
    return {
        "waiting": counts_of(request).told(),
        "traffic": _traffic(request) if may_traffic else None,
        "newest": newest,
        "workers": workers_standing(newest.number) if newest else None,
        "lately": changes_newest(LATELY) if request.user.has_perm(AUDIT_RIGHT) else [],
    }


def _traffic(request: HttpRequest) -> Traffic:
    period = rolling(DAY, settings.CLOCK.now(), _zone(request))
    report = Report(period, Narrowing(), {}, refusals=False, page="console-analytics")
    try:
        with in_time(LONGEST_SECONDS):
            total = report.total
    except TooMuch:
        return Traffic([], too_much=True)
    if not total.calls:
        return Traffic([])
    blocked, failed = total.by_class[StatusClass.BLOCKED], total.by_class[StatusClass.FAILED]
    within = total.within_ms(0.95)
    figures = [
        Figure(_("Calls"), f"{total.calls:,}"),
        Figure(_("Blocked"), _share(blocked, total.calls), "warn" if blocked else ""),
        Figure(_("Failed"), _share(failed, total.calls), "bad" if failed else ""),
        Figure(_("95 of 100 within"), f"{within:,.3g} ms" if within is not None else "\N{EN DASH}"),
    ]
    return Traffic(figures, drawn(report.calls_chart()))


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})"


def _zone(request: HttpRequest) -> tzinfo:
    """The zone of the reader's company, or UTC."""
    company = getattr(request.user, "company", None)
    return ZoneInfo(company.time_zone if company else "UTC")
