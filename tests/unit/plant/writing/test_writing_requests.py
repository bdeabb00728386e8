"""What every request has: preconditions, idempotency, the audit trail, and nothing half done."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.core.errors import Refused
from millgate.plant.etag import etag_of
from millgate.plant.writing import tables
from millgate.plant.writing.tables import Table
from millgate.plant.writing.verbs import forms
from millgate.plant.writing.written import Written
from support.working import NOW, OTHER_PCN, Bench

LOGS = "WorkcenterProductionLogs.create"
ONE = {"quantity": 1}


def logs(bench: Bench) -> int:
    return int(bench.row("SELECT COUNT(*) AS n FROM plant_production_log")["n"])


def test_a_change_with_the_rows_tag_is_made_and_answered_with_the_new_one(bench: Bench) -> None:
    first = bench.write("Parts.update", {"note": "one"}, path_key="101")
    assert first.etag == etag_of(first.rows[0])

    second = bench.write("Parts.update", {"note": "two"}, path_key="101", if_match=f'"x", {first.etag}')

    assert second.etag != first.etag
    assert second.headers == (("etag", second.etag),)
    assert bench.write("Parts.update", {"note": "3"}, path_key="101", if_match="*").status == 200


@pytest.mark.parametrize("form", ["{stale}", "W/{fresh}", "x", "", '"{fresh}'])
def test_a_change_without_the_rows_tag_is_refused(on_sqlite: Bench, form: str) -> None:
    stale = on_sqlite.write("Parts.update", {"note": "one"}, path_key="101").etag
    fresh = on_sqlite.write("Parts.update", {"note": "two"}, path_key="101").etag
    header = form.format(stale=stale, fresh=fresh)

    refusal = on_sqlite.refusal("Parts.update", {"note": "three"}, path_key="101", if_match=header)

    assert (refusal.problem.code, refusal.problem.status) == ("MG607", 412)


def test_a_removal_keeps_to_the_tag_too(bench: Bench) -> None:
    made = bench.write("Parts.create", {"partNo": "TP-1"})
    key = str(made.location)

    assert bench.refusal("Parts.delete", path_key=key, if_match='"x"').problem.status == 412
    assert bench.write("Parts.delete", path_key=key, if_match=made.etag).status == 204


def test_the_same_request_under_one_key_writes_once(bench: Bench) -> None:
    first = bench.write(LOGS, ONE, path_key="101", idempotency_key="k1")
    again = bench.write(LOGS, ONE, path_key="101", idempotency_key="k1", now=NOW + timedelta(hours=23))

    assert logs(bench) == 2 * 250 + 1
    assert (again.status, again.rows, again.location, again.bulk) == (201, first.rows, first.location, False)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.headers == (*first.headers, ("idempotent-replayed", "true"))


def test_a_bulk_is_answered_again_as_it_was(bench: Bench) -> None:
    first = bench.write(LOGS, [ONE, ONE], path_key="101", idempotency_key="k1")
    again = bench.write(LOGS, [ONE, ONE], path_key="101", idempotency_key="k1")

    assert (again.rows, again.bulk, len(again.rows)) == (first.rows, True, 2)


@pytest.mark.parametrize(
    ("target", "body", "path_key"),
    [(LOGS, {"quantity": 2}, "101"), (LOGS, ONE, "102"), ("Parts.create", {"partNo": "X"}, "")],
)
def test_one_key_for_another_request_is_refused(
    on_sqlite: Bench, target: str, body: Any, path_key: str
) -> None:
    on_sqlite.write(LOGS, ONE, path_key="101", idempotency_key="k1")

    refusal = on_sqlite.refusal(target, body, path_key=path_key, idempotency_key="k1")

    assert (refusal.problem.code, refusal.problem.status) == ("MG608", 422)


def test_keys_belong_to_application_and_company(bench: Bench) -> None:
    bench.write(LOGS, ONE, path_key="101", idempotency_key="k1")

    other = bench.write(LOGS, ONE, path_key="101", idempotency_key="k1", application="other")
    rival = bench.write(LOGS, ONE, path_key="901", idempotency_key="k1", pcn=OTHER_PCN)

    assert not other.replayed
    assert not rival.replayed


def test_a_key_is_forgotten_after_a_day(bench: Bench) -> None:
    bench.write("Parts.create", {"partNo": "A"}, idempotency_key="k1")
    later = NOW + timedelta(hours=24, seconds=1)

    assert not bench.write("Parts.create", {"partNo": "B"}, idempotency_key="k1", now=later).replayed
    assert len(bench.rows("SELECT * FROM plant_idempotency")) == 1


def test_a_refused_request_leaves_its_key_free(bench: Bench) -> None:
    bench.refusal(LOGS, {"quantity": 1, "jobNo": "J9"}, path_key="101", idempotency_key="k1")

    assert not bench.write(LOGS, ONE, path_key="101", idempotency_key="k1").replayed


def test_each_row_that_changes_is_in_the_trail_before_and_after(bench: Bench) -> None:
    bench.write(LOGS, [ONE, ONE], path_key="101")

    trail = bench.rows("SELECT * FROM plant_change ORDER BY change_key")
    told = sorted((row["resource"], row["action"], row["row_key"][:3]) for row in trail)
    assert told == [
        ("Containers", "create", "SN5"),
        ("Containers", "create", "SN5"),
        ("DcJobOperations", "update", "101"),
        ("WorkcenterProductionLogs", "create", "500"),
        ("WorkcenterProductionLogs", "create", "500"),
        ("WorkcenterSetups", "update", "102"),
    ]
    (operation,) = [row for row in trail if row["resource"] == "DcJobOperations"]
    before, after = json.loads(operation["before"]), json.loads(operation["after"])
    assert (before["quantity_completed"], after["quantity_completed"]) == (400.5, 402.5)
    assert after["modified_date"] == "2026-01-05T14:00:00Z"
    assert (operation["application"], operation["account"], operation["pcn"]) == ("app", "account", 1)
    assert (operation["source_address"], operation["request_id"]) == ("192.0.2.1", "request")
    assert operation["changed_at"] == "2026-01-05 14:00:00"
    made = [row for row in trail if row["action"] == "create"]
    assert {row["before"] for row in made} == {""}


def test_a_removed_row_is_in_the_trail_as_it_was(bench: Bench) -> None:
    key = bench.made("Parts.create", {"partNo": "TP-1"})["partKey"]
    bench.write("Parts.delete", path_key=str(key))

    *_, last = bench.rows("SELECT * FROM plant_change ORDER BY change_key")
    assert (last["action"], last["row_key"], last["after"]) == ("delete", str(key), "")
    assert json.loads(last["before"])["part_no"] == "TP-1"


def test_a_change_to_what_is_there_already_leaves_no_trace(bench: Bench) -> None:
    before = bench.everything()

    bench.write("Parts.update", {"partNo": "TP-20418"}, path_key="101")

    assert bench.everything() == before


KEYS = st.sampled_from([101, 102, 103, 107, 901, 0])
WORDS = st.sampled_from(
    ["J1", "J2", "TP-20418", "C", "SN100A", "BOX", "Slug Mark", "Setup", "SLUG", "Hold", ""]
)
VALUES = st.one_of(
    KEYS, WORDS, st.none(), st.text(max_size=30), st.floats(), st.integers(), st.just("2026-01-05T13:00:00Z")
)
MEMBERS = sorted({member.name for form in forms().values() for member in form.inputs})
SENT = st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=6)
GOOD = st.fixed_dictionaries(
    {
        "quantity": st.sampled_from([-1, 0.5, 7]),
        "scrapReason": st.just("Dent"),
        "workcenterStatus": st.sampled_from(["Setup", "Production"]),
        "partNo": WORDS,
        "dueDate": st.just("2026-02-01T00:00:00Z"),
    }
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(target=st.sampled_from(sorted(forms())), good=GOOD, sent=SENT, key=KEYS, header=st.none() | st.text())
def test_whatever_is_sent_is_written_or_refused(  # noqa: PLR0917 - what is drawn
    on_sqlite: Bench, target: str, good: Any, sent: Any, key: int, header: str | None
) -> None:
    known = {member.name for member in forms()[target].inputs}
    body = {name: value for name, value in (good | sent).items() if name in known}
    before = on_sqlite.everything()
    written: Written | None
    try:
        written = on_sqlite.write(target, body, path_key=str(key), if_match=header, idempotency_key=header)
    except Refused:
        written = None

    if written is None:
        assert on_sqlite.everything() == before
    else:
        assert written.status in {200, 201, 204}


@pytest.mark.parametrize("name", [name for name, value in vars(tables).items() if isinstance(value, Table)])
def test_a_table_has_the_columns_that_are_written(on_sqlite: Bench, name: str) -> None:
    table: Table = getattr(tables, name)
    found = {row["name"]: row for row in on_sqlite.rows(f"PRAGMA table_info({table.name})")}

    assert found[table.key]["pk"] == 1
    assert set(table.columns) <= set(found)
    declared = {
        kind: {c for c in table.columns if found[c]["type"] == kind} for kind in ("datetime", "date", "bool")
    }
    assert declared == {"datetime": set(table.instants), "date": set(table.dates), "bool": set(table.truths)}
