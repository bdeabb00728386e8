"""What founding the sample companies promises: the same rows for the same seed, whole tables, volumes."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import pytest

from millgate.plant.sample import generate
from millgate.plant.sample.batches import COLUMNS
from unit.plant.sample.stored import AUTO, FIRST, MX, NOW, SEED, Stored, instant, number, text


def test_the_same_seed_and_now_give_the_same_rows(week: Stored) -> None:
    assert Stored().take(generate(seed=SEED, now=NOW, days=7)).tables == week.tables


def test_another_seed_gives_other_rows(week: Stored) -> None:
    other = Stored().take(generate(seed=SEED + 1, now=NOW, days=7))
    assert other.tables["plant_production_log"] != week.tables["plant_production_log"]


@pytest.mark.parametrize("earlier", [timedelta(hours=2, seconds=13), timedelta(days=2, hours=5)])
def test_an_earlier_now_only_leaves_out_what_comes_later(week: Stored, earlier: timedelta) -> None:
    now = NOW - earlier
    cut = Stored().take(generate(seed=SEED, now=now, days=7, first_day=FIRST))
    for table in ("production_log", "scrap_log"):
        kept = [row for row in week.rows(table) if instant(row["record_date"]) <= now]
        assert cut.rows(table) == kept
    closed = [row for row in week.rows("status_log") if row["end_date"] and instant(row["end_date"]) <= now]
    key = "log_key"
    assert sorted(
        (r for r in cut.rows("status_log") if r["end_date"]), key=lambda r: number(r[key])
    ) == sorted(closed, key=lambda r: number(r[key]))


def test_nothing_lies_in_the_future(week: Stored) -> None:
    for entity, names in {
        "production_log": ("record_date",),
        "scrap_log": ("record_date",),
        "status_log": ("log_date", "end_date"),
        "workcenter_setup": ("setup_date", "teardown_date"),
        "setup_operator": ("clock_in", "clock_out"),
        "container": ("add_date_time", "update_date_time"),
        "job": ("created_date", "completed_date", "modified_date"),
        "job_operation": ("start_date", "completed_date"),
    }.items():
        for row in week.rows(entity):
            assert all(row[name] is None or instant(row[name]) <= NOW for name in names), (entity, row)


def test_now_must_say_its_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        list(generate(seed=SEED, now=datetime(2025, 11, 6, 12, 0), days=2))  # noqa: DTZ001 - the mistake


def test_progress_rises_to_its_total() -> None:
    told: list[tuple[int, int]] = []
    list(generate(seed=SEED, now=NOW, days=3, progress=lambda done, total: told.append((done, total))))
    assert told == [(n, 6) for n in range(1, 7)]


def test_batches_name_the_columns_that_the_migrations_make() -> None:
    migration = import_module("millgate.control.plantdata.migrations.0001_initial").Migration
    made = {}
    for operation in migration.operations:
        if type(operation).__name__ == "CreateModel":
            fields = {
                field.db_column or (f"{name}_id" if field.is_relation else name)
                for name, field in operation.fields
            }
            made[operation.options["db_table"]] = fields
    assert {table: set(columns) for table, columns in COLUMNS.items()} == made


def test_every_row_has_every_column_and_a_key_of_its_own_over_both_companies() -> None:
    seen: dict[str, dict[object, object]] = {}
    for batch in generate(seed=SEED, now=NOW, days=3):
        for row in batch.rows:
            assert len(row) == len(batch.columns)
            assert seen.setdefault(batch.table, {}).setdefault(row[0], row[1]) == row[1]
    assert set(seen) == set(COLUMNS)


def test_references_point_at_rows_of_the_same_company(week: Stored) -> None:
    owners = {
        table: {key: row[1] for key, row in rows.items()}
        for table, rows in week.tables.items()
        if table != "plant_simulation"
    }
    targets = {
        f"{table.removeprefix('plant_')}_key": table for table in owners if table != "plant_container"
    } | {"setup_key": "plant_workcenter_setup", "job_op_key": "plant_job_operation"}
    for table in owners:
        for row in week.rows(table.removeprefix("plant_")):
            for name, value in row.items():
                if name in targets and value is not None:
                    assert owners[targets[name]][value] == row["pcn"], (table, name, row)


def test_the_two_companies_share_codes_but_no_keys(week: Stored) -> None:
    ours = {row["workcenter_code"] for row in week.rows("workcenter", AUTO)}
    theirs = {row["workcenter_code"] for row in week.rows("workcenter", MX)}
    assert theirs < ours
    zones = {row["pcn"]: (row["time_zone"], row["production_day_start"]) for row in week.rows("pcn")}
    assert zones == {AUTO: ("America/Detroit", "06:00:00"), MX: ("America/Monterrey", "07:00:00")}


def test_master_data_has_the_promised_size(week: Stored) -> None:
    sizes = Counter(
        entity
        for entity in [
            "building",
            "department",
            "workcenter_group",
            "workcenter",
            "employee",
            "workcenter_status",
            "workcenter_event",
            "scrap_reason",
            "part",
            "part_operation",
            "tool",
        ]
        for _ in week.rows(entity, AUTO)
    )
    assert sizes == {
        "building": 2,
        "department": 6,
        "workcenter_group": 9,
        "workcenter": 42,
        "employee": 180,
        "workcenter_status": 12,
        "workcenter_event": 32,
        "scrap_reason": 24,
        "part": 81,
        "part_operation": 205,
        "tool": 38 + 27 + 24,
    }
    assert len({row["part_no"] for row in week.rows("part", AUTO)}) == 64
    assert len(week.rows("part", AUTO, part_type="Raw Material")) == 12
    assert len(week.rows("employee", AUTO, position="Operator")) == 96
    assert len(week.rows("workcenter", MX)) == 6


def test_work_is_scheduled_ahead(week: Stored) -> None:
    ahead = [row for row in week.rows("job_operation") if row["job_op_status"] in {"Open", "Running"}]
    busy = {row["workcenter_key"] for row in ahead}
    idle = {row["workcenter_code"] for row in week.rows("workcenter") if row["workcenter_key"] not in busy}
    assert idle <= {"CNC-06"}


def test_job_numbers_look_like_the_documentation(week: Stored) -> None:
    (job,) = week.rows("job", AUTO, job_no="J104512")
    assert job["job_status"] in {"New", "Scheduled"}
    assert all(text(row["job_no"]).startswith("J1") for row in week.rows("job", AUTO))


def test_a_day_without_a_zone_change_has_24_hours_and_dates_are_plain(week: Stored) -> None:
    dates = {date.fromisoformat(text(row["report_date"])) for row in week.rows("production_log", AUTO)}
    assert min(dates) == FIRST
    assert max(dates) == NOW.astimezone(UTC).date()
