"""PartOperations: the routing of each part, a row for each step."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import BOOLEAN, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PART_LIST
from millgate.plant.resource import (
    EQUAL,
    LIKE,
    SELDOM_CHANGED,
    Action,
    Field,
    Filter,
    Join,
    Operation,
    PathKey,
    Resource,
    modified_since,
)

PART_OPERATIONS: Final = Resource(
    name="PartOperations",
    controller="PartOperations",
    module=PART_LIST,
    path="/Engineering/PartList/PartOperations",
    source="plant_part_operation o",
    joins=(
        Join("p", "LEFT JOIN plant_part p ON p.part_key = o.part_key AND p.pcn = o.pcn"),
        Join("k", "LEFT JOIN plant_operation k ON k.operation_key = o.operation_key AND k.pcn = o.pcn"),
    ),
    pcn="o.pcn",
    order=("o.part_key", "o.operation_no", "o.part_operation_key"),
    path_key=PathKey(
        "PartOperationKey",
        "o.part_operation_key",
        "The step's key, as in partOperationKey of the list.",
        "1028",
    ),
    fields=(
        Field("partOperationKey", INTEGER, "o.part_operation_key", "The key of the step."),
        Field("partKey", INTEGER, "o.part_key", "The key of the part's revision."),
        Field("partNo", TEXT, "p.part_no", "The part number."),
        Field("revision", TEXT, "p.revision", "The revision of the part."),
        Field("operationNo", INTEGER, "o.operation_no", "The number of the step; steps run in its order."),
        Field("operationCode", TEXT, "k.operation_code", "The kind of work."),
        Field(
            "operationType", TEXT, "k.operation_type", "What that work is part of: Production, Inspection …"
        ),
        Field("active", BOOLEAN, "o.active", "Whether the step is in use."),
        Field("shippable", BOOLEAN, "o.shippable", "Whether pieces can be shipped after it."),
        Field("multiple", INTEGER, "o.multiple", "Pieces that one stroke or cycle makes."),
        Field("standardQuantity", NUMBER, "o.standard_quantity", "Pieces in one full container after it."),
        Field("netWeight", NUMBER, "o.net_weight", "Weight of one piece after it in kg."),
    ),
    filters=(
        Filter("PartKey", INTEGER, "o.part_key", EQUAL, "The key of the part's revision.", example="1010"),
        Filter("PartNo", TEXT, "p.part_no", LIKE, "The part number.", example="TP-20418"),
        Filter("OperationCode", TEXT, "k.operation_code", LIKE, "The kind of work.", example="STAMP"),
        Filter("Active", BOOLEAN, "o.active", EQUAL, "Whether it is in use.", ("true", "false"), "true"),
        modified_since("o.modified_date", days_ago=SELDOM_CHANGED),
    ),
    operations=(
        Operation(
            "list-part-operations",
            Action.LIST,
            "List part operations",
            "The steps in which parts are made, part by part in their order.",
        ),
        Operation(
            "get-part-operation", Action.ONE, "Get a part operation", "One step by its key.", keyed=True
        ),
    ),
)
