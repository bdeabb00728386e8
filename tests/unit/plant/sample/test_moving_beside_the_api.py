"""What programs write through the API, between rounds of the simulation, is there afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.core.errors import Refused
from millgate.plant.sample import generate
from millgate.plant.sample.moving import steps
from millgate.stores.sqlite.plant import SqlitePlantWriter
from support.plant_database import empty_plant
from support.working import Bench
from unit.plant.sample.people import People
from unit.plant.sample.stored import AUTO, SEED
from unit.plant.sample.test_moving import assert_whole, trail

# A Wednesday morning in Detroit.
START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
STATUSES = ("Quality Hold", "Production", "Waiting Material", "Off Shift")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with companies of four days."""
    path = empty_plant(tmp_path_factory.mktemp("beside") / "plant.db")
    SqlitePlantWriter(path).put(generate(seed=SEED, now=START, days=4))
    return path.read_bytes()


class Plant:
    """A plant in which programs write, and which the simulation moves."""

    def __init__(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        self.path = path
        self.people = People(path)
        self.now = START

    def move(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        list(steps(SqlitePlantWriter(self.path), self.now))

    def write(self, target: str, body: dict[str, Any], **more: Any) -> bool:
        """Write through the API half a minute later; whether it was accepted."""
        at = self.now + timedelta(seconds=30)
        try:
            Bench(self.path).write(target, body, pcn=AUTO, now=at, **more)
        except Refused:
            return False
        return True


@pytest.fixture
def plant(tmp_path: Path, whole: bytes) -> Plant:
    return Plant(tmp_path / "plant.db", whole)


def setup_of(plant: Plant, code: str) -> dict[str, Any]:
    return plant.people.one(
        "SELECT * FROM plant_workcenter_setup WHERE pcn = ? AND workcenter_code = ? AND teardown_date IS NULL",
        AUTO,
        code,
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rounds=st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(-2000, 60)), max_size=3),
            st.integers(1, 20_000),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_statuses_set_through_the_api_leave_the_trail_whole(
    tmp_path: Path, whole: bytes, rounds: list[tuple[list[tuple[str, int]], int]]
) -> None:
    plant = Plant(tmp_path / "posted.db", whole)
    for posts, seconds in rounds:
        for status, ago in posts:
            at = (plant.now + timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
            body = {"workcenterCode": "STP-01", "workcenterStatus": status, "logDate": at}
            plant.write("WorkcenterStatusLogs.create", body)
        plant.move(seconds)
        assert_whole(trail(plant.people, "STP-01"))


def test_production_scrap_and_a_hold_are_there_after_the_day(plant: Plant) -> None:
    setup = setup_of(plant, "STP-02")
    operation, job = setup["job_op_key"], setup["job_key"]
    (box,) = plant.people.rows(
        "SELECT c.* FROM plant_container c JOIN plant_production_log p USING (serial_no)"
        " WHERE p.job_op_key = ? AND c.container_status = 'OK' ORDER BY p.record_date DESC LIMIT 1",
        operation,
    )
    assert plant.write("WorkcenterProductionLogs.create", {"workcenterCode": "STP-02", "quantity": 7.5})
    scrapped = {
        "workcenterCode": "STP-02",
        "quantity": 4,
        "scrapReason": "Burr",
        "serialNo": box["serial_no"],
    }
    assert plant.write("WorkcenterScrapLogs.create", scrapped)
    plant.move(3600)
    assert plant.write("WorkcenterProductionLogs.create", {"workcenterCode": "STP-02", "quantity": 2})
    plant.move(20 * 3600)

    for table, column in (("production_log", "quantity_completed"), ("scrap_log", "quantity_scrapped")):
        logged = sum(row["quantity"] for row in plant.people.table(table, job_op_key=operation))
        (after,) = plant.people.table("job_operation", job_op_key=operation)
        assert after[column] == logged
    everywhere = sum(row["quantity"] for row in plant.people.table("scrap_log", job_key=job))
    assert plant.people.table("job", job_key=job)[0]["quantity_scrapped"] == everywhere


def test_a_job_that_was_cancelled_and_one_that_was_made_live_on(plant: Plant) -> None:
    plant.people.run("UPDATE plant_job SET note = '' WHERE job_no = 'J104512'")
    assert plant.write("DcJobs.update", {"jobStatus": "Cancelled"}, path_key="104512")
    due = "2026-12-24T12:00:00Z"
    made = {"partNo": "TP-20418", "revision": "C", "quantity": 100, "dueDate": due}
    assert plant.write("DcJobs.create", made)
    plant.move(3 * 86_400)

    (job,) = plant.people.table("job", job_no="J104512")
    assert job["job_status"] == "Cancelled"
    assert job["cancelation_id"]
    (own,) = plant.people.rows("SELECT * FROM plant_job WHERE job_key >= 5000000000")
    assert own["job_status"] == "New"
    numbers = [row["job_no"] for row in plant.people.table("job", pcn=AUTO)]
    assert len(set(numbers)) == len(numbers)
