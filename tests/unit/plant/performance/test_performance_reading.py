"""What is read from a plant's database: the sample company's planted facts, and rows written for one case."""

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest

from millgate.plant import sample
from millgate.plant.performance import Group, Performance, RateSource, performance_rows
from millgate.plant.performance.reading import select_of
from millgate.stores.sqlite.plant import SqlitePlant, SqlitePlantWriter
from support.plant_database import empty_plant, run

# A Thursday afternoon in Detroit, four days after the end of daylight saving time.
NOW = datetime(2025, 11, 6, 19, 47, 11, tzinfo=UTC)
WEEKS_AGO = NOW - timedelta(days=13)
AUTO, MX = 100137, 100142
WRONG_RATES = {"STP-03", "WLD-02"}


class Plant:
    """A file of rows, and questions about it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reader = SqlitePlant(path, threads=1)

    def ask(
        self,
        *groups: Group,
        pcn: int = AUTO,
        begin: datetime = WEEKS_AGO,
        end: datetime = NOW,
        now: datetime = NOW,
        **filters: Any,
    ) -> list[Performance]:
        """The rows of an answer."""
        return run(performance_rows(self.reader, pcn, begin, end, now, groups=groups, **filters))

    def one(self, *groups: Group, **more: Any) -> Performance:
        """The only row of an answer."""
        (row,) = self.ask(*groups, **more)
        return row


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """Both sample companies over 14 days."""
    path = empty_plant(tmp_path_factory.mktemp("sample") / "plant.db")
    SqlitePlantWriter(path).put(sample.generate(seed=7, now=NOW, days=14))
    plant = Plant(path)
    yield plant
    plant.reader.close()


@pytest.fixture(scope="module")
def fortnight(company: Plant) -> dict[str, Performance]:
    """Each workcenter of the main company by its code."""
    return {row.workcenter_code: row for row in company.ask()}


# The sample company


def test_every_workcenter_has_one_row_in_the_order_of_codes(fortnight: dict[str, Performance]) -> None:
    assert len(fortnight) == 42
    assert list(fortnight) == sorted(fortnight)
    assert fortnight["IMM-07"].workcenter_group == "Molding over 200 t"


def test_the_planted_rates_show_as_implausible_performance(fortnight: dict[str, Performance]) -> None:
    values = {code: row.performance or 0 for code, row in fortnight.items()}

    assert values["STP-03"] == pytest.approx(0.09, abs=0.01)
    assert values["WLD-02"] == pytest.approx(1.31, abs=0.04)
    assert all(0.75 < value < 1 for code, value in values.items() if code not in WRONG_RATES)


@pytest.mark.parametrize(
    ("family", "ratios"),
    [
        ("STP", (0.781, 0.847, 0.995, 0.658)),
        ("TRF", (0.731, 0.877, 0.991, 0.635)),
        ("IMM", (0.845, 0.923, 0.979, 0.764)),
        ("WLD", (0.825, 0.903, 0.989, 0.736)),
        ("CNC", (0.810, 0.921, 0.984, 0.735)),
        ("ASM", (0.879, 0.893, 0.995, 0.782)),
        ("PKG", (0.904, 0.922, 0.999, 0.833)),
    ],
)
def test_each_family_performs_as_it_was_drawn(
    fortnight: dict[str, Performance], family: str, ratios: tuple[float, float, float, float]
) -> None:
    """Availability, performance, quality and OEE; chance has more to say about the first than the others."""
    usual = [row for code, row in fortnight.items() if code.startswith(family) and code not in WRONG_RATES]

    assert fmean(row.availability or 0 for row in usual) == pytest.approx(ratios[0], abs=0.05)
    assert fmean(row.performance or 0 for row in usual) == pytest.approx(ratios[1], abs=0.02)
    assert fmean(row.quality or 0 for row in usual) == pytest.approx(ratios[2], abs=0.01)
    assert fmean(row.oee or 0 for row in usual) == pytest.approx(ratios[3], abs=0.05)


def test_it_finds_what_the_rows_add_up_to(company: Plant, fortnight: dict[str, Performance]) -> None:
    """Every row of one workcenter, walked through without any of the engine's means."""
    busy, running, pieces = _walk(company.path, "CNC-03")
    row = fortnight["CNC-03"]

    assert row.planned_production_seconds == busy
    assert row.production_seconds == running
    assert (row.good_quantity, row.scrap_quantity) == (pieces["production"], pieces["scrap"])


