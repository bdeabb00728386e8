"""No row of a company is reached by another, by whatever is sent; nor does one change what another counts."""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, TEXT
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Filter, Resource
from plant_suite.house import (
    CASES,
    COMPANIES,
    LISTS,
    MAIN,
    REPORTS,
    SECOND,
    STORED,
    Case,
    House,
    Row,
    called,
    rows_of,
    whole_case,
)

BY_NAME = {resource.name: resource for resource in RESOURCES}
HOSTILE = [
    "' OR 1=1 --",
    "1 OR 1=1",
    '"; DROP TABLE plant_part; --',
    "%' OR pcn <> 0 OR 'x' LIKE '%",
    f"{SECOND}",
    "\\",
    "%\\",
    "%",
    "_%",
    ":pcn",
    "$1",
    "100142 UNION SELECT 1",
]


def seen_only_by(house: House, resource: Resource, pcn: int) -> frozenset[str]:
    """Rows of a company, as texts, that the other one does not have."""
    return texts(house, resource.name, pcn) - texts(house, resource.name, SECOND + MAIN - pcn)


@cache
def texts(house: House, name: str, pcn: int) -> frozenset[str]:
    """The rows of a resource, each as a text."""
    return frozenset(json.dumps(row, sort_keys=True) for row in house.all(BY_NAME[name], pcn))


def leaked(rows: list[Row], foreign: frozenset[str]) -> list[Row]:
    return [row for row in rows if json.dumps(row, sort_keys=True) in foreign]


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_companies_have_no_row_in_common(house: House, resource: Resource) -> None:
    if any(case.resource is resource for case in STORED):
        first, second = (house.all(resource, pcn) for pcn in COMPANIES)
        assert not [row for row in first if row in second]


