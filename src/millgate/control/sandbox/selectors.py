"""Reading fault rules and the clock, and what can be produced on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings

from millgate.control.sandbox.models import FaultRule, SandboxClock
from millgate.core.on_demand import ASKED_FOR, BY_HAND, Source, source_of
from millgate.snapshot import fault_rules

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from millgate.core.errors import Problem

CAUSES: Final = ("fault rule ", ASKED_FOR)
"""How reasons of refused calls begin that were struck on demand."""


def rules_all() -> list[FaultRule]:
    """Every rule with what it names, by name."""
    return list(FaultRule.objects.select_related("api", "application", "subscription"))


def fault_rules_document() -> tuple[fault_rules.FaultRule, ...]:
    """The rules that are on, as machines see them, by name."""
    rows = FaultRule.objects.filter(enabled=True).select_related("api", "application").order_by("name")
    return tuple(map(_document, rows))


def _document(row: FaultRule) -> fault_rules.FaultRule:
    return fault_rules.FaultRule(
        name=row.name,
        place=row.place,
        tier=row.tier,
        api=row.api.key if row.api else None,
        operation=row.operation or None,
        subscription=str(row.subscription_id) if row.subscription_id else None,
        application=str(row.application.client_id) if row.application else None,
        effect=row.effect,
        code=row.code,
        delay_from=row.delay_from,
        delay_to=row.delay_to,
        share=row.share,
        seed=row.seed,
        since=_epoch(row.since),
        until=_epoch(row.until),
        most=row.most,
        run=row.run,
        started_at=int(row.started_at.timestamp()),
    )


def _epoch(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment else None


def clock_offset() -> float:
    """How many seconds the clock is to stand ahead of the machine's; 0 where it may not be jumped."""
    if not settings.MILLGATE.is_sandbox:
        return 0.0
    return SandboxClock.objects.order_by("pk").values_list("offset_seconds", flat=True).first() or 0.0


# What can be produced


@dataclass(frozen=True, slots=True)
class Producible:
    """How an error of the catalogue is produced on the test tier.

    Attributes:
        problem: the error.
        source: who answers with it on demand; None where nobody does.
        header: what X-Millgate-Fault says to ask for it; empty where it cannot be asked for, or not here.
        by_hand: how it comes about otherwise; empty where it can be had on demand.
    """

    problem: Problem
    source: Source | None
    header: str
    by_hand: str

    @property
    def at_token_endpoint(self) -> bool:
        """Whether the header goes to the token endpoint, and not to an operation."""
        return self.source is Source.TOKEN


def producible(problems: Iterable[Problem]) -> list[Producible]:
    """How each of these errors is produced on the test tier, in their order."""
    allowed = settings.MILLGATE.takes_fault_header
    found = []
    for problem in problems:
        source = source_of(problem)
        header = problem.code if source is not None and allowed else ""
        found.append(Producible(problem, source, header, BY_HAND.get(problem.code, "")))
    return found
