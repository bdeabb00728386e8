"""The part that a new job makes, and the steps of its routing."""

from __future__ import annotations

from typing import Any

import msgspec

from millgate.plant.writing.entries import Entry
from millgate.plant.writing.tables import APPROVED_WORKCENTER, OPERATION, PART, PART_OPERATION
from millgate.plant.writing.work import rows_of
from millgate.stores.ports import Work


class Step(msgspec.Struct, frozen=True):
    """One active step of a routing, with the rate and setup time of the workcenter first approved for it.

    `rate` is in pieces an hour, None where no workcenter is approved.
    """

    part_operation_key: int
    operation_no: int
    operation_code: str
    rate: float | None
    setup_time_hours: float


def part_of(entry: Entry, pcn: int) -> Work[dict[str, Any] | None]:
    """The part that a row names by key, or by number and revision."""
    named = []
    if entry.get("partKey") is not None:
        named.append(("partKey", "part_key = :part_key", {"part_key": entry["partKey"]}))
    if entry.text("partNo"):
        both = {"part_no": entry["partNo"], "revision": entry.text("revision")}
        named.append(("partNo", "part_no = :part_no AND revision = :revision", both))
    elif "revision" in entry and not named:
        entry.wrong("revision", "needs a part number; send partNo with it")
    if not named:
        entry.wrong("partKey", "is missing; send partKey, or partNo and revision")
    found = []
    for member, where, parameters in named:
        rows = yield from rows_of(PART, pcn, where, parameters)
        found.extend(rows)
        if not rows:
            told = " revision ".join(repr(value) for value in parameters.values())
            entry.wrong(member, f"{told} is no part of this company")
    if len({row["part_key"] for row in found}) > 1:
        entry.wrong("partKey", "and partNo with revision name different parts")
    return found[0] if found else None


def steps_of(part_key: int, pcn: int) -> Work[list[Step]]:
    """The active steps of a part's routing, in their order."""
    steps = []
    active = yield from rows_of(
        PART_OPERATION,
        pcn,
        "part_key = :part_key AND active",
        {"part_key": part_key},
        then="ORDER BY operation_no",
    )
    for row in active:
        key = {"key": row["operation_key"]}
        operations = yield from rows_of(OPERATION, pcn, "operation_key = :key", key)
        approved = yield from rows_of(
            APPROVED_WORKCENTER,
            pcn,
            "part_operation_key = :key",
            {"key": row["part_operation_key"]},
            then="ORDER BY approved_workcenter_key LIMIT 1",
        )
        steps.append(
            Step(
                row["part_operation_key"],
                row["operation_no"],
                operations[0]["operation_code"] if operations else "",
                approved[0]["standard_production_rate"] if approved else None,
                approved[0]["setup_time_hours"] if approved else 0.0,
            )
        )
    return steps
