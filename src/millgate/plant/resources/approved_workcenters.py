"""ApprovedWorkcenters: which step of a part may run on which workcenter, and how fast."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INTEGER, NUMBER, TEXT
from millgate.plant.modules import WORKCENTER
from millgate.plant.resource import (
    EQUAL,
    SELDOM_CHANGED,
    Action,
    Field,
    Filter,
    Join,
    Operation,
    Resource,
    modified_since,
)

APPROVED_WORKCENTERS: Final = Resource(
    name="ApprovedWorkcenters",
    controller="ApprovedWorkcenters",
    module=WORKCENTER,
    path="/Engineering/PartList/ApprovedWorkcenters",
    source="plant_approved_workcenter a",
    joins=(
        Join("w", "LEFT JOIN plant_workcenter w ON w.workcenter_key = a.workcenter_key AND w.pcn = a.pcn"),
        Join(
            "o",
            "LEFT JOIN plant_part_operation o"
            " ON o.part_operation_key = a.part_operation_key AND o.pcn = a.pcn",
        ),
        Join("p", "LEFT JOIN plant_part p ON p.part_key = o.part_key AND p.pcn = o.pcn"),
        Join("k", "LEFT JOIN plant_operation k ON k.operation_key = o.operation_key AND k.pcn = o.pcn"),
    ),
    pcn="a.pcn",
    order=("a.workcenter_key", "a.approved_workcenter_key"),
    fields=(
        Field("approvedWorkcenterKey", INTEGER, "a.approved_workcenter_key", "The key of the row."),
        Field("workcenterKey", INTEGER, "a.workcenter_key", "The key of the workcenter."),
        Field("workcenterCode", TEXT, "w.workcenter_code", "The code of the workcenter."),
        Field("partKey", INTEGER, "o.part_key", "The key of the part's revision."),
        Field("partNo", TEXT, "p.part_no", "The part number."),
        Field("revision", TEXT, "p.revision", "The revision of the part."),
        Field("partOperationKey", INTEGER, "a.part_operation_key", "The key of the step."),
        Field("operationNo", INTEGER, "o.operation_no", "The number of the step in the part's routing."),
        Field("operationCode", TEXT, "k.operation_code", "The kind of work of that step."),
        Field(
            "standardProductionRate",
            NUMBER,
            "a.standard_production_rate",
            "Pieces an hour that are planned with.",
        ),
        Field(
            "idealRate",
            NUMBER,
            "a.ideal_rate",
            "Pieces an hour at best, which performance is measured against; null where nobody gave it.",
        ),
        Field(
            "targetRate", NUMBER, "a.target_rate", "Pieces an hour that are aimed at; null where none are."
        ),
        Field("setupTimeHours", NUMBER, "a.setup_time_hours", "Hours that a setup takes."),
        Field("crewSize", NUMBER, "a.crew_size", "People that it takes to run."),
        Field("setupCrewSize", NUMBER, "a.setup_crew_size", "People that it takes to set up."),
        Field("note", TEXT, "a.note", "A remark for people."),
    ),
    filters=(
        Filter(
            "WorkcenterKey",
            INTEGER,
            "a.workcenter_key",
            EQUAL,
            "The key of the workcenter.",
            example="1001",
        ),
        Filter("PartKey", INTEGER, "o.part_key", EQUAL, "The key of the part's revision.", example="1010"),
        Filter(
            "PartOperationKey",
            INTEGER,
            "a.part_operation_key",
            EQUAL,
            "The key of the step.",
            example="1028",
        ),
        modified_since("a.modified_date", days_ago=SELDOM_CHANGED),
    ),
    operations=(
        Operation(
            "list-approved-workcenters",
            Action.LIST,
            "List approved workcenters",
            "Which steps may run on which workcenters, with rates and crews.",
        ),
        Operation(
            "update-approved-workcenter",
            Action.UPDATE,
            "Change an approved workcenter",
            "Change rates, setup time and crews of a part operation on a workcenter.",
        ),
    ),
)
