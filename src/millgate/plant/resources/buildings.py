"""Buildings: where the company works, each with its departments."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import BOOLEAN, INTEGER, ROWS, TEXT
from millgate.plant.modules import PLATFORM
from millgate.plant.resource import (
    EQUAL,
    LIKE,
    SELDOM_CHANGED,
    Action,
    Field,
    Filter,
    Operation,
    PathKey,
    Resource,
    Rows,
    modified_since,
)

_DEPARTMENTS: Final = Rows(
    source="plant_department d",
    where="d.building_key = b.building_key AND d.pcn = b.pcn",
    order=("d.department_no", "d.department_key"),
    fields=(
        Field("departmentNo", INTEGER, "d.department_no", "The number of the department."),
        Field("name", TEXT, "d.name", "Its name."),
    ),
)

BUILDINGS: Final = Resource(
    name="Buildings",
    controller="Buildings",
    module=PLATFORM,
    path="/Platform/Buildings/Buildings",
    source="plant_building b",
    pcn="b.pcn",
    order=("b.building_code", "b.building_key"),
    path_key=PathKey(
        "BuildingKey", "b.building_key", "The building's key, as in buildingKey of the list.", "1001"
    ),
    fields=(
        Field("buildingKey", INTEGER, "b.building_key", "The key of the building."),
        Field("buildingCode", TEXT, "b.building_code", "Its code, unique in the company."),
        Field("name", TEXT, "b.name", "Its name."),
        Field("active", BOOLEAN, "b.active", "Whether it is in use."),
        Field("city", TEXT, "b.city", "The city it stands in."),
        Field("state", TEXT, "b.state", "The state or province."),
        Field("country", TEXT, "b.country", "The country, by its code of two letters."),
        Field(
            "departments",
            ROWS,
            "b.departments",
            "The departments in it, by their numbers.",
            rows=_DEPARTMENTS,
        ),
    ),
    filters=(
        Filter("BuildingCode", TEXT, "b.building_code", LIKE, "The code.", example="MILL"),
        Filter("Active", BOOLEAN, "b.active", EQUAL, "Whether it is in use.", ("true", "false"), "true"),
        modified_since("b.modified_date", days_ago=SELDOM_CHANGED),
    ),
    operations=(
        Operation(
            "list-buildings", Action.LIST, "List buildings", "Buildings of the company, by their codes."
        ),
        Operation("get-building", Action.ONE, "Get a building", "One building by its key.", keyed=True),
    ),
)
