"""WorkcenterScrapLogs: pieces that were scrapped, a row for each reason.

As with production logs, the key in the path is the workcenter's.
"""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PRODUCTION_TRACKING
from millgate.plant.resource import LIKE, Action, Field, Filter, Operation, Resource, modified_since
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

WORKCENTER_SCRAP_LOGS: Final = Resource(
    name="WorkcenterScrapLogs",
    controller="WorkcenterScrapLogs",
    module=PRODUCTION_TRACKING,
    path="/ProductionTracking/WorkcenterTracking/WorkcenterScrapLogs",
    source="plant_scrap_log l",
    joins=(company_of("l"),),
    pcn="l.pcn",
    order=("l.record_date", "l.scrap_log_key"),
    path_key=OF_WORKCENTER,
    fields=(
        Field("scrapLogKey", INTEGER, "l.scrap_log_key", "The key of the row."),
        *WORKCENTER_FIELDS,
        Field("logDate", INSTANT, "l.record_date", "When the scrap was recorded, UTC."),
        *PLANT_DAY_FIELDS,
        Field(
            "quantity",
            NUMBER,
            "l.quantity",
            "Pieces scrapped; fewer than none where an earlier row is taken back.",
        ),
        Field("scrapReason", TEXT, "l.scrap_reason", "Why they were scrapped."),
        Field("scrapCategory", TEXT, "l.scrap_category", "The process that the reason belongs to."),
        Field(
            "transactionType",
            TEXT,
            "l.transaction_type",
            "Control Panel Scrap where the operator recorded it, Scrap where it was booked later.",
        ),
        *SNAPSHOT_FIELDS,
        Field("serialNo", TEXT, "l.serial_no", "The container that the pieces were meant for."),
        *EMPLOYEE_FIELDS,
    ),
    filters=(
        *window_filters("l.record_date"),
        Filter("ScrapReason", TEXT, "l.scrap_reason", LIKE, "The reason.", example="Dent"),
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
            "list-workcenter-scrap-logs",
            Action.LIST,
            "List scrap logs of a workcenter",
            "What was scrapped on one workcenter and why, oldest first.",
            keyed=True,
        ),
        Operation(
            "list-scrap-logs",
            Action.LIST,
            "List scrap logs",
            f"What was scrapped on all workcenters in at most {MOST_DAYS} days, oldest first.",
        ),
        Operation(
            "create-workcenter-scrap-log",
            Action.CREATE,
            "Record scrap of a workcenter",
            "Record scrapped pieces of one workcenter, in one row or up to 1000, all or nothing.",
            keyed=True,
        ),
        Operation(
            "create-scrap-logs",
            Action.CREATE,
            "Record scrap",
            "Record scrapped pieces of workcenters that rows name, in one row or up to 1000, all or nothing.",
        ),
    ),
)