def _walk(path: Path, code: str) -> tuple[float, float, dict[str, float]]:
    begin, end = WEEKS_AGO.timestamp(), NOW.timestamp()
    seconds, pieces = defaultdict[str, float](float), defaultdict[str, float](float)

    def instant(text: str | None) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() if text else end

    with closing(sqlite3.connect(path)) as connection:
        for since, until, status in connection.execute(
            "SELECT log_date, end_date, workcenter_status FROM plant_status_log WHERE workcenter_code = ?",
            (code,),
        ):
            seconds[status] += max(0.0, min(instant(until), end) - max(instant(since), begin))
        for log in ("production", "scrap"):
            for at, quantity in connection.execute(
                f"SELECT record_date, quantity FROM plant_{log}_log WHERE workcenter_code = ?",  # noqa: S608 - of this test
                (code,),
            ):
                pieces[log] += quantity if begin <= instant(at) < end else 0
    out = seconds["Off Shift"] + seconds["Break"] + seconds["Planned Maintenance"]
    return sum(seconds.values()) - out, seconds["Production"], pieces


def test_on_the_night_in_which_clocks_change_shift_c_has_nine_hours(company: Plant) -> None:
    """It is a Saturday's; time and pieces meet in the same group."""
    begin = datetime(2025, 11, 1, 10, tzinfo=UTC)
    rows = company.ask(
        Group.DAY, Group.SHIFT, begin=begin, end=begin + timedelta(hours=25), code_like="STP-01"
    )

    lengths = {row.shift: row.planned_production_seconds for row in rows}
    (night,) = [row for row in rows if row.shift == "C"]

    assert {row.report_date.isoformat() for row in rows if row.report_date} == {"2025-11-01"}
    assert 8 * 3600 < lengths["C"] <= 9 * 3600
    assert night.good_quantity > 0
    assert night.performance == pytest.approx(0.85, abs=0.1)


def test_shifts_and_days_add_up_to_the_whole(company: Plant, fortnight: dict[str, Performance]) -> None:
    for groups in ([Group.SHIFT], [Group.DAY], [Group.DAY, Group.SHIFT], [Group.JOB], [Group.PART]):
        seconds, made = defaultdict[str, float](float), defaultdict[str, float](float)
        for row in company.ask(*groups):
            seconds[row.workcenter_code] += row.production_seconds
            made[row.workcenter_code] += row.production_quantity
        assert seconds == {code: row.production_seconds for code, row in fortnight.items()}
        assert made == {code: row.production_quantity for code, row in fortnight.items()}


def test_two_windows_add_up_to_the_one_over_both(company: Plant, fortnight: dict[str, Performance]) -> None:
    between = datetime(2025, 10, 30, 3, 4, 5, tzinfo=UTC)
    early, late = company.ask(end=between), company.ask(begin=between)

    for name in ("planned_production_seconds", "production_seconds", "downtime_seconds", "good_quantity"):
        whole = {code: getattr(row, name) for code, row in fortnight.items()}
        parts = defaultdict[str, float](float)
        for row in early + late:
            parts[row.workcenter_code] += getattr(row, name)
        assert parts == whole, name


def test_parts_and_jobs_are_named(company: Plant) -> None:
    rows = company.ask(Group.JOB, Group.PART, code_like="WLD-01")
    made = [row for row in rows if row.good_quantity]

    assert all(row.job_no and row.job_no == f"J{row.job_key}" for row in made)
    assert all(row.part_no and row.revision and row.part_key for row in made)


