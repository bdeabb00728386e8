"""Parts: what the plant makes, buys and consumes; a row for each revision."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PART_LIST
from millgate.plant.resource import (
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

PART_TYPES: Final = ("Finished Good", "Sub Assembly", "Raw Material")
PART_STATUSES: Final = ("Production", "Prototype", "Service", "Obsolete", "Hold")


def company_of(alias: str) -> Join:
    """The company of the rows under this alias, as `c`."""
    return Join("c", f"LEFT JOIN plant_pcn c ON c.pcn_key = {alias}.pcn")


def part_no_revision(alias: str) -> Field:
    """A part as people read it. Its columns stand under this alias, beside `company_of` it."""
    return Field(
        "partNoRevision",
        TEXT,
        f"{alias}.part_no_revision",
        "Part number and revision, joined as the company joins them.",
        f"{alias}.part_no || CASE WHEN {alias}.revision = '' THEN ''"
        f" ELSE COALESCE(c.part_rev_separator, '-') || {alias}.revision END",
    )


PARTS: Final = Resource(
    name="Parts",
    controller="Parts",
    module=PART_LIST,
    path="/Engineering/PartList/Parts",
    source="plant_part p",
    joins=(company_of("p"),),
    pcn="p.pcn",
    order=("p.part_no", "p.revision", "p.part_key"),
    path_key=PathKey("PartKey", "p.part_key", "The part's key, as in partKey of the list.", "1010"),
    fields=(
        Field("partKey", INTEGER, "p.part_key", "The key of this revision of the part."),
        Field("partNo", TEXT, "p.part_no", "The part number."),
        Field("revision", TEXT, "p.revision", "The revision; empty where the part has none."),
        part_no_revision("p"),
        Field("name", TEXT, "p.name", "A short name."),
        Field("description", TEXT, "p.description", "What the part is, at more length."),
        Field("partType", TEXT, "p.part_type", "Finished Good, Sub Assembly or Raw Material."),
        Field(
            "partStatus", TEXT, "p.part_status", "Where it is in its life: Production, Prototype, Service …"
        ),
        Field("partGroup", TEXT, "p.part_group", "The family that planners put it in."),
        Field("partSource", TEXT, "p.part_source", "Whether it is made or bought."),
        Field("productType", TEXT, "p.product_type", "The kind of product it goes into."),
        Field("buildingCode", TEXT, "p.building_code", "The building where it is made or kept."),
        Field("leadTimeDays", NUMBER, "p.lead_time_days", "Days from order to receipt."),
        Field("netWeight", NUMBER, "p.net_weight", "Weight of one piece in kg."),
        Field("standardPackQuantity", NUMBER, "p.standard_pack_quantity", "Pieces in one full container."),
        Field("unit", TEXT, "p.unit", "The unit in which quantities of the part are counted."),
        Field("note", TEXT, "p.note", "A remark for people."),
        Field("createdDate", INSTANT, "p.created_date", "When the row was made, UTC."),
        Field("modifiedDate", INSTANT, "p.modified_date", "When the row was last changed, UTC."),
    ),
    filters=(
        Filter("PartNo", TEXT, "p.part_no", LIKE, "The part number.", example="TP-20418"),
        Filter("Revision", TEXT, "p.revision", LIKE, "The revision.", example="C"),
        Filter("Name", TEXT, "p.name", LIKE, "The short name.", example="%bracket%"),
        Filter(
            "PartType", TEXT, "p.part_type", LIKE, "The type.", values=PART_TYPES, example="Finished Good"
        ),
        Filter(
            "PartStatus",
            TEXT,
            "p.part_status",
            LIKE,
            "The status.",
            values=PART_STATUSES,
            example="Production",
        ),
        Filter("PartGroup", TEXT, "p.part_group", LIKE, "The family.", example="Injection Molding"),
        modified_since("p.modified_date", days_ago=SELDOM_CHANGED),
    ),
    operations=(
        Operation("list-parts", Action.LIST, "List parts", "Parts of the company, a row for each revision."),
        Operation("get-part", Action.ONE, "Get a part", "One revision of a part by its key.", keyed=True),
        Operation(
            "create-part", Action.CREATE, "Make a part", "Make one revision of a part, or up to 1000 at once."
        ),
        Operation(
            "update-part", Action.UPDATE, "Change a part", "Change the members that are sent.", keyed=True
        ),
        Operation(
            "delete-part",
            Action.DELETE,
            "Remove a part",
            "Remove a revision that nothing refers to: no operation, job, tool, log or container.",
            keyed=True,
        ),
    ),
)
