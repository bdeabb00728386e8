"""WorkcenterProductionLogs: good pieces, a row for each container that a person filled.

The manual's key in the path is the workcenter's, not the log's: the address lists that workcenter's logs.
"""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PRODUCTION_TRACKING
from millgate.plant.resource import (
    BEFORE,
    EQUAL,
    LIKE,
    SINCE,
    Action,
    Field,
    Filter,
    PathKey,
    Reading,
    Resource,
    Window,
    modified_since,
)
from millgate.plant.resources.parts import company_of, part_no_revision

MOST_DAYS: Final = 31

WORKCENTER_PRODUCTION_LOGS: Final = Resource(
    name="WorkcenterProductionLogs",
    controller="WorkcenterProductionLogs",
    module=PRODUCTION_TRACKING,
    path="/ProductionTracking/WorkcenterTracking/WorkcenterProductionLogs",
    source="plant_production_log l",
    joins=(company_of("l"),),
    pcn="l.pcn",
    order=("l.record_date", "l.production_log_key"),
    path_key=PathKey(
        "WorkcenterKey", "l.workcenter_key", "The key of the workcenter whose logs are listed.", "1001"
    ),
    fields=(
        Field("productionLogKey", INTEGER, "l.production_log_key", "The key of the row."),
        Field("workcenterKey", INTEGER, "l.workcenter_key", "The key of the workcenter."),
        Field("workcenterCode", TEXT, "l.workcenter_code", "The code of the workcenter."),
        Field("logDate", INSTANT, "l.record_date", "When the pieces were recorded, UTC."),
        Field(
            "reportDate", DATE, "l.report_date", "The production day they count for, by the plant's clock."
        ),
        Field("shift", TEXT, "l.shift", "The shift they count for."),
        Field("quantity", NUMBER, "l.quantity", "Good pieces, in the row's unit."),
        Field("unit", TEXT, "l.unit", "The unit of the quantity."),
        Field("rejected", BOOLEAN, "l.rejected", "Whether the container was rejected afterwards."),
        Field("scrapQuantity", NUMBER, "l.scrap_quantity", "Pieces scrapped from the same container."),
        Field("jobNo", TEXT, "l.job_no", "The number of the job at that time."),
        Field("jobKey", INTEGER, "l.job_key", "The key of the job."),
        Field("jobOpKey", INTEGER, "l.job_op_key", "The key of the job's operation."),
        Field("partNo", TEXT, "l.part_no", "The part number at that time."),
        Field("revision", TEXT, "l.revision", "The revision of the part."),
        part_no_revision("l"),
        Field("partKey", INTEGER, "l.part_key", "The key of the part."),
        Field("operationNo", INTEGER, "l.operation_no", "The number of the step in the part's routing."),
        Field("operationCode", TEXT, "l.operation_code", "The kind of work of that step."),
        Field("partOperationKey", INTEGER, "l.part_operation_key", "The key of the step."),
        Field("serialNo", TEXT, "l.serial_no", "The serial number on the container's label."),
        Field("lotNo", TEXT, "l.lot_no", "The lot."),
        Field("heatNo", TEXT, "l.heat_no", "The heat of the metal."),
        Field("trackingNo", TEXT, "l.tracking_no", "A number for following the container elsewhere."),
        Field("employeeKey", INTEGER, "l.employee_key", "The key of the person who recorded it."),
        Field("employeeName", TEXT, "l.employee_name", "That person as Last, First."),
        Field("cycleSecondsActual", NUMBER, "l.cycle_seconds_actual", "Seconds a cycle really took."),
    ),
    filters=(
        Filter(
            "StartDate",
            INSTANT,
            "l.record_date",
            SINCE,
            f"Begin of the window. Without a workcenter needed, with EndDate at most {MOST_DAYS} days later.",
            days_ago=8,
        ),
        Filter(
            "EndDate",
            INSTANT,
            "l.record_date",
            BEFORE,
            "End of the window.",
            days_ago=1,
        ),
        Filter("PartNo", TEXT, "l.part_no", LIKE, "The part number.", example="TP-%"),
        Filter("JobNo", TEXT, "l.job_no", LIKE, "The job's number.", example="J10%"),
        Filter("Shift", TEXT, "l.shift", LIKE, "The shift.", example="A"),
        Filter("SerialNo", TEXT, "l.serial_no", LIKE, "The serial number.", example="SN%"),
        Filter(
            "EmployeeKey",
            INTEGER,
            "l.employee_key",
            EQUAL,
            "The key of the person who recorded it.",
            example="1001",
        ),
        modified_since("l.modified_date"),
    ),
    windows=(Window("StartDate", "EndDate", MOST_DAYS),),
    operations=(
        Reading(
            "list-workcenter-production-logs",
            Action.LIST,
            "List production logs of a workcenter",
            "What one workcenter made, oldest first.",
            keyed=True,
        ),
        Reading(
            "list-production-logs",
            Action.LIST,
            "List production logs",
            f"What all workcenters made in at most {MOST_DAYS} days, oldest first.",
        ),
    ),
)
