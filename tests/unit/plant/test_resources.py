"""What single resources say beyond what every resource promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millgate.stores.sqlite.connection import connect_writing
from support.plant_database import OTHER_PCN, Plant, principal, small_plant

MONTH = "StartDate=2026-01-01T00:00:00Z&EndDate=2026-01-31T00:00:00Z"


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    made = Plant(small_plant(tmp_path_factory.mktemp("plant") / "plant.db"))
    yield made
    made.reader.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Plant]:
    """A plant of the test's own, to be changed."""
    made = Plant(small_plant(tmp_path / "plant.db"))
    yield made
    made.reader.close()


def change(plant: Plant, sql: str) -> None:
    connection = connect_writing(plant.path)
    with connection:
        connection.execute(sql)
    connection.close()


def values(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_a_building_names_its_departments_by_their_numbers(plant: Plant) -> None:
    airpark, mill = plant.rows("Buildings.list")
    assert (airpark["departments"], airpark["active"]) == ([], False)
    assert mill["departments"] == [
        {"departmentNo": 100, "name": "Größe & Co"},
        {"departmentNo": 200, "name": "Molding"},
    ]


def test_a_status_names_its_events_with_truth_values(plant: Plant) -> None:
    down = plant.rows("WorkcenterStatuses.list", "ModifiedSince=2026-01-02T00:00:00Z")
    assert values(down, "description", "isoTimeElement", "downtimeStatus", "productionStatus") == [
        ("Down - Tooling", "ADET", True, False)
    ]
    assert down[0]["events"] == [
        {"workcenterEventKey": 102, "code": "CRACK", "description": "Die crack", "active": False},
        {"workcenterEventKey": 101, "code": "SLUG", "description": 'Slug "pulling"', "active": True},
    ]


def test_shifts_are_wall_times_and_may_end_the_next_day(plant: Plant) -> None:
    shifts = plant.rows("Shifts.list")
    assert values(shifts, "shift", "startTime", "endTime", "plannedBreakMinutes") == [
        ("A", "06:00", "14:00", 30),
        ("C", "22:00", "06:00", 30),
    ]


def test_setups_are_those_that_are_mounted_with_what_remains_of_the_operation(plant: Plant) -> None:
    setups = plant.rows("WorkcenterSetups.list")
    assert values(setups, "setupKey", "name", "jobNo", "jobQuantity", "jobProduced", "jobRemaining") == [
        (102, "Große Presse", "J1", 1000, 400.5, 599.5),
        (103, "Press_2", "J2", 1000, 1001, 0),
    ]
    assert values(setups, "workcenterStatus", "statusSince", "partNoRevision", "partName") == [
        ("Production", "2026-01-05T06:00:00Z", "TP-20418-C", "Bracket"),
        ("Setup", "2026-01-05T05:00:00Z", "TP-20418-C", "Bracket"),
    ]


def test_operators_are_those_who_work_at_it_now_in_the_order_they_came(plant: Plant) -> None:
    pressed, beside = plant.rows("WorkcenterSetups.list")
    assert pressed["operators"] == [
        {"employeeKey": 8, "employeeName": "Kowal, Cole", "clockIn": "2026-01-05T05:00:00Z"},
        {"employeeKey": 7, "employeeName": "O'Brien, Zoë", "clockIn": "2026-01-05T06:00:00.500000Z"},
    ]
    assert beside["operators"] == []


def test_two_mounted_setups_do_not_make_two_workcenters(own: Plant) -> None:
    change(own, "UPDATE plant_workcenter_setup SET teardown_date = NULL")
    assert values(own.rows("WorkcenterSetups.list"), "workcenterKey", "setupKey") == [(101, 102), (102, 103)]
    assert own.ask("WorkcenterSetups.list").json["total"] == 2


def test_setups_stand_in_the_order_of_their_workcenters(own: Plant) -> None:
    change(own, "UPDATE plant_workcenter_setup SET workcenter_code = 'A-01' WHERE setup_key = 103")
    assert values(own.rows("WorkcenterSetups.list"), "setupKey") == [(103,), (102,)]


def test_a_workcenter_without_a_setup_has_no_row(plant: Plant) -> None:
    assert plant.ask("WorkcenterSetups.list", WorkcenterKey="103").status == 404


def test_an_operation_that_is_gone_leaves_its_quantities_unknown(own: Plant) -> None:
    change(own, "DELETE FROM plant_job_operation")
    setups = own.rows("WorkcenterSetups.list")
    assert values(setups, "jobQuantity", "jobProduced", "jobRemaining") == [(None, None, None)] * 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE plant_status_log SET modified_date = '2026-02-01 00:00:00' WHERE log_key = 102",
        "UPDATE plant_job_operation SET modified_date = '2026-02-01 00:00:00' WHERE job_op_key = 101",
        "UPDATE plant_setup_operator SET clock_in = '2026-02-01 00:00:00' WHERE setup_operator_key = 101",
        "UPDATE plant_setup_operator SET clock_out = '2026-02-01 00:00:00' WHERE setup_operator_key = 101",
        "UPDATE plant_workcenter_setup SET modified_date = '2026-02-01 00:00:00' WHERE setup_key = 102",
    ],
)
def test_a_setup_is_modified_when_anything_it_shows_is(own: Plant, sql: str) -> None:
    since = "ModifiedSince=2026-02-01T00:00:00Z"
    assert own.ask("WorkcenterSetups.list", since).status == 404
    change(own, sql)
    assert values(own.rows("WorkcenterSetups.list", since), "setupKey") == [(102,)]


