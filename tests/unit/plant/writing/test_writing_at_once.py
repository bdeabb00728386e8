"""Many writers at the same time, on the engine that has many."""

from __future__ import annotations

import json
from typing import Any

from millgate.core.errors import Refused
from millgate.plant.writing.planning import WritePlan, plan_write
from millgate.plant.writing.written import Written
from support.working import PostgresBench

LOGS = "WorkcenterProductionLogs.create"
WRITERS = 6


def at_once(bench: PostgresBench, target: str, body: Any, **more: Any) -> list[Written | BaseException]:
    planned = plan_write(target, json.dumps(body).encode(), **more)
    assert isinstance(planned, WritePlan)
    return bench.at_once(planned, [bench.context(target) for _ in range(WRITERS)])


def test_one_request_sent_by_many_at_once_is_written_once(on_postgres: PostgresBench) -> None:
    outcomes = at_once(on_postgres, LOGS, {"quantity": 1}, path_key="101", idempotency_key="k1")

    written = [outcome for outcome in outcomes if isinstance(outcome, Written)]
    assert [outcome.replayed for outcome in written].count(False) == 1
    assert len(written) == WRITERS
    assert len({outcome.rows for outcome in written}) == 1


def test_no_piece_is_lost(on_postgres: PostgresBench) -> None:
    outcomes = at_once(on_postgres, LOGS, {"quantity": 2}, path_key="101")

    assert all(isinstance(outcome, Written) for outcome in outcomes)
    operation = on_postgres.row("SELECT * FROM plant_job_operation WHERE job_op_key = 101")
    assert operation["quantity_completed"] == 400.5 + 2 * WRITERS


def test_a_container_is_never_emptied_twice(on_postgres: PostgresBench) -> None:
    body = {"quantity": 40, "scrapReason": "Dent", "serialNo": "SN100A"}

    outcomes = at_once(on_postgres, "WorkcenterScrapLogs.create", body, path_key="101")

    assert [isinstance(outcome, Refused) for outcome in outcomes].count(False) == 100 // 40
    box = on_postgres.row("SELECT * FROM plant_container WHERE serial_no = 'SN100A'")
    assert box["quantity"] == 100 % 40


def test_jobs_get_different_numbers(on_postgres: PostgresBench) -> None:
    body = {"partKey": 101, "quantity": 1, "dueDate": "2026-03-01T00:00:00Z"}

    outcomes = at_once(on_postgres, "DcJobs.create", body)

    numbers = [json.loads(outcome.rows[0])["jobNo"] for outcome in outcomes if isinstance(outcome, Written)]
    assert sorted(numbers) == [f"J{number}" for number in range(4, 4 + WRITERS)]


def test_a_status_is_set_once_and_the_trail_stays_whole(on_postgres: PostgresBench) -> None:
    outcomes = at_once(
        on_postgres, "WorkcenterStatusLogs.create", {"workcenterStatus": "Setup"}, path_key="101"
    )

    assert sorted(outcome.status for outcome in outcomes if isinstance(outcome, Written)) == [
        *[200] * (WRITERS - 1),
        201,
    ]
    lasting = on_postgres.rows(
        "SELECT * FROM plant_status_log WHERE workcenter_key = 101 AND end_date IS NULL"
    )
    assert [row["workcenter_status"] for row in lasting] == ["Setup"]
