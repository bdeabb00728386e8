"""Production recorded: the log, its container, its setup, its operation and its job."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.working import NOW, OTHER_PCN, Bench, at

TARGET = "WorkcenterProductionLogs.create"
STAMP = "SELECT * FROM plant_job_operation WHERE job_op_key = 101"
PACK = "SELECT * FROM plant_job_operation WHERE job_op_key = 102"
JOB = "SELECT * FROM plant_job WHERE job_key = 101"
LAST = {"jobNo": "J1", "operationNo": 20}


def serial_of(bench: Bench, body: Any, **more: Any) -> str:
    return str(bench.made(TARGET, body, path_key="101", **more)["serialNo"])


def test_the_row_copies_what_is_mounted(bench: Bench) -> None:
    body = {"quantity": 12.5, "employeeKey": 107, "lotNo": "L7", "heatNo": "H7", "cycleSecondsActual": 2.5}

    written = bench.write(TARGET, body, path_key="101")

    row = json.loads(written.rows[0])
    assert (written.status, written.location) == (201, row["productionLogKey"])
    assert (row["quantity"], row["unit"], row["rejected"], row["scrapQuantity"]) == (12.5, "pcs", False, 0)
    assert (row["workcenterCode"], row["setupKey"], row["recordDate"]) == (
        "STP-01",
        102,
        "2026-01-05T14:00:00Z",
    )
    assert (row["jobNo"], row["jobOpKey"], row["operationCode"]) == ("J1", 101, "STAMP")
    assert (row["partNo"], row["revision"], row["partOperationKey"]) == ("TP-20418", "C", 101)
    assert (row["employeeName"], row["reportDate"], row["shift"]) == ("O'Brien, Zoë", "2026-01-05", "A")
    assert row["serialNo"] == f"SN{row['productionLogKey']:010}"


def test_pieces_count_for_their_operation_and_for_the_job_with_its_last(bench: Bench) -> None:
    bench.write(TARGET, {"quantity": 0.1}, path_key="101")
    assert bench.row(STAMP)["quantity_completed"] == 400.6
    assert bench.row(JOB)["quantity_completed"] == 400.5

    bench.write(TARGET, {"quantity": 0.2, **LAST}, path_key="101")

    packed = bench.row(PACK)
    assert (packed["quantity_completed"], packed["job_op_status"]) == (400.7, "Running")
    assert packed["start_date"] == packed["modified_date"] == "2026-01-05 14:00:00"
    assert (bench.row(JOB)["quantity_completed"], bench.row(JOB)["job_status"]) == (400.7, "Production")


def test_reaching_the_quantity_completes_operation_and_job(bench: Bench) -> None:
    bench.write(TARGET, {"quantity": 599.5, **LAST, "logDate": at(5)}, path_key="101")

    packed, job = bench.row(PACK), bench.row(JOB)
    assert (packed["job_op_status"], packed["completed_date"]) == ("Done", "2026-01-05 13:55:00")
    assert (job["job_status"], job["completed_date"]) == ("Completed", "2026-01-05 13:55:00")
    assert bench.row(STAMP)["job_op_status"] == "Running"
    assert bench.faults(TARGET, {"quantity": 1, **LAST}, path_key="101") == [
        ("jobNo", "counts for J1, which takes no production: its status is Completed")
    ]


def test_the_first_pieces_start_a_job_and_end_its_setup(bench: Bench) -> None:
    bench.execute("UPDATE plant_job SET job_status = 'Scheduled' WHERE job_key = 101")

    bench.write(TARGET, {"quantity": 1, "logDate": at(8 * 60)}, path_key="101")
    bench.write(TARGET, {"quantity": 1}, path_key="101")

    assert bench.row(JOB)["job_status"] == "Production"
    assert (
        bench.row("SELECT * FROM plant_workcenter_setup WHERE setup_key = 102")["setup_hours_actual"] == 1.0
    )


def test_a_new_serial_number_is_a_new_container(bench: Bench) -> None:
    body = {"quantity": 100, "serialNo": "BOX-1", "lotNo": "L7", "heatNo": "H7"}

    bench.write(TARGET, body, path_key="101")

    box = bench.row("SELECT * FROM plant_container WHERE serial_no = 'BOX-1'")
    assert (box["quantity"], box["container_status"], box["location"]) == (100, "OK", "STP-01")
    assert (box["container_type"], box["lot_no"], box["heat_no"]) == ("Tote", "L7", "H7")
    assert (box["net_weight"], box["gross_weight"]) == (5.4, 5.4)
    assert (box["job_no"], box["part_operation_key"], box["pcn"]) == ("J1", 101, 1)


def test_pieces_are_added_to_an_open_container(bench: Bench) -> None:
    bench.write(TARGET, [{"quantity": 10, "serialNo": "SN100A"}] * 2, path_key="101")

    box = bench.row("SELECT * FROM plant_container WHERE serial_no = 'SN100A'")
    assert (box["quantity"], box["net_weight"], box["gross_weight"]) == (120, 6.48, 7.98)
    assert box["update_date_time"] == box["modified_date"] == "2026-01-05 14:00:00"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"serialNo": "SN100B"}, "SN100B is not open: its status is Hold"),
        ({"serialNo": "SN100A", **LAST}, "SN100A holds pieces of another job or operation"),
        ({"serialNo": "SN900A"}, "SN900A is taken; send another, or none"),
    ],
)
def test_pieces_are_not_put_where_they_do_not_belong(bench: Bench, body: Any, detail: str) -> None:
    assert bench.refusal(TARGET, {"quantity": 1, **body}, path_key="101").problem.code == "MG606"
    assert bench.faults(TARGET, {"quantity": 1, **body}, path_key="101") == [("serialNo", detail)]


def test_a_made_serial_number_passes_over_one_that_is_taken(bench: Bench) -> None:
    key = bench.made(TARGET, {"quantity": 1}, path_key="101")["productionLogKey"]
    taken = f"SN{key + 2:010}"
    bench.write(TARGET, {"quantity": 1, "serialNo": taken}, path_key="101")

    assert serial_of(bench, {"quantity": 1}) == f"{taken}-1"


@pytest.mark.parametrize("status", ["Cancelled", "Hold", "Completed"])
def test_a_job_that_is_not_open_takes_no_production(on_sqlite: Bench, status: str) -> None:
    on_sqlite.execute(f"UPDATE plant_job SET job_status = '{status}' WHERE job_key = 101")  # noqa: S608 - keys and words of these tests

    assert on_sqlite.faults(TARGET, {"quantity": 1}, path_key="101") == [
        ("", f"counts for J1, which takes no production: its status is {status}")
    ]


def test_an_operation_on_hold_takes_no_production(bench: Bench) -> None:
    bench.execute("UPDATE plant_job_operation SET job_op_status = 'Hold' WHERE job_op_key = 101")

    assert bench.faults(TARGET, {"quantity": 1}, path_key="101") == [
        ("", "counts for operation 10 of J1: on hold")
    ]


def test_nothing_set_up_and_no_job_named(bench: Bench) -> None:
    bench.execute("UPDATE plant_workcenter_setup SET teardown_date = setup_date WHERE setup_key = 102")

    assert bench.faults(TARGET, {"quantity": 1}, path_key="101") == [
        ("jobNo", "is needed, for nothing is set up on the workcenter")
    ]
    row = bench.made(TARGET, {"quantity": 1, "jobKey": 101, "operationNo": 10}, path_key="101")
    assert (row["jobNo"], row["setupKey"]) == ("J1", None)


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (
            {"logDate": "2026-01-05T14:05:01Z"},
            [("logDate", "lies in the future: it is 2026-01-05T14:00:00Z now")],
        ),
        (
            {"logDate": "2025-12-01T00:00:00Z"},
            [
                ("logDate", "lies more than 31 days back"),
                ("logDate", "lies before the setup of 2026-01-05T05:00:00Z; name the job that ran then"),
                ("logDate", "is when STP-01 had no status; set a production status first"),
            ],
        ),
        (
            {"logDate": "2026-01-05T05:30:00Z"},
            [
                (
                    "logDate",
                    "is when STP-01 was in the status Setup, and there is no production outside a production status",
                )
            ],
        ),
        ({"jobNo": "J9"}, [("jobNo", "'J9' is no job of this company")]),
        ({"jobKey": 901}, [("jobKey", "901 is no job of this company")]),
        ({"jobNo": "J1", "jobKey": 102}, [("jobNo", "and jobKey name different jobs")]),
        (
            {"jobNo": "J1", "operationNo": 30},
            [("operationNo", "30 is not there; the operations of J1 are 5, 10, 20")],
        ),
        ({"jobNo": "J2"}, [("operationNo", "is missing; the operations of J2 are 10")]),
        ({"operationNo": 20}, [("operationNo", "needs a job; send jobNo or jobKey with it")]),
        ({"employeeKey": 907}, [("employeeKey", "907 is no employee of this company")]),
        (
            {"workcenterKey": 901, "employeeKey": 1},
            [
                ("workcenterKey", "901 is no workcenter of this company"),
                ("employeeKey", "1 is no employee of this company"),
            ],
        ),
    ],
)
def test_what_the_plant_contradicts_is_told(on_sqlite: Bench, body: Any, faults: Any) -> None:
    assert on_sqlite.faults(TARGET, {"quantity": 1, **body}, path_key="101") == faults


def test_a_setup_whose_job_is_gone_asks_for_one(on_sqlite: Bench) -> None:
    on_sqlite.execute("UPDATE plant_workcenter_setup SET job_op_key = 77 WHERE setup_key = 102")

    assert on_sqlite.faults(TARGET, {"quantity": 1}, path_key="101") == [
        ("jobNo", "is needed, for J1, which is set up, is no longer there")
    ]


def test_a_row_names_its_workcenter_where_the_path_does_not(on_sqlite: Bench) -> None:
    body = [{"quantity": 1}, {"quantity": 1, "workcenterCode": "NONE"}, {"quantity": 1, "workcenterKey": 101}]

    assert on_sqlite.faults(TARGET, body) == [
        (1, "workcenterKey", "is missing; send workcenterKey or workcenterCode"),
        (2, "workcenterCode", "'NONE' is no workcenter of this company"),
    ]


def test_an_instant_before_the_job_was_made(bench: Bench) -> None:
    bench.execute("UPDATE plant_job SET created_date = '2026-01-05 13:00:00' WHERE job_key = 101")

    assert bench.faults(TARGET, {"quantity": 1, "logDate": at(61)}, path_key="101") == [
        ("logDate", "lies before J1 was made, 2026-01-05T13:00:00Z")
    ]


def test_a_job_without_its_operation_is_the_one_that_is_mounted(bench: Bench) -> None:
    assert bench.made(TARGET, {"quantity": 1, "jobNo": "J1"}, path_key="101")["operationNo"] == 10


def test_a_thousand_rows_are_kept_together(bench: Bench) -> None:
    body = [{"workcenterCode": "STP-01", "quantity": 0.1} for _ in range(1000)]

    written = bench.write(TARGET, body)

    assert (written.status, len(written.rows), written.location) == (201, 1000, None)
    assert bench.row(STAMP)["quantity_completed"] == 500.5
    assert len({json.loads(text)["serialNo"] for text in written.rows}) == 1000
    (changes,) = bench.rows("SELECT COUNT(*) AS n FROM plant_change")
    assert changes["n"] == 2 * 1000 + len(["operation", "setup"])


def test_one_bad_row_of_a_thousand_leaves_nothing(bench: Bench) -> None:
    body = [{"quantity": 1} for _ in range(1000)]
    body[4] = {"quantity": 1, "jobNo": "J9"}  # type: ignore[dict-item]
    body[999] = {"quantity": 1, "employeeKey": 9}

    assert bench.faults(TARGET, body, path_key="101") == [
        (5, "jobNo", "'J9' is no job of this company"),
        (1000, "employeeKey", "9 is no employee of this company"),
    ]


def test_rows_of_a_bulk_see_what_the_rows_before_them_did(bench: Bench) -> None:
    body = [{"quantity": 599.5, **LAST}, {"quantity": 1, **LAST}]

    assert bench.faults(TARGET, body, path_key="101") == [
        (2, "jobNo", "counts for J1, which takes no production: its status is Completed")
    ]


def test_the_other_company_has_its_own_keys(bench: Bench) -> None:
    assert bench.refusal(TARGET, {"quantity": 1}, path_key="101", pcn=OTHER_PCN).problem.status == 404
    row = bench.made(TARGET, {"quantity": 1}, path_key="901", pcn=OTHER_PCN)

    assert (row["jobKey"], row["pcn"]) == (901, OTHER_PCN)
    assert bench.row(STAMP)["quantity_completed"] == 400.5


def test_production_of_the_last_operation_is_what_the_job_has_completed(bench: Bench) -> None:
    before = bench.row(JOB)["quantity_completed"]
    body = [{"quantity": 3, **LAST}, {"quantity": 7}, {"quantity": 2.5, **LAST}]

    bench.write(TARGET, body, path_key="101", now=NOW)

    logged = bench.row(
        "SELECT SUM(quantity) AS n FROM plant_production_log WHERE job_op_key = 102 AND pcn = 1"
    )
    assert bench.row(JOB)["quantity_completed"] == before + logged["n"]