def test_a_status_that_lasts_has_no_end_and_no_duration(plant: Plant) -> None:
    stretches = plant.rows("WorkcenterStatusLogs.list", WorkcenterKey="101")
    assert values(stretches, "workcenterStatus", "endDate", "durationSeconds", "logHours") == [
        ("Down - Tooling", "2026-01-05T05:00:00Z", 3600, 1),
        ("Setup", "2026-01-05T06:00:00Z", 3600, 1),
        ("Production", None, None, None),
    ]
    assert values(stretches, "downtimeStatus", "setupStatus", "productionStatus") == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]


def test_a_window_of_statuses_holds_those_that_begin_in_it(plant: Plant) -> None:
    window = "StartDate=2026-01-05T04:30:00Z&EndDate=2026-01-05T06:00:00Z"
    begun = plant.rows("WorkcenterStatusLogs.list", window, WorkcenterKey="101")
    assert values(begun, "logDate") == [("2026-01-05T05:00:00Z",)]


@pytest.mark.parametrize("name", ["WorkcenterScrapLogs", "WorkcenterStatusLogs"])
def test_logs_of_all_workcenters_need_a_window_of_a_month(plant: Plant, name: str) -> None:
    assert "StartDate is missing" in plant.ask(f"{name}.list").json["detail"]
    long = "StartDate=2026-01-01T00:00:00Z&EndDate=2026-02-01T00:00:00.1Z"
    assert "at most 31 days apart" in plant.ask(f"{name}.list", long).json["detail"]
    assert plant.ask(f"{name}.list", long, WorkcenterKey="101").status == 200


def test_scrap_that_is_taken_back_is_less_than_none(plant: Plant) -> None:
    scrapped = plant.rows("WorkcenterScrapLogs.list", WorkcenterKey="101")
    assert values(scrapped, "quantity", "transactionType") == [(3, "Control Panel Scrap"), (-3, "Scrap")]


def test_logs_read_the_same_after_what_they_name_is_renamed(own: Plant) -> None:
    before = {
        name: own.rows(f"{name}.list", MONTH) for name in ("WorkcenterScrapLogs", "WorkcenterStatusLogs")
    }
    change(own, "UPDATE plant_workcenter SET workcenter_code = 'NEW-' || workcenter_key")
    change(own, "UPDATE plant_part SET part_no = 'NEW-' || part_key")
    change(own, "UPDATE plant_job SET job_no = 'NEW-' || job_key")
    change(own, "UPDATE plant_workcenter_status SET description = 'New ' || workcenter_status_key")
    for name, rows in before.items():
        assert own.rows(f"{name}.list", MONTH) == rows


