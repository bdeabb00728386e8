"""JobProgress: how far each job has come, where it stands, and what it waits for."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import BOOLEAN, INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import REPORTS
from millgate.plant.resource import (
    ANY_OF,
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
)
from millgate.plant.resources.dc_jobs import JOB_STATUSES
from millgate.plant.resources.parts import company_of, part_no_revision

_STEP: Final = (
    "LEFT JOIN plant_job_operation o ON o.job_op_key = (SELECT q.job_op_key FROM plant_job_operation q"
    " WHERE q.job_key = j.job_key AND q.pcn = j.pcn AND q.job_op_status NOT IN ('Done', 'Cancelled')"
    " ORDER BY q.operation_no LIMIT 1)"
)
_STATUS: Final = (
    "LEFT JOIN plant_status_log s ON s.log_key = (SELECT MAX(t.log_key) FROM plant_status_log t"
    " WHERE t.pcn = o.pcn AND t.workcenter_key = o.workcenter_key AND t.end_date IS NULL)"
)
_OPEN: Final = "j.job_status NOT IN ('Completed', 'Cancelled')"
_BEHIND: Final = (
    f"({_OPEN} AND j.quantity > j.quantity_completed AND (j.due_date < {{now}} OR EXISTS (SELECT 1"  # noqa: S608 - our own words
    " FROM plant_job_operation q WHERE q.job_key = j.job_key AND q.pcn = j.pcn"
    " AND q.job_op_status NOT IN ('Done', 'Cancelled') AND q.scheduled_end_date < {now})))"
)
_WAITS: Final = (
    f"CASE WHEN NOT ({_OPEN}) THEN '' WHEN o.note <> '' THEN o.note WHEN j.note <> '' THEN j.note"
    " WHEN j.job_status = 'Hold' THEN 'The job is on hold'"
    " WHEN o.job_op_status = 'Hold' THEN 'The operation is on hold'"
    " WHEN o.job_op_status = 'Open' AND s.job_key IS NOT NULL AND s.job_key <> j.job_key"
    " THEN 'Workcenter ' || w.workcenter_code || ' runs job ' || s.job_no"
    " WHEN o.job_op_status = 'Open' THEN 'Operation ' || o.operation_no || ' has not begun'"
    " WHEN s.workcenter_status <> 'Production' THEN s.workcenter_status || CASE WHEN s.workcenter_event = ''"
    " THEN '' ELSE ': ' || s.workcenter_event END ELSE '' END"
)

JOB_PROGRESS: Final = Resource(
    name="JobProgress",
    controller="JobProgress",
    module=REPORTS,
    path="/ProductionTracking/ProductionReports/JobProgress",
    source="plant_job j",
    joins=(
        company_of("j"),
        Join("p", "LEFT JOIN plant_part p ON p.part_key = j.part_key AND p.pcn = j.pcn"),
        Join("o", _STEP),
        Join("w", "LEFT JOIN plant_workcenter w ON w.workcenter_key = o.workcenter_key AND w.pcn = o.pcn"),
        Join("s", _STATUS),
    ),
    pcn="j.pcn",
    order=("j.due_date", "j.job_key"),
    path_key=PathKey("JobKey", "j.job_key", "The job's key, as in jobKey of DcJobs.", "104512"),
    fields=(
        Field("jobKey", INTEGER, "j.job_key", "The key of the job."),
        Field("jobNo", TEXT, "j.job_no", "Its number."),
        Field("partKey", INTEGER, "j.part_key", "The key of the part it makes."),
        Field("partNo", TEXT, "p.part_no", "The number of that part."),
        Field("revision", TEXT, "p.revision", "The revision of that part."),
        part_no_revision("p"),
        Field("jobStatus", TEXT, "j.job_status", f"One of {', '.join(JOB_STATUSES)}."),
        Field("priority", TEXT, "j.priority", "Low, Medium or High."),
        Field("dueDate", INSTANT, "j.due_date", "When the pieces are needed, UTC."),
        Field("completedDate", INSTANT, "j.completed_date", "When it was completed, UTC; null before."),
        Field("quantity", NUMBER, "j.quantity", "Pieces to make."),
        Field("quantityCompleted", NUMBER, "j.quantity_completed", "Good pieces of the last operation."),
        Field("quantityScrapped", NUMBER, "j.quantity_scrapped", "Pieces scrapped."),
        Field(
            "progress",
            NUMBER,
            "progress",
            "Completed for each piece to make, from 0; above 1 there are more than were asked for.",
            "j.quantity_completed / NULLIF(j.quantity, 0)",
        ),
        Field(
            "operations",
            INTEGER,
            "operations",
            "Operations of the job.",
            "(SELECT COUNT(*) FROM plant_job_operation q WHERE q.job_key = j.job_key AND q.pcn = j.pcn)",
        ),
        Field(
            "operationsDone",
            INTEGER,
            "operations_done",
            "Operations that are done.",
            "(SELECT COUNT(*) FROM plant_job_operation q WHERE q.job_key = j.job_key AND q.pcn = j.pcn"
            " AND q.job_op_status = 'Done')",
        ),
        Field(
            "operationNo",
            INTEGER,
            "o.operation_no",
            "The first operation that is neither done nor cancelled; null when there is none.",
        ),
        Field("operationCode", TEXT, "o.operation_code", "The kind of work of that operation."),
        Field("jobOpStatus", TEXT, "o.job_op_status", "Its status: Open, Running or Hold."),
        Field(
            "operationCompleted", NUMBER, "o.operation_completed", "Its good pieces.", "o.quantity_completed"
        ),
        Field("workcenterKey", INTEGER, "o.workcenter_key", "The workcenter that it is planned for."),
        Field("workcenterCode", TEXT, "w.workcenter_code", "The code of that workcenter."),
        Field("workcenterStatus", TEXT, "s.workcenter_status", "The status that this workcenter is in."),
        Field("scheduledEndDate", INSTANT, "o.scheduled_end_date", "When it is planned to end, UTC."),
        Field(
            "behind",
            BOOLEAN,
            "behind",
            "Whether pieces are missing although the due date, or an operation's planned end, has passed.",
            _BEHIND,
        ),
        Field(
            "waitingFor",
            TEXT,
            "waiting_for",
            "What keeps it from going on: a remark of the planner, a hold, another job, the workcenter's"
            " status; empty when nothing does.",
            _WAITS,
        ),
    ),
    filters=(
        Filter("JobNo", TEXT, "j.job_no", LIKE, "The number.", example="J10%"),
        Filter("PartNo", TEXT, "p.part_no", LIKE, "The number of the part.", example="TP-%"),
        Filter(
            "JobStatus",
            TEXT,
            "j.job_status",
            ANY_OF,
            "The status.",
            values=JOB_STATUSES,
            example="Production",
        ),
        Filter(
            "WorkcenterCode",
            TEXT,
            "w.workcenter_code",
            LIKE,
            "The code of the workcenter that its next operation is planned for.",
            example="STP-%",
        ),
        Filter("Behind", BOOLEAN, _BEHIND, EQUAL, "Whether it is behind.", example="true"),
        Filter("DueDateBegin", INSTANT, "j.due_date", SINCE, "Needed at or after this instant.", days_ago=30),
        Filter("DueDateEnd", INSTANT, "j.due_date", BEFORE, "Needed before this instant.", days_ago=-30),
    ),
    windows=(Window("DueDateBegin", "DueDateEnd"),),
    operations=(
        Operation(
            "list-job-progress",
            Action.LIST,
            "Show the progress of jobs",
            "How far jobs have come and what they wait for, the most urgent first.",
        ),
        Operation(
            "get-job-progress", Action.ONE, "Show the progress of a job", "One job by its key.", keyed=True
        ),
    ),
)
