"""Scrap recorded and taken back: containers, their logs, operations and jobs."""

from __future__ import annotations

from typing import Any

import pytest

from support.working import Bench

TARGET = "WorkcenterScrapLogs.create"
MADE = "WorkcenterProductionLogs.create"
SLUG = {"scrapReason": "Slug Mark"}
JOB = "SELECT * FROM plant_job WHERE job_key = 101"
STAMP = "SELECT * FROM plant_job_operation WHERE job_op_key = 101"


def box(bench: Bench) -> dict[str, Any]:
    return bench.row("SELECT * FROM plant_container WHERE serial_no = 'BOX'")


def log(bench: Bench) -> float:
    return float(bench.row("SELECT * FROM plant_production_log WHERE serial_no = 'BOX'")["scrap_quantity"])


@pytest.fixture
def filled_box(bench: Bench) -> Bench:
    bench.write(MADE, {"quantity": 10, "serialNo": "BOX"}, path_key="101")
    return bench


def test_scrap_counts_for_what_is_mounted(bench: Bench) -> None:
    row = bench.made(TARGET, {"quantity": 3, **SLUG, "employeeKey": 107, "note": "cold"}, path_key="101")

    assert (row["quantity"], row["scrapReason"], row["scrapCategory"]) == (3, "Slug Mark", "Stamping")
    assert (row["transactionType"], row["jobNo"], row["operationNo"]) == ("Scrap", "J1", 10)
    assert (row["employeeName"], row["note"], row["setupKey"]) == ("O'Brien, Zoë", "cold", 102)
    assert (row["reportDate"], row["shift"], row["serialNo"]) == ("2026-01-05", "A", "")
    assert (bench.row(STAMP)["quantity_scrapped"], bench.row(JOB)["quantity_scrapped"]) == (5, 3)


def test_scrap_of_a_container_is_taken_out_of_it(filled_box: Bench) -> None:
    filled_box.write(TARGET, {"quantity": 4, **SLUG, "serialNo": "BOX"}, path_key="102")

    assert (box(filled_box)["quantity"], box(filled_box)["container_status"]) == (6, "OK")
    assert (log(filled_box), box(filled_box)["net_weight"]) == (4, 0.324)
    found = filled_box.row("SELECT * FROM plant_scrap_log WHERE serial_no = 'BOX'")
    assert (found["job_op_key"], found["workcenter_code"]) == (101, "STP-02")


def test_a_container_scrapped_whole_is_scrap_and_opens_again_when_that_is_taken_back(
    filled_box: Bench,
) -> None:
    filled_box.write(TARGET, {"quantity": 10, **SLUG, "serialNo": "BOX"}, path_key="101")
    assert (box(filled_box)["quantity"], box(filled_box)["container_status"]) == (0, "Scrap")

    filled_box.write(TARGET, {"quantity": -4, **SLUG, "serialNo": "BOX"}, path_key="101")

    assert (box(filled_box)["quantity"], box(filled_box)["container_status"]) == (4, "OK")
    assert log(filled_box) == 6
    assert filled_box.row(JOB)["quantity_scrapped"] == 6


def test_no_more_is_scrapped_than_the_container_holds(filled_box: Bench) -> None:
    body = [{"quantity": 6, **SLUG, "serialNo": "BOX"}] * 2

    assert filled_box.faults(TARGET, body, path_key="101") == [(2, "quantity", "is more than BOX holds, 4")]
    assert filled_box.refusal(TARGET, body, path_key="101").problem.status == 409


def test_no_more_is_taken_back_than_was_scrapped_for_the_reason(bench: Bench) -> None:
    bench.write(TARGET, [{"quantity": 2, **SLUG}, {"quantity": 5, "scrapReason": "Dent"}], path_key="101")

    assert bench.faults(TARGET, {"quantity": -2.5, **SLUG}, path_key="101") == [
        ("quantity", "takes back 2.5, while 2 were scrapped for this reason")
    ]
    bench.write(TARGET, {"quantity": -2, **SLUG}, path_key="101")
    assert bench.row(JOB)["quantity_scrapped"] == 5


def test_scrap_is_found_after_the_job_is_completed_or_the_machine_has_stopped(bench: Bench) -> None:
    bench.execute("UPDATE plant_job SET job_status = 'Completed' WHERE job_key = 101")
    bench.write("WorkcenterStatusLogs.create", {"workcenterStatus": "Down - Tooling"}, path_key="101")

    assert bench.made(TARGET, {"quantity": 1, **SLUG}, path_key="101")["jobNo"] == "J1"


def test_a_cancelled_job_takes_none(bench: Bench) -> None:
    bench.execute("UPDATE plant_job SET job_status = 'Cancelled' WHERE job_key = 101")

    assert bench.faults(TARGET, {"quantity": 1, **SLUG}, path_key="101") == [
        ("jobNo", "names J1, which is cancelled and takes no scrap")
    ]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"quantity": 0, **SLUG}, [("quantity", "must not be 0")]),
        (
            {"quantity": 1, "scrapReason": "Old", "serialNo": "SN900A", "employeeKey": 907},
            [
                ("employeeKey", "907 is no employee of this company"),
                ("scrapReason", "'Old' is no reason that this company uses"),
                ("serialNo", "'SN900A' is no container of this company"),
            ],
        ),
        (
            {"quantity": 1, "scrapReason": "Rival Mark"},
            [("scrapReason", "'Rival Mark' is no reason that this company uses")],
        ),
        (
            {"quantity": 1, **SLUG, "serialNo": "SN100A", "jobNo": "J1", "operationNo": 20},
            [("serialNo", "SN100A holds pieces of another job or operation")],
        ),
    ],
)
def test_what_the_plant_contradicts_is_told(on_sqlite: Bench, body: Any, faults: Any) -> None:
    assert on_sqlite.faults(TARGET, body, path_key="101") == faults


def test_a_shipped_container_is_not_scrapped(bench: Bench) -> None:
    bench.execute("UPDATE plant_container SET container_status = 'Shipped' WHERE serial_no = 'SN100A'")

    assert bench.faults(TARGET, {"quantity": 1, **SLUG, "serialNo": "SN100A"}, path_key="101") == [
        ("serialNo", "SN100A is shipped")
    ]


def test_a_container_of_no_job_can_be_scrapped(bench: Bench) -> None:
    row = bench.made(TARGET, {"quantity": 1, **SLUG, "serialNo": "sn100 ü"}, path_key="101")

    assert (row["jobKey"], row["jobOpKey"], row["partNo"]) == (None, None, "TP_20418")
    assert bench.row(JOB)["quantity_scrapped"] == 0
    assert bench.faults(TARGET, {"quantity": -2, **SLUG, "serialNo": "sn100 ü"}, path_key="101") == [
        ("quantity", "takes back 2, while 1 were scrapped for this reason")
    ]
