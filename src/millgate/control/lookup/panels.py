"""What the pane shows besides reports: how it searches, a workcenter's own data, and what is set up on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from millgate.control.lookup.columns import Column, Kind
from millgate.control.lookup.declared import Read, of_all, of_workcenter
from millgate.plant.resources.workcenter_setups import WORKCENTER_SETUPS
from millgate.plant.resources.workcenters import WORKCENTERS


@dataclass(frozen=True, slots=True)
class Panel:
    """One list of names and values.

    Attributes:
        read: where the row comes from.
        fields: what is shown of it, in order. `operators` is a list of rows, shown by `employeeName`.
    """

    read: Read
    fields: tuple[Column, ...]


SEARCH: Final = of_all(WORKCENTERS)
"""Workcenters by the filters `WorkcenterCode` and `Name`, in which `%` stands for anything."""

WORKCENTER: Final = Panel(
    of_workcenter(WORKCENTERS),
    (
        Column(field="workcenterCode", title=_("Code")),
        Column(field="name", title=_("Name")),
        Column(field="workcenterType", title=_("Type")),
        Column(field="workcenterGroup", title=_("Group")),
        Column(field="buildingCode", title=_("Building")),
        Column(field="departmentNo", title=_("Department"), kind=Kind.INTEGER),
        Column(field="productionLineCode", title=_("Production line")),
        Column(field="workcenterStatus", title=_("Status")),
        Column(field="statusSince", title=_("Since"), kind=Kind.DATETIME),
    ),
)
SETUP: Final = Panel(
    of_workcenter(WORKCENTER_SETUPS),
    (
        Column(field="jobNo", title=_("Job")),
        Column(field="partNoRevision", title=_("Part")),
        Column(field="partName", title=_("Part name")),
        Column(field="operationNo", title=_("Step"), kind=Kind.INTEGER),
        Column(field="operationCode", title=_("Operation")),
        Column(field="toolNo", title=_("Tool")),
        Column(field="operators", title=_("Operators")),
        Column(field="standardProductionRate", title=_("Rate (pieces an hour)"), kind=Kind.QUANTITY),
        Column(field="jobQuantity", title=_("Quantity"), kind=Kind.QUANTITY),
        Column(field="jobProduced", title=_("Produced"), kind=Kind.QUANTITY),
        Column(field="jobRemaining", title=_("Remaining"), kind=Kind.QUANTITY),
        Column(field="workcenterStatus", title=_("Status")),
        Column(field="statusSince", title=_("Since"), kind=Kind.DATETIME),
        Column(field="setupDate", title=_("Mounted"), kind=Kind.DATETIME),
    ),
)
