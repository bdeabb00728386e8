"""Parts and approved workcenters: made, changed and removed."""

from __future__ import annotations

import json

import pytest

from support.working import HOME_PCN, OTHER_PCN, Bench

NEW = {"partNo": "TP-1", "revision": "A"}


def test_a_part_is_made_with_what_is_sent_and_defaults(bench: Bench) -> None:
    written = bench.write("Parts.create", {"partNo": " TP-1 ", "leadTimeDays": 2.5, "name": "Größe"})

    (row,) = [json.loads(text) for text in written.rows]
    assert (written.status, written.location, written.bulk) == (201, row["partKey"], False)
    assert (row["partNo"], row["revision"], row["name"]) == ("TP-1", "", "Größe")
    assert (row["partStatus"], row["unit"], row["leadTimeDays"]) == ("Production", "pcs", 2.5)
    assert row["createdDate"] == row["modifiedDate"] == "2026-01-05T14:00:00Z"


def test_a_number_is_unique_within_revision_and_company(bench: Bench) -> None:
    taken = {"partNo": "TP-20418", "revision": "C"}

    assert bench.faults("Parts.create", taken) == [
        ("partNo", "'TP-20418' is there already in the revision 'C'")
    ]
    assert bench.refusal("Parts.create", taken).problem.status == 409
    assert bench.made("Parts.create", taken | {"revision": "D"})["revision"] == "D"
    bench.write("Parts.create", NEW, pcn=OTHER_PCN)
    assert bench.made("Parts.create", NEW)["pcn"] == HOME_PCN


def test_a_number_twice_in_one_bulk_is_seen(bench: Bench) -> None:
    assert bench.faults("Parts.create", [NEW, NEW]) == [
        (2, "partNo", "'TP-1' is there already in the revision 'A'")
    ]


def test_what_is_not_sent_stays_as_it_is(bench: Bench) -> None:
    before = bench.row("SELECT * FROM plant_part WHERE part_key = 101")

    bench.write("Parts.update", {"note": "new"}, path_key="101")

    after = bench.row("SELECT * FROM plant_part WHERE part_key = 101")
    assert after == before | {"note": "new", "modified_date": "2026-01-05 14:00:00"}


def test_a_row_comes_back_as_it_was_shown(bench: Bench) -> None:
    row = bench.made("Parts.update", {"note": "one"}, path_key="101")
    sent = {name: row[name] for name in row if name not in {"containerType", "pcn"}}

    assert bench.made("Parts.update", sent | {"note": "two"}, path_key="101")["note"] == "two"


def test_what_cannot_be_changed_is_told_beside_other_faults(bench: Bench) -> None:
    body = {
        "partKey": 102,
        "createdDate": "2025-01-01T00:00:00Z",
        "buildingCode": "NONE",
        "partNo": "0012-4E5",
        "revision": "",
    }

    assert bench.faults("Parts.update", body, path_key="101") == [
        ("partKey", "cannot be changed; leave it out, or send it as it is"),
        ("createdDate", "cannot be changed; leave it out, or send it as it is"),
        ("buildingCode", "is no building of this company; send a buildingCode as Buildings lists it"),
        ("partNo", "'0012-4E5' is there already in the revision ''"),
    ]


def test_what_is_alike_and_not_the_same_is_no_way_to_send_it_back(on_sqlite: Bench) -> None:
    body = {"partKey": True, "createdDate": "yesterday", "modifiedDate": None}
    detail = "cannot be changed; leave it out, or send it as it is"

    assert on_sqlite.faults("Parts.update", body, path_key="101") == [(name, detail) for name in body]


def test_the_same_instant_in_another_zone_is_unchanged(bench: Bench) -> None:
    sent = {"createdDate": "2025-12-31T19:00:00-05:00", "partKey": 101.0, "note": "x"}

    assert bench.made("Parts.update", sent, path_key="101")["note"] == "x"


def test_the_key_may_stand_in_the_body_alone(bench: Bench) -> None:
    assert bench.made("Parts.update", {"partKey": 101, "note": "x"})["partKey"] == 101
    assert bench.faults("Parts.update", {"note": "x"}) == [
        ("partKey", "is missing; it says which row is meant")
    ]


@pytest.mark.parametrize("key", ["901", "99999", "abc", "0", "1e3", str(2**63)])
def test_a_key_of_nobody_or_another_company_is_unknown(bench: Bench, key: str) -> None:
    for target in ("Parts.update", "Parts.delete"):
        refusal = bench.refusal(target, {"note": "x"}, path_key=key)
        assert (refusal.problem.code, refusal.message) == ("MG601", "Resource not found. Parts")


def test_a_part_that_was_never_used_is_removed(bench: Bench) -> None:
    key = bench.made("Parts.create", NEW)["partKey"]

    written = bench.write("Parts.delete", path_key=str(key))

    assert (written.status, written.rows) == (204, ())
    assert bench.rows(f"SELECT * FROM plant_part WHERE part_key = {key}") == []  # noqa: S608 - keys and words of these tests


def test_a_part_in_use_is_not_removed_and_the_answer_says_by_what(bench: Bench) -> None:
    refusal = bench.refusal("Parts.delete", path_key="101")

    assert refusal.problem.status == 409
    assert refusal.message == (
        "the row cannot be removed: the part is used by operations of its routing, jobs."
    )


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("plant_production_log", "production logs"),
        ("plant_scrap_log", "scrap logs"),
        ("plant_status_log", "status logs"),
        ("plant_container", "containers"),
        ("plant_workcenter_setup", "setups"),
    ],
)
def test_a_part_that_only_records_know_is_not_removed(on_sqlite: Bench, table: str, name: str) -> None:
    key = on_sqlite.made("Parts.create", NEW)["partKey"]
    on_sqlite.execute(f"UPDATE {table} SET part_key = {key} WHERE pcn = 1")  # noqa: S608 - keys and words of these tests

    assert on_sqlite.faults("Parts.delete", path_key=str(key)) == [
        ("", f"cannot be removed: the part is used by {name}")
    ]


def test_rates_and_crews_are_changed_and_taken_away(bench: Bench) -> None:
    body = {"standardProductionRate": 900, "idealRate": None, "crewSize": 0, "setupTimeHours": 0.5}

    row = bench.made("ApprovedWorkcenters.update", body, path_key="101")

    assert (row["standardProductionRate"], row["idealRate"]) == (900, None)
    assert (row["crewSize"], row["setupTimeHours"], row["setupCrewSize"]) == (0, 0.5, 2.0)


def test_rates_must_be_more_than_nothing(bench: Bench) -> None:
    body = {
        "standardProductionRate": None,
        "idealRate": 0,
        "targetRate": -1,
        "setupTimeHours": -0.5,
        "crewSize": -1,
    }

    assert bench.faults("ApprovedWorkcenters.update", body, path_key="101") == [
        ("standardProductionRate", "must not be null; leave it out where there is none"),
        ("idealRate", "must be more than 0"),
        ("targetRate", "must be more than 0"),
        ("setupTimeHours", "must be at least 0"),
        ("crewSize", "must be at least 0"),
    ]
    assert bench.refusal("ApprovedWorkcenters.update", {"note": ""}, path_key="901").problem.code == "MG601"
