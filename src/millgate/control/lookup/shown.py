"""Declarations as the pane reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.control.lookup import panels
from millgate.control.lookup.reports import REPORTS

if TYPE_CHECKING:
    from millgate.control.lookup.columns import Column
    from millgate.control.lookup.declared import Chart, Read, Report
    from millgate.control.lookup.panels import Panel


def declarations() -> dict[str, Any]:
    """All that the pane reads and shows, in the language of the request."""
    return {
        "search": _read(panels.SEARCH),
        "workcenter": _panel(panels.WORKCENTER),
        "setup": _panel(panels.SETUP),
        "reports": [_report(report) for report in REPORTS],
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "id": report.id,
        "title": str(report.title),
        "read": _read(report.read),
        "fields": report.fields,
        "columns": [_column(column) for column in report.columns],
        "chart": _chart(report.chart),
        "windowed": report.windowed,
        "totals": report.totals,
    }


def _panel(panel: Panel) -> dict[str, Any]:
    return {"read": _read(panel.read), "fields": [_column(column) for column in panel.fields]}


def _read(read: Read) -> dict[str, Any]:
    return {"path": read.path, "query": dict(read.query), "controller": read.controller}


def _column(column: Column) -> dict[str, Any]:
    return {
        "field": column.field,
        "title": str(column.title),
        "kind": column.kind.value,
        "width": column.width,
        "digits": column.digits,
        "utc": column.utc,
    }


def _chart(chart: Chart) -> dict[str, Any]:
    return {
        "kind": chart.kind.value,
        "category": chart.category,
        "series": chart.series,
        "title": str(chart.title),
    }
