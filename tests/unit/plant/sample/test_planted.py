"""The planted facts can be found, and the plant has the character its families declare."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from millgate.plant.sample import advance, generate
from unit.plant.sample.stored import AUTO, NOW, SEED, Stored, instant, number, text

LAST = "2026-11-19"
LABOR_DAY = "2026-09-07"


def _kpis(stored: Stored) -> dict[str, tuple[float, float, float]]:
    """PBT, ideal seconds of all pieces and of good pieces, by workcenter code of the main company."""
    flags = {row["workcenter_status_key"]: row for row in stored.rows("workcenter_status")}
    ideal = {
        (row["workcenter_key"], row["part_operation_key"]): 3600 / number(row["ideal_rate"])
        for row in stored.rows("approved_workcenter")
    }
    busy, running, pieces, good = (defaultdict[str, float](float) for _ in range(4))
    for row in stored.rows("status_log", AUTO):
        flag, code = flags[row["workcenter_status_key"]], text(row["workcenter_code"])
        lasted = number(row["duration_seconds"] or 0)
        busy[code] += 0 if flag["off_status"] or flag["maintenance_status"] else lasted
        running[code] += lasted if flag["production_status"] else 0
    for entity in ("production_log", "scrap_log"):
        for row in stored.rows(entity, AUTO):
            code = text(row["workcenter_code"])
            seconds = number(row["quantity"]) * ideal[row["workcenter_key"], row["part_operation_key"]]
            pieces[code] += seconds
            good[code] += seconds if entity == "production_log" else 0
    return {
        code: (good[code] / busy[code], pieces[code] / running[code], good[code] / pieces[code])
        for code in busy
    }


@pytest.fixture(scope="module")
def kpis(quarter: Stored) -> dict[str, tuple[float, float, float]]:
    """OEE, performance and quality by workcenter code."""
    return _kpis(quarter)


@pytest.mark.parametrize(
    ("family", "oee"),
    [
        ("STP", 0.658),
        ("TRF", 0.635),
        ("IMM", 0.764),
        ("WLD", 0.736),
        ("CNC", 0.735),
        ("ASM", 0.782),
        ("PKG", 0.833),
    ],
)
def test_oee_of_each_family_is_near_its_declared_character(
    kpis: dict[str, tuple[float, float, float]], family: str, oee: float
) -> None:
    usual = [
        value
        for code, (value, _, _) in kpis.items()
        if code.startswith(family) and code not in {"STP-03", "WLD-02", "CNC-04", "TRF-02"}
    ]
    assert sum(usual) / len(usual) == pytest.approx(oee, abs=0.05)


def test_two_workcenters_have_implausible_rates(kpis: dict[str, tuple[float, float, float]]) -> None:
    assert kpis["STP-03"][1] == pytest.approx(0.09, abs=0.02)
    assert kpis["WLD-02"][1] == pytest.approx(1.31, abs=0.05)
    others = [performance for code, (_, performance, _) in kpis.items() if code not in {"STP-03", "WLD-02"}]
    assert all(0.7 < performance < 1 for performance in others)


def test_volumes_are_those_of_a_plant_of_this_size(quarter: Stored) -> None:
    for entity, expected in {
        "production_log": 76_000,
        "scrap_log": 26_000,
        "status_log": 68_000,
        "job": 1_300,
        "job_operation": 3_000,
    }.items():
        assert len(quarter.rows(entity, AUTO)) == pytest.approx(expected, rel=0.12), entity


def test_scrap_on_imm_07_jumps_while_mold_27_has_a_blocked_cavity(quarter: Stored) -> None:
    good, scrap, reasons, jobs = Counter[bool](), Counter[bool](), Counter[object](), set()
    for entity, sums in (("production_log", good), ("scrap_log", scrap)):
        for row in quarter.rows(entity, AUTO, workcenter_code="IMM-07"):
            spoiled = "2026-10-30" <= text(row["report_date"]) <= "2026-11-07"
            sums[spoiled] += int(number(row["quantity"]))
            if spoiled and entity == "scrap_log":
                reasons[row["scrap_reason"]] += int(number(row["quantity"]))
                jobs.add(row["job_no"])
    assert scrap[True] / (good[True] + scrap[True]) == pytest.approx(0.06, abs=0.01)
    assert scrap[False] / (good[False] + scrap[False]) < 0.03
    assert reasons.most_common(1)[0][0] == "Short Shot"
    (job,) = jobs
    tools = {
        row["tool_no"] for row in quarter.rows("workcenter_setup", AUTO, job_no=job, workcenter_code="IMM-07")
    }
    assert tools == {"M-27"}


@pytest.mark.parametrize("founded", [datetime(2026, 12, day, 23, tzinfo=UTC) for day in (4, 5, 6)])
def test_the_mold_with_the_blocked_cavity_is_mounted_whichever_day_a_company_is_founded(
    founded: datetime,
) -> None:
    """Twenty days before a Friday, a Saturday or a Sunday nobody may be at work who could mount it."""
    stored = Stored().take(generate(seed=SEED, now=founded))
    before = f"{founded - timedelta(days=21):%Y-%m-%d}"
    scrap = Counter[object]()
    for row in stored.rows("scrap_log", AUTO, workcenter_code="IMM-07"):
        if text(row["report_date"]) >= before:
            scrap[row["scrap_reason"]] += int(number(row["quantity"]))
    ((reason, spoiled),) = scrap.most_common(1)
    assert reason == "Short Shot"
    assert spoiled > scrap.total() / 2


def test_robot_faults_of_wld_05_double_on_shift_c(quarter: Stored) -> None:
    faults = Counter(
        row["shift"] for row in quarter.rows("status_log", AUTO, workcenter_code="WLD-05", event_code="ROBOT")
    )
    assert faults["C"] > 1.8 * max(faults["A"], faults["B"])


def test_the_spindle_of_cnc_04_was_down_for_three_days(quarter: Stored) -> None:
    (row,) = [
        row
        for row in quarter.rows("status_log", AUTO, workcenter_code="CNC-04")
        if number(row["duration_seconds"] or 0) >= 3 * 86400
    ]
    assert row["workcenter_status"] == "Down - Unplanned"
    assert "pindle" in text(row["note"])


def test_one_workcenter_has_no_setup(quarter: Stored) -> None:
    mounted = {row["workcenter_code"] for row in quarter.rows("workcenter_setup", AUTO, teardown_date=None)}
    every = {row["workcenter_code"] for row in quarter.rows("workcenter", AUTO)}
    assert every - mounted == {"CNC-06"}
    (status,) = quarter.rows("status_log", AUTO, workcenter_code="CNC-06", end_date=None)
    assert status["workcenter_status"] == "Idle - No Job"


def test_trf_02_was_left_in_production_over_a_holiday(quarter: Stored) -> None:
    rows = quarter.rows("status_log", AUTO, workcenter_code="TRF-02", workcenter_status="Production")
    longest = max(rows, key=lambda row: number(row["duration_seconds"] or 0))
    assert number(longest["duration_seconds"]) >= 86400
    assert text(longest["report_date"]) <= LABOR_DAY
    assert not quarter.rows("production_log", AUTO, workcenter_code="TRF-02", report_date=LABOR_DAY)
    assert quarter.rows("calendar_exception", AUTO, exception_date=LABOR_DAY, working=0)


def test_a_part_has_two_live_revisions_and_both_are_made(quarter: Stored) -> None:
    live = {
        row["revision"] for row in quarter.rows("part", AUTO, part_no="TP-20418", part_status="Production")
    }
    assert live == {"B", "C"}
    assert {row["revision"] for row in quarter.rows("production_log", AUTO, part_no="TP-20418")} == live


def test_a_part_number_looks_like_a_number_in_scientific_notation(quarter: Stored) -> None:
    assert quarter.rows("part", AUTO, part_no="0012-4E5")
    assert quarter.rows("production_log", AUTO, part_no="0012-4E5")


def test_an_operator_has_an_apostrophe_and_a_letter_outside_ascii(quarter: Stored) -> None:
    assert quarter.rows("production_log", AUTO, employee_name="O'Brien, Zoë")


def test_a_container_was_scrapped_and_reopened(week: Stored, quarter: Stored) -> None:
    for stored in (week, quarter):
        (back,) = [row for row in stored.rows("scrap_log") if number(row["quantity"]) < 0]
        assert back["serial_no"] == "SN0003481022"
        (box,) = stored.rows("container", serial_no=back["serial_no"])
        (made,) = stored.rows("production_log", serial_no=back["serial_no"])
        assert made["job_no"] == box["job_no"]
        assert made["employee_name"]
        assert box["container_status"] == "OK"
        assert box["quantity"] == -number(back["quantity"])
        scrapped = stored.rows("scrap_log", serial_no=back["serial_no"], quantity=box["quantity"])
        assert text(scrapped[0]["record_date"]) < text(back["record_date"])


def test_a_job_past_due_waits_for_material(week: Stored, quarter: Stored) -> None:
    for stored in (week, quarter):
        (op,) = [row for row in stored.rows("job_operation") if "material" in text(row["note"])]
        (job,) = stored.rows("job", job_key=op["job_key"])
        assert op["job_op_status"] == "Hold"
        (simulation,) = stored.rows("simulation")
        assert instant(job["due_date"]) < instant(simulation["made_until"]) - timedelta(hours=24)
        assert job["job_status"] == "Scheduled"


def test_the_job_in_question_can_be_cancelled_long_after(week: Stored) -> None:
    (founded,) = week.rows("job", AUTO, job_no="J104512")
    later = Stored({name: dict(rows) for name, rows in week.tables.items()}, dict(week.columns))
    later.take(advance(state=week.state, now=NOW + timedelta(days=20)))
    (job,) = later.rows("job", AUTO, job_no="J104512")
    assert founded["job_status"] in {"New", "Scheduled"}
    assert (job["job_status"], job["quantity_completed"]) == ("Scheduled", 0)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 12, 27, 15, tzinfo=UTC),
        datetime(2027, 1, 3, 12, tzinfo=UTC),
        datetime(2027, 3, 15, 4, tzinfo=UTC),
    ],
)
def test_what_the_documentation_asks_about_is_there_around_holidays_too(now: datetime) -> None:
    stored = Stored().take(generate(seed=SEED, now=now, days=14))
    assert stored.rows("container", AUTO, serial_no="SN0003481022", note="Reopened after scrap")
    assert stored.rows("job", AUTO, job_no="J104512")
    assert [row for row in stored.rows("job_operation", AUTO) if "material" in text(row["note"])]
    assert stored.rows("job", AUTO, job_status="Hold")


def test_every_job_status_occurs(quarter: Stored) -> None:
    counted = Counter(row["job_status"] for row in quarter.rows("job", AUTO))
    assert set(counted) == {"New", "Scheduled", "Production", "Completed", "Hold", "Cancelled"}


def test_a_forgotten_status_stands_out_among_the_long_ones(quarter: Stored) -> None:
    """Only injection molding and a few cells with little trouble run for half a day without a stop."""
    long = [
        row
        for row in quarter.rows("status_log", AUTO)
        if number(row["duration_seconds"] or 0) > 12 * 3600 and row["workcenter_status"] != "Off Shift"
    ]
    assert len(long) < 80
    longest = sorted(long, key=lambda row: number(row["duration_seconds"]))[-2:]
    assert {row["workcenter_code"] for row in longest} == {"TRF-02", "CNC-04"}
