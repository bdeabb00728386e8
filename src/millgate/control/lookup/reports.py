"""The production reports of the pane: nine questions that a supervisor asks of one workcenter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from django.utils.translation import gettext_lazy as _

from millgate.control.lookup.columns import Column, Kind
from millgate.control.lookup.declared import CODE, Chart, ChartKind, Report, of_all, of_workcenter
from millgate.plant.resources.downtime_by_reason import DOWNTIME_BY_REASON
from millgate.plant.resources.job_progress import JOB_PROGRESS
from millgate.plant.resources.production_summary import PRODUCTION_SUMMARY
from millgate.plant.resources.scrap_by_reason import SCRAP_BY_REASON
from millgate.plant.resources.setup_history import SETUP_HISTORY
from millgate.plant.resources.workcenter_performance import DAILY_PERFORMANCE
from millgate.plant.resources.workcenter_production_logs import WORKCENTER_PRODUCTION_LOGS
from millgate.plant.resources.workcenter_scrap_logs import WORKCENTER_SCRAP_LOGS
from millgate.plant.resources.workcenter_status_logs import WORKCENTER_STATUS_LOGS

if TYPE_CHECKING:
    from django.utils.functional import Promise

    _Words: TypeAlias = str | Promise

_RECORDED: Final = Column(field="logDate", title=_("Recorded"), kind=Kind.DATETIME, width=17)
_RECORDED_UTC: Final = replace(_RECORDED, title=_("Recorded (UTC)"), utc=True)
_DAY: Final = Column(field="reportDate", title=_("Production day"), kind=Kind.DATE, width=14)
_SHIFT: Final = Column(field="shift", title=_("Shift"), width=8)
_PART: Final = Column(field="partNo", title=_("Part"), width=16)
_REVISION: Final = Column(field="revision", title=_("Revision"), width=10)
_JOB: Final = Column(field="jobNo", title=_("Job"), width=12)
_STEP: Final = Column(field="operationNo", title=_("Step"), kind=Kind.INTEGER, width=8)
_WORK: Final = Column(field="operationCode", title=_("Operation"), width=14)
_OPERATOR: Final = Column(field="employeeName", title=_("Operator"), width=22)
_SERIAL: Final = Column(field="serialNo", title=_("Serial number"), width=16)
_REASON: Final = Column(field="scrapReason", title=_("Scrap reason"), width=22)
_PROCESS: Final = Column(field="scrapCategory", title=_("Process"), width=16)
_STATUS: Final = Column(field="workcenterStatus", title=_("Status"), width=20)
_EVENT: Final = Column(field="workcenterEvent", title=_("Reason"), width=24)
_EVENT_CODE: Final = Column(field="eventCode", title=_("Reason code"), width=12)
_SHARE: Final = Column(field="share", title=_("Share"), kind=Kind.PERCENT, width=9)
_SHARE_SO_FAR: Final = Column(
    field="cumulativeShare", title=_("Share with the rows above"), kind=Kind.PERCENT, width=14
)


def _quantity(field: str, title: _Words, width: int = 12) -> Column:
    return Column(field=field, title=title, kind=Kind.QUANTITY, width=width)


def _hours(field: str, title: _Words) -> Column:
    return Column(field=field, title=title, kind=Kind.QUANTITY, width=14, digits=2)


def _seconds(field: str, title: _Words) -> Column:
    return Column(field=field, title=title, kind=Kind.DURATION, width=13)


def _ratio(field: str, title: _Words) -> Column:
    return Column(field=field, title=title, kind=Kind.PERCENT, width=13)


def _moment(field: str, title: _Words) -> Column:
    return Column(field=field, title=title, kind=Kind.DATETIME, width=17)


_GOOD: Final = _quantity("goodQuantity", _("Good"))
_SCRAPPED: Final = _quantity("scrapQuantity", _("Scrapped"))
_REJECTED: Final = _quantity("rejectQuantity", _("Rejected"))
_PRODUCED: Final = _quantity("productionQuantity", _("Produced"))
_TIMES: Final = Column(field="occurrences", title=_("Times"), kind=Kind.INTEGER, width=8)

PRODUCTION_LOG: Final = Report(
    id="production-log",
    title=_("Production log"),
    short=_("Production"),
    read=of_workcenter(WORKCENTER_PRODUCTION_LOGS),
    columns=(
        _RECORDED,
        _DAY,
        _SHIFT,
        _PART,
        _REVISION,
        _WORK,
        _JOB,
        _quantity("quantity", _("Quantity")),
        Column(field="unit", title=_("Unit"), width=8),
        Column(field="rejected", title=_("Rejected"), width=10),
        _SCRAPPED,
        _SERIAL,
        _OPERATOR,
        _RECORDED_UTC,
    ),
    chart=Chart(kind=ChartKind.COLUMN, category="logDate", series=("quantity",), title=_("Quantity")),
    totals=("quantity", "scrapQuantity"),
)
PRODUCTION_SUMMARY_REPORT: Final = Report(
    id="production-summary",
    title=_("Production summary"),
    short=_("Summary"),
    read=of_workcenter(PRODUCTION_SUMMARY, GroupBy="Part"),
    columns=(
        _PART,
        _REVISION,
        Column(field="containers", title=_("Containers"), kind=Kind.INTEGER, width=11),
        _PRODUCED,
        _GOOD,
        _SCRAPPED,
        _REJECTED,
        _ratio("scrapRatio", _("Scrap ratio")),
        _moment("firstLogDate", _("First record")),
        _moment("lastLogDate", _("Last record")),
    ),
    chart=Chart(
        kind=ChartKind.STACKED,
        category="partNo",
        series=("goodQuantity", "scrapQuantity", "rejectQuantity"),
        title=_("Pieces"),
    ),
    totals=("goodQuantity", "scrapQuantity", "rejectQuantity"),
)
SCRAP_LOG: Final = Report(
    id="scrap-log",
    title=_("Scrap log"),
    short=_("Scrap"),
    read=of_workcenter(WORKCENTER_SCRAP_LOGS),
    columns=(
        _RECORDED,
        _DAY,
        _SHIFT,
        _quantity("quantity", _("Scrapped")),
        _REASON,
        _PROCESS,
        Column(field="transactionType", title=_("Recorded by"), width=20),
        _PART,
        _REVISION,
        _JOB,
        _SERIAL,
        _OPERATOR,
        _RECORDED_UTC,
    ),
    chart=Chart(kind=ChartKind.COLUMN, category="logDate", series=("quantity",), title=_("Pieces")),
    totals=("quantity",),
)
SCRAP_BY_REASON_REPORT: Final = Report(
    id="scrap-by-reason",
    title=_("Scrap by reason"),
    short=_("Scrap reasons"),
    read=of_workcenter(SCRAP_BY_REASON),
    columns=(
        _REASON,
        _PROCESS,
        _SCRAPPED,
        _TIMES,
        _SHARE,
        _SHARE_SO_FAR,
        _moment("lastLogDate", _("Last record")),
    ),
    chart=Chart(kind=ChartKind.COLUMN, category="scrapReason", series=("scrapQuantity",), title=_("Pieces")),
    totals=("scrapQuantity",),
)
STATUS_LOG: Final = Report(
    id="status-log",
    title=_("Status log"),
    short=_("Status"),
    read=of_workcenter(WORKCENTER_STATUS_LOGS),
    columns=(
        _moment("logDate", _("Began")),
        _moment("endDate", _("Ended")),
        _seconds("durationSeconds", _("Duration")),
        _STATUS,
        _EVENT,
        _EVENT_CODE,
        _DAY,
        _SHIFT,
        _JOB,
        _PART,
        Column(field="note", title=_("Note"), width=30),
        replace(_moment("logDate", _("Began (UTC)")), utc=True),
    ),
    chart=Chart(kind=ChartKind.COLUMN, category="logDate", series=("durationSeconds",), title=_("Duration")),
)
DOWNTIME_BY_REASON_REPORT: Final = Report(
    id="downtime-by-reason",
    title=_("Downtime by reason"),
    short=_("Downtime"),
    read=of_workcenter(DOWNTIME_BY_REASON),
    columns=(
        _EVENT,
        _EVENT_CODE,
        _STATUS,
        _seconds("downtimeSeconds", _("Downtime")),
        _TIMES,
        _seconds("longestSeconds", _("Longest")),
        _SHARE,
        _SHARE_SO_FAR,
        _moment("lastLogDate", _("Last began")),
    ),
    chart=Chart(
        kind=ChartKind.COLUMN, category="workcenterEvent", series=("downtimeSeconds",), title=_("Downtime")
    ),
    totals=("downtimeSeconds",),
)
SETUP_HISTORY_REPORT: Final = Report(
    id="setup-history",
    title=_("Setup history"),
    short=_("Setups"),
    read=of_workcenter(SETUP_HISTORY),
    columns=(
        _moment("setupDate", _("Mounted")),
        _moment("teardownDate", _("Taken down")),
        Column(field="toolNo", title=_("Tool"), width=14),
        Column(field="toolType", title=_("Tool type"), width=12),
        _PART,
        _REVISION,
        _WORK,
        _JOB,
        _hours("setupHoursStandard", _("Planned hours")),
        _hours("setupHoursActual", _("Hours taken")),
        _ratio("ratio", _("Taken of planned")),
    ),
    chart=Chart(
        kind=ChartKind.COLUMN,
        category="setupDate",
        series=("setupHoursStandard", "setupHoursActual"),
        title=_("Hours"),
    ),
    totals=("setupHoursStandard", "setupHoursActual"),
)
DAILY_PERFORMANCE_REPORT: Final = Report(
    id="daily-performance",
    title=_("Daily performance (OEE)"),
    short=_("OEE"),
    read=of_workcenter(DAILY_PERFORMANCE),
    columns=(
        Column(field="group", title=_("Shift and day"), width=18),
        _DAY,
        _SHIFT,
        _ratio("oee", _("OEE")),
        _ratio("availability", _("Availability")),
        _ratio("performance", _("Performance")),
        _ratio("quality", _("Quality")),
        _PRODUCED,
        _GOOD,
        _SCRAPPED,
        _REJECTED,
        _seconds("plannedProductionSeconds", _("Planned time")),
        _seconds("productionSeconds", _("Production time")),
        _seconds("setupSeconds", _("Setup time")),
        _seconds("downtimeSeconds", _("Downtime")),
        _seconds("idleSeconds", _("Idle time")),
    ),
    chart=Chart(
        kind=ChartKind.LINE,
        category="group",
        series=("oee", "availability", "performance", "quality"),
        title=_("Share"),
    ),
    totals=("productionQuantity", "goodQuantity", "scrapQuantity", "rejectQuantity"),
)
JOB_PROGRESS_REPORT: Final = Report(
    id="job-progress",
    title=_("Job progress"),
    short=_("Jobs"),
    read=of_all(JOB_PROGRESS, WorkcenterCode=f"{{{CODE}}}"),
    columns=(
        _JOB,
        _PART,
        _REVISION,
        Column(field="jobStatus", title=_("Job status"), width=12),
        Column(field="priority", title=_("Priority"), width=9),
        _moment("dueDate", _("Due")),
        _quantity("quantity", _("To make")),
        _quantity("quantityCompleted", _("Completed")),
        _quantity("quantityScrapped", _("Scrapped")),
        _ratio("progress", _("Progress")),
        _STEP,
        _WORK,
        Column(field="jobOpStatus", title=_("Operation status"), width=16),
        _quantity("operationCompleted", _("Completed in this step"), 14),
        _moment("scheduledEndDate", _("Planned end")),
        Column(field="behind", title=_("Behind"), width=8),
        Column(field="waitingFor", title=_("Waits for"), width=34),
    ),
    chart=Chart(
        kind=ChartKind.COLUMN,
        category="jobNo",
        series=("quantity", "operationCompleted"),
        title=_("Pieces"),
    ),
    windowed=False,
    totals=("quantity", "quantityCompleted", "quantityScrapped"),
)

REPORTS: Final = (
    PRODUCTION_LOG,
    PRODUCTION_SUMMARY_REPORT,
    SCRAP_LOG,
    SCRAP_BY_REASON_REPORT,
    STATUS_LOG,
    DOWNTIME_BY_REASON_REPORT,
    SETUP_HISTORY_REPORT,
    DAILY_PERFORMANCE_REPORT,
    JOB_PROGRESS_REPORT,
)
"""In the order in which the pane offers them."""
BY_ID: Final = {report.id: report for report in REPORTS}
