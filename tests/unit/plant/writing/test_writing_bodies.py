"""Bodies: what is accepted, and every fault of every member of every row at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.errors import Refusal
from millgate.plant.kinds import INSTANT
from millgate.plant.resource import Resource
from millgate.plant.resources.approved_workcenters import APPROVED_WORKCENTERS
from millgate.plant.resources.dc_jobs import DC_JOBS
from millgate.plant.resources.parts import PARTS
from millgate.plant.resources.workcenter_production_logs import WORKCENTER_PRODUCTION_LOGS
from millgate.plant.resources.workcenter_scrap_logs import WORKCENTER_SCRAP_LOGS
from millgate.plant.resources.workcenter_status_logs import WORKCENTER_STATUS_LOGS
from millgate.plant.writing.planning import WritePlan, plan_write
from millgate.plant.writing.verbs import forms

LOGS = "WorkcenterProductionLogs.create"
RESOURCES = {
    resource.name: resource
    for resource in (
        APPROVED_WORKCENTERS,
        DC_JOBS,
        PARTS,
        WORKCENTER_PRODUCTION_LOGS,
        WORKCENTER_SCRAP_LOGS,
        WORKCENTER_STATUS_LOGS,
    )
}
NOT_SHOWN = {("DcJobs", "note"), ("WorkcenterScrapLogs", "note")} | {
    ("WorkcenterStatusLogs", "workcenterStatusKey")
}
"""Members that can be sent and are not shown."""


def planned(target: str, body: Any, **more: Any) -> WritePlan | Refusal:
    return plan_write(target, body if isinstance(body, bytes) else json.dumps(body).encode(), **more)


def refused(target: str, body: Any, **more: Any) -> Refusal:
    refusal = planned(target, body, **more)
    assert isinstance(refusal, Refusal), refusal
    return refusal


def faults(target: str, body: Any) -> list[tuple[object, ...]]:
    told = refused(target, body).members["errors"]
    assert isinstance(told, list)
    return [tuple(fault.values()) for fault in told]


def value(target: str, member: str, text: str) -> Any:
    others = "" if member == "quantity" else '"quantity": 1, '
    plan = planned(target, f'{{{others}"{member}": {text}}}'.encode())
    assert isinstance(plan, WritePlan), plan
    return plan.body.rows[0].values[member]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"\xff", "it is not UTF-8"),
        (b"{", "it is not JSON at line 1, column 2: Expecting property name enclosed in double quotes"),
        (b"\xef\xbb\xbf{}", "it is not JSON at line 1, column 1: Expecting value"),
        (b'{"quantity": NaN}', "NaN is no number of JSON"),
        (b'{"quantity": -Infinity}', "-Infinity is no number of JSON"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"quantity": 1e99999999999999999999}', "it holds a number with an exponent beyond all numbers"),
        (b"3", "it must be a JSON object or an array of objects"),
        (b"[]", "an array must hold 1 to 1000 objects, not 0"),
        (b"[" + b"{}," * 1000 + b"{}]", "an array must hold 1 to 1000 objects, not 1001"),
    ],
)
def test_what_is_no_body_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    refusal = refused(LOGS, body)

    assert (refusal.problem.code, refusal.problem.status) == ("MG603", 400)
    assert refusal.message == f"The request body cannot be read: {reason}."


def test_a_change_takes_one_object() -> None:
    assert refused("Parts.update", [{}], path_key="1").message == (
        "The request body cannot be read: it must be a JSON object."
    )


@pytest.mark.parametrize(
    "content_type", ["text/json", "application/xml", "application/json; charset=latin-1", "json"]
)
def test_another_media_type_is_refused(content_type: str) -> None:
    refusal = refused(LOGS, {"quantity": 1}, content_type=content_type)

    assert (refusal.problem.code, refusal.problem.status) == ("MG604", 415)
    assert content_type in refusal.message


@pytest.mark.parametrize(
    "content_type", [None, "", "application/json", 'Application/JSON ; Charset="UTF-8"', "application/json;"]
)
def test_json_or_nothing_said_is_read(content_type: str | None) -> None:
    assert isinstance(planned(LOGS, {"quantity": 1}, content_type=content_type), WritePlan)


def test_every_fault_of_a_row_is_told_at_once() -> None:
    body = (
        b'{"quantity": "5", "logDate": "2026-01-05", "serialNo": "' + b"x" * 26 + b'", "lotNo": "a\\u0000b",'
        b' "heatNo": "\\ud800", "employeeKey": 1.5, "operationNo": -1, "cycleSecondsActual": true,'
        b' "Quantity": 1, "jobNo": null, "jobNo": "J"}'
    )
    names = ", ".join(member.name for member in forms()[LOGS].inputs)

    assert faults(LOGS, body) == [
        ("jobNo", "is sent more than once"),
        ("Quantity", f"is no member that can be sent; those are {names}"),
        (
            "logDate",
            f"is a date without a time; send {INSTANT.form}",
        ),
        ("quantity", "is not a number; send a decimal number, as in 12.5"),
        ("operationNo", "must be at least 0"),
        ("serialNo", "is longer than 25 characters"),
        ("lotNo", "holds a control character"),
        ("heatNo", "holds half of a surrogate pair, which is no character"),
        ("employeeKey", "is not a whole number; send a whole number, as in 42"),
        ("cycleSecondsActual", "is not a number; send a decimal number, as in 12.5"),
    ]


def test_faults_of_a_bulk_name_their_row_and_twenty_are_told_in_words() -> None:
    refusal = refused(LOGS, [{"quantity": 1}, 7, *({"quantity": 0} for _ in range(998))])

    assert (refusal.problem.code, refusal.problem.status) == ("MG605", 400)
    told = refusal.members["errors"]
    assert isinstance(told, list)
    assert told[:2] == [
        {"row": 2, "field": "", "detail": "must be a JSON object"},
        {"row": 3, "field": "quantity", "detail": "must be more than 0"},
    ]
    assert len(told) == 999
    assert refusal.message.startswith(
        "Row 2: the row must be a JSON object. Row 3: quantity must be more than"
    )
    assert refusal.message.endswith(
        "Row 21: quantity must be more than 0. And 979 more faults, listed in errors."
    )


def test_more_faults_than_a_thousand_are_not_listed() -> None:
    told = refused(LOGS, [{"quantity": 0, "nonsense": 1}] * 1000).members["errors"]

    assert isinstance(told, list)
    assert len(told) == 1000


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("100000000000000", "has more than 14 digits before the point"),
        ("1e14", "has more than 14 digits before the point"),
        ("9" * 5000, "has more than 14 digits before the point"),
        ("1e999999", "has more than 14 digits before the point"),
        ("0.000001", "has more than 5 digits behind the point"),
        ("1e-6", "has more than 5 digits behind the point"),
        ("0", "must be more than 0"),
        ("-0.0", "must be more than 0"),
        ("true", "is not a number; send a decimal number, as in 12.5"),
        ("null", "must not be null; send a decimal number, as in 12.5"),
        ("[1]", "is not a number; send a decimal number, as in 12.5"),
    ],
)
def test_quantities_have_bounds(text: str, detail: str) -> None:
    assert faults(LOGS, f'{{"quantity": {text}}}'.encode()) == [("quantity", detail)]


@pytest.mark.parametrize(
    ("text", "number"),
    [("99999999999999", 99999999999999), ("1.500000000", 1.5), ("1e3", 1000), ("0.00001", 0.00001)],
)
def test_quantities_are_read_as_written(text: str, number: float) -> None:
    assert value(LOGS, "quantity", text) == number


@pytest.mark.parametrize("text", ["9223372036854775808", "1e99", "9" * 5000, "-9223372036854775809"])
def test_keys_are_of_64_bits(text: str) -> None:
    body = f'{{"quantity": 1, "employeeKey": {text}}}'.encode()

    assert faults(LOGS, body) == [("employeeKey", "is outside the range of 64-bit integers")]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ('"2026-01-05T06:00:00"', "has no time zone"),
        ('"2026-01-05T06:00:00 01:00"', "is not an instant"),
        ('"2026-02-30T06:00:00Z"', "is not on the calendar"),
        ("1767592800", "is not an instant"),
    ],
)
def test_instants_have_their_zone(text: str, detail: str) -> None:
    body = f'{{"quantity": 1, "logDate": {text}}}'.encode()

    assert faults(LOGS, body) == [("logDate", f"{detail}; send {INSTANT.form}")]


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert value(LOGS, "employeeKey", "107.0") == 107


def test_texts_lose_the_blanks_around_them() -> None:
    assert value(LOGS, "serialNo", '" S 1 "') == "S 1"
    assert faults("Parts.create", {"partNo": "  "}) == [
        ("partNo", "is empty; send a text of 1 to 100 characters")
    ]


def test_one_of_few_values_is_named() -> None:
    assert faults("Parts.create", {"partNo": "A", "partType": "Car", "partStatus": "production"}) == [
        ("partType", "is not one of Finished Good, Sub Assembly, Raw Material"),
        ("partStatus", "is not one of Production, Prototype, Service, Obsolete, Hold"),
    ]


def test_what_is_missing_is_told_with_its_meaning() -> None:
    assert faults("DcJobs.create", {"partKey": 1}) == [
        ("quantity", "is missing: Pieces to make"),
        ("dueDate", "is missing: When the pieces are needed"),
    ]


@pytest.mark.parametrize("key", ["", "a b", "ü", "x" * 201, "a\n"])
def test_an_idempotency_key_is_visible_ascii(key: str) -> None:
    refusal = refused(LOGS, {"quantity": 1}, idempotency_key=key)

    assert refusal.problem.status == 400
    assert refusal.message == "Idempotency-Key must be 1 to 200 visible ASCII characters without blanks."


def test_an_unknown_target_is_nobodys() -> None:
    with pytest.raises(LookupError):
        plan_write("Parts.list", b"")


@pytest.mark.parametrize("target", forms())
def test_a_form_names_members_of_its_resource(target: str) -> None:
    form = forms()[target]
    resource: Resource = RESOURCES[form.resource_name]
    shown = {field.name: field.kind for field in resource.fields}

    assert form.target == target
    for member in form.inputs:
        assert member.doc.endswith(".")
        if (form.resource_name, member.name) not in NOT_SHOWN:
            assert shown[member.name] is member.kind
    assert form.unchangeable <= set(shown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(sorted({member.name for form in forms().values() for member in form.inputs}))


@given(target=st.sampled_from(sorted(forms())), body=st.binary(), content_type=st.none() | st.text())
def test_any_bytes_are_planned_or_refused(target: str, body: bytes, content_type: str | None) -> None:
    outcome = plan_write(target, body, content_type=content_type, path_key="1")

    assert isinstance(outcome, WritePlan | Refusal)


@given(
    target=st.sampled_from(sorted(forms())),
    rows=st.lists(st.dictionaries(NAMES | st.text(), JSON, max_size=5), max_size=3),
    header=st.none() | st.text(),
)
def test_any_members_are_planned_or_refused(target: str, rows: Any, header: str | None) -> None:
    for body in (rows, *rows):
        outcome = plan_write(
            target, json.dumps(body).encode(), path_key="1", if_match=header, idempotency_key=header
        )
        assert isinstance(outcome, WritePlan | Refusal)
        if isinstance(outcome, Refusal):
            assert outcome.message
