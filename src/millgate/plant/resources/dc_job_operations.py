"""DcJobOperations: the steps of a job, each on the workcenter that it is planned for.

The key in the path is the job's: the address lists that job's steps.
"""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import JOB_TRACKING
from millgate.plant.resource import (
    BEFORE,
    EQUAL,
    LIKE,
    SINCE,
    Action,
    Field,
    Filter,
    Join,
    Operation,
    PathKey,
    Resource,
    Window,
    modified_since,
)

JOB_OP_STATUSES: Final = ("Open", "Running", "Done", "Hold", "Cancelled")

DC_JOB_OPERATIONS: Final = Resource(
    name="DcJobOperations",
    controller="DcJobOperations",
    module=JOB_TRACKING,
    path="/ProductionTracking/JobTrackingSystem/DcJobOperations",
    source="plant_job_operation o",
    joins=(
        Join("j", "LEFT JOIN plant_job j ON j.job_key = o.job_key AND j.pcn = o.pcn"),
        Join("w", "LEFT JOIN plant_workcenter w ON w.workcenter_key = o.workcenter_key AND w.pcn = o.pcn"),
    ),
    pcn="o.pcn",
    order=("o.job_key", "o.operation_no", "o.job_op_key"),
    path_key=PathKey("JobKey", "o.job_key", "The key of the job whose operations are listed.", "104512"),
    fields=(
        Field("jobOpKey", INTEGER, "o.job_op_key", "The key of the job's operation."),
        Field("jobKey", INTEGER, "o.job_key", "The key of the job."),
        Field("jobNo", TEXT, "j.job_no", "The number of the job."),
        Field("operationNo", INTEGER, "o.operation_no", "The number of the step; steps run in its order."),
        Field("operationCode", TEXT, "o.operation_code", "The kind of work."),
        Field(
            "workcenterKey",
            INTEGER,
            "o.workcenter_key",
            "The key of the workcenter it is planned for; null while it is not.",
        ),
        Field("workcenterCode", TEXT, "w.workcenter_code", "The code of that workcenter."),
        Field("quantity", NUMBER, "o.quantity", "Pieces to make."),
        Field("quantityCompleted", NUMBER, "o.quantity_completed", "Good pieces made."),
        Field("scheduledStartDate", INSTANT, "o.scheduled_start_date", "When it is planned to begin, UTC."),
        Field("dueDate", INSTANT, "o.due_date", "When its pieces are needed, UTC."),
        Field("startDate", INSTANT, "o.start_date", "When it began, UTC; null before."),
        Field("completedDate", INSTANT, "o.completed_date", "When it was completed, UTC; null before."),
        Field("jobOpStatus", TEXT, "o.job_op_status", f"One of {', '.join(JOB_OP_STATUSES)}."),
        Field("setupTimeHours", NUMBER, "o.setup_time_hours", "Hours that its setup is planned to take."),
        Field("runTimeHours", NUMBER, "o.run_time_hours", "Hours that it is planned to run."),
        Field("rate", NUMBER, "o.rate", "Pieces an hour that are planned with."),
        Field(
            "cancelationId",
            INTEGER,
            "o.cancelation_id",
            "The cancelation that ended the operation; null for all others.",
        ),
    ),
    filters=(
        Filter(
            "WorkcenterKey",
            INTEGER,
            "o.workcenter_key",
            EQUAL,
            "The key of the workcenter.",
            example="1042",
        ),
        Filter("OperationCode", TEXT, "o.operation_code", LIKE, "The kind of work.", example="STAMP"),
        Filter(
            "JobOpStatus",
            TEXT,
            "o.job_op_status",
            LIKE,
            "The status.",
            values=JOB_OP_STATUSES,
            example="Open",
        ),
        Filter(
            "ScheduledStartBegin",
            INSTANT,
            "o.scheduled_start_date",
            SINCE,
            "Planned to begin at or after this instant.",
            days_ago=30,
        ),
        # The job of the example is one that is still to be made.
        Filter(
            "ScheduledStartEnd",
            INSTANT,
            "o.scheduled_start_date",
            BEFORE,
            "Planned to begin before this instant.",
            days_ago=-30,
        ),
        modified_since("o.modified_date"),
    ),
    windows=(Window("ScheduledStartBegin", "ScheduledStartEnd"),),
    operations=(
        Operation(
            "list-dc-job-operations",
            Action.LIST,
            "List the operations of a job",
            "The steps of one job in their order, each with its workcenter and how far it is.",
            keyed=True,
        ),
    ),
)
