"""DowntimeByReason: why workcenters stood still, the longest first (a Pareto table)."""

from __future__ import annotations

from typing import Final

from millgate.plant.downtime import downtime_rows
from millgate.plant.kinds import DATE, INSTANT, INTEGER, NUMBER, TEXT
from millgate.plant.modules import REPORTS
from millgate.plant.resource import LIKE, Action, Dimension, Field, Filter, Operation, Resource
from millgate.plant.resources.logs import MOST_DAYS, OF_WORKCENTER, SHIFT_FILTER, WINDOW, window_filters
from millgate.plant.resources.report_words import WORKCENTER_FILTERS

DOWNTIME_BY_REASON: Final = Resource(
    name="DowntimeByReason",
    controller="DowntimeByReason",
    module=REPORTS,
    path="/ProductionTracking/ProductionReports/DowntimeByReason",
    source="",
    pcn="",
    order=(),
    path_key=OF_WORKCENTER,
    fields=(
        Field("workcenterStatus", TEXT, "workcenter_status", "The status in which they stood."),
        Field("eventCode", TEXT, "event_code", "The code of the reason; empty where none was given."),
        Field("workcenterEvent", TEXT, "workcenter_event", "The reason."),
        Field("workcenterKey", INTEGER, "workcenter_key", "The workcenter; null when not grouped by it."),
        Field("workcenterCode", TEXT, "workcenter_code", "The code of the workcenter."),
        Field("workcenterGroup", TEXT, "workcenter_group", "The group of the workcenter."),
        Field("reportDate", DATE, "report_date", "The production day on which they stopped."),
        Field("shift", TEXT, "shift", "The shift in which they stopped."),
        Field("partNo", TEXT, "part_no", "The part that was set up."),
        Field("revision", TEXT, "revision", "The revision of the part."),
        Field("jobKey", INTEGER, "job_key", "The job that was set up."),
        Field("jobNo", TEXT, "job_no", "The number of the job."),
        Field("downtimeSeconds", NUMBER, "downtime_seconds", "Seconds that lie in the window."),
        Field("downtimeHours", NUMBER, "downtime_hours", "The same in hours."),
        Field("occurrences", INTEGER, "occurrences", "Stops that reach into the window."),
        Field("longestSeconds", NUMBER, "longest_seconds", "Seconds of the longest, in the window."),
        Field("share", NUMBER, "share", "Of all seconds that the report counts."),
        Field("cumulativeShare", NUMBER, "cumulative_share", "Of all seconds, together with the rows above."),
        Field("lastLogDate", INSTANT, "last_log_date", "When the last of them began, UTC."),
    ),
    filters=(
        *window_filters(
            "log_date", "A stop counts as far as it lies inside; one that lasts counts until now."
        ),
        *WORKCENTER_FILTERS,
        Filter("Status", TEXT, "workcenter_status", LIKE, "The status.", example="Down%"),
        Filter("Event", TEXT, "workcenter_event", LIKE, "The reason.", example="%"),
        SHIFT_FILTER,
    ),
    windows=(WINDOW,),
    dimensions=(
        Dimension("Reason", ("workcenterStatus", "eventCode", "workcenterEvent"), "a status with its reason"),
        Dimension("Workcenter", ("workcenterKey", "workcenterCode", "workcenterGroup"), "a workcenter"),
        Dimension("WorkcenterGroup", ("workcenterGroup",), "a group of workcenters"),
        Dimension("Part", ("partNo", "revision"), "a part's revision"),
        Dimension("Job", ("jobKey", "jobNo"), "a job"),
        Dimension("Day", ("reportDate",), "a production day"),
        Dimension("Shift", ("shift",), "a shift, of all its days together unless by Day, too"),
    ),
    grouped_by=("Reason",),
    compute=downtime_rows,
    operations=(
        Operation(
            "list-workcenter-downtime-by-reason",
            Action.LIST,
            "Sum up the downtime of a workcenter by reason",
            "Why one workcenter stood still, the longest first.",
            keyed=True,
        ),
        Operation(
            "list-downtime-by-reason",
            Action.LIST,
            "Sum up downtime by reason",
            f"Why workcenters stood still in at most {MOST_DAYS} days, the longest first.",
        ),
    ),
)