def test_each_company_sees_its_own(company: Plant) -> None:
    rows = company.ask(pcn=MX)

    assert len(rows) == 6
    assert not {row.workcenter_key for row in rows} & {row.workcenter_key for row in company.ask()}


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({"key": 1003}, {"STP-03"}),
        ({"code_like": "trf-0_"}, {"TRF-01", "TRF-02", "TRF-03"}),
        ({"code_like": r"TRF\_01"}, set()),
        ({"code_like": r"TRF\-01"}, {"TRF-01"}),
        ({"group_like": "transfer%"}, {"TRF-01", "TRF-02", "TRF-03"}),
        ({"group_like": "%stamping", "code_like": "%-02"}, {"STP-02", "TRF-02"}),
        ({"key": 9001}, set()),
    ],
)
def test_workcenters_can_be_chosen(company: Plant, filters: dict[str, Any], codes: set[str]) -> None:
    assert {row.workcenter_code for row in company.ask(**filters)} == codes


def test_a_window_over_centuries_is_read_like_any_other(company: Plant) -> None:
    rows = company.ask(
        Group.DAY,
        key=1001,
        begin=datetime(1, 1, 1, tzinfo=UTC),
        end=datetime(9999, 12, 31, tzinfo=UTC),
    )

    assert len(rows) == 14


def test_rows_are_found_by_index_and_history_is_left_alone(company: Plant) -> None:
    select = select_of("sqlite", AUTO, WEEKS_AGO, NOW)
    parameters = {"pcn": AUTO, "begin": "2025-11-05 00:00:00", "end": "2025-11-06 00:00:00"}

    with closing(sqlite3.connect(company.path)) as connection:
        steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {select.page}", parameters)]

    logs = [step for step in steps if step.split()[1] in {"p", "l"}]
    assert len(logs) == 5
    assert all(step.startswith("SEARCH ") and ("_date" in step or "(rowid=?)" in step) for step in logs), logs


# Rows written for one case

PRODUCTION, DOWN, MAINTENANCE = 1001, 1007, 1010
BEGIN, END = datetime(2025, 11, 3, 6, tzinfo=UTC), datetime(2025, 11, 3, 14, tzinfo=UTC)
HOUR = 3600


