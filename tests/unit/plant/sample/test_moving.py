"""The sample company goes on beside people who write: nothing of theirs is lost, and the tables stay consistent."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.plant.sample import generate
from millgate.plant.sample.moving import NoSampleCompany, made_until, steps, workcenters_by_status
from millgate.stores.sqlite.plant import SqlitePlantWriter
from support.plant_database import empty_plant
from unit.plant.sample.people import People
from unit.plant.sample.stored import AUTO, SEED

# A Wednesday morning in Detroit.
START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
CODES = ("STP-01", "WLD-03", "IMM-02")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Companies of four days; copy the file, do not write to it."""
    path = empty_plant(tmp_path_factory.mktemp("moving") / "plant.db")
    SqlitePlantWriter(path).put(generate(seed=SEED, now=START, days=4))
    return path


@pytest.fixture
def path(founded: Path, tmp_path: Path) -> Path:
    own = tmp_path / "plant.db"
    shutil.copyfile(founded, own)
    return own


@pytest.fixture
def people(path: Path) -> People:
    return People(path)


def move(path: Path, until: datetime) -> list[dict[str, int]]:
    return [step.rows for step in steps(SqlitePlantWriter(path), until)]


def trail(people: People, code: str) -> list[dict[str, Any]]:
    return people.rows(
        "SELECT * FROM plant_status_log WHERE pcn = ? AND workcenter_code = ? ORDER BY log_date, log_key",
        AUTO,
        code,
    )


def assert_whole(rows: list[dict[str, Any]]) -> None:
    """Without gap or overlap, and open at its end alone."""
    for row, following in pairwise(rows):
        assert row["end_date"] == following["log_date"], (row, following)
        lasted = datetime.fromisoformat(row["end_date"]) - datetime.fromisoformat(row["log_date"])
        assert row["duration_seconds"] == lasted.total_seconds() >= 0
    assert rows[-1]["end_date"] is rows[-1]["duration_seconds"] is None


# Alone


def test_without_people_it_is_as_if_made_at_once(path: Path, people: People, tmp_path: Path) -> None:
    later = START + timedelta(days=2, hours=5)
    assert len(move(path, later)) == 3

    whole = empty_plant(tmp_path / "whole.db")
    first_day = datetime(2026, 11, 15, tzinfo=UTC).date()
    SqlitePlantWriter(whole).put(generate(seed=SEED, now=later, days=4, first_day=first_day))
    for table in ("status_log", "production_log", "scrap_log", "container", "job", "job_operation"):
        assert people.table(table) == People(whole).table(table), table


def test_a_step_tells_until_when_and_what_it_wrote(path: Path) -> None:
    (step,) = steps(SqlitePlantWriter(path), START + timedelta(hours=1))
    assert step.made_until == START + timedelta(hours=1) == made_until(SqlitePlantWriter(path))
    assert step.rows["plant_production_log"] > 10
    assert step.rows["plant_simulation"] == 1


def test_a_clock_that_stands_still_or_goes_back_writes_nothing(path: Path) -> None:
    assert move(path, START) == move(path, START - timedelta(days=1)) == []


def test_a_database_without_sample_company_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoSampleCompany):
        move(empty_plant(tmp_path / "plant.db"), START)


def test_every_workcenter_is_counted_in_its_status(path: Path) -> None:
    assert sum(workcenters_by_status(SqlitePlantWriter(path)).values()) == 48


