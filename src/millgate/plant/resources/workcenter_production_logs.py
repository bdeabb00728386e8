"""WorkcenterProductionLogs: good pieces, a row for each container that a person filled.

The manual's key in the path is the workcenter's, not the log's: the address lists that workcenter's logs.
"""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import BOOLEAN, INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PRODUCTION_TRACKING
from millgate.plant.resource import Action, Field, Operation, Resource, modified_since
from millgate.plant.resources.logs import (
    EMPLOYEE_FIELDS,
    EMPLOYEE_FILTER,
    JOB_FILTER,
    MOST_DAYS,
    OF_WORKCENTER,
    PART_FILTER,
    PLANT_DAY_FIELDS,
    SERIAL_FILTER,
    SHIFT_FILTER,
    SNAPSHOT_FIELDS,
    WINDOW,
    WORKCENTER_FIELDS,
    window_filters,
)
from millgate.plant.resources.parts import company_of

WORKCENTER_PRODUCTION_LOGS: Final = Resource(
    name="WorkcenterProductionLogs",
    controller="WorkcenterProductionLogs",
    module=PRODUCTION_TRACKING,
    path="/ProductionTracking/WorkcenterTracking/WorkcenterProductionLogs",
    source="plant_production_log l",
    joins=(company_of("l"),),
    pcn="l.pcn",
    order=("l.record_date", "l.production_log_key"),
    path_key=OF_WORKCENTER,
    fields=(
        Field("productionLogKey", INTEGER, "l.production_log_key", "The key of the row."),
        *WORKCENTER_FIELDS,
        Field("logDate", INSTANT, "l.record_date", "When the pieces were recorded, UTC."),
        *PLANT_DAY_FIELDS,
        Field("quantity", NUMBER, "l.quantity", "Good pieces, in the row's unit."),
        Field("unit", TEXT, "l.unit", "The unit of the quantity."),
        Field("rejected", BOOLEAN, "l.rejected", "Whether the container was rejected afterwards."),
        Field("scrapQuantity", NUMBER, "l.scrap_quantity", "Pieces scrapped from the same container."),
        *SNAPSHOT_FIELDS,
        Field("serialNo", TEXT, "l.serial_no", "The serial number on the container's label."),
        Field("lotNo", TEXT, "l.lot_no", "The lot."),
        Field("heatNo", TEXT, "l.heat_no", "The heat of the metal."),
        Field("trackingNo", TEXT, "l.tracking_no", "A number for following the container elsewhere."),
        *EMPLOYEE_FIELDS,
        Field("cycleSecondsActual", NUMBER, "l.cycle_seconds_actual", "Seconds a cycle really took."),
    ),
    filters=(
        *window_filters("l.record_date"),
        PART_FILTER,
        JOB_FILTER,
        SHIFT_FILTER,
        SERIAL_FILTER,
        EMPLOYEE_FILTER,
        modified_since("l.modified_date"),
    ),
    windows=(WINDOW,),
    operations=(
        Operation(
            "list-workcenter-production-logs",
            Action.LIST,
            "List production logs of a workcenter",
            "What one workcenter made, oldest first.",
            keyed=True,
        ),
        Operation(
            "list-production-logs",
            Action.LIST,
            "List production logs",
            f"What all workcenters made in at most {MOST_DAYS} days, oldest first.",
        ),
        Operation(
            "create-workcenter-production-log",
            Action.CREATE,
            "Record production of a workcenter",
            "Record good pieces of one workcenter, in one row or up to 1000, all or nothing.",
            keyed=True,
        ),
        Operation(
            "create-production-logs",
            Action.CREATE,
            "Record production",
            "Record good pieces of workcenters that the rows name, in one row or up to 1000, all or nothing.",
        ),
    ),
)