class Bench(Plant):
    """The main company with empty logs, and a hand to write rows of workcenter STP-01."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        self.blanks: dict[str, dict[str, Any]] = {}
        self.keys = 0
        for log in ("status", "production", "scrap"):
            row = self.connection.execute(
                f"SELECT * FROM plant_{log}_log WHERE workcenter_key = 1001 AND setup_key IS NOT NULL"  # noqa: S608 - of this test
            ).fetchone()
            self.blanks[log] = dict(row)
            self.change(f"DELETE FROM plant_{log}_log")  # noqa: S608 - of this test

    def change(self, sql: str, *values: object) -> None:
        """Run a statement."""
        self.connection.execute(sql, values)

    def status(self, begin: str, end: str | None, status_key: int = PRODUCTION, **more: Any) -> None:
        """A stretch of November 3rd, or of another day."""
        self._write("status", log_date=begin, end_date=end, workcenter_status_key=status_key, **more)

    def good(self, at: str, quantity: float, **more: Any) -> None:
        """Good pieces."""
        self._write("production", record_date=at, quantity=quantity, **more)

    def scrap(self, at: str, quantity: float, **more: Any) -> None:
        """Scrap."""
        self._write("scrap", record_date=at, quantity=quantity, **more)

    def _write(self, log: str, **values: Any) -> None:
        self.keys += 1
        key = "log_key" if log == "status" else f"{log}_log_key"
        row = self.blanks[log] | values | {key: self.keys}
        marks = ", ".join("?" * len(row))
        self.change(f"INSERT INTO plant_{log}_log VALUES ({marks})", *row.values())  # noqa: S608 - of this test


@pytest.fixture
def bench(company: Plant, tmp_path: Path) -> Iterator[Bench]:
    path = tmp_path / "plant.db"
    shutil.copyfile(company.path, path)
    bench = Bench(path)
    yield bench
    bench.reader.close()
    bench.connection.close()


def test_a_status_that_began_long_before_the_window_reaches_into_it(bench: Bench) -> None:
    bench.status("2025-09-01 00:00:00", "2025-09-02 00:00:00", DOWN)
    bench.status("2025-09-02 00:00:00", "2025-11-03 07:00:00")

    row = bench.one(begin=BEGIN, end=END)

    assert row.production_seconds == row.planned_production_seconds == HOUR


def test_a_status_that_began_with_the_window_counts_once(bench: Bench) -> None:
    bench.status("2025-11-03 05:00:00", "2025-11-03 06:00:00", DOWN)
    bench.status("2025-11-03 06:00:00", "2025-11-03 07:00:00")

    row = bench.one(begin=BEGIN, end=END)

    assert row.production_seconds == row.planned_production_seconds == HOUR


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2025, 11, 3, 10, tzinfo=UTC), 3),
        (datetime(2025, 11, 3, 14, tzinfo=UTC), 7),
        (datetime(2025, 11, 9, tzinfo=UTC), 7),
    ],
)
def test_an_open_status_lasts_until_now_or_the_end_of_the_window(
    bench: Bench, now: datetime, hours: int
) -> None:
    bench.status("2025-11-03 07:00:00", None)

    assert bench.one(begin=BEGIN, end=END, now=now).production_seconds == hours * HOUR


def test_an_open_status_that_has_yet_to_begin_is_no_time(bench: Bench) -> None:
    bench.status("2025-11-03 09:00:00", None)

    assert bench.ask(begin=BEGIN, end=END, now=datetime(2025, 11, 3, 8, tzinfo=UTC)) == []


def test_fractions_of_a_second_count(bench: Bench) -> None:
    bench.status("2025-11-03 07:00:00.250000", "2025-11-03 07:00:02.999999")

    assert bench.one(begin=BEGIN, end=END).production_seconds == pytest.approx(2.749999, abs=2e-5)


def test_a_window_may_begin_within_a_second(bench: Bench) -> None:
    bench.status("2025-11-03 06:00:00", "2025-11-03 06:00:01")

    row = bench.one(begin=BEGIN + timedelta(milliseconds=400), end=END)

    assert row.production_seconds == pytest.approx(0.6)


def test_pieces_belong_to_the_window_of_their_record(bench: Bench) -> None:
    for at in ("2025-11-03 05:59:59", "2025-11-03 06:00:00", "2025-11-03 13:59:59", "2025-11-03 14:00:00"):
        bench.good(at, 10)

    assert bench.one(begin=BEGIN, end=END).good_quantity == 20


@pytest.mark.parametrize("true", [1, -1])
def test_rejected_pieces_are_made_and_not_good(bench: Bench, true: int) -> None:
    """Some writers keep -1 for true."""
    bench.good("2025-11-03 07:00:00", 90)
    bench.good("2025-11-03 08:00:00", 10, rejected=true)

    row = bench.one(begin=BEGIN, end=END)

    assert (row.good_quantity, row.reject_quantity, row.production_quantity) == (90, 10, 100)
    assert row.quality == 0.9


def test_maintenance_counts_by_whether_it_was_planned(bench: Bench) -> None:
    bench.status("2025-11-03 07:00:00", "2025-11-03 08:00:00", MAINTENANCE)
    assert bench.one(begin=BEGIN, end=END).planned_production_seconds == 0

    bench.change(
        "UPDATE plant_workcenter_status SET iso_time_element = 'ADET' WHERE workcenter_status_key = ?",
        MAINTENANCE,
    )
    assert bench.one(begin=BEGIN, end=END).downtime_seconds == HOUR


def test_time_in_a_status_nobody_declared_is_planned_and_idle(bench: Bench) -> None:
    bench.status("2025-11-03 07:00:00", "2025-11-03 08:00:00", 999_999)

    row = bench.one(begin=BEGIN, end=END)

    assert row.idle_seconds == row.planned_production_seconds == HOUR


def test_pieces_are_measured_by_the_rate_of_their_setup(bench: Bench) -> None:
    """A rate that was corrected since changes nothing about the day it was wrong."""
    setup = bench.blanks["production"]["setup_key"]
    bench.change(
        "UPDATE plant_workcenter_setup SET ideal_rate = 500, standard_production_rate = 400"
        " WHERE setup_key = ?",
        setup,
    )
    bench.good("2025-11-03 07:00:00", 100)
    bench.scrap("2025-11-03 07:00:00", 10, setup_key=setup)

    row = bench.one(begin=BEGIN, end=END)

    assert row.standard_production_rate == pytest.approx(500)
    assert row.rate_source is RateSource.IDEAL


def test_the_standard_rate_of_a_setup_without_an_ideal_one_is_used(bench: Bench) -> None:
    bench.change("UPDATE plant_workcenter_setup SET ideal_rate = NULL, standard_production_rate = 400")
    bench.good("2025-11-03 07:00:00", 100)

    row = bench.one(begin=BEGIN, end=END)

    assert row.standard_production_rate == pytest.approx(400)
    assert row.rate_source is RateSource.STANDARD


def test_pieces_without_a_setup_are_measured_by_what_their_workcenter_is_approved_for(bench: Bench) -> None:
    bench.change("UPDATE plant_approved_workcenter SET ideal_rate = 700 WHERE workcenter_key = 1001")
    bench.good("2025-11-03 07:00:00", 100, setup_key=None)

    assert bench.one(begin=BEGIN, end=END).standard_production_rate == pytest.approx(700)


def test_pieces_of_an_operation_nobody_approved_have_no_rate(bench: Bench) -> None:
    bench.status("2025-11-03 07:00:00", "2025-11-03 08:00:00")
    bench.good("2025-11-03 07:30:00", 100, setup_key=None, part_operation_key=None)

    row = bench.one(begin=BEGIN, end=END)

    assert (row.rate_source, row.performance, row.oee) == (None, None, None)
    assert row.quality == 1


def test_another_company_s_setup_lends_no_rate(bench: Bench) -> None:
    (foreign,) = bench.connection.execute(
        "SELECT setup_key FROM plant_workcenter_setup WHERE pcn = ?", (MX,)
    ).fetchone()
    bench.good("2025-11-03 07:00:00", 100, setup_key=foreign, part_operation_key=None)

    assert bench.one(begin=BEGIN, end=END).rate_source is None


def test_pieces_are_grouped_where_their_rows_say(bench: Bench) -> None:
    bench.good("2025-11-03 07:00:00", 5, report_date="2025-11-02", shift="Special")

    row = bench.one(Group.DAY, Group.SHIFT, begin=BEGIN, end=END)

    assert (str(row.report_date), row.shift) == ("2025-11-02", "Special")


def test_line_breaks_and_quotes_in_names_are_only_letters(bench: Bench) -> None:
    bench.good("2025-11-03 07:00:00", 5, job_no='J"1\n2', part_no="Größe\\")

    row = bench.one(Group.JOB, Group.PART, begin=BEGIN, end=END)

    assert (row.job_no, row.part_no) == ('J"1\n2', "Größe\\")


def test_a_company_that_is_not_there_is_told_apart_from_one_without_rows(bench: Bench) -> None:
    assert bench.ask(begin=BEGIN, end=END) == []
    with pytest.raises(LookupError):
        bench.ask(pcn=1, begin=BEGIN, end=END)


def test_a_company_in_no_known_time_zone_cannot_be_read(bench: Bench) -> None:
    bench.change("UPDATE plant_pcn SET time_zone = 'America/Tamarack'")

    with pytest.raises(ZoneInfoNotFoundError):
        bench.ask(begin=BEGIN, end=END)
