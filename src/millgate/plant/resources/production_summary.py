"""ProductionSummary: good, rejected and scrapped pieces, summed up."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import INSTANT, INTEGER, NUMBER
from millgate.plant.modules import REPORTS
from millgate.plant.resource import Action, Field, Join, Operation, Resource
from millgate.plant.resources.logs import (
    JOB_FILTER,
    MOST_DAYS,
    OF_WORKCENTER,
    PART_FILTER,
    SHIFT_FILTER,
    WINDOW,
    window_filters,
)
from millgate.plant.resources.parts import company_of
from millgate.plant.resources.report_words import (
    BY_DAY,
    BY_GROUP,
    BY_JOB,
    BY_OPERATION,
    BY_PART,
    BY_SHIFT,
    BY_WORKCENTER,
    DIMENSION_FIELDS,
    REPORT_DATE_FILTER,
    WORKCENTER_FILTERS,
    WORKCENTER_OF_LOG,
)

_SHARED: Final = (
    "pcn, workcenter_key, workcenter_code, record_date, report_date, shift, job_key, job_no, part_key,"
    " part_no, revision, operation_no, operation_code"
)
_PIECES: Final = (
    f"(SELECT {_SHARED}, 1 AS containers, CASE WHEN rejected THEN 0.0 ELSE quantity END AS good,"  # noqa: S608 - our own words
    " CASE WHEN rejected THEN quantity ELSE 0.0 END AS reject, 0.0 AS scrap FROM plant_production_log"
    f" UNION ALL SELECT {_SHARED}, 0, 0.0, 0.0, quantity FROM plant_scrap_log) l"
)

PRODUCTION_SUMMARY: Final = Resource(
    name="ProductionSummary",
    controller="ProductionSummary",
    module=REPORTS,
    path="/ProductionTracking/ProductionReports/ProductionSummary",
    source=_PIECES,
    joins=(company_of("l"), Join("w", WORKCENTER_OF_LOG)),
    pcn="l.pcn",
    order=("workcenterCode", "reportDate", "shift", "partNo", "jobNo", "operationNo"),
    path_key=OF_WORKCENTER,
    fields=(
        *DIMENSION_FIELDS,
        Field("containers", INTEGER, "containers", "Containers filled.", "SUM(l.containers)"),
        Field("goodQuantity", NUMBER, "good", "Good pieces.", "SUM(l.good)"),
        Field("rejectQuantity", NUMBER, "reject", "Pieces rejected afterwards.", "SUM(l.reject)"),
        Field("scrapQuantity", NUMBER, "scrap", "Pieces scrapped.", "SUM(l.scrap)"),
        Field(
            "productionQuantity",
            NUMBER,
            "produced",
            "Good, rejected and scrapped pieces.",
            "SUM(l.good + l.reject + l.scrap)",
        ),
        Field(
            "scrapRatio",
            NUMBER,
            "scrap_ratio",
            "Scrapped pieces for each piece produced (ISO 22400-2); null where none was.",
            "SUM(l.scrap) / NULLIF(SUM(l.good + l.reject + l.scrap), 0)",
        ),
        Field("firstLogDate", INSTANT, "first_log_date", "The first record, UTC.", "MIN(l.record_date)"),
        Field("lastLogDate", INSTANT, "last_log_date", "The last record, UTC.", "MAX(l.record_date)"),
    ),
    filters=(
        *window_filters("l.record_date"),
        *WORKCENTER_FILTERS,
        PART_FILTER,
        JOB_FILTER,
        REPORT_DATE_FILTER,
        SHIFT_FILTER,
    ),
    windows=(WINDOW,),
    dimensions=(BY_WORKCENTER, BY_GROUP, BY_PART, BY_OPERATION, BY_JOB, BY_DAY, BY_SHIFT),
    grouped_by=("Workcenter", "Part"),
    operations=(
        Operation(
            "list-workcenter-production-summary",
            Action.LIST,
            "Sum up the production of a workcenter",
            "What one workcenter made and scrapped, by part or as GroupBy says.",
            keyed=True,
        ),
        Operation(
            "list-production-summary",
            Action.LIST,
            "Sum up production",
            f"What workcenters made and scrapped in at most {MOST_DAYS} days, by workcenter and part or as"
            " GroupBy says.",
        ),
    ),
)
