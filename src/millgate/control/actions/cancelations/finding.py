"""Finding one cancelation, as it stands when nothing of it is left undone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from millgate.control.actions.cancelation_models import Stage
from millgate.control.actions.cancelations.finishing import finish
from millgate.control.actions.cancelations.selectors import cancelations_seen
from millgate.control.actions.pipeline.refusals import invalid, not_found
from millgate.plant.writing.cancelation_desk import PlantUnanswered

if TYPE_CHECKING:
    from millgate.control.actions.cancelation_models import Cancelation
    from millgate.control.actions.cancelations.asked import Caller


def cancelation_found(caller: Caller, cancelation_id: int) -> Cancelation:
    """The cancelation of this number; what was left behind of it is finished first.

    Raises:
        Refused: there is none that they may see, or its plant has not yet answered whether there is.
    """
    rows = cancelations_seen(caller).filter(pk=cancelation_id)
    row = rows.first()
    if row is not None and row.stage != Stage.SETTLED:
        with suppress(PlantUnanswered):
            finish(row)
        row = rows.first()
    if row is None:
        raise not_found("id", "cancelation")
    if row.stage == Stage.CANCELING:
        raise invalid("id", "It is written down and waits for the plant's answer; ask again later.")
    return row
