"""What the page of faults and clock shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from millgate.control.clients.models import ClientApplication, Subscription
from millgate.control.publish.counters import desk
from millgate.control.sandbox.selectors import CAUSES, rules_all
from millgate.control.sandbox.words import sentence
from millgate.control.usage.models import Refusal
from millgate.core.on_demand import ASKED_FOR
from millgate.stores.drawing import SEEN, STRUCK, run_key
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.sandbox.models import FaultRule

STRUCK_SHOWN: Final = 20
STRUCK_DAYS: Final = 7
_GUID: Final = 36


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule as the page shows it.

    Attributes:
        rule: itself.
        sentence: what it does.
        state: how it stands, in a word or two.
        tone: of the state.
        seen, struck: how many calls of this run it saw and struck; None where nobody can say.
    """

    rule: FaultRule
    sentence: str
    state: str
    tone: str
    seen: int | None
    struck: int | None


@dataclass(frozen=True, slots=True)
class StruckCall:
    """A call that was answered with an error, or not at all, on demand."""

    at: datetime
    call: str
    code: str
    rule: str
    who: str
    request_id: str


def rules_shown() -> list[RuleShown]:
    """Every rule, by name."""
    return [_shown(rule) for rule in rules_all()]


def _shown(rule: FaultRule) -> RuleShown:
    seen, struck = _counts(rule)
    state, tone = _state(rule, struck)
    return RuleShown(rule, sentence(rule), state, tone, seen, struck)


def _state(rule: FaultRule, struck: int | None) -> tuple[str, str]:
    now = settings.CLOCK.utc()
    if not rule.enabled:
        return _("Off"), ""
    if rule.until is not None and rule.until <= now:
        return _("On, and over"), "note"
    if rule.most is not None and struck is not None and struck >= rule.most:
        return _("On, and used up"), "note"
    if rule.since is not None and rule.since > now:
        return _("On, and waits"), "note"
    return _("On"), "warn"


def _counts(rule: FaultRule) -> tuple[int | None, int | None]:
    counters = desk()
    if counters is None:
        return None, None
    try:
        found = counters.standing(run_key(rule.name, rule.run), settings.CLOCK.now())
    except StoreUnreachable:
        return None, None
    used = {item.scope: item.used for item in found}
    struck = used.get(STRUCK, 0)
    return used.get(SEEN, 0), min(struck, rule.most) if rule.most is not None else struck


def struck_lately() -> list[StruckCall]:
    """The last calls that were struck, the last first; those that were only held back are not among them."""
    since = settings.CLOCK.utc() - timedelta(days=STRUCK_DAYS)
    on_demand = Q(reason__startswith=CAUSES[0]) | Q(reason__startswith=CAUSES[1])
    rows = Refusal.objects.filter(on_demand, at__gte=since.timestamp())
    found = list(rows.order_by("-at", "-id")[:STRUCK_SHOWN])
    names = _names(found)
    return [_struck(row, names) for row in found]


def _struck(row: Refusal, names: dict[str, str]) -> StruckCall:
    who = [names.get(key, key) for key in (row.application, row.subscription) if key]
    asked = row.reason.startswith(ASKED_FOR)
    rule = _("asked for by the caller") if asked else row.reason.removeprefix(CAUSES[0]).partition(":")[0]
    return StruckCall(
        at=datetime.fromtimestamp(row.at, UTC),
        call=f"{row.method} {row.path}",
        code=row.code,
        rule=rule,
        who=" · ".join(who),
        request_id=row.request_id,
    )


def _names(rows: Iterable[Refusal]) -> dict[str, str]:
    """Names of applications and subscriptions by their keys."""
    found = list(rows)
    applications = {row.application for row in found if len(row.application) == _GUID}
    subscriptions = {row.subscription for row in found if len(row.subscription) == _GUID}
    named = ClientApplication.objects.filter(client_id__in=applications).values_list(
        "client_id", "display_name"
    )
    kept = Subscription.objects.filter(pk__in=subscriptions).values_list("pk", "name")
    return {str(key): name for key, name in (*named, *kept)}


@dataclass(frozen=True, slots=True)
class ClockShown:
    """How the clock stands.

    Attributes:
        sandbox: whether it may be jumped.
        now: its time.
        real: the machine's.
        ahead: how far it is ahead, in words; empty where it is not.
    """

    sandbox: bool
    now: datetime
    real: datetime
    ahead: str


def clock_shown() -> ClockShown:
    """How the clock stands now."""
    clock = settings.CLOCK
    now, offset = clock.utc(), clock.offset
    real = now - timedelta(seconds=offset)
    return ClockShown(settings.MILLGATE.is_sandbox, now, real, span_words(offset) if offset else "")


def span_words(seconds: float) -> str:
    """A span in its two largest units."""
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(days, _("d")), (hours, _("h")), (minutes, _("min")), (left, _("s"))]
    told = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(told[:2]) or f"0 {_('s')}"
