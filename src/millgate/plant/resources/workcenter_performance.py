"""WorkcenterPerformance and DailyPerformance: the indicators of ISO 22400-2 by workcenter.

Both show the same rows, made in `millgate.plant.performance`. They differ in how they are grouped when a
call does not say so.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfoNotFoundError

import msgspec

from millgate.plant.kinds import DATE, INTEGER, NUMBER, TEXT
from millgate.plant.modules import PRODUCTION_TRACKING, REPORTS
from millgate.plant.performance import Group, Performance, performance_rows
from millgate.plant.plan import Plan
from millgate.plant.resource import Action, Dimension, Field, Operation, Resource, like_pattern
from millgate.plant.resources.logs import MOST_DAYS, OF_WORKCENTER, WINDOW, window_filters
from millgate.plant.resources.report_words import WORKCENTER_FILTERS
from millgate.stores.ports import ColumnFailed, PlantReader

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LABELS: Final = {
    Group.DAY: ("reportDate",),
    Group.SHIFT: ("shift",),
    Group.JOB: ("jobKey", "jobNo"),
    Group.PART: ("partKey", "partNo", "revision"),
}


async def _rows(plan: Plan, store: PlantReader, now: datetime, seconds: float) -> list[dict[str, object]]:
    try:
        found = await performance_rows(
            store,
            plan.pcn,
            plan.value("StartDate") or _LONG_AGO,
            plan.value("EndDate") or now,
            now,
            groups=[Group(name) for name in plan.groups],
            key=int(plan.key) if plan.key is not None else None,
            group_like=_pattern(plan, "WorkcenterGroup"),
            code_like=_pattern(plan, "WorkcenterCode"),
            seconds=seconds,
        )
    except ZoneInfoNotFoundError as unknown:
        raise ColumnFailed("time_zone") from unknown
    except LookupError:
        return []  # the database does not know the company
    return [_shown(row, plan.groups) for row in found]


def _pattern(plan: Plan, name: str) -> str | None:
    text = plan.value(name)
    return None if text is None else like_pattern(text)


def _shown(row: Performance, groups: tuple[str, ...]) -> dict[str, object]:
    shown: dict[str, Any] = {field: getattr(row, attribute) for field, attribute in _ATTRIBUTES.items()}
    labels = [str(shown[name] or "-") for group in groups for name in _LABELS[Group(group)][-1:]]
    return shown | {"group": " ".join(labels) or "None"}


_ATTRIBUTES: Final = {
    renamed: name
    for name, renamed in zip(Performance.__struct_fields__, Performance.__struct_encode_fields__, strict=True)
}

FIELDS: Final = (
    Field("workcenterKey", INTEGER, "workcenter_key", "The key of the workcenter."),
    Field("workcenterCode", TEXT, "workcenter_code", "The code of the workcenter."),
    Field("workcenterGroup", TEXT, "workcenter_group", "The group of the workcenter."),
    Field("group", TEXT, "group_label", "What the row is of, as GroupBy says, in one text."),
    Field("reportDate", DATE, "report_date", "The production day; null when not grouped by Day."),
    Field("shift", TEXT, "shift", "The shift; null when not grouped by Shift."),
    Field(
        "jobKey", INTEGER, "job_key", "The job; null when not grouped by Job, or where nothing was set up."
    ),
    Field("jobNo", TEXT, "job_no", "The number of the job."),
    Field(
        "partKey",
        INTEGER,
        "part_key",
        "The part; null when not grouped by Part, or where nothing was set up.",
    ),
    Field("partNo", TEXT, "part_no", "The part number."),
    Field("revision", TEXT, "revision", "The revision of the part."),
    Field(
        "plannedProductionSeconds",
        NUMBER,
        "planned_production_time",
        "Planned busy time (PBT): all time but breaks, planned maintenance and hours without a shift.",
    ),
    Field("productionSeconds", NUMBER, "production_seconds", "Actual production time (APT)."),
    Field("setupSeconds", NUMBER, "setup_seconds", "Actual unit setup time (AUST)."),
    Field("downtimeSeconds", NUMBER, "downtime_seconds", "Actual unit delay time (ADET)."),
    Field("idleSeconds", NUMBER, "idle_seconds", "Planned time in which nothing was to be done."),
    Field(
        "productionQuantity", NUMBER, "production_qty", "Pieces produced (PQ): good, rejected and scrapped."
    ),
    Field("goodQuantity", NUMBER, "good_qty", "Good pieces (GQ)."),
    Field("scrapQuantity", NUMBER, "scrap_qty", "Scrapped pieces (SQ)."),
    Field("rejectQuantity", NUMBER, "reject_qty", "Rejected pieces."),
    Field(
        "standardProductionRate",
        NUMBER,
        "standard_production_rate",
        "Pieces an hour at the rates of what was produced; null where nothing was, or a rate is unknown.",
    ),
    Field("rateSource", TEXT, "rate_source", "Which rates these are: ideal, standard or mixed."),
    Field("availability", NUMBER, "availability", "APT / PBT; null where it would divide by zero."),
    Field(
        "performance",
        NUMBER,
        "performance",
        "Time that PQ takes at its rates / APT. Above 1 a rate is wrong; nothing is capped.",
    ),
    Field("quality", NUMBER, "quality", "GQ / PQ."),
    Field("oee", NUMBER, "oee", "Availability x performance x quality."),
    Field("nee", NUMBER, "nee", "As oee, with setup counted as productive."),
)
DIMENSIONS: Final = (
    Dimension("Shift", _LABELS[Group.SHIFT], "a shift, of all its days together unless by Day, too"),
    Dimension("Day", _LABELS[Group.DAY], "a production day"),
    Dimension("Job", _LABELS[Group.JOB], "a job"),
    Dimension("Part", _LABELS[Group.PART], "a part's revision"),
)
_WINDOW_FILTERS: Final = window_filters("log_date", "Time and pieces count as far as they lie inside.")

WORKCENTER_PERFORMANCE: Final = Resource(
    name="WorkcenterPerformance",
    controller="WorkcenterPerformance",
    module=PRODUCTION_TRACKING,
    path="/ProductionTracking/WorkcenterTracking/WorkcenterPerformance",
    source="",
    pcn="",
    order=(),
    path_key=OF_WORKCENTER,
    fields=FIELDS,
    filters=(*_WINDOW_FILTERS, *WORKCENTER_FILTERS),
    windows=(WINDOW,),
    dimensions=DIMENSIONS,
    compute=_rows,
    operations=(
        Operation(
            "get-workcenter-performance",
            Action.LIST,
            "Get the performance of a workcenter",
            "Availability, performance, quality and OEE of one workcenter, as a whole or as GroupBy says.",
            keyed=True,
        ),
        Operation(
            "list-workcenter-performance",
            Action.LIST,
            "List the performance of workcenters",
            f"Availability, performance, quality and OEE of each workcenter in at most {MOST_DAYS} days.",
        ),
    ),
)
DAILY_PERFORMANCE: Final = msgspec.structs.replace(
    WORKCENTER_PERFORMANCE,
    name="DailyPerformance",
    controller="DailyPerformance",
    module=REPORTS,
    path="/ProductionTracking/ProductionReports/DailyPerformance",
    grouped_by=("Shift", "Day"),
    operations=(
        Operation(
            "list-workcenter-daily-performance",
            Action.LIST,
            "Show the daily performance of a workcenter",
            "OEE of one workcenter by production day and shift, or as GroupBy says.",
            keyed=True,
        ),
        Operation(
            "list-daily-performance",
            Action.LIST,
            "Show daily performance",
            f"OEE of each workcenter by production day and shift, in at most {MOST_DAYS} days.",
        ),
    ),
)
