"""Reading cancelations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from millgate.control.accounts.selectors import person_opens
from millgate.control.actions.cancelation_models import CancelableType, Cancelation
from millgate.control.actions.cancelations.plants import CONTROLLER
from millgate.control.actions.cancelations.subscriptions import may_cancel_all, subscriptions_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.actions.cancelations.asked import Caller


def cancelations_seen(caller: Caller) -> QuerySet[Cancelation]:
    """What a caller may see: those of their subscriptions, and of their company's plant if they may read it.

    Those that are only begun are among them; they may never come about.
    """
    seen = Q(cancelable_type=CancelableType.ADAPTER_SUBSCRIPTION)
    if not may_cancel_all(caller):
        own = subscriptions_of(caller).values_list("pk", flat=True)
        seen &= Q(cancelable_id__in=[str(pk) for pk in own])
    if person_opens(caller.person, CONTROLLER):
        plant = [kind for kind in CancelableType if kind != CancelableType.ADAPTER_SUBSCRIPTION]
        seen |= Q(company=caller.company, cancelable_type__in=plant)
    return Cancelation.objects.filter(seen).select_related("company", "reason")