def test_steps_stand_in_the_order_of_the_work(plant: Plant) -> None:
    steps = plant.rows("PartOperations.list", "PartNo=TP-20418")
    assert values(steps, "partNo", "operationNo", "operationCode", "shippable") == [
        ("TP-20418", 10, "STAMP", False),
        ("TP-20418", 20, "PACK", True),
    ]
    planned = plant.rows("DcJobOperations.list", JobKey="101")
    assert values(planned, "jobNo", "operationNo", "workcenterCode") == [
        ("J1", 5, "STP-01"),
        ("J1", 10, "STP-01"),
        ("J1", 20, None),
    ]


def test_an_approval_names_part_and_step(plant: Plant) -> None:
    approved = plant.rows("ApprovedWorkcenters.list", "PartOperationKey=101")
    names = "workcenterCode", "partNo", "revision", "operationNo", "operationCode", "idealRate", "targetRate"
    assert values(approved, *names) == [
        ("STP-01", "TP-20418", "C", 10, "STAMP", 1300, None),
        ("STP-02", "TP-20418", "C", 10, "STAMP", None, 1250),
    ]


def test_a_container_is_found_by_its_label_letter_by_letter(plant: Plant) -> None:
    answer = plant.ask("Containers.one", SerialNo="sn100 ü")
    assert answer.json["embedded"][0]["serialNo"] == "sn100 ü"
    assert answer.json["links"][0]["href"].endswith("/Containers/sn100%20%C3%BC")
    assert plant.ask("Containers.one", SerialNo="SN100 ü").status == 404
    assert plant.ask("Containers.one", SerialNo="SN100%").status == 404


def test_what_a_row_names_of_another_company_is_not_shown(own: Plant) -> None:
    """Keys are plain numbers in places, so a row could name a row of another company."""
    change(own, "UPDATE plant_department SET building_key = 101")
    change(own, "UPDATE plant_workcenter_event SET workcenter_status_key = 103")
    change(own, "UPDATE plant_setup_operator SET setup_key = 102")
    names = "part_key = 101, job_op_key = 101, workcenter_key = 101"
    change(own, f"UPDATE plant_workcenter_setup SET {names} WHERE setup_key = 902")  # noqa: S608 - of the test
    foreign = "part_key = 102, operation_key = 101"
    change(own, f"UPDATE plant_part_operation SET {foreign} WHERE part_operation_key < 903 AND pcn = 2")  # noqa: S608 - of the test
    change(own, "UPDATE plant_status_log SET workcenter_status_key = 103")

    by = principal(OTHER_PCN)
    assert len(own.rows("Buildings.one", BuildingKey="101")[0]["departments"]) == 2
    assert own.rows("Buildings.one", by=by, BuildingKey="901")[0]["departments"] == []
    assert [row["events"] for row in own.rows("WorkcenterStatuses.list", by=by)] == [[]] * 4
    (setup,) = own.rows("WorkcenterSetups.list", by=by, WorkcenterKey="101")
    assert values([setup], "name", "partName", "jobQuantity", "workcenterStatus", "operators") == [
        (None, None, None, None, [])
    ]
    step = own.rows("PartOperations.list", by=by)[0]
    assert values([step], "partNo", "operationCode") == [(None, None)]
    approved = own.rows("ApprovedWorkcenters.list", by=by)[0]
    assert values([approved], "partNo", "operationCode") == [(None, None)]
    assert own.rows("WorkcenterStatusLogs.list", MONTH, by=by)[0]["downtimeStatus"] is None


@pytest.mark.parametrize(
    ("sql", "target", "column"),
    [
        ("UPDATE plant_setup_operator SET clock_in = 'soon'", "WorkcenterSetups.list", "Clock_In"),
        ("UPDATE plant_department SET name = CAST(x'ff' AS TEXT)", "Buildings.list", "Name"),
    ],
)
def test_a_value_inside_a_row_that_cannot_be_read_names_its_column(
    own: Plant, sql: str, target: str, column: str
) -> None:
    change(own, sql)
    answer = own.ask(target)
    assert (answer.status, answer.json["detail"]) == (500, column)
