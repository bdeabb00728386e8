"""What reports share: the ways to group their rows, and the filters of all of them."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import DATE, INTEGER, TEXT
from millgate.plant.resource import EQUAL, LIKE, Dimension, Field, Filter
from millgate.plant.resources.parts import part_no_revision

WORKCENTER_OF_LOG: Final = (
    "LEFT JOIN plant_workcenter w ON w.workcenter_key = l.workcenter_key AND w.pcn = l.pcn"
)

BY_WORKCENTER: Final = Dimension(
    "Workcenter", ("workcenterKey", "workcenterCode", "workcenterGroup"), "a workcenter"
)
BY_GROUP: Final = Dimension("WorkcenterGroup", ("workcenterGroup",), "a group of workcenters")
BY_PART: Final = Dimension("Part", ("partKey", "partNo", "revision", "partNoRevision"), "a part's revision")
BY_OPERATION: Final = Dimension("Operation", ("operationNo", "operationCode"), "a step of routings")
BY_JOB: Final = Dimension("Job", ("jobKey", "jobNo"), "a job")
BY_DAY: Final = Dimension("Day", ("reportDate",), "a production day")
BY_SHIFT: Final = Dimension("Shift", ("shift",), "a shift, of all its days together unless by Day, too")

DIMENSION_FIELDS: Final = (
    Field(
        "workcenterKey",
        INTEGER,
        "l.workcenter_key",
        "The key of the workcenter; null when not grouped by it.",
    ),
    Field("workcenterCode", TEXT, "l.workcenter_code", "The code of the workcenter."),
    Field("workcenterGroup", TEXT, "w.workcenter_group", "The group of the workcenter."),
    Field("reportDate", DATE, "l.report_date", "The production day, by the plant's clock."),
    Field("shift", TEXT, "l.shift", "The shift."),
    Field("partKey", INTEGER, "l.part_key", "The key of the part; null where nothing was set up."),
    Field("partNo", TEXT, "l.part_no", "The part number."),
    Field("revision", TEXT, "l.revision", "The revision of the part."),
    part_no_revision("l"),
    Field("operationNo", INTEGER, "l.operation_no", "The number of the step in the part's routing."),
    Field("operationCode", TEXT, "l.operation_code", "The kind of work of that step."),
    Field("jobKey", INTEGER, "l.job_key", "The key of the job."),
    Field("jobNo", TEXT, "l.job_no", "The number of the job."),
)
"""What tells groups apart; each is null where the rows are not grouped by its dimension."""

WORKCENTER_FILTERS: Final = (
    Filter("WorkcenterCode", TEXT, "l.workcenter_code", LIKE, "The code of the workcenter.", example="STP-%"),
    Filter(
        "WorkcenterGroup",
        TEXT,
        "w.workcenter_group",
        LIKE,
        "The group of the workcenter.",
        example="Progressive%",
    ),
)
REPORT_DATE_FILTER: Final = Filter(
    "ReportDate", DATE, "l.report_date", EQUAL, "The production day, by the plant's clock.", days_ago=2
)
