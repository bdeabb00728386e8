"""WorkcenterSetups: what is mounted on each workcenter now, for which job, and who works at it.

The key in the path is the workcenter's: the address shows what is mounted on that one.
"""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, ROWS, TEXT
from millgate.plant.modules import WORKCENTER
from millgate.plant.resource import (
    LIKE,
    Action,
    Field,
    Filter,
    Join,
    Operation,
    PathKey,
    Resource,
    Rows,
    modified_since,
)
from millgate.plant.resources.parts import company_of, part_no_revision
from millgate.plant.resources.workcenters import open_status_of

# Should a writer have left two setups mounted, the newer one counts: each workcenter has one row.
_MOUNTED: Final = (
    "u.teardown_date IS NULL AND u.setup_key = (SELECT MAX(m.setup_key) FROM plant_workcenter_setup m"
    " WHERE m.pcn = u.pcn AND m.workcenter_key = u.workcenter_key AND m.teardown_date IS NULL)"
)
_OPERATORS: Final = Rows(
    source="plant_setup_operator a",
    where="a.setup_key = u.setup_key AND a.pcn = u.pcn AND a.clock_out IS NULL",
    order=("a.clock_in", "a.setup_operator_key"),
    fields=(
        Field("employeeKey", INTEGER, "a.employee_key", "The key of the person."),
        Field("employeeName", TEXT, "a.employee_name", "The person as Last, First."),
        Field("clockIn", INSTANT, "a.clock_in", "Since when they are at it, UTC."),
    ),
)
# Whatever changes the row that clients see, ModifiedSince must find: a status, a count, a person who comes
# or goes.
_MODIFIED: Final = (
    "{greatest}(u.modified_date, COALESCE(s.modified_date, u.modified_date),"
    " COALESCE(o.modified_date, u.modified_date),"
    " COALESCE((SELECT MAX(COALESCE(a.clock_out, a.clock_in)) FROM plant_setup_operator a"
    " WHERE a.setup_key = u.setup_key AND a.pcn = u.pcn), u.modified_date))"
)

WORKCENTER_SETUPS: Final = Resource(
    name="WorkcenterSetups",
    controller="WorkcenterSetups",
    module=WORKCENTER,
    path="/ProductionTracking/WorkcenterTracking/WorkcenterSetups",
    source="plant_workcenter_setup u",
    joins=(
        company_of("u"),
        Join("w", "LEFT JOIN plant_workcenter w ON w.workcenter_key = u.workcenter_key AND w.pcn = u.pcn"),
        Join("p", "LEFT JOIN plant_part p ON p.part_key = u.part_key AND p.pcn = u.pcn"),
        Join("o", "LEFT JOIN plant_job_operation o ON o.job_op_key = u.job_op_key AND o.pcn = u.pcn"),
        open_status_of("u"),
    ),
    pcn="u.pcn",
    where=_MOUNTED,
    order=("u.workcenter_code", "u.setup_key"),
    path_key=PathKey(
        "WorkcenterKey", "u.workcenter_key", "The key of the workcenter whose setup is shown.", "1001"
    ),
    fields=(
        Field("setupKey", INTEGER, "u.setup_key", "The key of the setup."),
        Field("workcenterKey", INTEGER, "u.workcenter_key", "The key of the workcenter."),
        Field("workcenterCode", TEXT, "u.workcenter_code", "The code of the workcenter."),
        Field("name", TEXT, "w.name", "The name of the workcenter."),
        Field("setupDate", INSTANT, "u.setup_date", "When it was mounted, UTC."),
        Field("workcenterStatus", TEXT, "s.workcenter_status", "The status that the workcenter is in."),
        Field("statusSince", INSTANT, "s.log_date", "Since when it is in this status, UTC."),
        Field("jobKey", INTEGER, "u.job_key", "The key of the job."),
        Field("jobNo", TEXT, "u.job_no", "The number of the job."),
        Field("jobOpKey", INTEGER, "u.job_op_key", "The key of the job's operation that is mounted."),
        Field("partKey", INTEGER, "u.part_key", "The key of the part."),
        Field("partNo", TEXT, "u.part_no", "The part number."),
        Field("revision", TEXT, "u.revision", "The revision of the part."),
        part_no_revision("u"),
        Field("partName", TEXT, "p.part_name", "The name of the part.", "p.name"),
        Field("operationNo", INTEGER, "u.operation_no", "The number of the step in the part's routing."),
        Field("operationCode", TEXT, "u.operation_code", "The kind of work of that step."),
        Field("toolNo", TEXT, "u.tool_no", "The number of the die, mold or fixture."),
        Field("toolType", TEXT, "u.tool_type", "Which of these it is."),
        Field("cavities", INTEGER, "u.cavities", "Pieces that the tool makes at once."),
        Field(
            "jobQuantity",
            NUMBER,
            "o.job_quantity",
            "Pieces that the job's operation is to make.",
            "o.quantity",
        ),
        Field(
            "jobProduced",
            NUMBER,
            "o.job_produced",
            "Good pieces of that operation up to now.",
            "o.quantity_completed",
        ),
        Field(
            "jobRemaining",
            NUMBER,
            "o.job_remaining",
            "Pieces of that operation still to make; 0 when there are more than were asked for.",
            "CASE WHEN o.quantity > o.quantity_completed THEN o.quantity - o.quantity_completed"
            " WHEN o.quantity IS NULL THEN NULL ELSE 0 END",
        ),
        Field(
            "standardProductionRate",
            NUMBER,
            "u.standard_production_rate",
            "Pieces an hour that are planned with, as on the day of the setup.",
        ),
        Field("idealRate", NUMBER, "u.ideal_rate", "Pieces an hour at best; null where nobody gave it."),
        Field("standardQuantity", NUMBER, "u.standard_quantity", "Pieces in one full container."),
        Field("containerType", TEXT, "u.container_type", "The sort of container that is filled."),
        Field(
            "operators", ROWS, "u.operators", "Who works at it now, in the order they came.", rows=_OPERATORS
        ),
        Field("setupHoursStandard", NUMBER, "u.setup_hours_standard", "Hours that the setup should take."),
        Field(
            "setupHoursActual",
            NUMBER,
            "u.setup_hours_actual",
            "Hours that it took; null until the first good piece.",
        ),
    ),
    filters=(
        Filter(
            "WorkcenterCode", TEXT, "u.workcenter_code", LIKE, "The code of the workcenter.", example="STP-01"
        ),
        Filter(
            "WorkcenterGroup",
            TEXT,
            "w.workcenter_group",
            LIKE,
            "The group of the workcenter.",
            example="Progressive%",
        ),
        Filter("JobNo", TEXT, "u.job_no", LIKE, "The number of the job.", example="J10%"),
        Filter("PartNo", TEXT, "u.part_no", LIKE, "The part number.", example="TP-20%"),
        modified_since(_MODIFIED),
    ),
    operations=(
        Operation(
            "get-workcenter-setup",
            Action.LIST,
            "Get the setup of a workcenter",
            "What is mounted on one workcenter now.",
            keyed=True,
        ),
        Operation(
            "list-workcenter-setups",
            Action.LIST,
            "List workcenter setups",
            "What is mounted now, a row for each workcenter that has something mounted.",
        ),
    ),
)
