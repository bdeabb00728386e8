"""Beside the same people, the sample company moves in the same way on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from millgate.plant.sample import Batch, generate
from millgate.plant.sample.batches import COLUMNS
from millgate.plant.sample.kept import cells
from millgate.plant.sample.moving import made_until, steps, workcenters_by_status
from millgate.stores.ports import PlantWriter
from millgate.stores.postgres.writing import PostgresPlantWriter
from millgate.stores.sqlite.plant import SqlitePlantWriter
from support.plant_database import empty_plant
from support.postgres import plant_database
from unit.plant.sample.stored import SEED

START = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
OWN = 5_000_000_000
CHANGE = "change_key pcn changed_at application account source_address request_id resource row_key action before after"


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[PlantWriter, PlantWriter]]:
    with plant_database() as url:
        yield SqlitePlantWriter(empty_plant(tmp_path / "plant.db")), PostgresPlantWriter(url)


def rows(writer: PlantWriter, entity: str, where: str = "") -> list[dict[str, Any]]:
    table = f"plant_{entity}"
    columns = COLUMNS[table]
    found = writer.rows(f"SELECT {', '.join(columns)} FROM {table} {where}")  # noqa: S608 - a test's own
    return sorted((cells(table, row) for row in found), key=lambda row: repr(row[columns[0]]))


def put(writer: PlantWriter, entity: str, *some: dict[str, Any]) -> None:
    writer.put([Batch(f"plant_{entity}", tuple(some[0]), [tuple(row.values()) for row in some])])


def changed(writer: PlantWriter, number: int, resource: str, key: object, **values: object) -> None:
    before = {"quantity": 1000, "quantity_completed": 0, "job_status": "Scheduled", "note": ""}
    texts = [json.dumps(before), json.dumps(before | values)]
    row = (
        OWN + number,
        100137,
        "2026-11-18 15:00:00",
        "a",
        "",
        "",
        "r",
        resource,
        str(key),
        "update",
        *texts,
    )
    writer.put([Batch("plant_change", tuple(CHANGE.split()), [row])])


def work(writer: PlantWriter) -> None:
    """People set a status, book pieces, scrap some of a container, and hold a job."""
    last = rows(
        writer, "status_log", "WHERE workcenter_code = 'STP-01' AND end_date IS NULL AND pcn = 100137"
    )[0]
    at = "2026-11-18 15:00:07"
    lasted = datetime.fromisoformat(at) - datetime.fromisoformat(last["log_date"])
    put(writer, "status_log", last | {"end_date": at, "duration_seconds": int(lasted.total_seconds())})
    put(writer, "status_log", last | {"log_key": OWN, "log_date": at, "workcenter_status": "Quality Hold"})

    made = rows(writer, "production_log", "WHERE workcenter_code = 'STP-02' AND pcn = 100137")[-1]
    put(writer, "production_log", made | {"production_log_key": OWN, "quantity": 2.5, "serial_no": ""})
    box = rows(writer, "container", f"WHERE serial_no = '{made['serial_no']}'")[0]
    changed(writer, 1, "Containers", box["serial_no"], quantity=990)
    put(writer, "container", box | {"quantity": box["quantity"] - 10})
    job = rows(writer, "job", "WHERE job_status = 'Production' AND pcn = 100137")[0]
    changed(writer, 2, "DcJobs", job["job_key"], job_status="Hold", note="Called")
    put(writer, "job", job | {"job_status": "Hold", "note": "Called"})
    put(writer, "job", job | {"job_key": OWN, "job_no": f"J{rows(writer, 'job')[-1]['job_key'] + 1}"})


def test_both_engines_come_to_the_same_rows(both: tuple[PlantWriter, PlantWriter]) -> None:
    until = START + timedelta(days=1, hours=3)
    for writer in both:
        writer.put(generate(seed=SEED, now=START, days=2))
        work(writer)
        assert len(list(steps(writer, until))) == 2
        assert made_until(writer) == until

    one, other = both
    for entity in (
        "status_log",
        "production_log",
        "scrap_log",
        "container",
        "job",
        "job_operation",
        "workcenter_setup",
    ):
        assert rows(one, entity) == rows(other, entity), entity
    assert workcenters_by_status(one) == workcenters_by_status(other)
    (own,) = rows(one, "status_log", f"WHERE log_key >= {OWN}")
    assert own["end_date"] is not None
    assert [row["note"] for row in rows(one, "job", "WHERE job_status = 'Hold' AND note = 'Called'")] == [
        "Called"
    ]