def test_two_at_once_do_not_write_twice(path: Path, people: People, tmp_path: Path) -> None:
    alone = tmp_path / "alone.db"
    shutil.copyfile(path, alone)
    until = START + timedelta(hours=30)
    move(alone, until)

    both = [threading.Thread(target=move, args=(path, until)) for _ in range(3)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    for table in ("status_log", "production_log", "container", "job_operation", "simulation"):
        assert people.table(table) == People(alone).table(table), table


def test_a_step_that_fails_leaves_everything_as_it_was(path: Path, people: People) -> None:
    people.run(
        "CREATE TRIGGER no_state BEFORE UPDATE ON plant_simulation BEGIN SELECT raise(abort, 'no'); END"
    )
    before = people.rows("SELECT * FROM plant_status_log")
    with pytest.raises(Exception, match="no"):
        move(path, START + timedelta(hours=1))
    assert people.rows("SELECT * FROM plant_status_log") == before
    assert made_until(SqlitePlantWriter(path)) == START


# Statuses


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rounds=st.lists(
        st.tuples(
            st.integers(1, 30_000),
            st.lists(st.tuples(st.sampled_from(CODES), st.integers(-3000, 3000)), max_size=4),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_people_post_and_when_every_trail_stays_whole(
    founded: Path, tmp_path: Path, rounds: list[tuple[int, list[tuple[str, int]]]]
) -> None:
    """People post up to 50 minutes before and after the instant that the simulation has come to."""
    path = tmp_path / "posted.db"
    shutil.copyfile(founded, path)
    people, now, posted = People(path), START, 0
    for gap, posts in rounds:
        for code, seconds in posts:
            posted += people.set_status(code, now + timedelta(seconds=seconds))
        now += timedelta(seconds=gap)
        move(path, now)
        for code in CODES:
            assert_whole(trail(people, code))
    assert len(people.rows("SELECT 1 FROM plant_status_log WHERE log_key >= 5000000000")) == posted


def test_a_posted_status_stands_until_the_next_simulated_change(path: Path, people: People) -> None:
    at = START + timedelta(minutes=1)
    simulated = [row["log_date"] for row in _trail_without_people(path, "STP-01")]
    assert people.set_status("STP-01", at)
    move(path, START + timedelta(hours=3))

    own = people.one("SELECT * FROM plant_status_log WHERE log_key >= 5000000000")
    assert own["log_date"] == "2026-11-18 15:01:00"
    assert own["end_date"] == min(begin for begin in simulated if begin > own["log_date"])
    assert own["workcenter_status"] == "Quality Hold"


def _trail_without_people(path: Path, code: str) -> list[dict[str, Any]]:
    copy = path.with_name("copy.db")
    shutil.copyfile(path, copy)
    move(copy, START + timedelta(hours=3))
    return trail(People(copy), code)


def test_a_simulated_status_that_people_ended_is_not_made_longer_again(path: Path, people: People) -> None:
    ended = trail(people, "WLD-03")[-1]
    assert people.set_status("WLD-03", START + timedelta(seconds=1))
    move(path, START + timedelta(hours=6))

    again = people.one("SELECT * FROM plant_status_log WHERE log_key = ?", ended["log_key"])
    assert again["end_date"] == "2026-11-18 15:00:01"


def test_a_simulated_status_in_the_second_of_a_posted_one_gives_way(path: Path, people: People) -> None:
    begins = datetime.fromisoformat(
        next(
            row["log_date"]
            for row in _trail_without_people(path, "STP-01")
            if row["log_date"] > "2026-11-18 15:00:00"
        )
    ).replace(tzinfo=UTC)
    assert people.set_status("STP-01", begins)
    move(path, START + timedelta(hours=3))

    rows = trail(people, "STP-01")
    assert_whole(rows)
    (there,) = [row for row in rows if row["log_date"] == begins.strftime("%Y-%m-%d %H:%M:%S")]
    assert there["log_key"] >= 5_000_000_000


# Jobs


def _running(people: People) -> dict[str, Any]:
    """A first operation that will go on, of a job with others after it."""
    return people.rows(
        "SELECT o.*, j.job_no FROM plant_job_operation o JOIN plant_job j USING (job_key)"
        " WHERE o.pcn = ? AND o.job_op_status = 'Running' AND o.operation_no = 10 AND o.operation_code = 'STAMP'"
        " AND o.quantity_completed < o.quantity / 2 ORDER BY o.job_op_key",
        AUTO,
    )[0]


def _logged(people: People, table: str, operation: dict[str, Any], quantity: float) -> None:
    like = people.table(table, job_op_key=operation["job_op_key"])[0]
    people.add(table, like | {"quantity": quantity, "serial_no": "", "modified_date": "2026-11-18 15:00:00"})


def test_pieces_that_people_booked_count_beside_the_simulated_ones(path: Path, people: People) -> None:
    operation = _running(people)
    key = operation["job_op_key"]
    _logged(people, "production_log", operation, 12.5)
    people.change(
        "plant_job_operation",
        "DcJobOperations",
        key,
        quantity_completed=operation["quantity_completed"] + 12.5,
    )
    move(path, START + timedelta(hours=4))

    after = people.one("SELECT * FROM plant_job_operation WHERE job_op_key = ?", key)
    logged = people.one("SELECT sum(quantity) AS pieces FROM plant_production_log WHERE job_op_key = ?", key)
    assert after["quantity_completed"] == logged["pieces"] > operation["quantity_completed"] + 12.5


def test_scrap_that_people_booked_counts_for_operation_and_job(path: Path, people: People) -> None:
    operation = _running(people)
    for quantity in (3.0, 4.0):
        _logged(people, "scrap_log", operation, quantity)
    move(path, START + timedelta(hours=4))

    for table, key in (("job_operation", "job_op_key"), ("job", "job_key")):
        (after,) = people.table(table, **{key: operation[key]})
        pieces = sum(row["quantity"] for row in people.table("scrap_log", **{key: operation[key]}))
        assert after["quantity_scrapped"] == pieces > operation["quantity_scrapped"] + 6


def test_what_people_decided_about_a_job_stays_while_it_is_made(path: Path, people: People) -> None:
    operation = _running(people)
    decided = {
        "due_date": "2027-01-01 00:00:00",
        "priority": "High",
        "note": "The customer called",
        "job_status": "Hold",
        "external_job_code": "X-1",
    }
    people.change("plant_job", "DcJobs", operation["job_key"], **decided)
    before = people.one("SELECT * FROM plant_job WHERE job_key = ?", operation["job_key"])
    move(path, START + timedelta(hours=4))

    after = people.one("SELECT * FROM plant_job WHERE job_key = ?", operation["job_key"])
    assert {name: after[name] for name in decided} == decided
    assert after["modified_date"] > before["modified_date"]


def test_a_job_that_people_released_again_goes_on_and_is_completed(path: Path, people: People) -> None:
    job = people.rows(
        "SELECT * FROM plant_job WHERE job_status = 'Production' AND pcn = ? ORDER BY due_date", AUTO
    )[0]
    people.change("plant_job", "DcJobs", job["job_key"], job_status="Hold")
    people.change("plant_job", "DcJobs", job["job_key"], job_status="Production")
    move(path, START + timedelta(days=12))

    after = people.one("SELECT * FROM plant_job WHERE job_key = ?", job["job_key"])
    assert after["job_status"] == "Completed"
    assert after["completed_date"]


def test_a_job_whose_quantity_people_lowered_is_completed_sooner(path: Path, people: People) -> None:
    job = people.rows(
        "SELECT * FROM plant_job WHERE job_status = 'Production' AND quantity_completed BETWEEN 1 AND quantity / 2"
    )[0]
    people.change("plant_job", "DcJobs", job["job_key"], quantity=job["quantity_completed"] + 1)
    move(path, START + timedelta(days=5))

    after = people.one("SELECT * FROM plant_job WHERE job_key = ?", job["job_key"])
    assert after["quantity"] == job["quantity_completed"] + 1
    assert after["job_status"] == "Completed"


def test_a_job_number_that_people_gave_away_is_not_given_twice(path: Path, people: People) -> None:
    job = people.rows("SELECT * FROM plant_job WHERE pcn = ? ORDER BY job_key DESC", AUTO)[0]
    numbers = [f"J{job['job_key'] + n}" for n in range(1, 40)]
    for number in numbers:
        people.add("job", job | {"job_no": number})
    move(path, START + timedelta(days=2))

    assert len(people.rows("SELECT 1 FROM plant_job WHERE job_key >= 5000000000")) == len(numbers)
    other = people.rows("SELECT * FROM plant_job WHERE job_no LIKE 'J%-SIM'")
    assert other
    assert all(f"J{row['job_key']}-SIM" == row["job_no"] for row in other)


# Containers


def test_pieces_that_people_scrapped_stay_out_of_the_container(path: Path, people: People) -> None:
    """Containers of a last operation are shipped with what is in them when the day ends."""
    box = people.rows(
        "SELECT * FROM plant_container WHERE pcn = ? AND container_status = 'OK' AND operation_code = 'PACK'",
        AUTO,
    )[0]
    people.change("plant_container", "Containers", box["serial_no"], quantity=box["quantity"] - 5)
    move(path, START + timedelta(days=1))

    after = people.one("SELECT * FROM plant_container WHERE serial_no = ?", box["serial_no"])
    assert (after["container_status"], after["quantity"]) == ("Shipped", box["quantity"] - 5)
    assert after["net_weight"] < box["net_weight"]


def test_a_container_that_people_emptied_or_held_stays_as_they_left_it(path: Path, people: People) -> None:
    emptied, held = people.rows(
        "SELECT * FROM plant_container WHERE pcn = ? AND container_status = 'OK' AND operation_code = 'PACK'",
        AUTO,
    )[:2]
    people.change(
        "plant_container", "Containers", emptied["serial_no"], quantity=0.0, container_status="Scrap"
    )
    people.change("plant_container", "Containers", held["serial_no"], container_status="Hold", location="MRB")
    move(path, START + timedelta(days=1))

    states = {
        row["serial_no"]: (row["container_status"], row["quantity"])
        for row in people.rows("SELECT * FROM plant_container")
    }
    assert states[emptied["serial_no"]] == ("Scrap", 0)
    assert states[held["serial_no"]] == ("Hold", held["quantity"])
