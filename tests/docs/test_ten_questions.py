"""The ten questions of the tutorial, asked as the page says, get the answers that the sample company plants."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.served import environment, running

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "ten-questions.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
PCN = 100137

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def place(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder like a reader's, beside a running demo."""
    place = tmp_path_factory.mktemp("questions")
    (place / ".venv").mkdir()
    (place / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    shutil.copytree(made, place / ".millgate" / "demo")
    with running(place / ".millgate" / "demo"):
        yield place


def answers(place: Path, number: int) -> list[Rows]:
    """What the commands of a question print: the rows of each answer."""
    head, *questions = re.split(r"^## (?=\d+\. )", PAGE.read_text(), flags=re.MULTILINE)
    (question,) = [text for text in questions if text.startswith(f"{number}. ")]
    commands = "".join(BLOCK.findall(question))
    # curl prints one answer after the other without a line between them.
    script = "".join(BLOCK.findall(head)) + re.sub(
        r"^(ask|change) ", r"echo; \1 ", commands, flags=re.MULTILINE
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        cwd=place,
        env=environment(place) | {"PATH": f"{place}/.venv/bin:{os.environ['PATH']}"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    pages = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    assert all("embedded" in page for page in pages), done.stdout
    return [page["embedded"] for page in pages]


def stored(place: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What stands in the test tier's database."""
    with closing(sqlite3.connect(place / ".millgate" / "demo" / "plant_test.db")) as connection:
        return connection.execute(sql, values).fetchall()


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).strftime("%Y-%m-%d %H:%M:%S")


def test_what_imm_07_is_set_up_for(place: Path) -> None:
    ((row,),) = answers(place, 1)

    ((tool, job, since),) = stored(
        place,
        "SELECT tool_no, job_no, setup_date FROM plant_workcenter_setup"
        " WHERE pcn = ? AND workcenter_code = 'IMM-07' AND teardown_date IS NULL",
        PCN,
    )
    assert (row["toolNo"], row["jobNo"]) == (tool, job)
    assert row["toolType"] == "mold"
    assert row["setupDate"] == since.replace(" ", "T") + "Z"
    assert row["jobRemaining"] == max(row["jobQuantity"] - row["jobProduced"], 0)
    assert all(", " in person["employeeName"] for person in row["operators"])


def test_pieces_of_shift_b_by_day_and_part(place: Path) -> None:
    (rows,) = answers(place, 2)

    wanted: defaultdict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for table, place_in in (("plant_production_log", 0), ("plant_scrap_log", 1)):
        found = stored(
            place,
            f"SELECT report_date, part_no, revision, SUM(quantity) FROM {table}"  # noqa: S608 - our own names
            " WHERE pcn = ? AND workcenter_code LIKE 'STP-%' AND shift = 'B' AND record_date >= ?"
            " GROUP BY 1, 2, 3",
            PCN,
            ago(days=4),
        )
        for day, part, revision, quantity in found:
            wanted[day, part, revision][place_in] = quantity
    got = {
        (row["reportDate"], row["partNo"], row["revision"]): [row["goodQuantity"], row["scrapQuantity"]]
        for row in rows
    }
    assert len(got) == len(rows)
    assert got == wanted


def test_why_scrap_on_imm_07_jumped(place: Path) -> None:
    (rows,) = answers(place, 3)

    worst = rows[0]
    assert "Short Shot" in worst["scrapReason"]
    assert worst["jobNo"].startswith("J")
    assert worst["share"] > 0.5
    assert [row["scrapQuantity"] for row in rows] == sorted(
        (row["scrapQuantity"] for row in rows), reverse=True
    )
    assert rows[-1]["cumulativeShare"] == pytest.approx(1.0)


def test_downtime_in_welding_and_the_robot_of_shift_c(place: Path) -> None:
    top, by_shift = answers(place, 4)

    assert len(top) == 5
    assert [row["downtimeHours"] for row in top] == sorted(
        (row["downtimeHours"] for row in top), reverse=True
    )
    stops = {row["shift"]: row["occurrences"] for row in by_shift}
    assert stops["C"] > 1.4 * stops["A"]
    assert stops["C"] > 1.4 * stops["B"]


def test_oee_and_the_implausible_rates(place: Path) -> None:
    (rows,) = answers(place, 5)

    performance = {row["workcenterCode"]: row["performance"] for row in rows}
    assert {code for code, value in performance.items() if value is not None and value > 1.2} == {"WLD-02"}
    assert {code for code, value in performance.items() if value is not None and value < 0.5} == {"STP-03"}
    for row in rows:
        if row["oee"] is not None:
            pieces_at_rate = row["goodQuantity"] * 3600 / row["standardProductionRate"]
            assert row["oee"] == pytest.approx(pieces_at_rate / row["plannedProductionSeconds"])


def test_jobs_behind_and_what_they_wait_for(place: Path) -> None:
    (rows,) = answers(place, 6)

    assert all(row["behind"] and row["quantityCompleted"] < row["quantity"] for row in rows)
    starved = [row for row in rows if "nuts not received" in row["waitingFor"]]
    assert len(starved) == 1
    assert starved[0]["jobOpStatus"] == "Hold"


def test_changeovers_of_the_transfer_presses_by_die(place: Path) -> None:
    (rows,) = answers(place, 7)

    wanted = stored(
        place,
        "SELECT tool_no, COUNT(setup_hours_actual), SUM(setup_hours_actual) FROM plant_workcenter_setup"
        " WHERE pcn = ? AND workcenter_code LIKE 'TRF-%' AND setup_date >= ? GROUP BY 1 ORDER BY 1",
        PCN,
        ago(days=30),
    )
    assert [row["toolNo"] for row in rows] == [tool for tool, *_ in wanted]
    for row, (_, timed, hours) in zip(rows, wanted, strict=True):
        assert row["setupsTimed"] == timed
        assert row["setupHoursActual"] == (None if hours is None else pytest.approx(hours))
        if timed:
            assert row["ratio"] == pytest.approx(row["setupHoursActual"] / row["setupHoursStandard"])


def test_where_a_serial_is_and_who_made_it(place: Path) -> None:
    (box,), (made,) = answers(place, 8)

    assert box["serialNo"] == made["serialNo"] == "SN0003481022"
    assert box["location"]
    assert (box["jobNo"], box["operationNo"]) == (made["jobNo"], made["operationNo"])
    assert ", " in made["employeeName"]


def test_workcenters_in_one_status_for_long(place: Path) -> None:
    (rows,) = answers(place, 9)

    wanted = stored(
        place,
        "SELECT workcenter_code FROM plant_status_log WHERE pcn = ? AND end_date IS NULL AND log_date < ?",
        PCN,
        ago(hours=12),
    )
    assert {row["workcenterCode"] for row in rows} == {code for (code,) in wanted}
    assert "CNC-06" in {row["workcenterCode"] for row in rows}, "the one without a setup"


def test_cancelling_and_reinstating_leaves_a_trail(place: Path) -> None:
    (cancelled,), (reinstated,), trail = answers(place, 10)

    assert (cancelled["jobNo"], cancelled["jobStatus"]) == ("J104512", "Cancelled")
    assert cancelled["cancelationId"] is not None
    assert (reinstated["jobStatus"], reinstated["cancelationId"]) == ("Scheduled", None)
    assert [row["action"] for row in trail[-2:]] == ["update", "update"]
    assert json.loads(trail[-2]["after"])["job_status"] == "Cancelled"
    assert all(row["account"] and row["application"] and row["requestId"] for row in trail)
    assert {row["sourceAddress"] for row in trail} == {"127.0.0.1"}
