"""Jobs made from routings, and the states they go through."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.working import OTHER_PCN, Bench

DUE = {"dueDate": "2026-03-01T12:00:00-05:00"}
NEW = {"partNo": "TP-20418", "revision": "C", "quantity": 600, **DUE}
HELD, RUNNING, DONE = "103", "101", "102"


def make(bench: Bench, **more: Any) -> dict[str, Any]:
    return bench.made("DcJobs.create", NEW | more)


def put(bench: Bench, key: object, **body: Any) -> dict[str, Any]:
    return bench.made("DcJobs.update", body, path_key=str(key))


def faults(bench: Bench, key: object, **body: Any) -> list[tuple[object, ...]]:
    return bench.faults("DcJobs.update", body, path_key=str(key))


def operations(bench: Bench, key: object) -> list[dict[str, Any]]:
    return bench.rows(f"SELECT * FROM plant_job_operation WHERE job_key = {key} ORDER BY operation_no")  # noqa: S608 - keys and words of these tests


def test_a_job_has_an_operation_for_each_active_step(bench: Bench) -> None:
    job = make(bench, priority="High", earliestStartDate=None, externalJobCode="X1")

    assert (job["jobNo"], job["jobStatus"], job["jobType"], job["priority"]) == (
        "J4",
        "New",
        "Standard",
        "High",
    )
    assert (job["partKey"], job["quantity"], job["dueDate"]) == (101, 600, "2026-03-01T17:00:00Z")
    assert (job["quantityCompleted"], job["cancelationId"], job["completedDate"]) == (0, None, None)
    stamp, pack = operations(bench, job["jobKey"])
    assert (stamp["operation_no"], stamp["operation_code"], stamp["rate"]) == (10, "STAMP", 1200.5)
    assert (stamp["setup_time_hours"], stamp["run_time_hours"]) == (1.25, 0.4998)
    assert (pack["operation_code"], pack["job_op_status"], pack["quantity"]) == ("PACK", "Open", 600)
    assert pack["due_date"] == "2026-03-01 17:00:00"


def test_numbers_are_the_next_free_ones(bench: Bench) -> None:
    for taken in ("J9", "J10", "J10X", "JOB", "J"):
        make(bench, jobNo=taken)

    written = bench.write("DcJobs.create", [NEW, NEW | {"jobNo": "J13"}, NEW, NEW])

    assert [json.loads(text)["jobNo"] for text in written.rows] == ["J11", "J13", "J12", "J14"]


@pytest.mark.parametrize(
    ("taken", "made"), [("J" + "9" * 19, "J4"), ("J0000000000003", "J5"), ("J" + "0" * 11 + "4", "J5")]
)
def test_numbers_that_people_wrote_otherwise_stand_in_no_way(bench: Bench, taken: str, made: str) -> None:
    bench.write("DcJobs.create", [NEW | {"jobNo": taken}, NEW | {"jobNo": "J4"}][: 1 + (made == "J5")])

    assert make(bench)["jobNo"] == made


def test_a_number_is_unique_in_the_company(bench: Bench) -> None:
    body = [NEW | {"jobNo": "J1"}, NEW | {"jobNo": "Q"}, NEW | {"jobNo": "Q"}]

    assert bench.faults("DcJobs.create", body) == [
        (1, "jobNo", "J1 is there already"),
        (3, "jobNo", "Q is there already"),
    ]
    bench.execute("DELETE FROM plant_job_operation WHERE pcn = 2; DELETE FROM plant_job WHERE pcn = 2")
    assert bench.made("DcJobs.create", NEW | {"jobNo": "J1"}, pcn=OTHER_PCN)["partKey"] == 901


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({}, [("partKey", "is missing; send partKey, or partNo and revision")]),
        ({"partKey": 901}, [("partKey", "901 is no part of this company")]),
        ({"partNo": "TP-20418"}, [("partNo", "'TP-20418' revision '' is no part of this company")]),
        (
            {"revision": "C"},
            [
                ("revision", "needs a part number; send partNo with it"),
                ("partKey", "is missing; send partKey, or partNo and revision"),
            ],
        ),
        (
            {"partKey": 102, "partNo": "TP-20418", "revision": "C"},
            [
                ("partKey", "and partNo with revision name different parts"),
                ("partKey", "names 0012-4E5, whose routing has no active operation"),
            ],
        ),
        (
            {"partKey": 103, "buildingCode": "NONE"},
            [
                ("buildingCode", "is no building of this company; send a buildingCode as Buildings lists it"),
                ("partKey", "names TP_20418, whose routing has no active operation"),
            ],
        ),
    ],
)
def test_a_job_needs_a_part_that_can_be_made(on_sqlite: Bench, part: Any, expected: Any) -> None:
    assert on_sqlite.faults("DcJobs.create", {"quantity": 1, **DUE, **part}) == expected


def test_what_is_not_sent_stays_as_it_is(bench: Bench) -> None:
    before = bench.row("SELECT * FROM plant_job WHERE job_key = 101")

    put(bench, RUNNING, priority="Low", earliestStartDate=None, note="x")

    changed = {
        "priority": "Low",
        "earliest_start_date": None,
        "note": "x",
        "modified_date": "2026-01-05 14:00:00",
    }
    assert bench.row("SELECT * FROM plant_job WHERE job_key = 101") == before | changed


@pytest.mark.parametrize("via", ["Hold", "Cancelled"])
@pytest.mark.parametrize("state", ["New", "Scheduled"])
def test_a_waiting_job_is_held_or_cancelled_and_comes_back(on_sqlite: Bench, state: str, via: str) -> None:
    key = make(on_sqlite, jobStatus=state)["jobKey"]

    assert put(on_sqlite, key, jobStatus=via)["jobStatus"] == via
    assert put(on_sqlite, key, jobStatus=state)["jobStatus"] == state


def test_a_cancelation_has_a_number_of_its_own_until_the_job_is_reinstated(bench: Bench) -> None:
    first = put(bench, RUNNING, jobStatus="Cancelled")["cancelationId"]
    assert first > 4  # the greatest that the plant had
    assert put(bench, RUNNING, jobStatus="Production")["cancelationId"] is None

    second = put(bench, RUNNING, jobStatus="Cancelled")["cancelationId"]

    assert second > first
    noted = bench.rows("SELECT * FROM plant_change WHERE resource = 'Cancelations' ORDER BY change_key")
    assert [row["row_key"] for row in noted] == [str(first), str(second)]
    assert json.loads(noted[0]["after"]) == {"job_key": 101, "job_no": "J1"}


def test_a_cancelled_job_comes_back_as_what_it_was(bench: Bench) -> None:
    key = make(bench, jobStatus="Scheduled")["jobKey"]
    put(bench, key, jobStatus="Hold")
    put(bench, key, jobStatus="Cancelled")

    assert faults(bench, key, jobStatus="Scheduled") == [
        ("jobStatus", "cannot become Scheduled: before it was cancelled it was Hold")
    ]
    assert put(bench, key, jobStatus="Hold")["jobStatus"] == "Hold"


def test_a_job_cancelled_without_a_trail_comes_back_by_how_far_it_came(bench: Bench) -> None:
    bench.execute("UPDATE plant_job SET job_status = 'Cancelled' WHERE job_key = 101")

    assert faults(bench, RUNNING, jobStatus="New") == [
        ("jobStatus", "cannot become New: production has begun; send Production")
    ]
    assert put(bench, RUNNING, jobStatus="Production")["jobStatus"] == "Production"


@pytest.mark.parametrize(
    ("key", "wanted", "detail"),
    [
        (RUNNING, "New", "cannot become New: from Production it can become Hold, Cancelled"),
        (RUNNING, "Completed", "cannot become Completed: from Production it can become Hold, Cancelled"),
        (HELD, "Production", "cannot become Production: nothing was produced yet"),
        (
            DONE,
            "Hold",
            "cannot become Hold: from Completed it can become no other; a greater quantity opens it again",
        ),
    ],
)
def test_other_turns_are_refused(on_sqlite: Bench, key: str, wanted: str, detail: str) -> None:
    assert faults(on_sqlite, key, jobStatus=wanted) == [("jobStatus", detail)]
    assert on_sqlite.refusal("DcJobs.update", {"jobStatus": wanted}, path_key=key).problem.status == 409


def test_a_greater_quantity_opens_a_completed_job_again(bench: Bench) -> None:
    job = put(bench, DONE, quantity=1500, jobStatus="Completed")

    assert (job["jobStatus"], job["completedDate"], job["quantity"]) == ("Production", None, 1500)
    (stamp,) = operations(bench, DONE)
    assert (stamp["job_op_status"], stamp["completed_date"], stamp["quantity"]) == ("Running", None, 1500)


def test_a_smaller_quantity_may_complete_a_job_and_is_never_less_than_what_is_made(bench: Bench) -> None:
    assert faults(bench, RUNNING, quantity=400) == [("quantity", "is less than what is completed, 400.5")]
    job = put(bench, RUNNING, quantity=400.5)

    assert (job["jobStatus"], job["completedDate"]) == ("Completed", "2026-01-05T14:00:00Z")
    assert {row["job_op_status"] for row in operations(bench, RUNNING)} == {"Done"}


def test_a_job_of_another_company_is_unknown(bench: Bench) -> None:
    assert bench.refusal("DcJobs.update", {"note": "x"}, path_key="901").message == (
        "Resource not found. DcJobs"
    )
