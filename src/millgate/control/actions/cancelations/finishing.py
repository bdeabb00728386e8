"""Bringing to its end what is written down: the plant follows, then the record is settled.

Anybody may finish anything at any time, also twice at once: the plant decides about a cancelation once, and
a record is settled by whoever comes first.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

from millgate.control.actions.cancelation_models import Cancelation, Stage
from millgate.control.actions.cancelations import plants
from millgate.control.actions.cancelations.origins import origin_of
from millgate.control.actions.sessions import now
from millgate.control.audit.acting import acting
from millgate.control.audit.collecting import recorded
from millgate.plant.writing.cancelation_desk import PlantUnanswered

if TYPE_CHECKING:
    from millgate.plant.writing.cancelations import Decision

_AT_ONCE: Final = 100

_log = structlog.get_logger("millgate.control")


def finish(row: Cancelation) -> Decision | None:
    """Bring to its end what is under way; what the plant decided, where it was asked to cancel.

    A cancelation that the plant refuses has never been: its row goes.

    Raises:
        PlantUnanswered: it stays under way.
    """
    if row.stage == Stage.CANCELING:
        decision = plants.cancel(row)
        _canceled(row, decision)
        return decision
    if row.stage == Stage.REINSTATING:
        plants.reinstate(row)
        _reinstated(row)
    return None


def left_behind_finish(**of: object) -> int:
    """Finish what killed processes left behind, as far as plants answer; returns how much there was.

    Args:
        of: of which cancelations, by column.
    """
    rows = Cancelation.objects.exclude(stage=Stage.SETTLED).filter(**of).select_related("company")
    left = list(rows.order_by("pk")[:_AT_ONCE])
    silent = set()
    for row in left:
        if row.tier in silent:
            continue
        try:
            finish(row)
        except PlantUnanswered as why:
            silent.add(row.tier)
            _log.warning("cancelation_unfinished", cancelation=row.pk, tier=row.tier, why=str(why))
    return len(left)


def _canceled(row: Cancelation, decision: Decision) -> None:
    with acting(origin_of(row.pending["origin"])), recorded():
        mine = Cancelation.objects.select_for_update().filter(pk=row.pk, stage=Stage.CANCELING).first()
        if mine is None:
            return
        if decision.refused:
            mine.delete()
            return
        mine.stopped, mine.stage, mine.pending = plants.told(decision), Stage.SETTLED, {}
        mine.save()


def _reinstated(row: Cancelation) -> None:
    with acting(origin_of(row.pending["origin"])), recorded():
        mine = Cancelation.objects.select_for_update().filter(pk=row.pk, stage=Stage.REINSTATING).first()
        if mine is None:
            return
        over(mine, mine.pending)
        mine.save()


def over(row: Cancelation, pending: dict[str, str]) -> None:
    """Let a cancelation be over, as `pending` says; it is not saved."""
    row.reinstated_at = datetime.fromisoformat(pending["reinstated_at"])
    row.reinstated_by, row.reinstated_note = pending["reinstated_by"], pending["reinstated_note"]
    row.active, row.stage, row.pending = False, Stage.SETTLED, {}
    row.updated_at = now()
