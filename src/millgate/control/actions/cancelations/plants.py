"""What a cancelation does to a plant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.conf import settings

from millgate.control.accounts.selectors import person_opens
from millgate.control.actions.cancelation_models import CancelableType
from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.pipeline.refusals import denied, invalid
from millgate.control.actions.registry.statuses import APPLICATION_CRASH
from millgate.plant.writing.cancelation_desk import OnBehalf, PlantUnanswered
from millgate.plant.writing.cancelations import Cancelation as PlantCancelation
from millgate.plant.writing.cancelations import Decision, Stopped, Thing

if TYPE_CHECKING:
    from millgate.control.actions.cancelation_models import Cancelation
    from millgate.control.actions.cancelations.asked import Caller
    from millgate.control.actions.cancelations.origins import Kept
    from millgate.plant.writing.cancelation_desk import CancelationDesk

CONTROLLER: Final = "DcJobs"
"""What somebody must be able to write who cancels in a plant, here as by the plant's own API."""


def may_cancel(caller: Caller) -> None:
    """See to it that somebody may change jobs.

    Raises:
        Refused: they may not.
    """
    if not person_opens(caller.person, CONTROLLER, write=True):
        raise denied(
            f"Your roles do not open {CONTROLLER} for writing; ask an administrator for one that does."
        )


def thing_found(caller: Caller, tier: str, cancelable_type: str, cancelable_id: str, where: Kept) -> str:
    """The ID by which the plant knows what is to be cancelled.

    Raises:
        Refused: it is not there or cannot be cancelled, or the plant cannot be asked.
    """
    thing = PlantCancelation(number=0, reference="", thing=Thing(cancelable_type), name=cancelable_id)
    try:
        decision = _desk().look(_behalf(caller.company.pcn, tier, where), thing)
    except PlantUnanswered as why:
        raise away("Nothing was done.") from why
    refuse(decision)
    is_order = cancelable_type == CancelableType.ORDER
    return cancelable_id if is_order else str(decision.stopped[0].key)


def cancel(row: Cancelation) -> Decision:
    """Let the plant decide about a cancelation that is under way.

    Raises:
        PlantUnanswered: it is not known what it decided.
    """
    return _desk().cancel(_behalf(row.company.pcn, row.tier, row.pending["origin"]), _of(row))


def reinstate(row: Cancelation) -> None:
    """Give what a cancelation stopped back what it was; what has left it otherwise stays as it is.

    Raises:
        PlantUnanswered: it is not known whether it was done.
    """
    stopped = msgspec.convert(row.stopped, list[Stopped])
    _desk().reinstate(_behalf(row.company.pcn, row.tier, row.pending["origin"]), _of(row), stopped)


def told(decision: Decision) -> list[Any]:
    """What was stopped, as JSON holds it."""
    return [msgspec.to_builtins(each) for each in decision.stopped]


def refuse(decision: Decision) -> None:
    """Pass on what the plant refused.

    Raises:
        Refused: it did.
    """
    if decision.refused:
        raise invalid("cancelable_id", f"The plant refuses: it {decision.refused}.")


def away(what: str) -> Refused:
    """The plant cannot be asked.

    Args:
        what: became of what was asked for.
    """
    return Refused(APPLICATION_CRASH, f"The plant gave no answer. {what}")


def _desk() -> CancelationDesk:
    if settings.CANCELATION_DESK is None:
        raise PlantUnanswered("this process changes no plant")
    desk: CancelationDesk = settings.CANCELATION_DESK
    return desk


def _behalf(pcn: int, tier: str, where: Kept) -> OnBehalf:
    return OnBehalf(
        tier=tier,
        pcn=pcn,
        application=where["application"],
        account=where["who"],
        source_address=where["address"],
        request_id=where["request_id"],
    )


def _of(row: Cancelation) -> PlantCancelation:
    about = {"reason": row.reason_text, "note": row.reason_note, "by": row.canceled_by}
    if "reinstated_by" in row.pending:
        about = {"note": row.pending["reinstated_note"], "by": row.pending["reinstated_by"]}
    return PlantCancelation(
        number=row.pk,
        reference=row.reference.hex,
        thing=Thing(row.cancelable_type),
        name=row.cancelable_id,
        about=about,
    )
