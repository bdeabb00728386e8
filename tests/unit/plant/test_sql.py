from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from millgate.plant.dialects import POSTGRESQL, SQLITE, Dialect
from millgate.plant.kinds import TEXT
from millgate.plant.plan import Plan, plan
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Action, Resource, like_pattern
from millgate.plant.sql import select_of
from millgate.stores.ports import Select
from support.plant_database import call

BY_NAME = {resource.name: resource for resource in RESOURCES}


NOW = datetime(2026, 1, 31, tzinfo=UTC)
STORED = [resource for resource in RESOURCES if resource.compute is None]
"""Resources whose rows one statement makes."""
LISTS = [resource for resource in STORED if not resource.dimensions]


def selected(name: str, query: str = "", dialect: Dialect = SQLITE, **parameters: Any) -> Select:
    made = plan(BY_NAME[name], Action.LIST, call(f"{name}.list", query, **parameters))
    assert isinstance(made, Plan), made.message
    return select_of(made, dialect, NOW)


def whole(resource: Resource, dialect: Dialect = SQLITE, **more: Any) -> Select:
    return select_of(Plan(resource=resource, pcn=7, path="/", **more), dialect, NOW)


@pytest.mark.parametrize("dialect", [SQLITE, POSTGRESQL], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("resource", STORED, ids=lambda resource: resource.name)
def test_every_statement_is_restricted_to_the_company(resource: Resource, dialect: Dialect) -> None:
    select = whole(resource, dialect)
    for statement in (select.page, select.rows, select.count):
        assert f"WHERE {resource.pcn} = :pcn" in statement
    assert select.parameters["pcn"] == 7


@pytest.mark.parametrize("resource", LISTS, ids=lambda resource: resource.name)
def test_rows_stand_in_a_total_order(resource: Resource) -> None:
    order = resource.order[-1]
    assert any(order in {field.column, field.expression} for field in resource.fields)
    select = whole(resource)
    for statement in (select.page, select.rows):
        assert f"ORDER BY {', '.join(resource.order)} LIMIT :limit OFFSET :offset" in statement


@pytest.mark.parametrize("resource", LISTS, ids=lambda resource: resource.name)
def test_texts_stand_in_the_order_of_their_bytes_in_postgresql(resource: Resource) -> None:
    kinds = {field.column: field.kind for field in resource.fields}
    ordered = [f'{column} COLLATE "C"' if kinds.get(column) is TEXT else column for column in resource.order]
    assert f"ORDER BY {', '.join(ordered)} LIMIT" in whole(resource, POSTGRESQL).page


def test_one_row_more_than_the_limit_is_asked_for() -> None:
    assert whole(BY_NAME["Parts"]).parameters == {"pcn": 7, "limit": 101, "offset": 0}


def test_a_page_behind_a_place_passes_over_no_rows() -> None:
    place = ("TP-20418", "C", 101)
    select = whole(BY_NAME["Parts"], offset=100, after=place)
    assert "(p.part_no, p.revision, p.part_key) > (:a0, :a1, :a2)" in select.page
    assert "OFFSET" not in select.page
    assert ":a0" not in select.count
    assert select.parameters == {"pcn": 7, "limit": 101, "a0": "TP-20418", "a1": "C", "a2": 101}


def test_the_time_is_bound_where_a_statement_asks_for_it() -> None:
    assert selected("JobProgress").parameters["now"] == NOW
    assert "now" not in selected("DcJobs").parameters


def test_values_are_bound_and_never_part_of_the_text() -> None:
    evil = "x'; DROP TABLE parts; --"
    select = selected("Parts", f"PartNo={evil.replace(' ', '%20').replace(';', '%3B')}")
    assert "DROP" not in select.page + select.rows + select.count
    assert select.parameters["f0_0"] == evil


def test_calls_of_one_shape_share_one_text() -> None:
    first, second = selected("Parts", "PartNo=a&limit=1"), selected("Parts", "PartNo=b&offset=5")
    assert first.page is second.page


def test_a_window_is_half_open() -> None:
    select = selected(
        "WorkcenterProductionLogs", "StartDate=2026-01-05T00:00:00Z&EndDate=2026-01-06T00:00:00Z"
    )
    assert "l.record_date >= :f0_0 AND l.record_date < :f1_0" in select.page
    assert select.parameters["f1_0"] == datetime(2026, 1, 6, tzinfo=UTC)


def test_several_values_become_one_list() -> None:
    select = selected("DcJobs", "JobStatus=New&JobStatus=Hold")
    assert "j.job_status IN (:f0_0, :f0_1)" in select.page
    assert (select.parameters["f0_0"], select.parameters["f0_1"]) == ("New", "Hold")


def test_a_parent_key_restricts_the_list() -> None:
    select = selected("WorkcenterProductionLogs", WorkcenterKey="101")
    assert "l.workcenter_key = :key" in select.page
    assert "l.workcenter_key = :key" in select.count
    assert select.parameters["key"] == 101


def test_counting_joins_only_what_a_filter_looks_at() -> None:
    assert "JOIN" not in selected("DcJobs").count
    assert selected("DcJobs", "PartNo=x").count.count("JOIN") == 1
    assert selected("DcJobs").page.count("JOIN") == 3


def test_what_all_rows_must_meet_restricts_page_and_count() -> None:
    select = selected("WorkcenterSetups")
    for statement in (select.page, select.rows, select.count):
        assert "WHERE u.pcn = :pcn AND u.teardown_date IS NULL" in statement


def test_rows_inside_a_row_are_read_by_the_same_statement_in_their_order() -> None:
    text = selected("Buildings").page
    inner = "FROM plant_department d WHERE d.building_key = b.building_key AND d.pcn = b.pcn"
    assert f"{inner} ORDER BY d.department_no, d.department_key LIMIT -1" in text
    assert text.count("FROM plant_") == 2
    assert "plant_department" not in selected("Buildings").count


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_rows_inside_a_row_are_restricted_to_its_company(resource: Resource) -> None:
    for field in resource.fields:
        if field.rows:
            alias = field.rows.source.split()[-1]
            assert f"{alias}.pcn = {resource.pcn}" in field.rows.where


def test_only_the_percent_sign_is_a_wildcard() -> None:
    assert like_pattern(r"A_b%\c") == r"A\_b%\\c"


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_names_of_a_resource_are_unique_and_follow_the_convention(resource: Resource) -> None:
    fields = [field.name for field in resource.fields]
    filters = [item.name.lower() for item in resource.filters]
    aliases = [field.alias for field in resource.fields]
    for names in (fields, filters, aliases):
        assert len(names) == len(set(names))
    assert all(name[0].islower() for name in fields)
    assert all(item.name[0].isupper() for item in resource.filters)
    assert all(field.doc.endswith((".", "…")) for field in resource.fields)
