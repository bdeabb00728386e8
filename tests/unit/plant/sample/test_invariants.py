"""What holds between the tables of a sample company at any time."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from unit.plant.sample.stored import AUTO, MX, Stored, instant, number, text

CLOCKS = {AUTO: (ZoneInfo("America/Detroit"), 6), MX: (ZoneInfo("America/Monterrey"), 7)}


def _by_workcenter(stored: Stored) -> dict[object, list[dict[str, object]]]:
    logs: dict[object, list[dict[str, object]]] = defaultdict(list)
    for row in stored.rows("status_log"):
        logs[row["workcenter_key"]].append(row)
    for rows in logs.values():
        rows.sort(key=lambda row: text(row["log_date"]))
    return logs


def test_the_status_log_has_no_gap_and_no_overlap_and_one_open_row(week: Stored) -> None:
    logs = _by_workcenter(week)
    assert len(logs) == 48
    for rows in logs.values():
        for row, following in pairwise(rows):
            assert row["end_date"] == following["log_date"]
            lasted = instant(row["end_date"]) - instant(row["log_date"])
            assert row["duration_seconds"] == lasted.total_seconds() > 0
        assert rows[-1]["end_date"] is rows[-1]["duration_seconds"] is None


@pytest.mark.parametrize("entity", ["production_log", "scrap_log"])
def test_pieces_are_booked_only_in_production(week: Stored, entity: str) -> None:
    running: dict[object, list[tuple[str, str]]] = defaultdict(list)
    for row in week.rows("status_log", workcenter_status="Production"):
        running[row["workcenter_key"]].append((text(row["log_date"]), text(row["end_date"] or "9999")))
    booked: dict[object, list[str]] = defaultdict(list)
    for row in week.rows(entity):
        booked[row["workcenter_key"]].append(text(row["record_date"]))
    for key, times in booked.items():
        stretches = iter(sorted(running[key]))
        start, end = next(stretches)
        for at in sorted(times):
            while at >= end:
                start, end = next(stretches)
            assert start <= at < end


def test_production_of_the_last_operation_is_what_the_job_has_completed(quarter: Stored) -> None:
    booked: Counter[object] = Counter()
    for row in quarter.rows("production_log"):
        booked[row["job_op_key"]] += int(number(row["quantity"]))
    operations: dict[object, list[dict[str, object]]] = defaultdict(list)
    for row in quarter.rows("job_operation"):
        assert row["quantity_completed"] == booked[row["job_op_key"]]
        operations[row["job_key"]].append(row)
    for job in quarter.rows("job"):
        last = max(operations[job["job_key"]], key=lambda row: number(row["operation_no"]))
        assert job["quantity_completed"] == booked[last["job_op_key"]]
        done = number(job["quantity_completed"]) >= number(job["quantity"])
        assert done == (job["job_status"] == "Completed") == (job["completed_date"] is not None)


@pytest.mark.parametrize("entity", ["production_log", "scrap_log", "status_log"])
def test_report_date_and_shift_follow_the_production_day(week: Stored, entity: str) -> None:
    for row in week.rows(entity):
        zone, start = CLOCKS[int(number(row["pcn"]))]
        at = instant(row["log_date" if entity == "status_log" else "record_date"]).astimezone(zone)
        hours = (at.hour - start) % 24
        assert row["shift"] == "ABC"[hours // 8]
        assert row["report_date"] == (at.date() - timedelta(days=at.hour < start)).isoformat()


def test_a_workcenter_has_at_most_one_open_setup_and_setups_do_not_overlap(quarter: Stored) -> None:
    setups: dict[object, list[dict[str, object]]] = defaultdict(list)
    for row in quarter.rows("workcenter_setup"):
        setups[row["workcenter_key"]].append(row)
    for rows in setups.values():
        rows.sort(key=lambda row: text(row["setup_date"]))
        for row, following in pairwise(rows):
            assert row["teardown_date"] is not None
            assert text(row["teardown_date"]) <= text(following["setup_date"])


def test_an_operation_starts_only_after_the_one_before_it_is_done(quarter: Stored) -> None:
    rows = sorted(quarter.rows("job_operation"), key=lambda row: number(row["job_op_key"]))
    for row, following in pairwise(rows):
        if row["job_key"] == following["job_key"] and following["start_date"]:
            assert row["job_op_status"] == "Done"
            assert text(row["completed_date"]) <= text(following["start_date"])


def test_a_container_holds_what_was_put_in_it_until_it_leaves(week: Stored) -> None:
    filled = {row["serial_no"]: row["quantity"] for row in week.rows("production_log")}
    boxes = week.rows("container")
    assert {row["serial_no"] for row in boxes} == set(filled)
    for box in boxes:
        left = {"CONSUMED": 0}.get(text(box["location"]), filled[box["serial_no"]])
        assert box["quantity"] == left
    assert {row["container_status"] for row in boxes} >= {"OK", "Hold", "Shipped"}


def test_people_sign_in_to_one_setup_at_a_time_on_each_workcenter(week: Stored) -> None:
    place = {row["setup_key"]: row["workcenter_key"] for row in week.rows("workcenter_setup")}
    times: dict[object, list[tuple[str, str]]] = defaultdict(list)
    for row in week.rows("setup_operator"):
        times[place[row["setup_key"]]].append((text(row["clock_in"]), text(row["clock_out"] or "9999")))
    for each in times.values():
        each.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(each))


def test_the_night_in_which_the_clocks_go_back_has_25_hours(week: Stored) -> None:
    """Saturday, November 1st of 2025, from six to six on the wall; STP-01 works through its last shift."""
    zone = CLOCKS[AUTO][0]
    start = datetime.combine(date(2025, 11, 1), time(6), zone).astimezone(UTC)
    end = datetime.combine(date(2025, 11, 2), time(6), zone).astimezone(UTC)
    assert end - start == timedelta(hours=25)
    night = end - timedelta(hours=9)
    rows = [row for row in week.rows("status_log", AUTO, workcenter_code="STP-01") if row["end_date"]]
    covered = sum(
        (min(instant(row["end_date"]), end) - max(instant(row["log_date"]), start)).total_seconds()
        for row in rows
        if instant(row["log_date"]) < end and instant(row["end_date"]) > start
    )
    assert covered == 25 * 3600
    made = week.rows("production_log", AUTO, workcenter_code="STP-01", report_date="2025-11-01", shift="C")
    assert made
    assert all(night <= instant(row["record_date"]) < end for row in made)
