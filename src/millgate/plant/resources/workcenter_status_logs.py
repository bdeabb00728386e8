"""WorkcenterStatusLogs: how long workcenters were in which status, one stretch of time after the other.

As with production logs, the key in the path is the workcenter's. A window selects the stretches that begin
in it, so that windows side by side show each stretch once; a stretch that reaches into a window from
before is in the window before.
"""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PRODUCTION_TRACKING
from millgate.plant.resource import LIKE, Action, Field, Filter, Join, Operation, Resource, modified_since
from millgate.plant.resources.logs import (
    JOB_FILTER,
    MOST_DAYS,
    OF_WORKCENTER,
    PLANT_DAY_FIELDS,
    SHIFT_FILTER,
    SNAPSHOT_FIELDS,
    WINDOW,
    WORKCENTER_FIELDS,
    window_filters,
)
from millgate.plant.resources.parts import company_of
from millgate.plant.resources.workcenter_statuses import status_flags

# The log copies the status's name and not its flags, so those are the ones that the status has today.
_STATUS: Final = (
    "LEFT JOIN plant_workcenter_status t"
    " ON t.workcenter_status_key = l.workcenter_status_key AND t.pcn = l.pcn"
)

WORKCENTER_STATUS_LOGS: Final = Resource(
    name="WorkcenterStatusLogs",
    controller="WorkcenterStatusLogs",
    module=PRODUCTION_TRACKING,
    path="/ProductionTracking/WorkcenterTracking/WorkcenterStatusLogs",
    source="plant_status_log l",
    joins=(company_of("l"), Join("t", _STATUS)),
    pcn="l.pcn",
    order=("l.log_date", "l.log_key"),
    path_key=OF_WORKCENTER,
    fields=(
        Field("logKey", INTEGER, "l.log_key", "The key of the row."),
        *WORKCENTER_FIELDS,
        Field("logDate", INSTANT, "l.log_date", "When the status began, UTC."),
        Field("endDate", INSTANT, "l.end_date", "When it ended, UTC; null while it lasts."),
        Field("durationSeconds", INTEGER, "l.duration_seconds", "Seconds it lasted; null while it lasts."),
        Field(
            "logHours",
            NUMBER,
            "l.log_hours",
            "Hours it lasted; null while it lasts.",
            "(l.duration_seconds / 3600.0)",
        ),
        *PLANT_DAY_FIELDS,
        Field("workcenterStatus", TEXT, "l.workcenter_status", "The name of the status at that time."),
        *status_flags("t"),
        Field("workcenterEvent", TEXT, "l.workcenter_event", "The reason; empty where none was given."),
        Field("eventCode", TEXT, "l.event_code", "The code of the reason."),
        *SNAPSHOT_FIELDS,
        Field("note", TEXT, "l.note", "A remark for people."),
    ),
    filters=(
        *window_filters("l.log_date", "A row is inside when it begins there, by its logDate."),
        Filter("Status", TEXT, "l.workcenter_status", LIKE, "The status.", example="Down%"),
        Filter("Event", TEXT, "l.workcenter_event", LIKE, "The reason.", example="Sensor fault"),
        SHIFT_FILTER,
        JOB_FILTER,
        modified_since("l.modified_date"),
    ),
    windows=(WINDOW,),
    operations=(
        Operation(
            "list-workcenter-status-logs",
            Action.LIST,
            "List status logs of a workcenter",
            "The statuses of one workcenter in their order, the one that lasts included.",
            keyed=True,
        ),
        Operation(
            "list-status-logs",
            Action.LIST,
            "List status logs",
            f"The statuses that began on all workcenters in at most {MOST_DAYS} days, oldest first.",
        ),
        Operation(
            "create-workcenter-status-log",
            Action.CREATE,
            "Set a status of a workcenter",
            "Set the status of one workcenter, which ends the one before; or up to 1000, all or nothing.",
            keyed=True,
        ),
        Operation(
            "create-status-logs",
            Action.CREATE,
            "Set a status",
            "Set the status of workcenters that the rows name, which ends the one before; up to 1000, all or"
            " nothing.",
        ),
    ),
)
