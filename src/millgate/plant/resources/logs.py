"""What the logs of workcenters share: their window, their parent's key, and the copy of what ran."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import DATE, INSTANT, INTEGER, TEXT
from millgate.plant.resource import BEFORE, EQUAL, LIKE, SINCE, Field, Filter, PathKey, Window
from millgate.plant.resources.parts import part_no_revision

MOST_DAYS: Final = 31
WINDOW: Final = Window("StartDate", "EndDate", MOST_DAYS)
OF_WORKCENTER: Final = PathKey(
    "WorkcenterKey", "l.workcenter_key", "The key of the workcenter whose logs are listed.", "1001"
)

WORKCENTER_FIELDS: Final = (
    Field("workcenterKey", INTEGER, "l.workcenter_key", "The key of the workcenter."),
    Field("workcenterCode", TEXT, "l.workcenter_code", "The code of the workcenter."),
)
PLANT_DAY_FIELDS: Final = (
    Field("reportDate", DATE, "l.report_date", "The production day they count for, by the plant's clock."),
    Field("shift", TEXT, "l.shift", "The shift they count for."),
)
# A copy of that time, in the row itself. Only how part and revision are joined is the company's of today.
SNAPSHOT_FIELDS: Final = (
    Field("jobNo", TEXT, "l.job_no", "The number of the job at that time."),
    Field("jobKey", INTEGER, "l.job_key", "The key of the job."),
    Field("jobOpKey", INTEGER, "l.job_op_key", "The key of the job's operation."),
    Field("partNo", TEXT, "l.part_no", "The part number at that time."),
    Field("revision", TEXT, "l.revision", "The revision of the part."),
    part_no_revision("l"),
    Field("partKey", INTEGER, "l.part_key", "The key of the part."),
    Field("operationNo", INTEGER, "l.operation_no", "The number of the step in the part's routing."),
    Field("operationCode", TEXT, "l.operation_code", "The kind of work of that step."),
    Field("partOperationKey", INTEGER, "l.part_operation_key", "The key of the step."),
)
EMPLOYEE_FIELDS: Final = (
    Field("employeeKey", INTEGER, "l.employee_key", "The key of the person who recorded it."),
    Field("employeeName", TEXT, "l.employee_name", "That person as Last, First."),
)

PART_FILTER: Final = Filter("PartNo", TEXT, "l.part_no", LIKE, "The part number.", example="TP-%")
JOB_FILTER: Final = Filter("JobNo", TEXT, "l.job_no", LIKE, "The job's number.", example="J10%")
SHIFT_FILTER: Final = Filter("Shift", TEXT, "l.shift", LIKE, "The shift.", example="A")
SERIAL_FILTER: Final = Filter("SerialNo", TEXT, "l.serial_no", LIKE, "The serial number.", example="SN%")
EMPLOYEE_FILTER: Final = Filter(
    "EmployeeKey",
    INTEGER,
    "l.employee_key",
    EQUAL,
    "The key of the person who recorded it.",
    example="1001",
)


def window_filters(column: str, selects: str = "") -> tuple[Filter, Filter]:
    """The two ends of `WINDOW` over the instants of this column; `selects` adds which rows are inside."""
    begin = f"Begin of the window. Without a workcenter needed, with EndDate at most {MOST_DAYS} days later."
    return (
        Filter("StartDate", INSTANT, column, SINCE, f"{begin} {selects}".rstrip(), days_ago=8),
        Filter("EndDate", INSTANT, column, BEFORE, "End of the window.", days_ago=1),
    )
