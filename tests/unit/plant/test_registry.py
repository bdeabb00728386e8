from __future__ import annotations

from datetime import date

import pytest

from millgate.describe.model import Operation, Place
from millgate.plant.plan import AFTER
from millgate.plant.registry import RESOURCES, apis, controllers, targets
from millgate.plant.resource import Action

OPERATIONS = [pytest.param(operation, id=operation.key) for api in apis() for operation in api.operations]


def test_the_apis_are_those_of_the_contract() -> None:
    assert [(api.key, api.name, api.suffix, api.version, api.upstream) for api in apis()] == [
        ("platform", "Platform", "Platform", "v1", "plant"),
        ("part-list", "PartList", "PartList", "v1", "plant"),
        ("workcenter", "Workcenter", "Workcenter", "v1", "plant"),
        ("job-tracking", "Job Tracking", "JobTracking", "v1", "plant"),
        ("production-tracking", "Production Tracking", "Production", "v1", "plant"),
        ("production-reports", "Production Reports", "Reports", "v1", "plant"),
    ]


def test_the_addresses_are_those_of_the_contract() -> None:
    found = {
        operation.template for api in apis() for operation in api.operations if operation.method == "GET"
    }
    assert found == {
        "/CompanyProfile",
        "/Buildings",
        "/Buildings/{BuildingKey}",
        "/Shifts",
        "/AuditLogs",
        "/Parts",
        "/Parts/{PartKey}",
        "/PartOperations",
        "/PartOperations/{PartOperationKey}",
        "/Workcenters",
        "/Workcenters/{WorkcenterKey}",
        "/WorkcenterSetups",
        "/WorkcenterSetups/{WorkcenterKey}",
        "/WorkcenterStatuses",
        "/ApprovedWorkcenters",
        "/DcJobs",
        "/DcJobs/{JobKey}",
        "/DcJobOperations/{JobKey}",
        "/WorkcenterProductionLogs",
        "/WorkcenterProductionLogs/{WorkcenterKey}",
        "/WorkcenterScrapLogs",
        "/WorkcenterScrapLogs/{WorkcenterKey}",
        "/WorkcenterStatusLogs",
        "/WorkcenterStatusLogs/{WorkcenterKey}",
        "/WorkcenterPerformance",
        "/WorkcenterPerformance/{WorkcenterKey}",
        "/Containers",
        "/Containers/{SerialNo}",
        "/ProductionSummary",
        "/ProductionSummary/{WorkcenterKey}",
        "/ScrapByReason",
        "/ScrapByReason/{WorkcenterKey}",
        "/DowntimeByReason",
        "/DowntimeByReason/{WorkcenterKey}",
        "/SetupHistory",
        "/SetupHistory/{WorkcenterKey}",
        "/DailyPerformance",
        "/DailyPerformance/{WorkcenterKey}",
        "/JobProgress",
        "/JobProgress/{JobKey}",
    }


def test_every_operation_has_a_target_and_every_target_an_operation() -> None:
    assert {operation.target for api in apis() for operation in api.operations} == targets()


def test_every_controller_is_known() -> None:
    assert controllers() == {resource.controller for resource in RESOURCES}
    assert [resource.controller for resource in RESOURCES] == [resource.name for resource in RESOURCES]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_says_all_that_its_page_needs(operation: Operation) -> None:
    assert operation.summary.endswith(".")
    for parameter in operation.parameters:
        assert parameter.description.endswith("."), parameter.name
        addressed = parameter.place in {Place.PATH, Place.QUERY}
        assert parameter.example or parameter.name == AFTER or not addressed, parameter.name
        assert parameter.required or parameter.place is not Place.PATH


def test_a_list_names_its_paging_and_one_row_its_key_alone() -> None:
    named = {
        operation.key: [parameter.name for parameter in operation.parameters]
        for api in apis()
        for operation in api.operations
    }
    assert named["get-part"] == ["PartKey"]
    assert named["list-parts"][-4:] == ["ModifiedSince", "offset", "limit", "after"]
    assert named["list-production-summary"][-3:] == ["GroupBy", "offset", "limit"]
    assert named["list-workcenter-production-logs"][:3] == ["WorkcenterKey", "StartDate", "EndDate"]


def test_the_window_is_required_only_without_a_workcenter() -> None:
    required = {
        operation.key: {parameter.name for parameter in operation.parameters if parameter.required}
        for api in apis()
        for operation in api.operations
    }
    assert required["list-production-logs"] == {"StartDate", "EndDate"}
    assert required["list-workcenter-production-logs"] == {"WorkcenterKey"}


def test_examples_of_instants_lie_before_the_day_of_the_description() -> None:
    examples = {
        parameter.name: parameter.example
        for api in apis(date(2027, 3, 31))
        for operation in api.operations
        for parameter in operation.parameters
    }
    assert examples["StartDate"] == "2027-03-23T00:00:00Z"
    assert examples["EndDate"] == "2027-03-30T00:00:00Z"


def test_a_resource_lists_and_a_keyed_row_is_read_by_its_key() -> None:
    for resource in RESOURCES:
        actions = {reading.action for reading in resource.operations}
        assert Action.LIST in actions
        assert resource.path_key or Action.ONE not in actions