@pytest.mark.parametrize("case", [case for case in CASES if case.operation.keyed], ids=called)
@pytest.mark.parametrize("pcn", COMPANIES)
def test_a_key_of_another_company_is_a_key_of_no_row(house: House, case: Case, pcn: int) -> None:
    keys = house.keys(case, SECOND + MAIN - pcn)
    for key in keys[:: max(1, len(keys) // 12)]:
        answer = house.ask(case, case.window, key=key, pcn=pcn)
        assert answer.status == 404, key
        assert answer.json["detail"] == f"Resource not found. {case.resource.name}"


def values_of(item: Filter, rows: list[Row]) -> list[str]:
    """Values that rows of a company hold, whatever the member is called."""
    texts: dict[str, None] = {}
    for row in [*rows[:25], *rows[-25:]]:
        for value in row.values():
            if item.kind is TEXT and isinstance(value, str) and 0 < len(value) <= 200:
                texts[value] = None
            if item.kind is INTEGER and type(value) is int:
                texts[str(value)] = None
    kept = list(texts)
    return kept[:: max(1, len(kept) // 25)]


@pytest.mark.parametrize("case", STORED, ids=called)
def test_no_filter_opens_rows_of_another_company(house: House, case: Case) -> None:
    foreign = seen_only_by(house, case.resource, MAIN)
    others = house.all(case.resource, MAIN)
    keys = house.keys(case, SECOND)[-2:] if case.operation.keyed else [None]
    for item in case.resource.filters:
        values = {
            INSTANT: ["2000-01-01T00:00:00Z"],
            BOOLEAN: ["true", "false"],
            DATE: ["2025-11-05"],
        }.get(item.kind) or [*values_of(item, others), *HOSTILE]
        if item.name in case.window:
            continue
        for value in values:
            for key in keys:
                answer = house.ask(case, case.window | {item.name: value, "limit": 200}, key=key, pcn=SECOND)
                assert answer.status in {200, 400, 404}, (item.name, value)
                if answer.status == 200:
                    assert leaked(answer.json["embedded"], foreign) == [], (item.name, value)


@pytest.mark.parametrize("case", CASES, ids=called)
def test_hostile_keys_and_parameters_find_nothing_foreign_and_break_nothing(house: House, case: Case) -> None:
    foreign = seen_only_by(house, case.resource, MAIN)
    names = ["offset", "limit", "after", "GroupBy", "pcn", "PCN", "q"]
    for text in HOSTILE:
        calls: list[dict[str, Any]] = [{name: text} for name in names]
        for query in calls:
            key = house.keys(case, SECOND)[0] if case.operation.keyed else None
            answer = house.ask(case, case.window | query, key=key, pcn=SECOND)
            assert answer.status == 400 or "limit" in query or "offset" in query, (query, answer.json)
            assert answer.status in {200, 400, 404}
            if answer.status == 200:
                assert leaked(answer.json["embedded"], foreign) == []
        if case.operation.keyed:
            assert house.ask(case, case.window, key=text, pcn=SECOND).status == 404, text


@pytest.mark.parametrize("case", STORED, ids=called)
def test_a_place_made_by_another_company_leads_to_own_rows(house: House, case: Case) -> None:
    foreign = seen_only_by(house, case.resource, MAIN)
    places = set()
    for key in house.keys(case, MAIN)[:40] if case.operation.keyed else [None]:
        answer = house.ask(case, case.window | {"limit": 1}, key=key)
        for link in answer.json.get("links", []):
            places.update(parse_qs(urlsplit(link["href"]).query).get("after", []))
    for place in list(places)[:10]:
        for key in house.keys(case, SECOND)[-2:] if case.operation.keyed else [None]:
            answer = house.ask(case, case.window | {"after": place, "limit": 1000}, key=key, pcn=SECOND)
            assert answer.status in {200, 404}
            if answer.status == 200:
                assert leaked(answer.json["embedded"], foreign) == []
                assert answer.json["total"] <= len(house.all(case.resource, SECOND))


LABELS = {
    "workcenterKey": "workcenter_key",
    "jobKey": "job_key",
    "partKey": "part_key",
    "setupKey": "setup_key",
}


@pytest.mark.parametrize("case", [case for case in REPORTS if not case.operation.keyed], ids=called)
def test_groups_of_a_report_are_of_the_company_alone(house: House, case: Case) -> None:
    tables = {
        "workcenterKey": "workcenter",
        "jobKey": "job",
        "partKey": "part",
        "setupKey": "workcenter_setup",
    }
    groups = [item.name for item in case.resource.dimensions]
    for pcn in COMPANIES:
        for query in ({"GroupBy": groups}, *({"GroupBy": [name]} for name in groups)):
            rows = house.rows(case, query, pcn=pcn)
            for member, table in tables.items():
                found = {row[member] for row in rows if row.get(member) is not None}
                assert found <= {own[LABELS[member]] for own in rows_of("production").of(table, pcn)}


GONE = ("plant_production_log", "plant_scrap_log", "plant_setup_operator", "plant_container", "plant_change")
CHANGED = {
    "plant_status_log": "note = 'x', end_date = log_date, workcenter_status = 'Down'",
    "plant_job": "quantity = quantity + 1000, job_status = 'Hold', note = 'x'",
    "plant_job_operation": "quantity_completed = 7, job_op_status = 'Hold', note = 'x'",
    "plant_workcenter_setup": "setup_hours_actual = 99, teardown_date = setup_date",
    "plant_workcenter": "workcenter_group = 'Nothing', name = 'x'",
    "plant_part": "name = 'x', note = 'y'",
    "plant_pcn": "part_rev_separator = '/', time_zone = 'Asia/Tokyo', production_day_start = '00:00:00'",
    "plant_shift": "start_time = '01:00:00', days_of_week = ''",
    "plant_approved_workcenter": "ideal_rate = 1, standard_production_rate = 2",
    "plant_workcenter_status": "iso_time_element = 'none'",
    "plant_department": "name = 'x'",
    "plant_workcenter_event": "description = 'x'",
}


def everything(house: House, pcn: int) -> dict[str, bytes]:
    """All answers of a company on the test tier."""
    found: dict[str, bytes] = {}
    for resource in RESOURCES:
        case = whole_case(resource)
        groups = [item.name for item in resource.dimensions]
        queries: list[dict[str, Any]] = [{"limit": 1000}]
        queries += [{"GroupBy": groups, "limit": 1000}, {"GroupBy": "None"}] if groups else []
        for key in house.keys(case, pcn, "test")[:20] if case.operation.keyed else [None]:
            for query in queries:
                answer = house.ask(case, case.window | query, key=key, pcn=pcn, tier="test")
                found[f"{case.target} {key} {query}"] = answer.body
    return found


@pytest.mark.parametrize("pcn", COMPANIES)
def test_nothing_that_another_company_changes_is_seen_or_counted(house: House, pcn: int) -> None:
    other = SECOND + MAIN - pcn
    before, theirs = everything(house, pcn), everything(house, other)
    try:
        for table in GONE:
            house.execute("test", f"DELETE FROM {table} WHERE pcn = {other}")  # noqa: S608 - of the test
        for table, change in CHANGED.items():
            house.execute("test", f"UPDATE {table} SET {change} WHERE pcn = {other}")  # noqa: S608 - of the test
        assert everything(house, pcn) == before
        changed = everything(house, other)
        assert sum(changed[name] != body for name, body in theirs.items()) > len(theirs) // 2
    finally:
        house.writers["test"].put(rows_of("test").batches())
    assert everything(house, other) == theirs


@pytest.mark.parametrize("case", LISTS, ids=called)
def test_a_company_that_has_nothing_finds_nothing(house: House, case: Case) -> None:
    for key in house.keys(case)[:3] if case.operation.keyed else [None]:
        answer = house.ask(case, case.window, key=key, pcn=4711)
        assert answer.status == 404, answer.body
