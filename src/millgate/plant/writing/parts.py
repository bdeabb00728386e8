"""Parts made, changed, and removed as long as nothing refers to them."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import NUMBER, TEXT
from millgate.plant.resource import Action
from millgate.plant.resources.parts import PART_STATUSES, PART_TYPES, PARTS
from millgate.plant.writing.entries import Entry, Writing, check_building
from millgate.plant.writing.inputs import Form, Input, update_form
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.tables import PART
from millgate.plant.writing.work import rows_of
from millgate.stores.ports import Statement, Work

KEY: Final = "partKey"


def _text(name: str, doc: str, max_length: int = 50) -> Input:
    return Input(name=name, kind=TEXT, doc=doc, max_length=max_length, default="")


def _amount(name: str, doc: str) -> Input:
    return Input(name=name, kind=NUMBER, doc=doc, minimum=0, default=0)


_INPUTS: Final = (
    Input(name="partNo", kind=TEXT, doc="The part number.", max_length=100, required=True, example="EX-1001"),
    _text("revision", "The revision; empty where the part has none.", 8),
    _text("name", "A short name.", 100),
    _text("description", "What the part is, at more length.", 500),
    Input(name="partType", kind=TEXT, doc="What it is.", max_length=50, values=PART_TYPES, default=""),
    Input(
        name="partStatus",
        kind=TEXT,
        doc="Where it is in its life.",
        max_length=50,
        values=PART_STATUSES,
        default="Production",
    ),
    _text("partGroup", "The family that planners put it in."),
    _text("partSource", "Whether it is made or bought."),
    _text("productType", "The kind of product it goes into."),
    _text("buildingCode", "The building where it is made or kept; one of the company's."),
    _amount("leadTimeDays", "Days from order to receipt."),
    _amount("netWeight", "Weight of one piece in kg."),
    _amount("standardPackQuantity", "Pieces in one full container."),
    Input(name="unit", kind=TEXT, doc="The unit of its quantities.", max_length=20, default="pcs"),
    _text("note", "A remark for people.", 500),
)


CREATE: Final = Form(resource_name="Parts", action=Action.CREATE, inputs=_INPUTS)
UPDATE: Final = update_form(PARTS, _INPUTS, KEY)
DELETE: Final = Form(resource_name="Parts", action=Action.DELETE, key=KEY)

_PLANNED: Final = (
    ("operations of its routing", "plant_part_operation", "part_key"),
    ("jobs", "plant_job", "part_key"),
    ("tools", "plant_tool", "part_key"),
    ("bills of material", "plant_bom", "component_part_key"),
)
_RECORDED: Final = (
    ("setups", "plant_workcenter_setup", "part_key"),
    ("containers", "plant_container", "part_key"),
    ("production logs", "plant_production_log", "part_key"),
    ("scrap logs", "plant_scrap_log", "part_key"),
    ("status logs", "plant_status_log", "part_key"),
)


def create(writing: Writing) -> Work[None]:
    """Make parts."""
    for entry in writing.entries:
        yield from check_building(entry, writing.context.pcn)
        yield from _check_unique(writing, entry, entry["partNo"], entry.text("revision"), None)
        if entry.sound:
            values = {member.column: entry.get(member.name, member.default) for member in _INPUTS}
            values["created_date"] = writing.context.now
            values["container_type"] = ""
            entry.record = yield from writing.ledger.add(PART, values)


def change(writing: Writing, part: Record) -> Work[None]:
    """Change a part; what is not sent stays as it is."""
    (entry,) = writing.entries
    if entry.text("buildingCode") != part["building_code"]:
        yield from check_building(entry, writing.context.pcn)
    number = entry.get("partNo", part["part_no"]), entry.get("revision", part["revision"])
    if number != (part["part_no"], part["revision"]):
        yield from _check_unique(writing, entry, *number, part)
    if entry.sound:
        part.change(**{item.column: entry[item.name] for item in _INPUTS if item.name in entry})


def remove(writing: Writing, part: Record) -> Work[None]:
    """Remove a part that was never used."""
    (entry,) = writing.entries
    # The logs are long and hold no index of parts: they are asked only where planning knows of nothing.
    users = (yield from _users(_PLANNED, part)) or (yield from _users(_RECORDED, part))
    if users:
        entry.conflict("", f"cannot be removed: the part is used by {', '.join(users)}")
    else:
        yield from writing.ledger.remove(part)


def _check_unique(
    writing: Writing, entry: Entry, part_no: str, revision: str, besides: Record | None
) -> Work[None]:
    found = yield from rows_of(
        PART,
        writing.context.pcn,
        "part_no = :part_no AND revision = :revision",
        {"part_no": part_no, "revision": revision},
    )
    if any(besides is None or row["part_key"] != besides.key for row in found):
        entry.conflict("partNo", f"{part_no!r} is there already in the revision {revision!r}")


def _users(kinds: tuple[tuple[str, str, str], ...], part: Record) -> Work[list[str]]:
    users = []
    for name, table, column in kinds:
        sql = f"SELECT 1 FROM {table} WHERE {column} = :key LIMIT 1"  # noqa: S608 - ours
        if (yield Statement(sql, {"key": part.key})):
            users.append(name)
    return users
