"""ScrapByReason: why pieces were scrapped, the costliest reason first (a Pareto table)."""

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

SCRAP_BY_REASON: Final = Resource(
    name="ScrapByReason",
    controller="ScrapByReason",
    module=REPORTS,
    path="/ProductionTracking/ProductionReports/ScrapByReason",
    source="plant_scrap_log l",
    joins=(company_of("l"), Join("w", WORKCENTER_OF_LOG)),
    pcn="l.pcn",
    order=("scrapQuantity DESC", "scrapReason"),
    path_key=OF_WORKCENTER,
    fields=(
        Field("scrapReason", TEXT, "l.scrap_reason", "Why they were scrapped."),
        Field("scrapCategory", TEXT, "l.scrap_category", "The process that the reason belongs to."),
        *DIMENSION_FIELDS,
        Field("scrapQuantity", NUMBER, "quantity", "Pieces scrapped.", "SUM(l.quantity)"),
        Field("occurrences", INTEGER, "occurrences", "Records.", "COUNT(*)"),
        Field(
            "share",
            NUMBER,
            "share",
            "Of all pieces that the report counts; null where they sum up to none.",
            "SUM(l.quantity) / NULLIF(SUM(SUM(l.quantity)) OVER (), 0)",
        ),
        Field(
            "cumulativeShare",
            NUMBER,
            "cumulative_share",
            "Of all pieces, together with the rows above; rows of one quantity count together.",
            "SUM(SUM(l.quantity)) OVER (ORDER BY SUM(l.quantity) DESC)"
            " / NULLIF(SUM(SUM(l.quantity)) OVER (), 0)",
        ),
        Field("firstLogDate", INSTANT, "first_log_date", "The first record, UTC.", "MIN(l.record_date)"),
        Field("lastLogDate", INSTANT, "last_log_date", "The last record, UTC.", "MAX(l.record_date)"),
    ),
    filters=(
        *window_filters("l.record_date"),
        *WORKCENTER_FILTERS,
        Filter("ScrapReason", TEXT, "l.scrap_reason", LIKE, "The reason.", example="S%"),
        PART_FILTER,
        JOB_FILTER,
        REPORT_DATE_FILTER,
        SHIFT_FILTER,
    ),
    windows=(WINDOW,),
    dimensions=(
        Dimension("Reason", ("scrapReason", "scrapCategory"), "a reason"),
        BY_WORKCENTER,
        BY_GROUP,
        BY_PART,
        BY_OPERATION,
        BY_JOB,
        BY_DAY,
        BY_SHIFT,
    ),
    grouped_by=("Reason",),
    operations=(
        Operation(
            "list-workcenter-scrap-by-reason",
            Action.LIST,
            "Sum up the scrap of a workcenter by reason",
            "Why pieces of one workcenter were scrapped, the costliest reason first.",
            keyed=True,
        ),
        Operation(
            "list-scrap-by-reason",
            Action.LIST,
            "Sum up scrap by reason",
            f"Why pieces were scrapped in at most {MOST_DAYS} days, the costliest reason first.",
        ),
    ),
)
