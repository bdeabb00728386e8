"""DcJobs: jobs as the shop floor sees them ("data-collection jobs" is our reading of the name)."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import JOB_TRACKING
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
    modified_since,
)
from millgate.plant.resources.parts import company_of, part_no_revision

JOB_STATUSES: Final = ("New", "Scheduled", "Production", "Completed", "Hold", "Cancelled")
JOB_TYPES: Final = ("Standard", "Rework", "Service", "Stock")
PRIORITIES: Final = ("Low", "Medium", "High")

DC_JOBS: Final = Resource(
    name="DcJobs",
    controller="DcJobs",
    module=JOB_TRACKING,
    path="/ProductionTracking/JobTrackingSystem/DcJobs",
    source="plant_job j",
    joins=(
        Join("p", "LEFT JOIN plant_part p ON p.part_key = j.part_key AND p.pcn = j.pcn"),
        company_of("j"),
        Join("b", "LEFT JOIN plant_building b ON b.pcn = j.pcn AND b.building_code = j.building_code"),
    ),
    pcn="j.pcn",
    order=("j.due_date", "j.job_key"),
    path_key=PathKey("JobKey", "j.job_key", "The job's key, as in jobKey of the list.", "104512"),
    fields=(
        Field("jobKey", INTEGER, "j.job_key", "The key of the job."),
        Field("jobNo", TEXT, "j.job_no", "Its number, unique in the company."),
        Field("externalJobCode", TEXT, "j.external_job_code", "Its number in another system."),
        Field("partKey", INTEGER, "j.part_key", "The key of the part it makes."),
        Field("partNo", TEXT, "p.part_no", "The number of that part."),
        Field("revision", TEXT, "p.revision", "The revision of that part."),
        part_no_revision("p"),
        Field("partName", TEXT, "p.name", "The name of that part."),
        Field("quantity", NUMBER, "j.quantity", "Pieces to make."),
        Field("quantityCompleted", NUMBER, "j.quantity_completed", "Good pieces of the last operation."),
        Field("quantityScrapped", NUMBER, "j.quantity_scrapped", "Pieces scrapped."),
        Field(
            "quantityRemaining",
            NUMBER,
            "j.quantity_remaining",
            "Pieces still to make; 0 when there are more than were asked for.",
            "CASE WHEN j.quantity > j.quantity_completed THEN j.quantity - j.quantity_completed ELSE 0 END",
        ),
        Field("jobStatus", TEXT, "j.job_status", f"One of {', '.join(JOB_STATUSES)}."),
        Field("jobType", TEXT, "j.job_type", f"One of {', '.join(JOB_TYPES)}."),
        Field("priority", TEXT, "j.priority", f"One of {', '.join(PRIORITIES)}."),
        Field("dueDate", INSTANT, "j.due_date", "When the pieces are needed, UTC."),
        Field("earliestStartDate", INSTANT, "j.earliest_start_date", "Not to be begun before, UTC."),
        Field("createdDate", INSTANT, "j.created_date", "When the job was made, UTC."),
        Field("completedDate", INSTANT, "j.completed_date", "When it was completed, UTC; null before."),
        Field("buildingCode", TEXT, "j.building_code", "The building where it is made."),
        Field(
            "cancelationId",
            INTEGER,
            "j.cancelation_id",
            "The cancelation that ended the job; null for all others.",
        ),
    ),
    filters=(
        Filter("JobNo", TEXT, "j.job_no", LIKE, "The number.", example="J104512"),
        Filter("PartNo", TEXT, "p.part_no", LIKE, "The number of the part.", example="TP-20418"),
        Filter(
            "JobStatus",
            TEXT,
            "j.job_status",
            ANY_OF,
            "The status.",
            values=JOB_STATUSES,
            example="Production",
        ),
        Filter("DueDateBegin", INSTANT, "j.due_date", SINCE, "Needed at or after this instant.", days_ago=30),
        Filter("DueDateEnd", INSTANT, "j.due_date", BEFORE, "Needed before this instant.", days_ago=1),
        Filter(
            "CompletedDateBegin",
            INSTANT,
            "j.completed_date",
            SINCE,
            "Completed at or after this instant.",
            days_ago=30,
        ),
        Filter(
            "CompletedDateEnd",
            INSTANT,
            "j.completed_date",
            BEFORE,
            "Completed before this instant.",
            days_ago=1,
        ),
        Filter("Priority", TEXT, "j.priority", LIKE, "The priority.", values=PRIORITIES, example="High"),
        Filter("BuildingKey", INTEGER, "b.building_key", EQUAL, "The key of the building.", example="1001"),
        modified_since("j.modified_date"),
    ),
    windows=(
        Window("DueDateBegin", "DueDateEnd"),
        Window("CompletedDateBegin", "CompletedDateEnd"),
    ),
    operations=(
        Operation("list-dc-jobs", Action.LIST, "List jobs", "Jobs of the company, the most urgent first."),
        Operation("get-dc-job", Action.ONE, "Get a job", "One job by its key.", keyed=True),
        Operation(
            "create-dc-job",
            Action.CREATE,
            "Make a job",
            "Make a job, with an operation for each step of its part's routing; or up to 1000 at once.",
        ),
        Operation(
            "update-dc-job",
            Action.UPDATE,
            "Change a job",
            "Change quantity, dates, priority or status; hold, release, cancel and reinstate it.",
            keyed=True,
        ),
    ),
)
