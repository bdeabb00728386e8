"""Statuses set: one after the other without gap or overlap, whatever is sent."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.core.errors import Refused
from support.working import NOW, Bench, at

TARGET = "WorkcenterStatusLogs.create"
SETUP = {"workcenterStatus": "Setup"}
DOWN = {"workcenterStatus": "Down - Tooling"}


def trail(bench: Bench, workcenter: int = 101) -> list[dict[str, Any]]:
    where = f"WHERE workcenter_key = {workcenter} ORDER BY log_date, log_key"
    return bench.rows(f"SELECT * FROM plant_status_log {where}")  # noqa: S608


def test_the_status_that_lasts_ends_where_the_next_begins(bench: Bench) -> None:
    body = DOWN | {"logDate": at(30), "eventCode": "SLUG", "note": "again"}

    written = bench.write(TARGET, body, path_key="101")

    *_, ended, begun = trail(bench)
    assert written.status == 201
    assert written.location == begun["log_key"]
    assert (ended["end_date"], ended["duration_seconds"]) == ("2026-01-05 13:30:00", 27000)
    assert ended["modified_date"] == "2026-01-05 14:00:00"
    assert (begun["log_date"], begun["end_date"]) == ("2026-01-05 13:30:00", None)
    assert (begun["workcenter_status"], begun["event_code"]) == ("Down - Tooling", "SLUG")
    assert (begun["workcenter_event"], begun["note"]) == ('Slug "pulling"', "again")
    assert (begun["setup_key"], begun["job_no"], begun["operation_no"]) == (102, "J1", 10)
    assert (begun["report_date"], begun["shift"]) == ("2026-01-05", "A")


def test_a_workcenter_without_a_trail_begins_one(bench: Bench) -> None:
    bench.execute("UPDATE plant_workcenter SET active = true WHERE workcenter_key = 103")

    row = bench.made(TARGET, {"workcenterStatusKey": 102, "workcenterCode": "STP-03"})

    assert (row["logDate"], row["endDate"], row["setupKey"]) == ("2026-01-05T14:00:00Z", None, None)
    assert (row["jobKey"], row["partNo"]) == (None, "")


def test_the_night_belongs_to_the_day_before(bench: Bench) -> None:
    now = datetime.fromisoformat("2026-01-06T04:30:00+00:00")

    row = bench.made(TARGET, DOWN, path_key="101", now=now)

    assert (row["reportDate"], row["shift"]) == ("2026-01-05", "C")


def test_the_same_status_and_reason_again_changes_nothing(bench: Bench) -> None:
    bench.write(TARGET, DOWN | {"eventCode": "SLUG", "logDate": at(10)}, path_key="101")
    before = bench.everything()

    again = bench.write(TARGET, DOWN | {"workcenterEvent": 'Slug "pulling"'}, path_key="101")

    assert bench.everything() == before
    assert (again.status, again.location) == (200, None)
    assert bench.made(TARGET, DOWN, path_key="101")["eventCode"] == ""


def test_an_instant_before_the_status_that_lasts_is_a_conflict(bench: Bench) -> None:
    refusal = bench.refusal(TARGET, DOWN | {"logDate": "2026-01-05T05:59:59Z"}, path_key="101")

    assert refusal.problem.status == 409
    assert refusal.message == ("logDate lies before the status Production, which began 2026-01-05T06:00:00Z.")


def test_an_instant_in_the_future_is_refused_and_a_clock_ahead_is_not(bench: Bench) -> None:
    assert bench.faults(TARGET, DOWN | {"logDate": at(-6)}, path_key="101") == [
        ("logDate", "lies in the future: it is 2026-01-05T14:00:00Z now")
    ]
    assert bench.made(TARGET, DOWN | {"logDate": at(-5)}, path_key="101")["logDate"] == "2026-01-05T14:05:00Z"


def test_statuses_of_a_bulk_are_applied_in_the_order_of_their_instants(bench: Bench) -> None:
    body = [DOWN | {"logDate": at(10)}, SETUP | {"logDate": at(20)}, {"workcenterStatusKey": 101}]

    written = bench.write(TARGET, body, path_key="101")

    assert [row["workcenter_status"] for row in trail(bench)[-4:]] == [
        "Production",
        "Setup",
        "Down - Tooling",
        "Production",
    ]
    assert [text.count("Down - Tooling") for text in written.rows] == [1, 0, 0]
    assert written.bulk


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, [("workcenterStatus", "is missing; send workcenterStatus or workcenterStatusKey")]),
        (
            {"workcenterStatus": "Moved", "eventCode": "CRACK"},
            [
                ("workcenterStatus", "'Moved' is no status that this company uses"),
                ("eventCode", "'CRACK' is no event that this company uses"),
            ],
        ),
        (
            {"workcenterStatusKey": 901, "workcenterCode": "NONE"},
            [
                ("workcenterCode", "'NONE' is no workcenter of this company"),
                ("workcenterStatusKey", "901 is no status that this company uses"),
            ],
        ),
        (
            {"workcenterStatusKey": 101, "workcenterStatus": "Setup", "workcenterCode": "STP-02"},
            [
                (
                    "workcenterKey",
                    "and workcenterCode and the key in the path name different workcenters",
                ),
                ("workcenterStatus", "and the other members name a different status each"),
            ],
        ),
    ],
)
def test_what_is_unknown_or_contradictory_is_told(on_sqlite: Bench, body: Any, faults: Any) -> None:
    assert on_sqlite.faults(TARGET, body, path_key="101") == faults


def test_the_workcenter_must_be_named_and_in_use(bench: Bench) -> None:
    assert bench.faults(TARGET, SETUP) == [
        ("workcenterKey", "is missing; send workcenterKey or workcenterCode")
    ]
    assert bench.faults(TARGET, SETUP, path_key="103") == [
        ("workcenterKey", "names STP-03, which is not in use")
    ]


@pytest.mark.parametrize("key", ["901", "77", "x"])
def test_a_workcenter_of_nobody_or_another_company_is_not_found(on_sqlite: Bench, key: str) -> None:
    refusal = on_sqlite.refusal(TARGET, SETUP, path_key=key)

    assert (refusal.problem.code, refusal.message) == ("MG601", "Resource not found. WorkcenterStatusLogs")


POSTS = st.lists(
    st.tuples(
        st.sampled_from([101, 102]),
        st.sampled_from(["Production", "Setup", "Down - Tooling"]),
        st.sampled_from([None, "SLUG"]),
        st.one_of(st.none(), st.floats(-400, 700)),
        st.integers(0, 90),
    ),
    min_size=1,
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(posts=POSTS, bulk=st.booleans())
def test_no_sequence_of_statuses_leaves_a_gap_or_an_overlap(
    filled: Path, tmp_path: Path, posts: Any, bulk: bool
) -> None:
    path = tmp_path / "plant.db"
    path.write_bytes(filled.read_bytes())
    bench = Bench(path)
    now, bodies = NOW, []
    for workcenter, status, event, minutes, later in posts:
        body: dict[str, Any] = {"workcenterKey": workcenter, "workcenterStatus": status}
        body |= {} if event is None else {"eventCode": event}
        body |= {} if minutes is None else {"logDate": (NOW - timedelta(minutes=minutes)).isoformat()}
        bodies.append(body)
        now += timedelta(seconds=later + 0.25)
    for sent in [bodies] if bulk else bodies:
        with suppress(Refused):
            bench.write(TARGET, sent, now=now)

    for workcenter in (101, 102):
        _assert_whole(trail(bench, workcenter))


def _assert_whole(rows: list[dict[str, Any]]) -> None:
    assert [row["end_date"] for row in rows].count(None) == 1
    for row, following in pairwise(rows):
        assert row["end_date"] == following["log_date"]
        span = datetime.fromisoformat(row["end_date"]) - datetime.fromisoformat(row["log_date"])
        assert row["duration_seconds"] == span.total_seconds() >= 0
        assert (row["workcenter_status"], row["event_code"]) != (
            following["workcenter_status"],
            following["event_code"],
        )
