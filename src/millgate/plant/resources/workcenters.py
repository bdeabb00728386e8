"""Workcenters: machines and cells, with the status that each is in."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import BOOLEAN, INSTANT, INTEGER, TEXT
from millgate.plant.modules import WORKCENTER
from millgate.plant.resource import (
    BEFORE,
    EQUAL,
    LIKE,
    SINCE,
    Action,
    Field,
    Filter,
    Join,
    Operation,
    PathKey,
    Resource,
    Window,
    modified_since,
)

_LINE: Final = (
    "LEFT JOIN plant_production_line n ON n.production_line_key = w.production_line_key AND n.pcn = w.pcn"
)
# A change of status changes the row that clients see, so ModifiedSince must find it.
_MODIFIED: Final = "CASE WHEN s.modified_date > w.modified_date THEN s.modified_date ELSE w.modified_date END"


def open_status_of(alias: str) -> Join:
    """The row of the status log, as `s`, that is open for the workcenter under this alias.

    Should a writer have left two rows open, the newer one speaks: a workcenter stays one row, so that
    pages neither repeat nor skip any.
    """
    return Join(
        "s",
        "LEFT JOIN plant_status_log s ON s.log_key = (SELECT MAX(o.log_key) FROM plant_status_log o"  # noqa: S608 - an alias of ours
        f" WHERE o.pcn = {alias}.pcn AND o.workcenter_key = {alias}.workcenter_key AND o.end_date IS NULL)",
    )


WORKCENTERS: Final = Resource(
    name="Workcenters",
    controller="Workcenters",
    module=WORKCENTER,
    path="/ProductionTracking/WorkcenterList/Workcenters",
    source="plant_workcenter w",
    joins=(
        Join("b", "LEFT JOIN plant_building b ON b.building_key = w.building_key AND b.pcn = w.pcn"),
        Join("n", _LINE),
        open_status_of("w"),
    ),
    pcn="w.pcn",
    order=("w.workcenter_code", "w.workcenter_key"),
    path_key=PathKey(
        "WorkcenterKey", "w.workcenter_key", "The workcenter's key, as in workcenterKey of the list.", "1001"
    ),
    fields=(
        Field("workcenterKey", INTEGER, "w.workcenter_key", "The key of the workcenter."),
        Field("workcenterCode", TEXT, "w.workcenter_code", "Its code, unique in the company."),
        Field("name", TEXT, "w.name", "Its name."),
        Field("workcenterType", TEXT, "w.workcenter_type", "What sort of machine or cell it is."),
        Field("workcenterGroup", TEXT, "w.workcenter_group", "The group of workcenters that can replace it."),
        Field("departmentNo", INTEGER, "w.department_no", "The number of its department."),
        Field("buildingKey", INTEGER, "w.building_key", "The key of the building it stands in."),
        Field("buildingCode", TEXT, "b.building_code", "The code of that building."),
        Field(
            "productionLineCode",
            TEXT,
            "n.production_line_code",
            "The line it belongs to; null where it stands alone.",
        ),
        Field("workcenterStatus", TEXT, "s.workcenter_status", "The status it is in; null before its first."),
        Field("statusSince", INSTANT, "s.log_date", "Since when it is in this status, UTC."),
        Field("plcName", TEXT, "w.plc_name", "The name of its controller."),
        Field("ipAddress", TEXT, "w.ip_address", "The address of its controller."),
        Field("active", BOOLEAN, "w.active", "Whether it is in use."),
    ),
    filters=(
        Filter("WorkcenterCode", TEXT, "w.workcenter_code", LIKE, "The code.", example="STP-01"),
        Filter("Name", TEXT, "w.name", LIKE, "The name.", example="%press%"),
        Filter(
            "WorkcenterType", TEXT, "w.workcenter_type", LIKE, "The sort of machine or cell.", example="Press"
        ),
        Filter("WorkcenterGroup", TEXT, "w.workcenter_group", LIKE, "The group.", example="Arc Welding"),
        Filter("BuildingKey", INTEGER, "w.building_key", EQUAL, "The key of the building.", example="1001"),
        Filter(
            "DepartmentNo", INTEGER, "w.department_no", EQUAL, "The number of the department.", example="100"
        ),
        Filter("Status", TEXT, "s.workcenter_status", LIKE, "The status it is in.", example="Idle%"),
        Filter("Active", BOOLEAN, "w.active", EQUAL, "Whether it is in use.", ("true", "false"), "true"),
        Filter(
            "StatusSinceBegin",
            INSTANT,
            "s.log_date",
            SINCE,
            "In its status since this instant or later.",
            days_ago=90,
        ),
        Filter(
            "StatusSinceEnd",
            INSTANT,
            "s.log_date",
            BEFORE,
            "In its status since before this instant: what has been the same for long.",
            days_ago=-1,
        ),
        modified_since(_MODIFIED),
    ),
    windows=(Window("StatusSinceBegin", "StatusSinceEnd"),),
    operations=(
        Operation(
            "list-workcenters",
            Action.LIST,
            "List workcenters",
            "Workcenters of the company, with the status that each is in.",
        ),
        Operation("get-workcenter", Action.ONE, "Get a workcenter", "One workcenter by its key.", keyed=True),
    ),
)
