"""SetupHistory: how long setups really took, against what was planned with."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import REPORTS
from millgate.plant.resource import LIKE, Action, Dimension, Field, Filter, Join, Operation, Resource
from millgate.plant.resources.logs import (
    JOB_FILTER,
    MOST_DAYS,
    OF_WORKCENTER,
    PART_FILTER,
    WINDOW,
    window_filters,
)
from millgate.plant.resources.parts import company_of
from millgate.plant.resources.report_words import (
    BY_GROUP,
    BY_JOB,
    BY_OPERATION,
    BY_PART,
    BY_WORKCENTER,
    DIMENSION_FIELDS,
    WORKCENTER_FILTERS,
    WORKCENTER_OF_LOG,
)

# Hours have decimals: as `numeric`, PostgreSQL comes to the same sum in whatever order it reads them.
_ACTUAL: Final = "CAST(l.setup_hours_actual AS numeric)"
_TIMED: Final = (
    "CASE WHEN l.setup_hours_actual IS NULL THEN NULL ELSE CAST(l.setup_hours_standard AS numeric) END"
)
_DAYS_AND_SHIFTS: Final = {"reportDate", "shift"}

SETUP_HISTORY: Final = Resource(
    name="SetupHistory",
    controller="SetupHistory",
    module=REPORTS,
    path="/ProductionTracking/ProductionReports/SetupHistory",
    source="plant_workcenter_setup l",
    joins=(company_of("l"), Join("w", WORKCENTER_OF_LOG)),
    pcn="l.pcn",
    order=("setupDate", "setupKey", "workcenterCode", "toolNo", "partNo"),
    path_key=OF_WORKCENTER,
    fields=(
        Field("setupKey", INTEGER, "l.setup_key", "The key of the setup; null when not grouped by it."),
        Field("setupDate", INSTANT, "l.setup_date", "When it was mounted, UTC."),
        Field("teardownDate", INSTANT, "l.teardown_date", "When it was taken down, UTC; null while mounted."),
        Field("toolNo", TEXT, "l.tool_no", "The number of the die, mold or fixture."),
        Field("toolType", TEXT, "l.tool_type", "Which of these it is."),
        *(field for field in DIMENSION_FIELDS if field.name not in _DAYS_AND_SHIFTS),
        Field("setups", INTEGER, "setups", "Setups.", "COUNT(*)"),
        Field(
            "setupsTimed",
            INTEGER,
            "setups_timed",
            "Of these, the ones whose real time is known: they reached a first good piece.",
            "COUNT(l.setup_hours_actual)",
        ),
        Field(
            "setupHoursStandard",
            NUMBER,
            "hours_standard",
            "Hours that the timed setups should take together.",
            f"SUM({_TIMED})",
        ),
        Field(
            "setupHoursActual",
            NUMBER,
            "hours_actual",
            "Hours that the timed setups took together.",
            f"SUM({_ACTUAL})",
        ),
        Field(
            "averageHoursActual",
            NUMBER,
            "average_hours",
            "Hours that a timed setup took on average.",
            f"AVG({_ACTUAL})",
        ),
        Field(
            "longestHoursActual",
            NUMBER,
            "longest_hours",
            "Hours of the longest.",
            "MAX(l.setup_hours_actual)",
        ),
        Field(
            "ratio",
            NUMBER,
            "ratio",
            "Hours taken for each planned hour; above 1 setups take longer than planned.",
            f"SUM({_ACTUAL}) / NULLIF(SUM({_TIMED}), 0)",
        ),
    ),
    filters=(
        *window_filters("l.setup_date"),
        *WORKCENTER_FILTERS,
        Filter("ToolNo", TEXT, "l.tool_no", LIKE, "The number of the die, mold or fixture.", example="D%"),
        PART_FILTER,
        JOB_FILTER,
    ),
    windows=(WINDOW,),
    dimensions=(
        Dimension("Setup", ("setupKey", "setupDate", "teardownDate"), "a single setup"),
        Dimension("Tool", ("toolNo", "toolType"), "a die, mold or fixture"),
        BY_WORKCENTER,
        BY_GROUP,
        BY_PART,
        BY_OPERATION,
        BY_JOB,
    ),
    grouped_by=("Setup", "Tool", "Workcenter", "Part", "Operation", "Job"),
    operations=(
        Operation(
            "list-workcenter-setup-history",
            Action.LIST,
            "Show the setups of a workcenter",
            "Each setup of one workcenter with its real and its planned time, or sums as GroupBy says.",
            keyed=True,
        ),
        Operation(
            "list-setup-history",
            Action.LIST,
            "Show setups",
            f"Each setup of at most {MOST_DAYS} days with its real and its planned time, or sums as GroupBy"
            " says.",
        ),
    ),
)
