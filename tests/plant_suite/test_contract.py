"""The resources under the names, addresses, keys and filters that their contract lists.

Verbs that write can be added to a row of `CONTRACT` beside those that read.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from millgate.plant.plan import AFTER, LIMIT, OFFSET, accepted
from millgate.plant.registry import RESOURCES, apis
from millgate.plant.resource import Action

BY_NAME = {resource.name: resource for resource in RESOURCES}


class Told(NamedTuple):
    """What is told of one resource.

    Attributes:
        addresses: that can be read: behind /{suffix}/v1/{name}, an empty text or the key.
        key: the first field, which names the row.
    """

    suffix: str
    backend: str
    controller: str
    addresses: tuple[str, ...]
    key: str
    filters: str


CONTRACT = {
    "CompanyProfile": Told("Platform", "/Platform/Login/CompanyProfile", "CompanyProfile", ("",), "name", ""),
    "Buildings": Told(
        "Platform",
        "/Platform/Buildings/Buildings",
        "Buildings",
        ("", "BuildingKey"),
        "buildingKey",
        "BuildingCode Active",
    ),
    "Shifts": Told("Platform", "/Platform/Personnel/Shifts", "Shifts", ("",), "shiftKey", ""),
    "Parts": Told(
        "PartList",
        "/Engineering/PartList/Parts",
        "Parts",
        ("", "PartKey"),
        "partKey",
        "PartNo Revision Name PartType PartStatus PartGroup",
    ),
    "PartOperations": Told(
        "PartList",
        "/Engineering/PartList/PartOperations",
        "PartOperations",
        ("", "PartOperationKey"),
        "partOperationKey",
        "PartKey PartNo OperationCode Active",
    ),
    "Workcenters": Told(
        "Workcenter",
        "/ProductionTracking/WorkcenterList/Workcenters",
        "Workcenters",
        ("", "WorkcenterKey"),
        "workcenterKey",
        "WorkcenterCode Name WorkcenterType WorkcenterGroup BuildingKey DepartmentNo Status Active",
    ),
    "WorkcenterSetups": Told(
        "Workcenter",
        "/ProductionTracking/WorkcenterTracking/WorkcenterSetups",
        "WorkcenterSetups",
        ("", "WorkcenterKey"),
        "setupKey",
        "WorkcenterCode WorkcenterGroup JobNo PartNo",
    ),
    "WorkcenterStatuses": Told(
        "Workcenter",
        "/ProductionTracking/WorkcenterList/WorkcenterStatuses",
        "WorkcenterStatuses",
        ("",),
        "workcenterStatusKey",
        "Active",
    ),
    "ApprovedWorkcenters": Told(
        "Workcenter",
        "/Engineering/PartList/ApprovedWorkcenters",
        "ApprovedWorkcenters",
        ("",),
        "approvedWorkcenterKey",
        "WorkcenterKey PartKey PartOperationKey",
    ),
    "DcJobs": Told(
        "JobTracking",
        "/ProductionTracking/JobTrackingSystem/DcJobs",
        "DcJobs",
        ("", "JobKey"),
        "jobKey",
        "JobNo PartNo JobStatus DueDateBegin DueDateEnd CompletedDateBegin CompletedDateEnd Priority BuildingKey",
    ),
    "DcJobOperations": Told(
        "JobTracking",
        "/ProductionTracking/JobTrackingSystem/DcJobOperations",
        "DcJobOperations",
        ("JobKey",),
        "jobOpKey",
        "WorkcenterKey OperationCode JobOpStatus ScheduledStartBegin ScheduledStartEnd",
    ),
    "WorkcenterProductionLogs": Told(
        "Production",
        "/ProductionTracking/WorkcenterTracking/WorkcenterProductionLogs",
        "WorkcenterProductionLogs",
        ("", "WorkcenterKey"),
        "productionLogKey",
        "StartDate EndDate PartNo JobNo Shift SerialNo EmployeeKey",
    ),
    "WorkcenterScrapLogs": Told(
        "Production",
        "/ProductionTracking/WorkcenterTracking/WorkcenterScrapLogs",
        "WorkcenterScrapLogs",
        ("", "WorkcenterKey"),
        "scrapLogKey",
        "StartDate EndDate ScrapReason PartNo JobNo Shift SerialNo EmployeeKey",
    ),
    "WorkcenterStatusLogs": Told(
        "Production",
        "/ProductionTracking/WorkcenterTracking/WorkcenterStatusLogs",
        "WorkcenterStatusLogs",
        ("", "WorkcenterKey"),
        "logKey",
        "StartDate EndDate Status Event Shift JobNo",
    ),
    "WorkcenterPerformance": Told(
        "Production",
        "/ProductionTracking/WorkcenterTracking/WorkcenterPerformance",
        "WorkcenterPerformance",
        ("", "WorkcenterKey"),
        "workcenterKey",
        "StartDate EndDate WorkcenterGroup",
    ),
    "Containers": Told(
        "Production",
        "/ProductionTracking/InventoryTracking/Containers",
        "Containers",
        ("", "SerialNo"),
        "serialNo",
        "PartNo JobNo Location ContainerStatus LotNo",
    ),
}
OWN = {"ModifiedSince"}
"""Filters of our own, on every list whose rows know when they were changed."""
WITHOUT_MODIFIED = {"WorkcenterPerformance"}
BEYOND = {
    "WorkcenterPerformance": {"WorkcenterCode"},
    "Workcenters": {"StatusSinceBegin", "StatusSinceEnd"},
}
"""Filters of our own on single lists."""
FEW = {
    ("DcJobs", "JobStatus"): ("New", "Scheduled", "Production", "Completed", "Hold", "Cancelled"),
    ("DcJobs", "Priority"): ("Low", "Medium", "High"),
    ("DcJobOperations", "JobOpStatus"): ("Open", "Running", "Done", "Hold", "Cancelled"),
    ("Containers", "ContainerStatus"): ("OK", "Hold", "Scrap", "Shipped"),
    ("Parts", "PartType"): ("Finished Good", "Sub Assembly", "Raw Material"),
    ("Parts", "PartStatus"): ("Production", "Prototype", "Service", "Obsolete", "Hold"),
}


@pytest.mark.parametrize("name", CONTRACT)
def test_a_resource_is_named_addressed_and_opened_as_listed(name: str) -> None:
    resource, told = BY_NAME[name], CONTRACT[name]
    assert (resource.module.suffix, resource.path, resource.controller) == (
        told.suffix,
        told.backend,
        told.controller,
    )
    assert resource.fields[0].name == told.key


@pytest.mark.parametrize("name", CONTRACT)
def test_the_managed_addresses_are_those_listed(name: str) -> None:
    told = CONTRACT[name]
    found = {
        f"/{api.suffix}/{api.version}{operation.template}"
        for api in apis()
        for operation in api.operations
        if operation.method == "GET" and operation.target.partition(".")[0] == name
    }
    base = f"/{told.suffix}/v1/{name}"
    assert found == {f"{base}/{{{key}}}" if key else base for key in told.addresses}


@pytest.mark.parametrize("name", CONTRACT)
def test_the_filters_are_those_listed_and_our_own(name: str) -> None:
    names = [item.name for item in BY_NAME[name].filters]
    own = (set() if name in WITHOUT_MODIFIED else OWN) | BEYOND.get(name, set())
    assert sorted(names) == sorted({*CONTRACT[name].filters.split(), *own})


@pytest.mark.parametrize("name", CONTRACT)
def test_a_list_is_paged(name: str) -> None:
    names = accepted(BY_NAME[name], Action.LIST)
    assert {OFFSET, LIMIT} < set(names)
    assert (AFTER in names) == (name != "WorkcenterPerformance")


@pytest.mark.parametrize(("name", "filter_name"), FEW)
def test_few_values_are_those_listed(name: str, filter_name: str) -> None:
    item = next(item for item in BY_NAME[name].filters if item.name == filter_name)
    assert item.values == FEW[name, filter_name]


def test_performance_is_grouped_as_listed() -> None:
    resource = BY_NAME["WorkcenterPerformance"]
    assert {item.name for item in resource.dimensions} == {"Shift", "Day", "Job", "Part"}
    assert resource.grouped_by == ()


def test_nothing_else_is_answered_but_the_reports_and_the_audit() -> None:
    more = {resource.name for resource in RESOURCES} - set(CONTRACT)
    assert more == {"AuditLogs"} | {
        resource.name for resource in RESOURCES if resource.module.suffix == "Reports"
    }
