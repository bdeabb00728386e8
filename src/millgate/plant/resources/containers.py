"""Containers: labelled boxes of pieces, and where they are."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PRODUCTION_TRACKING
from millgate.plant.resource import LIKE, Action, Field, Filter, Operation, PathKey, Resource, modified_since
from millgate.plant.resources.parts import company_of, part_no_revision

CONTAINER_STATUSES: Final = ("OK", "Hold", "Scrap", "Shipped")

CONTAINERS: Final = Resource(
    name="Containers",
    controller="Containers",
    module=PRODUCTION_TRACKING,
    path="/ProductionTracking/InventoryTracking/Containers",
    source="plant_container x",
    joins=(company_of("x"),),
    pcn="x.pcn",
    order=("x.serial_no",),
    path_key=PathKey(
        "SerialNo",
        "x.serial_no",
        "The serial number, as in serialNo of the list; capital and small letters differ.",
        "SN0003481022",
        TEXT,
    ),
    fields=(
        Field("serialNo", TEXT, "x.serial_no", "The serial number on the label: the key of the container."),
        Field("partKey", INTEGER, "x.part_key", "The key of the part in it."),
        Field("partNo", TEXT, "x.part_no", "The part number."),
        Field("revision", TEXT, "x.revision", "The revision of the part."),
        part_no_revision("x"),
        Field("partOperationKey", INTEGER, "x.part_operation_key", "The key of the step that filled it."),
        Field("operationNo", INTEGER, "x.operation_no", "The number of that step in the part's routing."),
        Field("operationCode", TEXT, "x.operation_code", "The kind of work of that step."),
        Field("jobKey", INTEGER, "x.job_key", "The key of the job that filled it."),
        Field("jobNo", TEXT, "x.job_no", "The number of that job."),
        Field("quantity", NUMBER, "x.quantity", "Pieces in it, in its unit; 0 once they are used up."),
        Field("unit", TEXT, "x.unit", "The unit of the quantity."),
        Field("containerStatus", TEXT, "x.container_status", f"One of {', '.join(CONTAINER_STATUSES)}."),
        Field("containerType", TEXT, "x.container_type", "The sort of container."),
        Field("location", TEXT, "x.location", "Where it is."),
        Field("lotNo", TEXT, "x.lot_no", "The lot."),
        Field("heatNo", TEXT, "x.heat_no", "The heat of the metal."),
        Field("grossWeight", NUMBER, "x.gross_weight", "Weight of all together in kg."),
        Field("netWeight", NUMBER, "x.net_weight", "Weight of the pieces in kg."),
        Field("tareWeight", NUMBER, "x.tare_weight", "Weight of the empty container in kg."),
        Field("addDateTime", INSTANT, "x.add_date_time", "When it was filled, UTC."),
        Field("updateDateTime", INSTANT, "x.update_date_time", "When it was last moved or changed, UTC."),
    ),
    filters=(
        Filter("PartNo", TEXT, "x.part_no", LIKE, "The part number.", example="TP-20418"),
        Filter("JobNo", TEXT, "x.job_no", LIKE, "The job's number.", example="J10%"),
        Filter("Location", TEXT, "x.location", LIKE, "Where it is.", example="MRB"),
        Filter(
            "ContainerStatus",
            TEXT,
            "x.container_status",
            LIKE,
            "The status.",
            values=CONTAINER_STATUSES,
            example="OK",
        ),
        Filter("LotNo", TEXT, "x.lot_no", LIKE, "The lot.", example="L10%"),
        modified_since("x.modified_date"),
    ),
    operations=(
        Operation(
            "list-containers",
            Action.LIST,
            "List containers",
            "Containers of the company by serial number, used up and shipped ones included.",
        ),
        Operation("get-container", Action.ONE, "Get a container", "One container by its label.", keyed=True),
    ),
)
